//! `lettermark data`: checking, comparing and completing labelled sentences.

use std::fmt::Write;

use anyhow::Result;
use lettermark::dataset::{self, Agreement, LabelledFile};
use lettermark::taxonomy::Taxonomy;

use super::args::{AgreementArgs, DataCommand, JoinArgs};
use super::sink::Sink;
use super::{Exit, check, labels, tell};

pub fn run(command: &DataCommand) -> Result<Exit> {
    match command {
        DataCommand::Agreement(args) => agreement(args),
        DataCommand::Check(args) => check::run(args),
        DataCommand::Join(args) => join(args),
    }
}

fn agreement(args: &AgreementArgs) -> Result<Exit> {
    let taxonomy = labels::taxonomy_or_default(&args.taxonomy)?;
    let first = dataset::read(&args.first, &taxonomy)?;
    let second = dataset::read(&args.second, &taxonomy)?;
    let agreement = dataset::agreement(&first, &second, &taxonomy)?;
    let mut sink = Sink::stdout();
    sink.write(comparison(&agreement, &taxonomy).as_bytes())?;
    sink.finish()?;
    Ok(Exit::Done)
}

fn comparison(agreement: &Agreement, taxonomy: &Taxonomy) -> String {
    let mut out = format!(
        "{} sentences in both files; {} only in the first, {} only in the second. Intervals: 95%.\n\n",
        agreement.sentences, agreement.only_first, agreement.only_second
    );
    for (what, estimate) in [
        ("same polarity", agreement.same_polarity),
        ("polarity, Cohen's kappa", agreement.polarity_kappa),
        ("same main theme", agreement.same_main_theme),
        ("theme sets, Krippendorff's alpha (MASI)", agreement.themes_alpha),
    ] {
        let _ = writeln!(out, "{what:<42}{estimate}");
    }
    let _ = writeln!(out, "\n{:<22}{:>8}{:>8}{:>8}  kappa", "label", "first", "second", "both");
    for row in &agreement.labels {
        let _ = writeln!(out, "{:<22}{:>8}{:>8}{:>8}  {}", row.label, row.first, row.second, row.both, row.kappa);
    }
    if !agreement.disagreements.is_empty() {
        let _ = writeln!(out, "\nLabelled differently:");
    }
    for pair in &agreement.disagreements {
        let labels = |e: &dataset::Example| format!("{} {}", e.polarity, taxonomy.format_set(&e.themes));
        let place = if pair.first.letter.is_empty() { String::new() } else { format!("{}: ", pair.first.letter) };
        let _ = writeln!(out, "\n  {place}{}", pair.first.sentence);
        let _ = writeln!(out, "    first:  {}\n    second: {}", labels(&pair.first), labels(&pair.second));
    }
    out
}

fn join(args: &JoinArgs) -> Result<Exit> {
    let taxonomy = labels::taxonomy_or_default(&args.taxonomy)?;
    let examples = labels::join(&args.labels, &args.corpus, &taxonomy)?.examples;
    // `train` takes from this column which sentences do not stand for a share.
    let sample = examples.iter().map(|example| vec![example.note.clone()]).collect();
    let count = examples.len();
    let file = LabelledFile { examples, extra_columns: vec!["sample".to_owned()], extra: sample };
    dataset::write(&args.output, &file, &taxonomy)?;
    tell(&format!("{count} labelled sentences are in {}", args.output.display()));
    Ok(Exit::Done)
}
