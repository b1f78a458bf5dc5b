//! `lettermark explain`: every score of a sentence, and the labelled sentences nearest to it.

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use lettermark::classify::{Bundle, Item};
use lettermark::dataset::Example;
use lettermark::explain::{self, Explanation, Placed};
use lettermark::finding::{self, Finding};
use lettermark::output::{polarity_sign, printable};
use lettermark::taxonomy::Polarity;
use serde_json::json;

use super::labels::CorpusArg;
use super::model::ModelArg;
use super::sink::Sink;
use super::vectors::{self, EncodingArgs};
use super::{Exit, labels, model, tell};

/// Show why the model may have judged a sentence so
///
/// Prints the scores of all polarities and themes and, with --labels, the labelled sentences that lie nearest to it in the
/// model's own vectors, and how they vote. The program holds hashes of the sentences that it was trained on and no text,
/// so the labels have to be named.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lettermark explain findings.csv --row 12
  lettermark explain findings.csv --row 12 --labels datasets/labels/kingston.csv --cache cache
  lettermark explain --sentence \"Plans take too long.\" --heading \"Areas for development\"")]
pub struct ExplainArgs {
    /// Findings: CSV or JSON lines of "classify"
    #[arg(value_name = "FINDINGS", requires = "row", required_unless_present = "sentence")]
    pub findings: Option<PathBuf>,

    /// The row of the findings, as a spreadsheet counts it: the heads are row 1; of JSON lines, the line
    #[arg(long, value_name = "N", requires = "findings", conflicts_with = "sentence")]
    pub row: Option<usize>,

    /// A sentence, instead of a row of findings
    #[arg(long, value_name = "TEXT", conflicts_with = "findings")]
    pub sentence: Option<String>,

    /// The heading above --sentence
    #[arg(long, value_name = "TEXT", requires = "sentence", default_value = "", hide_default_value = true)]
    pub heading: String,

    /// The sentence before --sentence
    #[arg(long, value_name = "TEXT", requires = "sentence")]
    pub previous: Option<String>,

    /// Labelled sentences to look for neighbours in: CSV with the columns sentence, polarity, themes
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub labels: Vec<PathBuf>,

    #[command(flatten)]
    pub corpus: CorpusArg,

    /// How many neighbours vote
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub neighbours: usize,

    /// Format of the result
    #[arg(long, value_enum, default_value_t = ExplainFormat::Table)]
    pub format: ExplainFormat,

    #[command(flatten)]
    pub model: ModelArg,

    #[command(flatten)]
    pub encoding: EncodingArgs,
}

/// Formats of an explanation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExplainFormat {
    /// For reading
    Table,
    /// For programs
    Json,
}

/// What is explained.
struct Subject {
    sentence: String,
    previous: Option<String>,
    heading: String,
    finding: Option<Finding>,
    /// The findings of its letter, and its place among them; none for a sentence that was typed.
    letter: Vec<Finding>,
    at: usize,
}

impl Subject {
    /// The sentences that the model reads with it, as far as findings tell: those of a letter's section together, a row
    /// of a table (which has no place in a text) alone.
    fn items(&self) -> Vec<Item<'_>> {
        if self.letter.is_empty() {
            let previous = self.previous.as_deref();
            return vec![Item { sentence: &self.sentence, previous, heading: &self.heading, follows: false }];
        }
        self.letter
            .iter()
            .enumerate()
            .map(|(at, finding)| {
                let before = at.checked_sub(1).map(|before| &self.letter[before]);
                let follows = finding.span.is_some() && before.is_some_and(|b| b.heading == finding.heading);
                let previous = before.map(|before| before.sentence.as_str());
                Item { sentence: &finding.sentence, previous, heading: &finding.heading, follows }
            })
            .collect()
    }
}

pub fn run(args: &ExplainArgs) -> Result<Exit> {
    let subject = subject(args)?;
    let bundle = model::bundle(args.model.model.as_deref())?;
    if let Some(finding) = subject.finding.as_ref().filter(|f| f.model != bundle.manifest().id) {
        tell(&format!("note: the finding is of {}, these scores are of {}", finding.model, bundle.manifest().id));
    }
    let files = labels::read_files(&args.labels, &args.corpus, bundle.taxonomy())?;
    let examples: Vec<Example> = files.into_iter().flat_map(|file| file.examples).collect();
    let items = subject.items();
    let explanation = vectors::with_encoder(&bundle, &args.encoding, |encoder, threads, progress| {
        explain::explain(
            Placed { items: &items, at: subject.at },
            &bundle,
            &examples,
            args.neighbours,
            encoder,
            threads,
            progress,
        )
    })?;
    let text = match args.format {
        ExplainFormat::Table => table(&subject, &explanation, &bundle, &examples),
        ExplainFormat::Json => json_text(&subject, &explanation, &bundle, &examples),
    };
    let mut sink = Sink::stdout();
    sink.write(text.as_bytes())?;
    sink.finish()?;
    Ok(Exit::Done)
}

