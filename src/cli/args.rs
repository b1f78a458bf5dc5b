//! What can be typed, as types. Nothing is done here: each command turns its arguments into what it works with.

use std::num::NonZero;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use lettermark::output;

/// Reads inspection letters and tells, sentence by sentence, what the inspectors credit and what they fault.
///
/// Nothing leaves this machine: the model is inside the program.
#[derive(Debug, Parser)]
#[command(
    name = "lettermark",
    bin_name = "lettermark",
    version,
    max_term_width = 100,
    after_help = "\
Examples:
  lettermark classify datasets/letters/kingston-2018-send-letter.txt
  lettermark classify datasets/letters -o findings.csv

Exit codes: 0 done, 1 could not, 2 wrong usage, 3 an evaluation gate failed,
4 done but some letters could not be read (each is named on stderr)."
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Classify(ClassifyArgs),
    Text(TextArgs),
    #[command(subcommand)]
    Model(ModelCommand),
    Compare(super::compare::CompareArgs),
    Search(super::search::SearchArgs),
    Explain(super::explain::ExplainArgs),
    Train(TrainArgs),
    Evaluate(EvaluateArgs),
    #[command(subcommand)]
    Data(DataCommand),
    Review(super::review::args::ReviewArgs),
}

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
  lettermark classify datasets/letters -o findings.csv --counts-by datasets/labels/kingston.csv")]
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

    /// At the end print counts by polarity and theme on stderr, corrected by what the model confuses on these labels
    #[arg(long, num_args = 1.., value_name = "LABELS")]
    pub counts_by: Vec<PathBuf>,

    /// The folder with the corpus, for labels that hold hashes in place of the text
    #[arg(long, value_name = "DIR", env = "LETTERMARK_CORPUS", hide_env_values = true, default_value = "../shared")]
    pub corpus: PathBuf,

    #[command(flatten)]
    pub stream: super::ipc::StreamArgs,

    #[command(flatten)]
    pub model: ModelArg,

    /// Threads to work with [default: one for each core]
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZero<u16>>,

    /// No progress and no notes on stderr; errors only
    #[arg(short, long)]
    pub quiet: bool,
}

#[derive(Debug, Args)]
pub struct ModelArg {
    /// The folder of a model bundle [default: the model inside the program]
    #[arg(long, value_name = "DIR", env = "LETTERMARK_MODEL", hide_env_values = true)]
    pub model: Option<PathBuf>,
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

/// Print the text of a letter, as the findings' "start" and "end" count it
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  lettermark text datasets/letters/kingston-2018-send-letter.txt")]
pub struct TextArgs {
    /// The letter, or - for stdin
    #[arg(value_name = "LETTER")]
    pub letter: PathBuf,
}

/// What a model is, and whether its files are whole
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  lettermark model show
  lettermark model verify")]
pub enum ModelCommand {
    Show(ModelShowArgs),
    Verify(ModelVerifyArgs),
    Diff(ModelDiffArgs),
}

/// Print a model's card: how it was made, how it scored, what to know before quoting it
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  lettermark model show")]
pub struct ModelShowArgs {
    #[command(flatten)]
    pub folder: ModelFolder,
}

/// Compare a model's files with the hashes in its manifest; ends with 1 where they differ
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  lettermark model verify")]
pub struct ModelVerifyArgs {
    #[command(flatten)]
    pub folder: ModelFolder,
}

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

    /// The folder with the corpus, for labels that hold hashes in place of the text
    #[arg(long, value_name = "DIR", env = "LETTERMARK_CORPUS", hide_env_values = true, default_value = "../shared")]
    pub corpus: PathBuf,

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

#[derive(Debug, Args)]
pub struct ModelFolder {
    /// The folder of a model bundle [default: the model inside the program]
    #[arg(value_name = "DIR", env = "LETTERMARK_MODEL", hide_env_values = true)]
    pub folder: Option<PathBuf>,
}

/// Labels, and where the text is that they may lack.
#[derive(Debug, Args)]
pub struct LabelArgs {
    /// Labelled sentences: CSV with the columns sentence, polarity, themes (and letter, heading, previous, …)
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    pub labels: Vec<PathBuf>,

