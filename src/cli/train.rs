//! `lettermark train`: labelled sentences to a model of one's own.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Result, bail};
use lettermark::Error;
use lettermark::classify::{Bundle, EncoderFiles};
use lettermark::dataset::letter_list;
use lettermark::encode::Precision;
use lettermark::taxonomy::Taxonomy;
use lettermark::train::{LabelFile, Options, Report, remember, train};

use super::args::TrainArgs;
use super::progress::TrainingProgress;
use super::sink::Sink;
use super::{Exit, curve, labels, model, tell, threads};

pub fn run(args: &TrainArgs) -> Result<Exit> {
    let options = options(args)?;
    // Now, not after the work.
    Bundle::check_place(&args.output)?;
    let (base, its_taxonomy, seen_before) = model::base(args.base.as_deref())?;
    let taxonomy = match &args.taxonomy {
        Some(path) => labels::taxonomy(path)?,
        None => its_taxonomy,
    };
    let mut files = labels::read(&args.labels, &taxonomy)?;
    if let Some(path) = &args.without_letters {
        let left_out = letters(path, &files)?;
        files.iter_mut().for_each(|file| file.leave_out(&left_out));
    }
    let (bundle, report) = if args.fine_tune {
        fine_tune(args, &files, &taxonomy, &base, &options)?
    } else {
        let encoder = base.encoder(Precision::best())?;
        let progress = TrainingProgress::new(args.quiet);
        let trained = train(&files, &taxonomy, &encoder, base, &options, &mut |at| progress.at(at));
        progress.finish();
        trained?
    };
    let bundle = remember(bundle, &files, &seen_before)?;
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
    options: &Options,
) -> Result<(Bundle, Report)> {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use lettermark::train::{FineTuneOptions, Progress};

    let valid_letters = args.valid_letters.as_deref().map(|path| letters(path, files)).transpose()?.unwrap_or_default();
    let how = FineTuneOptions {
        epochs: args.epochs.into(),
        encoder_rate: args.encoder_rate,
        valid_letters,
        ..FineTuneOptions::default()
    };
    let stop = Arc::new(AtomicBool::new(false));
    super::interrupt::raise(&stop);
    let progress = TrainingProgress::new(args.quiet);
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
fn fine_tune(_: &TrainArgs, _: &[LabelFile], _: &Taxonomy, _: &EncoderFiles, _: &Options) -> Result<(Bundle, Report)> {
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
