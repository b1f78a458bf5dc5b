//! `lettermark model diff`: two models on the same sentences.

use std::num::NonZero;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use lettermark::classify::{Bundle, Classifier, Item};
use lettermark::encode::Precision;
use lettermark::evaluate::diff::{self, COLUMNS, JudgedTwice, Said, Verdict};
use lettermark::evaluate::report;
use lettermark::finding::Finding;
use lettermark::ingest::Limits;
use lettermark::output::{neutral, printable};
use lettermark::pipeline::Pipeline;

use super::evaluate::item;
use super::inputs::Inputs;
use super::labels::{CorpusArg, LabelArgs};
use super::reading::ReadingArgs;
use super::sink::Sink;
use super::{Exit, labels, model, tell, threads};

/// Name the sentences of which two models say different things, and which is right where labels are
///
/// Judges the same sentences with both. The table shows how much flips, from where to where and by theme, then the
/// sentences: first those whose polarity flips. The CSV holds every sentence that flips.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lettermark model diff built-in built-in --on datasets/labels/croydon.csv
  lettermark model diff built-in built-in --on datasets/letters --format csv")]
pub struct ModelDiffArgs {
    /// The folder of the one model, or \"built-in\"
    #[arg(value_name = "OLD")]
    pub old: PathBuf,

    /// The folder of the other, or \"built-in\"
    #[arg(value_name = "NEW")]
    pub new: PathBuf,

    /// Labelled sentences, letters, folders of letters, or a CSV with a column \"sentence\"
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    pub on: Vec<PathBuf>,

    #[command(flatten)]
    pub corpus: CorpusArg,

    /// Format of the result
    #[arg(long, value_enum, default_value_t = DiffFormat::Table)]
    pub format: DiffFormat,

    /// At most so many sentences in the table; 0 for none
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: usize,

    /// Write to FILE instead of stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Threads to work with [default: one for each core]
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZero<u16>>,
}

/// Formats of a comparison of two models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// For reading
    Table,
    /// For spreadsheets: one row a sentence that flips
    Csv,
}

/// What stands for the model inside the program.
const BUILT_IN: &str = "built-in";

pub fn run(args: &ModelDiffArgs) -> Result<Exit> {
    let mut sink = args.output.as_deref().map_or_else(|| Ok(Sink::stdout()), Sink::file)?;
    let threads = threads(args.jobs);
    let open = |folder: &Path| -> Result<Pipeline> {
        let bundle = if folder == Path::new(BUILT_IN) { Bundle::built_in()? } else { model::bundle(Some(folder))? };
        let pipeline = Pipeline::new(Classifier::from_bundle(&bundle, Precision::best())?);
        Ok(ReadingArgs::default().apply(pipeline.with_threads(threads)))
    };
    let (old, new) = (open(&args.old)?, open(&args.new)?);

    let mut labelled = LabelArgs { labels: Vec::new(), corpus: args.corpus.clone() };
    let mut letters = Vec::new();
    for path in &args.on {
        match path.is_file() && labels::are_in(path)? {
            true => labelled.labels.push(path.clone()),
            false => letters.push(path.clone()),
        }
    }
    let mut judged = on_labels(&old, &new, &labelled, threads)?;
    let unreadable = on_letters(&old, &new, &letters, args.output.as_deref(), &mut judged)?;
    if judged.is_empty() {
        bail!("there is not one sentence to compare the models on");
    }

    let bytes = match args.format {
        DiffFormat::Table => {
            let names = [old.classifier().model_id(), new.classifier().model_id()];
            table(&judged, names, args.limit).into_bytes()
        }
        DiffFormat::Csv => csv(&judged)?,
    };
    sink.write(&bytes)?;
    sink.finish()?;
    Ok(if unreadable == 0 { Exit::Done } else { Exit::SomeUnreadable })
}

