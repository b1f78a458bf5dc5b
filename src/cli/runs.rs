//! `lettermark classify --resume` and `--shard`: a run that is kept in a folder; `lettermark merge`: its findings.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use lettermark::encode::{Precision, instructions};
use lettermark::output::About;
use lettermark::pipeline::Pipeline;
use lettermark::runs::{self, Header, Merge, Merged, Run, Shard, Step};

use super::classify::{ClassifyArgs, FindingsFormat, format, table_style};
use super::destination::Destination;
use super::inputs::Inputs;
use super::progress::Progress;
use super::{Exit, complain, model, tell, threads};

/// Whether a run is kept in a folder.
#[derive(Debug, Args)]
pub struct KeepArgs {
    /// Keep the run in the folder of -o: killed, the same command goes on where it stopped; `lettermark merge` makes
    /// the findings of it
    #[arg(long, requires = "output", conflicts_with_all = ["format", "counts_by"])]
    pub resume: bool,

    /// Judge only the Ith of N parts of the letters, dealt by a hash of their names; kept as with --resume
    #[arg(long, value_name = "I/N", requires = "output", conflicts_with_all = ["format", "counts_by"])]
    pub shard: Option<Shard>,
}

impl KeepArgs {
    pub fn keeps(&self) -> bool {
        self.resume || self.shard.is_some()
    }
}

/// Make the findings of a run that was kept in folders (classify --resume, --shard)
///
/// Gives the same bytes as one run of classify over all letters. All shards have to be named, in any order, and done.
/// Letters that could not be read are named as classify names them.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  lettermark classify datasets/letters --shard 1/1 -o run && lettermark merge run -o findings.csv")]
pub struct MergeArgs {
    /// Folders that "classify --resume" or "--shard" wrote
    #[arg(required = true, value_name = "FOLDER")]
    pub folders: Vec<PathBuf>,

    /// Write to FILE instead of stdout; it appears only when it is complete. Pages of several letters go into a folder
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Format of the result [default: by FILE's ending; else a table on a terminal, CSV elsewhere]
    #[arg(long, value_enum)]
    pub format: Option<FindingsFormat>,

    /// No notes on stderr; errors only
    #[arg(short, long)]
    pub quiet: bool,
}

/// How many letters went which way.
#[derive(Default)]
struct Tally {
    kept: usize,
    done: usize,
    failed: usize,
    findings: usize,
}

/// Begins a run in a folder, or goes on with it.
pub fn classify(args: &ClassifyArgs) -> Result<Exit> {
    let folder = args.output.as_deref().context("name the folder of the run with -o")?;
    let inputs = Inputs::expand(&args.inputs, Some(folder), &args.reading.limits())?;
    inputs.problems.iter().for_each(|problem| tell(problem));
    if inputs.sources.is_empty() {
        bail!("there is nothing to read");
    }
    let (_, classifier, cache) = model::classifier_with_cache(&args.model, args.cache.as_deref())?;
    let pipeline = args.reading.apply(Pipeline::new(classifier).with_threads(threads(args.jobs)));
    let shard = args.keep.shard.unwrap_or(Shard::WHOLE);
    let header = Header {
        program: env!("CARGO_PKG_VERSION").to_owned(),
        model: pipeline.classifier().model_id().to_owned(),
        precision: format!("{:?}, {}", Precision::best(), instructions()),
        taxonomy: pipeline.classifier().taxonomy().clone(),
        limits: args.reading.limits(),
        shard,
        problems: inputs.problems.clone(),
        letters: inputs.sources.iter().map(|source| source.name.clone()).collect(),
    };
    let mut run = Run::open(folder, header)?;
    let progress = Progress::new(inputs.sources.iter().filter(|s| shard.holds(&s.name)).count(), args.quiet);
    progress.start_letters();
    let mut tally = Tally::default();
    runs::classify(&pipeline, &inputs.sources, &mut run, &mut |step| {
        match step {
            Step::Kept { findings } => {
                tally.kept += 1;
                tally.findings += findings;
            }
            Step::Done { findings } => {
                tally.done += 1;
                tally.findings += findings;
            }
            Step::Failed(line) => {
                tally.failed += 1;
                progress.aside(|| tell(line));
            }
        }
        progress.read(tally.kept + tally.done + tally.failed);
    })?;
    progress.finish();
    cache.finish();
    ended(args, folder, shard, &tally, inputs.problems.len())
}

fn ended(args: &ClassifyArgs, folder: &Path, shard: Shard, tally: &Tally, problems: usize) -> Result<Exit> {
    if !args.quiet {
        let before = if tally.kept > 0 { format!(", {} of them from before", tally.kept) } else { String::new() };
        let merge = match shard == Shard::WHOLE {
            true => format!("lettermark merge {} -o findings.csv", folder.display()),
            false => "lettermark merge, with the folders of all shards,".to_owned(),
        };
        tell(&format!(
            "{} findings of {} inputs{before} are in {}; {merge} makes one file of them",
            tally.findings,
            tally.kept + tally.done,
            folder.display()
        ));
    }
    match tally.failed + problems {
        0 => Ok(Exit::Done),
        unread => {
            let inputs = if unread == 1 { "input" } else { "inputs" };
            complain(&format!("{unread} {inputs} could not be read (named above); --resume tries again"));
            Ok(Exit::SomeUnreadable)
        }
    }
}

/// Puts the findings of a run together.
pub fn merge(args: &MergeArgs) -> Result<Exit> {
    let output = args.output.as_deref();
    let format = format(args.format, output)?;
    let merge = Merge::open(&args.folders)?;
    let header = merge.header();
    let about = About { taxonomy: header.taxonomy.clone(), model: header.model.clone() };
    let mut destination = Destination::open(format, output, header.letters.len(), table_style(output), about, None)?;
    if let Some(most) = destination.most_findings().filter(|&most| merge.findings() > most) {
        bail!("a sheet has room for {most} findings, and these are {}; write CSV", merge.findings());
    }
    let mut unread = header.problems.len();
    for problem in &header.problems {
        tell(problem);
        destination.unread(problem);
    }
    for (copy, original) in merge.copies().iter().filter(|_| !args.quiet) {
        tell(&format!("note: {copy} has the same text as {original}; both are counted"));
    }
    let mut letters = 0;
    for source in merge.sources() {
        match source? {
            Merged::Letters(merged) => {
                for letter in &merged {
                    destination.letter(letter)?;
                    letters += 1;
                }
            }
            Merged::Unread(line) => {
                tell(&line);
                destination.unread(&line);
                unread += 1;
            }
        }
    }
    if letters == 0 {
        bail!("none of the inputs could be read");
    }
    destination.finish()?;
    if let (Some(path), false) = (output, args.quiet) {
        tell(&format!("{} findings of {letters} letters are in {}", merge.findings(), path.display()));
    }
    if unread == 0 {
        return Ok(Exit::Done);
    }
    complain(&format!("{unread} of {} inputs could not be read (named above)", letters + unread));
    Ok(Exit::SomeUnreadable)
}
