//! `lettermark train`: labelled sentences to a model of one's own.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use lettermark::Error;
use lettermark::classify::{Bundle, EncoderFiles};
use lettermark::dataset::letter_list;
use lettermark::encode::Precision;
use lettermark::taxonomy::Taxonomy;
use lettermark::train::{Given, LabelFile, Options, Report, remember, take, train};

use super::labels::LabelArgs;
use super::model::{self, Base};
use super::progress::StageProgress;
use super::sink::Sink;
use super::{Exit, curve, labels, tell, threads};

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

    /// Take the heads of this safetensors file as they are, with the encoder of --base that they were trained with
    /// elsewhere, as models/distil does; only the calibration is fitted
    #[arg(long, value_name = "FILE", requires = "base", conflicts_with_all = ["fine_tune", "curve"])]
    pub heads: Option<PathBuf>,

    /// Letters on which --fine-tune chooses its epoch, and on which it and --heads calibrate: a file with a letter a line
    /// [default: a tenth]
    #[arg(long, value_name = "FILE")]
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

pub fn run(args: &TrainArgs) -> Result<Exit> {
    let mut options = options(args)?;
    // Now, not after the work.
    Bundle::check_place(&args.output)?;
    let Base { encoder: base, taxonomy: its_taxonomy, context, seen } = model::base(args.base.as_deref())?;
    options.seen = seen;
    // An encoder that is moved learns from the labels what it reads with a sentence; one that stays has learned it.
    if !args.fine_tune {
        options.context = context;
    }
    let taxonomy = match &args.taxonomy {
        Some(path) => labels::taxonomy(path)?,
        None => its_taxonomy,
    };
    let mut files = labels::read(&args.labels, &taxonomy)?;
    if let Some(path) = &args.without_letters {
        let left_out = letters(path, &files)?;
        files.iter_mut().for_each(|file| file.leave_out(&left_out));
    }
    if args.valid_letters.is_some() && !args.fine_tune && args.heads.is_none() {
        bail!(
            "--valid-letters is for --fine-tune and --heads; heads that are fitted here are held against every letter in turn"
        );
    }
    let valid_letters =
        args.valid_letters.as_deref().map(|path| letters(path, &files)).transpose()?.unwrap_or_default();
    let (bundle, report) = if args.fine_tune {
        fine_tune(args, &files, &taxonomy, &base, valid_letters, &options)?
    } else if let Some(path) = &args.heads {
        let base = base.pooling_last_layer()?;
        let encoder = base.encoder(Precision::best())?;
        take(&files, &taxonomy, &base, &encoder, &Given::read(path)?, &valid_letters, &options)?
    } else {
        let encoder = base.encoder(Precision::best())?;
        let progress = StageProgress::new(args.quiet);
        let trained = train(&files, &taxonomy, &encoder, base, &options, &mut |at| progress.at(at));
        progress.finish();
        trained?
    };
    let bundle = remember(bundle, &files, &options.seen)?;
    bundle.save(&args.output)?;
    for warning in &report.warnings {
        tell(&format!("warning: {warning}"));
    }
    let mut sink = Sink::stdout();
    sink.write(summary(&bundle.manifest().id, &report, &args.output, &taxonomy).as_bytes())?;
    if args.curve {
        sink.write(curve::run(&bundle, &files, &options, &args.output, args.quiet)?.as_bytes())?;
    }
    sink.finish()?;
    Ok(Exit::Done)
}

#[cfg(feature = "torch")]
fn fine_tune(
    args: &TrainArgs,
    files: &[LabelFile],
    taxonomy: &Taxonomy,
    base: &EncoderFiles,
    valid_letters: BTreeSet<String>,
    options: &Options,
) -> Result<(Bundle, Report)> {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use lettermark::train::{FineTuneOptions, Progress};

    let how = FineTuneOptions {
        epochs: args.epochs.into(),
        encoder_rate: args.encoder_rate,
        valid_letters,
        ..FineTuneOptions::default()
    };
    let stop = Arc::new(AtomicBool::new(false));
    super::interrupt::raise(&stop);
    let progress = StageProgress::new(args.quiet);
    let mut scored = None;
    let trained = lettermark::train::fine_tune(files, taxonomy, base, options, &how, &stop, &mut |at| {
        // An epoch's end is told on a line of its own, so that a log shows the course of the training.
        if let Progress::FineTuning { step, of, loss, validation: Some(validation) } = at
            && scored != Some(validation)
        {
            scored = Some(validation);
            progress.aside(|| tell(&format!("step {step} of {of}: loss {loss:.4}, validation {validation:.4}")));
        }
        progress.at(at);
    });
    progress.finish();
    Ok(trained?)
}

#[cfg(not(feature = "torch"))]
fn fine_tune(
    _: &TrainArgs,
    _: &[LabelFile],
    _: &Taxonomy,
    _: &EncoderFiles,
    _: BTreeSet<String>,
    _: &Options,
) -> Result<(Bundle, Report)> {
    bail!(
        "this program was built without libtorch, which --fine-tune needs; build it with --features torch as \
         models/README.md says, or train the heads alone, without --fine-tune"
    )
}

/// The letters that a file names. One that no label is of is an error: a slip of the pen must not put a letter that was
/// kept apart into the training.
fn letters(path: &Path, files: &[LabelFile]) -> Result<BTreeSet<String>> {
    let text = fs::read_to_string(path).map_err(|e| Error::io("read the list of letters", path, e))?;
    let named = letter_list(&text).map_err(|e| e.in_file(path))?;
    let there: BTreeSet<&str> = files.iter().flat_map(|f| &f.examples).map(|e| e.letter.as_str()).collect();
    match named.iter().find(|name| !there.contains(name.as_str())) {
        Some(absent) => bail!("{}: no label is of the letter {absent:?}", path.display()),
        None => Ok(named),
    }
}

fn options(args: &TrainArgs) -> Result<Options> {
    let name = match &args.name {
        Some(name) => name.clone(),
        None => match args.output.file_name() {
            Some(name) => name.to_string_lossy().into_owned(),
            None => bail!("{} has no name of its own; give the model one with --name", args.output.display()),
        },
    };
    Ok(Options { name, seed: args.seed, threads: threads(args.jobs), cache: args.cache.clone(), ..Options::default() })
}

fn summary(id: &str, report: &Report, output: &Path, taxonomy: &Taxonomy) -> String {
    let mut text = format!(
        "{id}: fitted to {} sentences of {} letters, {} themes; it is in {}\n",
        report.rows,
        report.letters,
        taxonomy.len(),
        output.display()
    );
    for score in &report.scores {
        let interval = score.interval.map(|(low, high)| format!(" [{low:.3}, {high:.3}]")).unwrap_or_default();
        let _ =
            writeln!(text, "  {}: {:.3}{interval} on {} ({} sentences)", score.name, score.value, score.on, score.rows);
    }
    text
}