fn on_labels(old: &Pipeline, new: &Pipeline, args: &LabelArgs, threads: usize) -> Result<Vec<JudgedTwice>> {
    let taxonomy = new.classifier().taxonomy();
    let files = labels::read(args, taxonomy)?;
    let examples: Vec<_> = files.into_iter().flat_map(|file| file.examples).collect();
    let items: Vec<Item<'_>> = examples.iter().map(item).collect();
    let judge = |pipeline: &Pipeline| -> Vec<Said> {
        let classifier = pipeline.classifier();
        let judgements = classifier.judge(&items, threads);
        judgements.iter().map(|judgement| Said::by_model(judgement, classifier.taxonomy())).collect()
    };
    let both = judge(old).into_iter().zip(judge(new));
    let one = |(example, (old, new)): (&lettermark::dataset::Example, (Said, Said))| JudgedTwice {
        letter: example.letter.clone(),
        sentence: example.sentence.clone(),
        label: Some(Said::by_label(example, taxonomy)),
        old,
        new,
    };
    Ok(examples.iter().zip(both).map(one).collect())
}

/// Adds the sentences of letters; says how many inputs could not be read.
fn on_letters(
    old: &Pipeline,
    new: &Pipeline,
    paths: &[std::path::PathBuf],
    output: Option<&Path>,
    judged: &mut Vec<JudgedTwice>,
) -> Result<usize> {
    let mut inputs = Inputs::expand(paths, output, &Limits::default())?;
    inputs.problems.iter().for_each(|problem| tell(problem));
    let mut unreadable = inputs.problems.len();
    let sources = std::mem::take(&mut inputs.sources);
    let mut findings = |pipeline: &Pipeline, first: bool| {
        let mut all: Vec<Finding> = Vec::new();
        for letter in pipeline.classify(pipeline.read(sources.clone(), &mut |_| {})) {
            match letter {
                Ok(letter) => all.extend(letter.findings),
                Err(error) if first => {
                    tell(&error.to_string());
                    unreadable += 1;
                }
                Err(_) => {}
            }
        }
        all
    };
    let (old, new) = (findings(old, true), findings(new, false));
    // Both split alike; that they did is checked, because a pair of two sentences would be a wrong answer.
    if old.len() != new.len() || old.iter().zip(&new).any(|(o, n)| o.sentence != n.sentence) {
        bail!("the letters changed while they were read; try again");
    }
    judged.extend(old.iter().zip(&new).map(|(old, new)| JudgedTwice {
        letter: old.letter.clone(),
        sentence: old.sentence.clone(),
        label: None,
        old: old.into(),
        new: new.into(),
    }));
    Ok(unreadable)
}

fn table(judged: &[JudgedTwice], [old, new]: [&str; 2], limit: usize) -> String {
    let mut out = format!("{} sentences; old: {old}, new: {new}\n", judged.len());
    out.push_str(&report::plain(&diff::sections(judged)));
    let mut flipped: Vec<&JudgedTwice> = judged.iter().filter(|j| j.flips()).collect();
    flipped.sort_by_key(|j| (!j.polarity_flips(), !j.main_theme_flips()));
    if limit > 0 && !flipped.is_empty() {
        out.push_str("\nSentences\n");
    }
    for j in flipped.iter().take(limit) {
        let letter = if j.letter.is_empty() { String::new() } else { format!("{}: ", j.letter) };
        let label = match (&j.label, in_words(j)) {
            (Some(label), right) => format!("    label {label}{right}\n"),
            (None, _) => String::new(),
        };
        out.push_str(&format!(
            "\n  {}{}\n    old   {}\n    new   {}\n{label}",
            printable(&letter),
            printable(&j.sentence),
            j.old,
            j.new
        ));
    }
    if limit > 0 && flipped.len() > limit {
        out.push_str(&format!("\n  and {} more; --limit shows more, --format csv all\n", flipped.len() - limit));
    }
    out
}

/// Which model is right in what flips.
fn in_words(j: &JudgedTwice) -> &'static str {
    let verdict = match j.polarity_flips() {
        true => j.right_polarity(),
        false => j.nearer_themes(),
    };
    match (verdict, j.polarity_flips()) {
        (Some(Verdict::Old), true) => ": old is right",
        (Some(Verdict::New), true) => ": new is right",
        (Some(Verdict::Neither), true) => ": neither is right",
        (Some(Verdict::Old), false) => ": old is nearer",
        (Some(Verdict::New), false) => ": new is nearer",
        _ => "",
    }
}

fn csv(judged: &[JudgedTwice]) -> Result<Vec<u8>> {
    let mut csv = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(Vec::new());
    csv.write_record(COLUMNS)?;
    for j in judged.iter().filter(|j| j.flips()) {
        csv.write_record(diff::record(j).map(|cell| neutral(&cell).into_owned()))?;
    }
    csv.into_inner().context("could not write the table")
}