fn subject(args: &ExplainArgs) -> Result<Subject> {
    if let Some(sentence) = &args.sentence {
        let (previous, heading) = (args.previous.clone(), args.heading.clone());
        let (finding, letter) = (None, Vec::new());
        return Ok(Subject { sentence: sentence.clone(), previous, heading, finding, letter, at: 0 });
    }
    let (Some(path), Some(row)) = (&args.findings, args.row) else {
        bail!("name the findings and --row N, or a --sentence");
    };
    let located = finding::read(path)?;
    let is_csv = path.extension().is_none_or(|e| !e.eq_ignore_ascii_case("jsonl") && !e.eq_ignore_ascii_case("ndjson"));
    let place = match is_csv {
        true => row.checked_sub(2).filter(|place| *place < located.len()),
        false => located.iter().position(|l| l.line == row as u64),
    };
    let Some(place) = place else {
        bail!(
            "{}: there is no finding in row {row}; the last is in row {}",
            path.display(),
            match is_csv {
                true => located.len() as u64 + 1,
                false => located.last().map_or(0, |l| l.line),
            }
        );
    };
    let finding = located[place].finding.clone();
    let of_letter = |from: usize| located[from].finding.letter == finding.letter;
    let start = (0..place).rev().take_while(|&before| of_letter(before)).last().unwrap_or(place);
    let letter = located[start..].iter().map(|l| &l.finding).take_while(|f| f.letter == finding.letter);
    Ok(Subject {
        sentence: finding.sentence.clone(),
        previous: (start < place).then(|| located[place - 1].finding.sentence.clone()),
        heading: finding.heading.clone(),
        letter: letter.cloned().collect(),
        at: place - start,
        finding: Some(finding),
    })
}

fn table(subject: &Subject, e: &Explanation, bundle: &Bundle, examples: &[Example]) -> String {
    let mut out = String::new();
    let mut line = |text: String| {
        let _ = writeln!(out, "{text}");
    };
    if let Some(f) = &subject.finding {
        let page = f.page.map(|page| format!(", p. {page}")).unwrap_or_default();
        line(format!("{}{page}", printable(&f.letter)));
        let themes = printable(&f.themes.join(";"));
        line(format!("the finding: {} {} {:.3}, {themes}", polarity_sign(f.polarity), f.polarity, f.polarity_score));
    }
    if !subject.heading.is_empty() {
        line(format!("under {}", printable(&subject.heading)));
    }
    if let Some(previous) = &subject.previous {
        line(format!("after \"{}\"", printable(previous)));
    }
    line(format!("\"{}\"\n", printable(&subject.sentence)));

    line(format!("Scores of {}", bundle.manifest().id));
    let mut polarities: Vec<(Polarity, f32)> = Polarity::ALL.into_iter().zip(e.polarity_scores).collect();
    polarities.sort_by(|a, b| b.1.total_cmp(&a.1));
    for (polarity, score) in polarities {
        line(format!("  {} {:<24} {score:.3}", polarity_sign(polarity), polarity.id()));
    }
    if e.polarity_scores[e.polarity().index()] < e.review_cut {
        line(format!("  under {:.3}, so it is marked for review", e.review_cut));
    }
    for theme in &e.theme_scores {
        let id = &bundle.taxonomy().theme(theme.theme).id;
        let over = if theme.score >= theme.threshold { "over" } else { "under" };
        line(format!("    {id:<24} {:.3}  {over} its threshold of {:.3}", theme.score, theme.threshold));
    }

    if examples.is_empty() {
        line("\nNo labelled sentences were named (--labels FILE), so there are no neighbours to show.".to_owned());
        return out;
    }
    line(format!("\nNearest of {} labelled sentences", examples.len()));
    for neighbour in &e.neighbours {
        let example = &examples[neighbour.example];
        let page = example.page.map(|page| format!(", p. {page}")).unwrap_or_default();
        let same = if neighbour.same { "  (the same sentence; it has no vote)" } else { "" };
        line(format!(
            "  {:.3}  {} {:<8}  {}  ({}{page}){same}\n         {}",
            neighbour.similarity,
            polarity_sign(example.polarity),
            example.polarity,
            bundle.taxonomy().format_set(&example.themes),
            printable(&example.letter),
            printable(&example.sentence),
        ));
    }
    line(format!("\nTheir vote: {}", votes(e, bundle, examples)));
    out
}

fn votes(e: &Explanation, bundle: &Bundle, examples: &[Example]) -> String {
    let polarity = e.polarity_votes(examples);
    let mut parts: Vec<String> = Polarity::ALL
        .into_iter()
        .filter(|p| polarity[p.index()] > 0)
        .map(|p| format!("{} {p}", polarity[p.index()]))
        .collect();
    parts.extend(e.theme_votes(examples).into_iter().map(|(id, n)| format!("{n} {}", bundle.taxonomy().theme(id).id)));
    parts.join(", ")
}

fn json_text(subject: &Subject, e: &Explanation, bundle: &Bundle, examples: &[Example]) -> String {
    let taxonomy = bundle.taxonomy();
    let polarities: serde_json::Map<_, _> =
        Polarity::ALL.iter().zip(e.polarity_scores).map(|(p, s)| (p.id().to_owned(), json!(s))).collect();
    let themes: Vec<_> = e
        .theme_scores
        .iter()
        .map(|t| json!({"theme": taxonomy.theme(t.theme).id, "score": t.score, "threshold": t.threshold}))
        .collect();
    let neighbours: Vec<_> = e
        .neighbours
        .iter()
        .map(|n| {
            let x = &examples[n.example];
            json!({"similarity": n.similarity, "same": n.same, "letter": x.letter, "page": x.page, "heading": x.heading,
                "sentence": x.sentence, "polarity": x.polarity.id(),
                "themes": x.themes.iter().map(|t| taxonomy.theme(*t).id.as_str()).collect::<Vec<_>>()})
        })
        .collect();
    let object = json!({
        "model": bundle.manifest().id, "sentence": subject.sentence, "heading": subject.heading,
        "previous": subject.previous, "polarity_scores": polarities, "review_cut": e.review_cut,
        "theme_scores": themes, "neighbours": neighbours,
    });
    format!("{object:#}\n")
}
