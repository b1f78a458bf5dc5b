//! `lettermark review`: a page to label in, and labels put together.

mod args;
mod merge;

use anyhow::{Context, Result, bail};
use lettermark::dataset::Example;
use lettermark::finding::LetterFindings;
use lettermark::pipeline::Pipeline;
use lettermark::review::{self, Options, Review, Why};

use super::inputs::Inputs;
use super::progress::Progress;
use super::sink::Sink;
use super::{Exit, complain, labels, model, tell, threads};
pub use args::ReviewArgs;
use args::ReviewCommand;

pub fn run(args: ReviewArgs) -> Result<Exit> {
    match &args.command {
        Some(ReviewCommand::Merge(args)) => merge::run(args),
        None => page(args),
    }
}

fn page(args: ReviewArgs) -> Result<Exit> {
    let output = args.output.as_deref().context("name the page to write with -o")?;
    let inputs = Inputs::expand(&args.letters, Some(output), &args.reading.limits())?;
    for problem in &inputs.problems {
        tell(problem);
    }
    let mut unreadable = inputs.problems.len();
    if inputs.sources.is_empty() {
        bail!("there is nothing to read");
    }
    let (bundle, classifier) = model::classifier(&args.model)?;
    let taxonomy = args.taxonomy.as_deref().map_or_else(|| Ok(bundle.taxonomy().clone()), labels::taxonomy)?;
    taxonomy.check_version(bundle.taxonomy())?;
    let files = labels::read_files(&args.labels, &args.corpus, &taxonomy)?;
    let labelled: Vec<Example> = files.into_iter().flat_map(|file| file.examples).collect();
    let mut sink = Sink::file(output)?;
    let pipeline = args.reading.apply(Pipeline::new(classifier).with_threads(threads(args.jobs)));
    let letters = judged(&pipeline, inputs, args.quiet, &mut unreadable);
    if letters.is_empty() {
        bail!("none of the inputs could be read");
    }
    let options = Options { blind: args.blind, every: args.every, seed: args.seed, taxonomy };
    let review = Review::new(&letters, &labelled, &options)?;
    sink.write(review::html(&review)?.as_bytes())?;
    sink.finish()?;
    if !args.quiet {
        tell(&format!("{} are in {}", summary(&review), output.display()));
    }
    if unreadable == 0 {
        return Ok(Exit::Done);
    }
    complain(&format!("{unreadable} of {} inputs could not be read (named above)", letters.len() + unreadable));
    Ok(Exit::SomeUnreadable)
}

/// What the model says of every letter that can be read; those that cannot are named and counted.
fn judged(pipeline: &Pipeline, inputs: Inputs, quiet: bool, unreadable: &mut usize) -> Vec<LetterFindings> {
    let mut progress = Progress::new(inputs.sources.len(), quiet);
    let batch = pipeline.read(inputs.sources, &mut |done| progress.read(done));
    progress.start_judging(batch.sentences());
    let mut letters = Vec::new();
    for letter in pipeline.classify(batch) {
        match letter {
            Ok(letter) => {
                progress.judged(letter.findings.len());
                letters.push(letter);
            }
            Err(error) => {
                progress.aside(|| tell(&error.to_string()));
                progress.judged(0);
                *unreadable += 1;
            }
        }
    }
    progress.finish();
    letters
}

fn summary(review: &Review) -> String {
    let asked = &review.queue().asked;
    let random = asked.iter().filter(|asked| asked.why == Why::Random).count();
    let before = review.sentences() - asked.len();
    format!(
        "{} sentences of {} letter{} to label{}{}",
        asked.len(),
        review.letters(),
        if review.letters() == 1 { "" } else { "s" },
        if random > 0 { format!(", {random} of them drawn by chance") } else { String::new() },
        if before > 0 { format!("; {before} have a label and are not asked again;") } else { String::new() },
    )
}
