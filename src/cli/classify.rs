//! `lettermark classify`: letters to findings.

mod args;
mod counts;

use std::io::{self, IsTerminal};
use std::path::Path;

use anyhow::{Result, bail};
use lettermark::evaluate::findings::ReadFinding;
use lettermark::finding::LetterFindings;
use lettermark::output::{About, Correct, Format, TableStyle};
use lettermark::pipeline::Pipeline;

pub use args::{ClassifyArgs, FindingsFormat};
use counts::Intervals;

use super::destination::Destination;
use super::inputs::Inputs;
use super::progress::Progress;
use super::{Exit, complain, ipc, model, runs, tell, threads};

/// How many letters went which way.
#[derive(Default)]
struct Tally {
    letters: usize,
    findings: usize,
    unreadable: usize,
}

pub fn run(args: ClassifyArgs) -> Result<Exit> {
    if args.stream.ipc {
        return ipc::run(&args);
    }
    if args.keep.keeps() {
        return runs::classify(&args);
    }
    let format = format(args.format, args.output.as_deref())?;
    let inputs = Inputs::expand(&args.inputs, args.output.as_deref(), &args.reading.limits())?;
    for problem in &inputs.problems {
        tell(problem);
    }
    if inputs.sources.is_empty() {
        bail!("there is nothing to read");
    }
    let (bundle, classifier, cache) = model::classifier_with_cache(&args.model, args.cache.as_deref())?;
    let pipeline = args.reading.apply(Pipeline::new(classifier).with_threads(threads(args.jobs)));
    let about = About {
        taxonomy: pipeline.classifier().taxonomy().clone(),
        model: pipeline.classifier().model_id().to_owned(),
    };
    let (output, sources) = (args.output.as_deref(), inputs.sources.len());
    let intervals = Intervals::measured(&args, &bundle, pipeline.classifier())?;
    let correct = intervals.clone().map(|intervals| Box::new(intervals) as Box<dyn Correct>);
    let mut destination = Destination::open(format, output, sources, table_style(output), about, correct)?;
    inputs.problems.iter().for_each(|problem| destination.unread(problem));
    let problems = inputs.problems.len();
    let mut counted = intervals.is_some().then(Vec::new);
    let tally = classify(&pipeline, inputs, &mut destination, counted.as_mut(), args.quiet)?;
    cache.finish();
    let unreadable = tally.unreadable + problems;
    if tally.letters == 0 {
        bail!("none of the inputs could be read");
    }
    destination.finish()?;
    if let (Some(path), false) = (&args.output, args.quiet) {
        tell(&format!("{} findings of {} letters are in {}", tally.findings, tally.letters, path.display()));
    }
    if let Some((intervals, findings)) = intervals.zip(counted) {
        eprint!("{}", intervals.table(&findings));
    }
    if unreadable == 0 {
        return Ok(Exit::Done);
    }
    complain(&format!("{unreadable} of {} inputs could not be read (named above)", tally.letters + unreadable));
    Ok(Exit::SomeUnreadable)
}

/// `counted` takes what of the findings is counted, where it is wanted.
fn classify(
    pipeline: &Pipeline,
    inputs: Inputs,
    destination: &mut Destination,
    mut counted: Option<&mut Vec<ReadFinding>>,
    quiet: bool,
) -> Result<Tally> {
    let mut progress = Progress::new(inputs.sources.len(), quiet);
    let batch = pipeline.read(inputs.sources, &mut |done| progress.read(done));
    for (copy, original) in batch.copies().iter().filter(|_| !quiet) {
        progress.aside(|| tell(&format!("note: {copy} has the same text as {original}; both are counted")));
    }
    if let Some(most) = destination.most_findings().filter(|&most| batch.sentences() > most) {
        let sentences = batch.sentences();
        bail!("a sheet has room for {most} findings, and these are {sentences}; name fewer letters, or write CSV");
    }
    progress.start_judging(batch.sentences());
    let mut tally = Tally::default();
    for letter in pipeline.classify(batch) {
        let findings = match letter {
            Ok(letter) => {
                progress.aside(|| destination.letter(&letter))?;
                if let Some(counted) = &mut counted {
                    let taxonomy = pipeline.classifier().taxonomy();
                    counted.extend(letter.findings.iter().map(|finding| ReadFinding::of(finding, taxonomy)));
                }
                tally.add(&letter)
            }
            Err(error) => {
                let line = error.to_string();
                progress.aside(|| tell(&line));
                destination.unread(&line);
                tally.unreadable += 1;
                0
            }
        };
        progress.judged(findings);
    }
    progress.finish();
    Ok(tally)
}

impl Tally {
    fn add(&mut self, letter: &LetterFindings) -> usize {
        self.letters += 1;
        self.findings += letter.findings.len();
        letter.findings.len()
    }
}

/// The format that was asked for, or that the output's ending tells.
pub fn format(asked: Option<FindingsFormat>, output: Option<&Path>) -> Result<Format> {
    let terminal = output.is_none() && io::stdout().is_terminal();
    if let Some(format) = asked.map(Format::from) {
        if format.is_binary() && terminal {
            bail!("this format is no text for a terminal; name a file with -o");
        }
        return Ok(format);
    }
    match output {
        None if terminal => Ok(Format::Table),
        None => Ok(Format::Csv),
        Some(path) => by_ending(path),
    }
}

fn by_ending(path: &Path) -> Result<Format> {
    let ending = path.extension().map(|e| e.to_string_lossy());
    match ending.as_deref() {
        None => Ok(Format::Csv),
        Some(ending) => match Format::from_extension(ending) {
            Some(format) => Ok(format),
            None => bail!("no format goes by the ending .{ending}; name one with --format"),
        },
    }
}

/// How a table for `output`, or else the terminal, is laid out.
pub fn table_style(output: Option<&Path>) -> TableStyle {
    let plain = TableStyle::default();
    match output {
        Some(_) => plain,
        None => {
            let width = terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0));
            TableStyle { width: width.unwrap_or(plain.width), colour: true }
        }
    }
}
