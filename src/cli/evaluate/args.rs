//! What can be typed after `lettermark evaluate`.

use std::num::NonZero;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::super::labels::CorpusArg;
use super::super::model::ModelArg;

/// Measure how well a model agrees with labelled sentences
///
/// Numbers come with 95% intervals. With --gate the scores are held against minimum scores, with --baseline against an
/// earlier run: the command ends with 3 when one is under it by more than chance explains. With --letters the sentences
/// are not those of the labels but what is read out of the letters' own files.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lettermark evaluate --labels datasets/labels/kingston.csv
  lettermark evaluate --labels datasets/labels/kingston.csv datasets/labels/croydon.csv --format md
  lettermark evaluate --labels datasets/labels/kingston.csv --letters datasets/letters
  lettermark evaluate --labels datasets/labels/kingston.csv --format html -o evaluation.html
  lettermark evaluate --labels datasets/labels/kingston.csv --simple-methods
  lettermark evaluate --behaviour eval/behaviour
  lettermark evaluate --labels datasets/labels/kingston.csv --counts findings.csv
  lettermark evaluate --external findings.csv --corpus ../shared --box-plot shares.svg")]
pub struct EvaluateArgs {
    #[command(flatten)]
    pub labels: HeldOutArgs,

    #[command(flatten)]
    pub measures: MeasureArgs,

    #[command(flatten)]
    pub model: ModelArg,

    /// Only sentences that were drawn as letters are, not those that were picked because they are rare or hard
    #[arg(long, requires = "labels")]
    pub natural: bool,

    /// Only the labels of the letters that FILE lists, one a line
    #[arg(long, value_name = "FILE", requires = "labels")]
    pub only_letters: Option<PathBuf>,

    /// End to end: read these letters (files, folders, or the corpus's text.jsonl.gz) and look for the labelled sentences
    /// among their findings; one that is none counts as wrong
    #[arg(long, num_args = 1.., value_name = "PATH", requires = "labels")]
    pub letters: Vec<PathBuf>,

    /// Labels of the same sentences by other annotators, to compare the model with
    #[arg(long, num_args = 1.., value_name = "FILE", requires = "labels")]
    pub second: Vec<PathBuf>,

    /// Minimum scores, as eval/gates.toml holds them
    #[arg(long, value_name = "FILE", requires = "labels")]
    pub gate: Option<PathBuf>,

    /// An earlier run, of --save-baseline or --format json, under which no score may drop
    #[arg(long, value_name = "FILE", requires = "labels")]
    pub baseline: Option<PathBuf>,

    /// Write the model's answers to FILE, without the sentences' text, for --baseline of a later run
    #[arg(long, value_name = "FILE", requires = "labels")]
    pub save_baseline: Option<PathBuf>,

    /// Write the scores into the manifest and the card of the model that --model names
    #[arg(long, requires = "labels")]
    pub record: bool,

    /// Format of the report
    #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
    pub format: ReportFormat,

    /// Write to FILE instead of stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Threads to work with [default: one for each core]
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZero<u16>>,
}

/// Labels to evaluate on; some measures need none.
#[derive(Debug, Args)]
pub struct HeldOutArgs {
    /// Labelled sentences: CSV with the columns sentence, polarity, themes (and letter, heading, previous, …)
    #[arg(long, required_unless_present_any = ["behaviour", "external"], num_args = 1.., value_name = "FILE")]
    pub labels: Vec<PathBuf>,

    #[command(flatten)]
    pub corpus: CorpusArg,
}

/// What is measured beside the scores.
#[derive(Debug, Args)]
pub struct MeasureArgs {
    /// Run the behaviour suite: hand-written cases of what a model must be able to do, as eval/behaviour holds them
    #[arg(long, value_name = "DIR")]
    pub behaviour: Option<PathBuf>,

    /// Score simple methods on the same labels: majority class, a sentiment lexicon, TF-IDF, frozen vectors
    #[arg(long, requires = "labels")]
    pub simple_methods: bool,

    /// Labels to fit the simple methods on [default: the other letters of --labels, each left out in turn]
    #[arg(long, num_args = 1.., value_name = "FILE", requires = "simple_methods")]
    pub simple_labels: Vec<PathBuf>,

    /// The folder of the base encoder for the frozen vectors, as models/base/fetch.sh makes it
    #[arg(long, value_name = "DIR", requires = "simple_methods")]
    pub simple_encoder: Option<PathBuf>,

    /// Correct the theme × polarity counts of these findings (CSV of classify) by what the model confuses on the labels
    #[arg(long, value_name = "FINDINGS", requires = "labels")]
    pub counts: Option<PathBuf>,

    /// Hold these findings (CSV of classify, on reports of the corpus) against the reports' published outcomes
    #[arg(long, value_name = "FINDINGS")]
    pub external: Option<PathBuf>,

    /// Draw the shares of --external by outcome as an SVG
    #[arg(long, value_name = "FILE", requires = "external")]
    pub box_plot: Option<PathBuf>,
}

/// Formats of an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For reading
    Table,
    /// For programs, and for --baseline; holds no text of a letter
    Json,
    /// Test results, for a code forge
    Junit,
    /// One page with charts and the worst mistakes in context
    Html,
    /// Markdown, for a code forge
    Md,
}