    /// The folder with the corpus, for labels that hold hashes in place of the text
    #[arg(long, value_name = "DIR", env = "LETTERMARK_CORPUS", hide_env_values = true, default_value = "../shared")]
    pub corpus: PathBuf,
}

/// Fit a model to sentences that you labelled
///
/// The encoder stays as it is, unless --fine-tune is given; what is fitted are the heads that tell polarity and themes
/// from its vectors. A fifth of the letters at a time is held out to measure and to calibrate. The same labels and seed
/// give the same bytes.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  lettermark train --labels datasets/labels/national.csv --corpus ../shared -o my-model")]
pub struct TrainArgs {
    #[command(flatten)]
    pub labels: LabelArgs,

    /// The labels' taxonomy [default: the one of the base model]
    #[arg(long, value_name = "FILE")]
    pub taxonomy: Option<PathBuf>,

    /// The folder with the encoder: of a bundle, or of the base model as published [default: the model inside the program]
    #[arg(long, value_name = "DIR")]
    pub base: Option<PathBuf>,

    /// Move the encoder too: hours where the heads alone take seconds, and better; needs a program built with
    /// --features torch. Ctrl-C ends it and keeps the best epoch so far
    #[arg(long)]
    pub fine_tune: bool,

    /// Passes of --fine-tune over the labels
    #[arg(long, value_name = "N", default_value_t = 4, requires = "fine_tune")]
    pub epochs: u16,

    /// The encoder's highest learning rate in --fine-tune; a smaller one suits an encoder that was fine-tuned before
    #[arg(long, value_name = "RATE", default_value_t = 1e-4, requires = "fine_tune")]
    pub encoder_rate: f64,

    /// Letters on which --fine-tune chooses its epoch and calibrates: a file with a letter a line [default: a tenth]
    #[arg(long, value_name = "FILE", requires = "fine_tune")]
    pub valid_letters: Option<PathBuf>,

    /// Letters that must not be trained on: a file with a letter a line
    #[arg(long, value_name = "FILE")]
    pub without_letters: Option<PathBuf>,

    /// A folder in which sentence vectors are kept for the next run
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,

    /// Seed of all that is drawn by chance
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// What findings call the model [default: the name of the output folder]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,

    /// Threads to work with [default: one for each core]
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZero<u16>>,

    /// Tell how the scores grow with the labels, and what more labels may buy: a table, and a CSV and an SVG beside the
    /// model's folder
    #[arg(long)]
    pub curve: bool,

    /// Folder for the model; it appears, or replaces an older model, only when it is complete
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,

    /// No progress on stderr; warnings and errors only
    #[arg(short, long)]
    pub quiet: bool,
}

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

    /// The folder with the corpus, for labels that hold hashes in place of the text
    #[arg(long, value_name = "DIR", env = "LETTERMARK_CORPUS", hide_env_values = true, default_value = "../shared")]
    pub corpus: PathBuf,
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

/// Name everything that is wrong with files of labels, and what is likely wrong; ends with 1 only for what is wrong
///
/// Wrong: unknown labels, "none" beside another theme, empty sentences, one sentence labelled twice, bad encoding, a missing
/// column; each with its line and column. Likely wrong: labels that a model doubts which had not seen the sentence
/// (confident learning), and sentences that stand in several letters, word for word or nearly, with different labels.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lettermark data check datasets/labels/croydon.csv
  lettermark data check datasets/labels/kingston.csv datasets/labels/croydon.csv --no-model")]
pub struct CheckArgs {
    /// The labels
    #[arg(required = true, value_name = "FILE")]
    pub labels: Vec<PathBuf>,

    #[command(flatten)]
    pub taxonomy: TaxonomyArg,

    /// Ask no model, only read the files
    #[arg(long)]
    pub no_model: bool,

    #[command(flatten)]
    pub model: ModelArg,

    /// At most so many doubts of each kind
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: usize,

    /// Threads to work with [default: one for each core]
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZero<u16>>,

    /// No progress on stderr
    #[arg(short, long)]
    pub quiet: bool,
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

    /// The folder with the corpus
    #[arg(long, value_name = "DIR", env = "LETTERMARK_CORPUS", hide_env_values = true, default_value = "../shared")]
    pub corpus: PathBuf,

    #[command(flatten)]
    pub taxonomy: TaxonomyArg,

    /// The file to write
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

#[derive(Debug, Args)]
pub struct TaxonomyArg {
    /// The labels' taxonomy [default: the one inside the program]
    #[arg(long, value_name = "FILE")]
    pub taxonomy: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_arguments_hold_together() {
        super::Cli::command().debug_assert();
    }
}
