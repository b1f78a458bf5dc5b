//! `lettermark data check`: what is wrong with labels, and what is likely wrong.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::num::NonZero;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use lettermark::classify::Bundle;
use lettermark::dataset::{self, Example, Repeats, Seen, repeats};
use lettermark::encode::Precision;
use lettermark::output::printable;
use lettermark::taxonomy::Taxonomy;
use lettermark::train::{
    Options, Probabilities, Progress, held_out_probabilities, polarity_suspects, theme_suspects, vectors,
};

use super::labels::TaxonomyArg;
use super::model::ModelArg;
use super::progress::StageProgress;
use super::sink::Sink;
use super::{Exit, labels, model, threads};

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

/// With fewer sentences a model that was fitted to the others has nothing to go by.
const FEWEST: usize = 50;

/// Characters of a sentence that are shown.
const SHOWN: usize = 160;

/// The labelled sentences of all files, with where each stands.
struct Labels<'a> {
    examples: Vec<Example>,
    places: Vec<(&'a Path, u64)>,
    taxonomy: &'a Taxonomy,
}

pub fn run(args: &CheckArgs) -> Result<Exit> {
    let bundle = if args.no_model { None } else { Some(model::bundle(args.model.model.as_deref())?) };
    let taxonomy = match (&args.taxonomy.taxonomy, &bundle) {
        (Some(path), _) => labels::taxonomy(path)?,
        (None, Some(bundle)) => bundle.taxonomy().clone(),
        (None, None) => Taxonomy::default(),
    };
    if let Some(bundle) = &bundle {
        taxonomy.check_version(bundle.taxonomy())?;
    }
    let mut sink = Sink::stdout();
    let mut labels = Labels { examples: Vec::new(), places: Vec::new(), taxonomy: &taxonomy };
    let mut wrong = 0;
    for path in &args.labels {
        let checked = dataset::check(path, &taxonomy);
        wrong += checked.problems.len();
        for problem in &checked.problems {
            sink.write(format!("{}\n", printable(&problem.to_string())).as_bytes())?;
        }
        if checked.problems.is_empty() {
            sink.write(format!("{}: nothing is wrong\n", path.display()).as_bytes())?;
        }
        labels.places.extend(checked.lines.iter().map(|&line| (path.as_path(), line)));
        labels.examples.extend(checked.examples);
    }
    sink.write(labels.repeated(args.limit).as_bytes())?;
    if let Some(bundle) = bundle {
        sink.write(labels.doubted(&bundle, args)?.as_bytes())?;
    }
    sink.finish()?;
    match wrong {
        0 => Ok(Exit::Done),
        1 => bail!("1 thing to put right"),
        n => bail!("{n} things to put right"),
    }
}

