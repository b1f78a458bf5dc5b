//! `lettermark data`: checking, comparing and completing labelled sentences.

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};
use lettermark::dataset::{self, Agreement, LabelledFile};
use lettermark::taxonomy::Taxonomy;

use super::check::CheckArgs;
use super::labels::{CorpusArg, TaxonomyArg};
use super::sink::Sink;
use super::{Exit, check, labels, tell};

/// Check, compare and complete labelled sentences
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  lettermark data check datasets/labels/kingston.csv
  lettermark data agreement datasets/labels/kingston.csv datasets/labels/kingston.csv")]
pub enum DataCommand {
    Agreement(AgreementArgs),
    Check(CheckArgs),
    Join(JoinArgs),
}

/// How far two annotators of the same sentences agree, and where they do not
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  lettermark data agreement datasets/labels/kingston.csv datasets/labels/kingston.csv")]
pub struct AgreementArgs {
    /// One annotator's labels
    #[arg(value_name = "A")]
    pub first: PathBuf,

    /// The other's
    #[arg(value_name = "B")]
    pub second: PathBuf,

    #[command(flatten)]
    pub taxonomy: TaxonomyArg,
}

/// Put the text of the reports beside labels that hold only its hashes
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  lettermark data join --labels datasets/labels/national.csv --corpus ../shared -o national-with-text.csv")]
pub struct JoinArgs {
    /// The labels: CSV with the columns report, index, hash, previous_hash, polarity, themes, sample
    #[arg(long, value_name = "FILE")]
    pub labels: PathBuf,

    #[command(flatten)]
    pub corpus: CorpusArg,

    #[command(flatten)]
    pub taxonomy: TaxonomyArg,

    /// The file to write
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

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
    let examples = labels::join(&args.labels, &args.corpus.folder, &taxonomy)?.examples;
    // `train` takes from this column which sentences do not stand for a share.
    let sample = examples.iter().map(|example| vec![example.note.clone()]).collect();
    let count = examples.len();
    let file = LabelledFile { examples, extra_columns: vec!["sample".to_owned()], extra: sample };
    dataset::write(&args.output, &file, &taxonomy)?;
    tell(&format!("{count} labelled sentences are in {}", args.output.display()));
    Ok(Exit::Done)
}
