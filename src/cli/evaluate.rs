//! `lettermark evaluate`: a model against labelled sentences, for a person and for CI.

mod args;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use anyhow::{Result, bail};
use lettermark::Error;
use lettermark::classify::{Bundle, Classifier, Item, Score};
use lettermark::dataset::{Example, read_corpus};
use lettermark::evaluate::gate::{Gates, Verdict};
use lettermark::evaluate::{
    self, Answer, EndToEnd, Evaluation, Recorded, Report, Row, SecondLabels, Section, letter_key, match_findings,
    report,
};
use lettermark::ingest::Limits;
use lettermark::interval::Estimate;
use lettermark::pipeline::{Origin, Pipeline, Source};
use lettermark::taxonomy::Taxonomy;
use lettermark::train::LabelFile;

pub use args::{EvaluateArgs, ReportFormat};

use super::inputs::Inputs;
use super::reading::ReadingArgs;
use super::sink::Sink;
use super::{Exit, labels, measures, model, tell, threads};

pub fn run(args: &EvaluateArgs) -> Result<Exit> {
    // What is quickly found wrong comes before what takes long.
    let gates = args.gate.as_deref().map(Gates::read).transpose()?;
    let baseline = args.baseline.as_deref().map(Recorded::read).transpose()?;
    if args.format == ReportFormat::Junit && gates.is_none() && baseline.is_none() {
        bail!("JUnit holds what passed and failed; name minimum scores with --gate, or an earlier run with --baseline");
    }
    let recorded_in = match (args.record, &args.model.model) {
        (true, None) => bail!("--record writes into a model's folder; name it with --model"),
        (true, Some(folder)) => Some(folder),
        (false, _) => None,
    };
    let mut sink = args.output.as_deref().map_or_else(|| Ok(Sink::stdout()), Sink::file)?;
    let baseline_sink = args.save_baseline.as_deref().map(Sink::file).transpose()?;

    let (mut bundle, classifier) = model::classifier(&args.model)?;
    let measures = measures::run(args, &classifier)?;
    if args.labels.labels.is_empty() {
        sink.write(measures::alone(&measures, args.format)?.as_bytes())?;
        sink.finish()?;
        return Ok(Exit::Done);
    }
    let taxonomy = bundle.taxonomy().clone();
    let files = labels::read_files(&args.labels.labels, &args.labels.corpus, &taxonomy)?;
    warn_of_training_labels(&bundle, &files);
    let names: Vec<String> = files.iter().map(|f| f.name.clone()).collect();
    let mut rows = rows(args, files, &taxonomy)?;
    let second = second(args, &taxonomy)?;
    let letters_read = answer(&mut rows, args, classifier, &taxonomy)?;

    let end_to_end = letters_read.is_some();
    let all_read = letters_read.as_ref().is_none_or(|read| read.not_read.is_empty());
    let mut report = Report::of(&rows, &bundle.manifest().id, &names, end_to_end, &taxonomy)?;
    report.letters_read = letters_read;
    report.measures = measures;
    report.sections.extend(leakage(&bundle, &rows)?);
    if !second.is_empty() {
        report.ceiling = Some(evaluate::ceiling(&rows, &second, &taxonomy)?);
    }
    if let (Some(recorded), Some(path)) = (baseline, &args.baseline) {
        let comparison = evaluate::compare(&rows, &recorded, end_to_end, &taxonomy).map_err(|e| e.in_file(path))?;
        report.comparison = Some(comparison);
    }
    report.gate = match (&gates, &report.comparison) {
        (None, None) => None,
        (Some(gates), None) => Some(gates.judge(&report.evaluation)),
        (gates, Some(comparison)) => {
            let gates = gates.clone().unwrap_or_else(Gates::baseline_only);
            Some(gates.judge_with_baseline(&report.evaluation, comparison))
        }
    };

    if let Some(folder) = recorded_in {
        bundle.record_scores(scores(&report.evaluation, &names.join(", ")))?;
        bundle.save(folder)?;
    }
    if let Some(mut sink) = baseline_sink {
        sink.write(report.recorded.to_json().as_bytes())?;
        sink.finish()?;
    }
    let text = match args.format {
        ReportFormat::Table => report::table(&report),
        ReportFormat::Json => report::json(&report),
        ReportFormat::Junit => report::junit(&report),
        ReportFormat::Html => report::html(&report)?,
        ReportFormat::Md => report::markdown(&report),
    };
    sink.write(text.as_bytes())?;
    sink.finish()?;
    match report.gate.map(|gate| gate.verdict) {
        Some(Verdict::Fail) => {
            tell("gate: fail");
            return Ok(Exit::GateFailed);
        }
        Some(Verdict::CannotTell) => tell("gate: cannot tell; label more sentences, or of more letters"),
        Some(Verdict::Pass) | None => {}
    }
    Ok(if all_read { Exit::Done } else { Exit::SomeUnreadable })
}