impl Labels<'_> {
    fn place(&self, example: usize) -> String {
        let (path, line) = self.places[example];
        format!("{}, line {line}", path.display())
    }

    fn start(&self, example: usize) -> String {
        let sentence = printable(&self.examples[example].sentence);
        match sentence.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}…", &sentence[..end]),
            None => sentence,
        }
    }

    /// Sentences that stand more than once.
    fn repeated(&self, limit: usize) -> String {
        let found = repeats(&self.examples.iter().collect::<Vec<_>>());
        let mut out = String::new();
        let sentences =
            |agree: bool| found.iter().filter(|g| g.agree() == agree).map(|g| g.members.len()).sum::<usize>();
        let differ: Vec<&Repeats> = found.iter().filter(|group| !group.agree()).collect();
        if sentences(true) > 0 {
            let groups = found.len() - differ.len();
            let _ = writeln!(
                out,
                "{} sentences stand more than once, word for word or nearly, with the same labels ({groups} different ones)",
                sentences(true)
            );
        }
        if differ.is_empty() {
            return out;
        }
        let _ = writeln!(
            out,
            "\nAlike, and labelled differently: {} sentences, {} different ones",
            sentences(false),
            differ.len()
        );
        for group in differ.iter().take(limit) {
            let alike = if group.exact { "word for word" } else { "nearly" };
            let _ = writeln!(out, "\n  {} times {alike}: {}", group.members.len(), self.start(group.members[0]));
            let polarities: Vec<_> = group.polarities.iter().map(|(p, of)| (p.to_string(), of)).collect();
            let themes: Vec<_> = group.themes.iter().map(|(set, of)| (self.taxonomy.format_set(set), of)).collect();
            for labels in [polarities, themes].iter().filter(|labels| labels.len() > 1) {
                for (label, members) in labels {
                    let _ = writeln!(out, "    {label}: {}", self.some_places(members));
                }
            }
        }
        out.push_str(&more(differ.len(), limit));
        out
    }

    fn some_places(&self, members: &[usize]) -> String {
        const SOME: usize = 3;
        let places: Vec<String> = members.iter().take(SOME).map(|&i| self.place(i)).collect();
        let more = if members.len() > SOME { format!("; and {} more", members.len() - SOME) } else { String::new() };
        format!("{}{more}", places.join("; "))
    }

    /// Labels that the model doubts.
    fn doubted(&self, bundle: &Bundle, args: &CheckArgs) -> Result<String> {
        if self.examples.len() < FEWEST {
            return Ok(format!(
                "\nNo model was asked: it takes {FEWEST} labelled sentences, and there are {}\n",
                self.examples.len()
            ));
        }
        let examples: Vec<&Example> = self.examples.iter().collect();
        let (probabilities, new) = self.probabilities(&examples, bundle, args)?;
        let polarity = polarity_suspects(&examples, &probabilities);
        let themes = theme_suspects(&examples, &probabilities);
        let mut out = format!(
            "\nDoubts by confident learning: {} of polarity and {} of themes, of {} sentences. A doubt is no error: read the \
             sentence.\n{new} sentences are new to {} and were judged by it, {} by heads fitted to the other letters.\n",
            polarity.len(),
            themes.len(),
            examples.len(),
            bundle.manifest().id,
            examples.len() - new
        );
        let _ = writeln!(out, "\nPolarity");
        for s in polarity.iter().take(args.limit) {
            let given = examples[s.example].polarity;
            self.doubt(&mut out, s.example, given.id(), s.given_probability, s.suggested.id(), s.suggested_probability);
        }
        out.push_str(&more(polarity.len(), args.limit));
        let _ = writeln!(out, "\nThemes");
        for s in themes.iter().take(args.limit) {
            let set = |set| self.taxonomy.format_set(set);
            let (given, suggested) = (set(&examples[s.example].themes), set(&s.suggested));
            self.doubt(&mut out, s.example, &given, s.given_probability, &suggested, s.suggested_probability);
        }
        out.push_str(&more(themes.len(), args.limit));
        Ok(out)
    }

    fn doubt(&self, out: &mut String, example: usize, given: &str, p: f32, suggested: &str, q: f32) {
        let (place, start) = (self.place(example), self.start(example));
        let _ = writeln!(out, "  {place}: {given} ({p:.2}), rather {suggested} ({q:.2})\n    {start}");
    }

    /// What is said of each sentence by who has not seen it, and how many are new to the model itself.
    fn probabilities(
        &self,
        examples: &[&Example],
        bundle: &Bundle,
        args: &CheckArgs,
    ) -> Result<(Probabilities, usize)> {
        let (threads, manifest) = (threads(args.jobs), bundle.manifest());
        let progress = StageProgress::new(args.quiet);
        let mut at = |to: Progress| progress.at(to);
        let encoder = bundle.encoder_files().encoder(Precision::best())?;
        let rows = vectors(&encoder, manifest.context, examples, threads, &mut at);
        let options = Options { context: manifest.context, threads, ..Options::default() };
        let new = self.new_to(bundle)?;
        let themes = self.taxonomy.len();
        let own = || Probabilities::of(bundle.heads(), manifest.calibration.temperature, rows.view());
        let mut found = match new.len() == examples.len() {
            true => own(),
            false => held_out_probabilities(rows.view(), examples, themes, &options, &mut at)?,
        };
        if !new.is_empty() && new.len() < examples.len() {
            let own = own();
            for &i in &new {
                found.polarity.row_mut(i).assign(&own.polarity.row(i));
                found.themes.row_mut(i).assign(&own.themes.row(i));
            }
        }
        progress.finish();
        Ok((found, new.len()))
    }

    /// The sentences that the model was not trained on, as far as it says and knows these labels.
    fn new_to(&self, bundle: &Bundle) -> Result<BTreeSet<usize>> {
        let seen: Option<Seen> = model::seen(bundle)?;
        let Some(seen) = seen.filter(|_| bundle.taxonomy() == self.taxonomy) else { return Ok(BTreeSet::new()) };
        let is_new = |i: &usize| !seen.holds(&self.examples[*i].sentence);
        Ok((0..self.examples.len()).filter(is_new).collect())
    }
}

fn more(all: usize, limit: usize) -> String {
    match all.saturating_sub(limit) {
        0 => String::new(),
        more => format!("\n  and {more} more; --limit shows them\n"),
    }
}
