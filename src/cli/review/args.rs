//! What can be typed after `lettermark review`.

use std::num::NonZero;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::super::labels::{CorpusArg, TaxonomyArg};
use super::super::model::ModelArg;
use super::super::reading::ReadingArgs;

/// Make one HTML file in which a person labels the sentences of letters, or put such labels together
///
/// The page holds the letters and what the model says of each sentence. It opens in any browser, loads nothing and sends
/// nothing; labels stay in that browser until they are exported as a CSV, which `train`, `evaluate --labels` and `data
/// check` read.
///
/// Asked first are the sentences of whose polarity the model is least sure (in whole percent; among equals the one with
/// the lowest score of the main theme). Every fifth is drawn by chance, so that the page can tell how often the model is
/// right. With --blind nothing of the model is in the file, and sentences come in the order of the letters.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
Examples:
  lettermark review datasets/letters/kingston-2018-send-letter.txt -o review.html
  lettermark review datasets/letters -o second-reader.html --blind
  lettermark review datasets/letters -o review.html --labels datasets/labels/kingston.csv
  lettermark review merge datasets/labels/croydon.csv datasets/labels/croydon.reader-a.csv -o m.csv"
)]
pub struct ReviewArgs {
    #[command(subcommand)]
    pub command: Option<ReviewCommand>,

    /// Letters, folders of letters (with their subfolders), patterns such as 'letters/*.pdf', or - for stdin
    #[arg(required = true, value_name = "LETTERS")]
    pub letters: Vec<PathBuf>,

    /// The page to write
    #[arg(short, long, required = true, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// For a reader who must not see what the model says: no suggestions, sentences in the order of the letters
    #[arg(long)]
    pub blind: bool,

    /// Every so many sentences one is drawn by chance; 1 draws them all
    #[arg(long, value_name = "N", default_value = "5", conflicts_with = "blind")]
    pub every: NonZero<usize>,

    /// Seed of what is drawn
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "blind")]
    pub seed: u64,

    /// Labels that are there already: their sentences are not asked again
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub labels: Vec<PathBuf>,

    #[command(flatten)]
    pub corpus: CorpusArg,

    /// The labels to choose from [default: those of the model]
    #[arg(long, value_name = "FILE")]
    pub taxonomy: Option<PathBuf>,

    #[command(flatten)]
    pub model: ModelArg,

    /// Threads to work with [default: one for each core]
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZero<u16>>,

    /// No progress and no notes on stderr; errors only
    #[arg(short, long)]
    pub quiet: bool,

    #[command(flatten)]
    pub reading: ReadingArgs,
}

#[derive(Debug, Subcommand)]
pub enum ReviewCommand {
    Merge(MergeArgs),
}

/// Put the labels of several readers together, and tell how far they agree
///
/// Rows are of one sentence when letter, words and index are the same. What readers agree on (polarity, main theme, set
/// of themes) becomes one row that names them all. Sentences on which they differ go to the file of conflicts, a row for
/// each reader: take out all but the right one, or correct it, and name that file with --adjudicated. No row is lost,
/// and columns of your own are kept.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  lettermark review merge datasets/labels/croydon.csv datasets/labels/croydon.reader-a.csv -o m.csv")]
pub struct MergeArgs {
    /// Files of labels
    #[arg(required = true, value_name = "LABELS")]
    pub labels: Vec<PathBuf>,

    /// The file to write
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    /// The file for conflicts [default: beside the output, its name with \"-conflicts\"; only where there are some]
    #[arg(long, value_name = "FILE")]
    pub conflicts: Option<PathBuf>,

    /// Labels that decide: what they say of a sentence counts alone
    #[arg(long, value_name = "FILE")]
    pub adjudicated: Option<PathBuf>,

    #[command(flatten)]
    pub taxonomy: TaxonomyArg,
}
