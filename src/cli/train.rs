//! `lettermark train`: labelled sentences to a model of one's own.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Result, bail};
use lettermark::encode::Precision;
use lettermark::taxonomy::Taxonomy;
use lettermark::train::{Options, Report, remember, train};

use super::args::TrainArgs;
use super::progress::TrainingProgress;
use super::sink::Sink;
use super::{Exit, curve, labels, model, tell, threads};

pub fn run(args: &TrainArgs) -> Result<Exit> {
    let options = options(args)?;
    let (base, its_taxonomy, seen_before) = model::base(args.base.as_deref())?;
    let taxonomy = match &args.taxonomy {
        Some(path) => labels::taxonomy(path)?,
        None => its_taxonomy,
    };
    let files = labels::read(&args.labels, &taxonomy)?;
    let encoder = base.encoder(Precision::best())?;
    let progress = TrainingProgress::new(args.quiet);
    let trained = train(&files, &taxonomy, &encoder, base, &options, &mut |at| progress.at(at));
    progress.finish();
    let (bundle, report) = trained?;
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
