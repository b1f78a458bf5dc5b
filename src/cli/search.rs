//! `lettermark search`: sentences that say something like a query.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use lettermark::finding::Finding;
use lettermark::output::{neutral, polarity_sign, printable};
use lettermark::search::{self, Filter, Hit};
use lettermark::taxonomy::Polarity;
use serde_json::json;

use super::model::ModelArg;
use super::sink::Sink;
use super::vectors::{self, EncodingArgs};
use super::{Exit, compare, model};

/// Find sentences by meaning
///
/// Ranks the sentences of findings (CSV or JSON lines of "classify") by how like the query they are, by meaning and by
/// words together. The sentences are encoded first, some hundred a second; with --cache that is done once.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lettermark search \"waiting times for autism assessment\" findings.csv
  lettermark search \"turnover of social workers\" findings.csv --polarity weakness --limit 20 --format csv")]
pub struct SearchArgs {
    /// What to look for, in words
    #[arg(value_name = "QUERY")]
    pub query: String,

    /// Findings: CSV or JSON lines of "classify"
    #[arg(required = true, value_name = "FINDINGS")]
    pub findings: Vec<PathBuf>,

    /// Only sentences of these polarities: strength, weakness, mixed, neutral
    #[arg(long, num_args = 1.., value_name = "POLARITY", value_parser = polarity)]
    pub polarity: Vec<Polarity>,

    /// Only sentences with one of these themes
    #[arg(long, num_args = 1.., value_name = "THEME")]
    pub theme: Vec<String>,

    /// Only letters whose authority or name has this in it
    #[arg(long, num_args = 1.., value_name = "NAME")]
    pub area: Vec<String>,

    /// At most so many sentences
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub limit: usize,

    /// Format of the result
    #[arg(long, value_enum, default_value_t = SearchFormat::Table)]
    pub format: SearchFormat,

    /// Write to FILE instead of stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    #[command(flatten)]
    pub model: ModelArg,

    #[command(flatten)]
    pub encoding: EncodingArgs,
}

/// Formats of what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SearchFormat {
    /// For reading
    Table,
    /// For spreadsheets
    Csv,
    /// One JSON object a line
    Jsonl,
}

fn polarity(text: &str) -> std::result::Result<Polarity, String> {
    text.parse().map_err(|e: lettermark::Error| e.to_string())
}

const COLUMNS: [&str; 14] = [
    "rank",
    "score",
    "similarity",
    "also_in",
    "letter",
    "authority",
    "published",
    "page",
    "heading",
    "sentence",
    "polarity",
    "polarity_score",
    "themes",
    "needs_review",
];

pub fn run(args: &SearchArgs) -> Result<Exit> {
    if args.query.trim().is_empty() {
        bail!("the query is empty; say in words what to look for");
    }
    let mut sink = args.output.as_deref().map_or_else(|| Ok(Sink::stdout()), Sink::file)?;
    let mut findings: Vec<Finding> = Vec::new();
    for path in &args.findings {
        findings.extend(compare::findings(path)?);
    }
    let filter = Filter { polarities: args.polarity.clone(), themes: args.theme.clone(), areas: args.area.clone() };
    let bundle = model::bundle(args.model.model.as_deref())?;
    let hits = vectors::with_encoder(&bundle, &args.encoding, |encoder, threads, progress| {
        search::search(&args.query, &findings, &filter, args.limit, encoder, threads, progress)
    })?;
    let bytes = match args.format {
        SearchFormat::Table => table(&hits, &findings).into_bytes(),
        SearchFormat::Csv => csv(&hits, &findings)?,
        SearchFormat::Jsonl => jsonl(&hits, &findings).into_bytes(),
    };
    sink.write(&bytes)?;
    sink.finish()?;
    Ok(Exit::Done)
}

fn table(hits: &[Hit], findings: &[Finding]) -> String {
    if hits.is_empty() {
        return "no sentence passes the filters\n".to_owned();
    }
    let mut out = String::new();
    for (rank, hit) in (1..).zip(hits) {
        let f = &findings[hit.place];
        let page = f.page.map(|page| format!(", p. {page}")).unwrap_or_default();
        let also = if hit.also > 0 { format!(", and {} more", hit.also) } else { String::new() };
        let doubt = if f.needs_review { " ?" } else { "" };
        out.push_str(&format!(
            "{rank:>3}  {:.2}  {} {}{doubt}  {}  ({}{page}{also})\n     {}\n",
            hit.similarity,
            polarity_sign(f.polarity),
            f.polarity,
            printable(&f.themes.join(";")),
            printable(f.authority.as_deref().map_or(f.letter.clone(), |a| format!("{a}: {}", f.letter)).as_str()),
            printable(&f.sentence),
        ));
    }
    out
}

fn cells(rank: usize, hit: &Hit, f: &Finding) -> [String; COLUMNS.len()] {
    let known = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        rank.to_string(),
        format!("{:.4}", hit.score),
        format!("{:.3}", hit.similarity),
        hit.also.to_string(),
        f.letter.clone(),
        known(&f.authority),
        known(&f.published),
        f.page.map(|page| page.to_string()).unwrap_or_default(),
        f.heading.clone(),
        f.sentence.clone(),
        f.polarity.to_string(),
        format!("{:.3}", f.polarity_score),
        f.themes.join(";"),
        f.needs_review.to_string(),
    ]
}

fn csv(hits: &[Hit], findings: &[Finding]) -> Result<Vec<u8>> {
    let mut csv = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(Vec::new());
    csv.write_record(COLUMNS)?;
    for (rank, hit) in (1..).zip(hits) {
        let numbers = 4;
        let cells = cells(rank, hit, &findings[hit.place]);
        let cell = |(i, cell): (usize, &String)| if i < numbers { cell.clone() } else { neutral(cell).into_owned() };
        csv.write_record(cells.iter().enumerate().map(cell))?;
    }
    csv.into_inner().context("could not write the table")
}

fn jsonl(hits: &[Hit], findings: &[Finding]) -> String {
    let line = |(rank, hit): (usize, &Hit)| {
        let f = &findings[hit.place];
        let object = json!({
            "rank": rank, "score": hit.score, "similarity": hit.similarity, "also_in": hit.also, "letter": f.letter,
            "authority": f.authority, "published": f.published, "page": f.page, "heading": f.heading,
            "sentence": f.sentence, "polarity": f.polarity.id(), "polarity_score": f.polarity_score,
            "themes": f.themes, "needs_review": f.needs_review,
        });
        format!("{object}\n")
    };
    (1..).zip(hits).map(line).collect()
}
