//! What can be typed after `lettermark classify`.

use std::num::NonZero;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use lettermark::output;

use super::super::ipc::StreamArgs;
use super::super::labels::CorpusArg;
use super::super::model::ModelArg;
use super::super::reading::ReadingArgs;
use super::super::runs::KeepArgs;

/// Judge every sentence of letters: polarity and themes
///
/// Reads PDF, Word (.docx), HTML, Markdown and plain text. A CSV or a Parquet file with a column "sentence" (and
/// "previous", "heading", "letter", "page" where there are such) is judged row by row, without splitting.
///
/// On a terminal the result is a table for reading; into a pipe or a file it is CSV. A sentence that stands word for
/// word in another letter of the same run is marked as boilerplate. "start" and "end" count characters in the text
/// that `lettermark text LETTER` prints. In the CSV, text that a spreadsheet would run as a formula has an apostrophe
/// before it; the JSON lines hold it as it is.
///
/// FILE.xlsx is a workbook: findings, a summary that counts them by formulas, letters, and what to know before quoting.
/// FILE.qdpx is a REFI-QDA project: qualitative tools open it with the letters' text coded by the model.
/// FILE.parquet is a typed table: pandas, R, DuckDB, Polars and Spark read it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lettermark classify datasets/letters/kingston-2018-send-letter.txt
  lettermark classify datasets/letters -o findings.csv
  lettermark classify 'datasets/letters/*.txt' --format jsonl
  lettermark classify - < datasets/letters/croydon-2017-inspection.txt
  lettermark classify datasets/letters --format html -o letters-html
  lettermark classify datasets/letters -o findings.xlsx
  lettermark classify datasets/letters -o project.qdpx
  lettermark classify datasets/letters -o findings.parquet
  producer | lettermark classify --ipc | consumer
  lettermark classify datasets/letters -o findings.csv --counts-by datasets/labels/kingston.csv
  lettermark classify datasets/letters --format html -o web --counts-by datasets/labels/croydon.csv
  lettermark classify datasets/letters --resume -o run
  lettermark classify datasets/letters -o findings.csv --cache vectors")]
pub struct ClassifyArgs {
    /// Letters, folders of letters (with their subfolders), patterns such as 'letters/*.pdf', or - for stdin
    #[arg(required_unless_present = "ipc", value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,

    /// Write to FILE instead of stdout; it appears only when it is complete. Pages of several letters go into a folder
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Format of the result [default: by FILE's ending; else a table on a terminal, CSV elsewhere]
    #[arg(long, value_enum)]
    pub format: Option<FindingsFormat>,

    /// Counts with 95% intervals, by what the model confuses on these labels: on the pages of --format html, and as a table
    /// on stderr. Name labels that the model was not trained on
    #[arg(long, num_args = 1.., value_name = "LABELS")]
    pub counts_by: Vec<PathBuf>,

    #[command(flatten)]
    pub corpus: CorpusArg,

    #[command(flatten)]
    pub keep: KeepArgs,

    #[command(flatten)]
    pub stream: StreamArgs,

    #[command(flatten)]
    pub model: ModelArg,

    /// A folder that keeps sentence vectors for the next run: a letter that was judged before is not encoded again
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,

    /// Threads to work with [default: one for each core]
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZero<u16>>,

    /// No progress and no notes on stderr; errors only
    #[arg(short, long)]
    pub quiet: bool,

    #[command(flatten)]
    pub reading: ReadingArgs,
}

/// Formats of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FindingsFormat {
    /// For reading
    Table,
    /// For spreadsheets and statistics programs
    Csv,
    /// One JSON object a line
    Jsonl,
    /// Pages for a browser: each letter with its sentences marked; for several letters a folder with a list
    Html,
    /// A workbook for Excel: findings, summary, letters
    Xlsx,
    /// A REFI-QDA project for NVivo, ATLAS.ti, MAXQDA, QualCoder
    Qdpx,
    /// A typed table for pandas, R, DuckDB, Polars, Spark
    Parquet,
}

impl From<FindingsFormat> for output::Format {
    fn from(format: FindingsFormat) -> Self {
        match format {
            FindingsFormat::Table => output::Format::Table,
            FindingsFormat::Csv => output::Format::Csv,
            FindingsFormat::Jsonl => output::Format::Jsonl,
            FindingsFormat::Html => output::Format::Html,
            FindingsFormat::Xlsx => output::Format::Xlsx,
            FindingsFormat::Qdpx => output::Format::Qdpx,
            FindingsFormat::Parquet => output::Format::Parquet,
        }
    }
}
