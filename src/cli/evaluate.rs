//! `lettermark evaluate`: a model against labelled sentences, for a person and for CI.

use anyhow::{Result, bail};
use lettermark::classify::{Bundle, Item, Judgement, Score};
use lettermark::dataset::Example;
use lettermark::evaluate::gate::{Gates, Verdict};
use lettermark::evaluate::leakage::Leakage;
use lettermark::evaluate::{self, Evaluation, report};
use lettermark::interval::Estimate;
use lettermark::train::LabelFile;

use super::args::{EvaluateArgs, ReportFormat};
use super::sink::Sink;
use super::{Exit, labels, model, tell, threads};

pub fn run(args: &EvaluateArgs) -> Result<Exit> {
    // What is quickly found wrong comes before what takes long.
    let gates = args.gate.as_deref().map(Gates::read).transpose()?;
    let mut sink = match &args.output {
        Some(path) => Sink::file(path)?,
        None => Sink::stdout(),
    };
    let recorded_in = match (args.record, &args.model.model) {
        (true, None) => bail!("--record writes into a model's folder; name it with --model"),
        (true, Some(folder)) => Some(folder),
        (false, _) => None,
    };
    let (mut bundle, classifier) = model::classifier(&args.model)?;
    let files = labels::read(&args.labels, bundle.taxonomy())?;
    warn_of_training_labels(&bundle, &files);
    let on = files.iter().map(|f| f.name.clone()).collect::<Vec<_>>().join(", ");
    let examples: Vec<Example> = files.into_iter().flat_map(|f| f.examples).collect();
    let items: Vec<Item<'_>> = examples.iter().map(item).collect();
    let judgements = classifier.judge(&items, threads(args.jobs));

    let evaluation = evaluate::evaluate(&examples, &judgements, bundle.taxonomy())?;
    if let Some(folder) = recorded_in {
        bundle.record_scores(scores(&evaluation, &on))?;
        bundle.save(folder)?;
    }
    let leakage = leakage(&bundle, &examples, &judgements)?;
    let gate = gates.map(|gates| gates.judge(&evaluation));
    let mut text = match args.format {
        ReportFormat::Table => report::table(&evaluation, gate.as_ref()),
        ReportFormat::Md => report::markdown(&evaluation, gate.as_ref()),
        ReportFormat::Json => report::json(&evaluation, gate.as_ref()),
    };
    if let (Some(leakage), ReportFormat::Table) = (&leakage, args.format) {
        text.push_str(&leakage.table().to_string());
    }
    sink.write(text.as_bytes())?;
    sink.finish()?;
    match gate.map(|gate| gate.verdict) {
        Some(Verdict::Fail) => {
            tell("gate: fail");
            Ok(Exit::GateFailed)
        }
        Some(Verdict::CannotTell) => {
            tell("gate: cannot tell; label more sentences, or of more letters");
            Ok(Exit::Done)
        }
        Some(Verdict::Pass) | None => Ok(Exit::Done),
    }
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

fn item(example: &Example) -> Item<'_> {
    let previous = Some(example.previous.as_str()).filter(|p| !p.is_empty());
    Item { sentence: &example.sentence, previous, heading: &example.heading }
}

/// What of the examples the model was trained on, if it says; in any case it is said on stderr.
fn leakage(bundle: &Bundle, examples: &[Example], judgements: &[Judgement]) -> Result<Option<Leakage>> {
    let Some(seen) = model::seen(bundle)? else {
        tell(&format!("note: {} does not say which sentences it was trained on", bundle.manifest().id));
        return Ok(None);
    };
    let leakage = evaluate::leakage::leakage(&seen, examples, judgements, bundle.taxonomy())?;
    if leakage.exact + leakage.near > 0 {
        tell(&format!("note: {leakage}"));
    }
    Ok(Some(leakage))
}

/// Scores on what a model was fitted to say nothing of how it does on new letters.
fn warn_of_training_labels(bundle: &Bundle, files: &[LabelFile]) {
    let trained_on = &bundle.manifest().training.inputs;
    for file in files.iter().filter(|file| trained_on.iter().any(|input| input.sha256 == file.sha256)) {
        tell(&format!(
            "warning: {} was trained on {}; these scores will not hold for new letters",
            bundle.manifest().id,
            file.name
        ));
    }
}