/// The labelled sentences, of the letters that were asked for.
fn rows(args: &EvaluateArgs, files: Vec<LabelFile>, taxonomy: &Taxonomy) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (file, path) in files.into_iter().zip(&args.labels.labels) {
        rows.extend(match labels::holds_hashes(path)? {
            true => Row::of_joined(file.examples),
            false => Row::of_file(lettermark::dataset::read_file(path, taxonomy)?),
        });
    }
    rows.retain(|row| !(args.natural && row.picked));
    let Some(path) = &args.only_letters else { return Ok(rows) };
    let list = fs::read_to_string(path).map_err(|e| Error::io("read the list of letters", path, e))?;
    Ok(evaluate::only_letters(rows, &list).map_err(|e| e.in_file(path))?)
}

/// The labels of other annotators.
fn second(args: &EvaluateArgs, taxonomy: &Taxonomy) -> Result<Vec<SecondLabels>> {
    let files = labels::read_files(&args.second, &args.labels.corpus, taxonomy)?;
    Ok(files.into_iter().map(|f| SecondLabels { file: f.name, examples: f.examples }).collect())
}

/// Gives the rows their answers: asked sentence by sentence, or out of the letters' own files.
fn answer(
    rows: &mut [Row],
    args: &EvaluateArgs,
    classifier: Classifier,
    taxonomy: &Taxonomy,
) -> Result<Option<EndToEnd>> {
    let threads = threads(args.jobs);
    if args.letters.is_empty() {
        let items: Vec<Item<'_>> = rows.iter().map(|row| item(&row.example)).collect();
        let answers: Vec<Answer> = classifier.judge(&items, threads).iter().map(Answer::from).collect();
        for (row, answer) in rows.iter_mut().zip(answers) {
            row.answer = Some(answer);
        }
        return Ok(None);
    }
    let pipeline = ReadingArgs::default().apply(Pipeline::new(classifier).with_threads(threads));
    let batch = pipeline.read(sources(&args.letters, rows)?, &mut |_| {});
    let mut letters = Vec::new();
    for letter in pipeline.classify(batch) {
        match letter {
            Ok(letter) => letters.push(letter),
            Err(error) => tell(&error.to_string()),
        }
    }
    if letters.is_empty() {
        bail!("none of the letters could be read");
    }
    Ok(Some(match_findings(rows, &letters, taxonomy)?))
}

/// The letters among `paths` that the labels are about.
fn sources(paths: &[PathBuf], rows: &[Row]) -> Result<Vec<Source>> {
    let is_corpus = |path: &&PathBuf| path.to_string_lossy().ends_with(".jsonl.gz");
    let (corpora, files): (Vec<&PathBuf>, Vec<&PathBuf>) = paths.iter().partition(is_corpus);
    let inputs = Inputs::expand(&files.into_iter().cloned().collect::<Vec<_>>(), None, &Limits::default())?;
    inputs.problems.iter().for_each(|problem| tell(problem));
    let mut sources = inputs.sources;
    for path in corpora {
        let mut reports: Vec<(String, String)> = read_corpus(path)?.into_iter().collect();
        reports.sort_unstable();
        let source =
            |(name, text): (String, String)| Source { name: name + ".txt", origin: Origin::Memory(text.into_bytes()) };
        sources.extend(reports.into_iter().map(source));
    }
    let labelled: BTreeSet<String> = rows.iter().map(|row| letter_key(&row.example.letter)).collect();
    if !labelled.contains("") {
        sources.retain(|source| labelled.contains(&letter_key(&source.name)));
    }
    if sources.is_empty() {
        bail!("none of the letters that the labels name is there; a letter goes by its file's name without the ending");
    }
    Ok(sources)
}

/// What of the rows the model was trained on, where it says.
fn leakage(bundle: &Bundle, rows: &[Row]) -> Result<Option<Section>> {
    let Some(seen) = model::seen(bundle)? else {
        tell(&format!("note: {} does not say which sentences it was trained on", bundle.manifest().id));
        return Ok(None);
    };
    let pairs: Vec<_> = rows.iter().map(Row::pair).collect();
    Ok(Some(evaluate::leakage(&seen, &pairs, bundle.taxonomy())?.section()))
}

/// The summary scores as a model's manifest holds them.
fn scores(evaluation: &Evaluation, on: &str) -> Vec<Score> {
    let score = |(score, estimate): &(evaluate::Score, Estimate)| {
        Some(Score {
            name: score.name().to_owned(),
            on: on.to_owned(),
            value: estimate.value?,
            interval: estimate.interval.map(|i| (i.low, i.high)),
            rows: evaluation.sentences,
        })
    };
    evaluation.scores.iter().filter_map(score).collect()
}

/// A labelled sentence as the model reads it.
pub fn item(example: &Example) -> Item<'_> {
    let previous = Some(example.previous.as_str()).filter(|p| !p.is_empty());
    Item { sentence: &example.sentence, previous, heading: &example.heading, ..Item::default() }
}

/// Scores on what a model was fitted to say nothing of how it does on new letters.
fn warn_of_training_labels(bundle: &Bundle, files: &[LabelFile]) {
    // A model that knows its training sentences tells more exactly which of these are among them.
    if bundle.seen().is_some() {
        return;
    }
    let trained_on = &bundle.manifest().training.inputs;
    for file in files.iter().filter(|file| trained_on.iter().any(|input| input.sha256 == file.sha256)) {
        tell(&format!(
            "warning: {} was trained on {}; these scores will not hold for new letters",
            bundle.manifest().id,
            file.name
        ));
    }
}
