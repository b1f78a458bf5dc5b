//! `lettermark compare`: areas beside each other.

mod args;

use std::path::Path;

use anyhow::{Result, bail};
use lettermark::compare::{self, Comparison, Facts, Filter, Letters};
use lettermark::finding::{self, Finding};

pub use args::CompareArgs;

use super::sink::Sink;
use super::{Exit, labels, model, tell, vectors};

/// What is written.
enum Kind {
    Page,
    Workbook,
    Table,
}

pub fn run(args: &CompareArgs) -> Result<Exit> {
    let kind = kind(&args.output)?;
    if args.ledger && matches!(kind, Kind::Table) {
        bail!("a CSV holds one table; name a FILE that ends in .html or .xlsx for the ledger");
    }
    let mut sink = Sink::file(&args.output)?;
    let files = args.findings.iter().map(|path| findings(path)).collect::<lettermark::Result<Vec<_>>>()?;
    let facts = args.facts.as_deref().map(Facts::read).transpose()?.unwrap_or_default();
    let unknown: Vec<&str> =
        facts.letters().filter(|name| !files.iter().flatten().any(|f| f.letter == *name)).collect();
    if !unknown.is_empty() {
        tell(&format!("note: --facts names letters of which there is no finding: {}", unknown.join(", ")));
    }
    let filter = Filter {
        frameworks: args.framework.clone(),
        since: args.since.clone(),
        until: args.until.clone(),
        latest: args.latest,
    };
    let letters = Letters::gather(files, &facts, &filter)?;
    letters.warnings.iter().for_each(|warning| tell(&format!("note: {warning}")));
    let taxonomy = labels::taxonomy_or_default(&args.taxonomy)?;
    let mut comparison = Comparison::of(letters, &taxonomy, args.least);
    if args.ledger {
        let bundle = model::bundle(args.model.model.as_deref())?;
        let ledger = vectors::with_encoder(&bundle, &args.encoding, |encoder, threads, progress| {
            compare::ledger(&comparison.letters, &bundle.heads().polarity, encoder, threads, progress)
        })?;
        comparison.ledger = Some(ledger);
    }
    let bytes = match kind {
        Kind::Page => compare::html(&comparison)?.into_bytes(),
        Kind::Workbook => compare::xlsx(&comparison)?,
        Kind::Table => compare::csv(&comparison),
    };
    sink.write(&bytes)?;
    sink.finish()?;
    Ok(Exit::Done)
}

fn kind(path: &Path) -> Result<Kind> {
    let ending = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
    match ending.as_deref() {
        Some("html" | "htm") => Ok(Kind::Page),
        Some("xlsx") => Ok(Kind::Workbook),
        Some("csv") => Ok(Kind::Table),
        _ => bail!("{}: name a file that ends in .html, .xlsx or .csv", path.display()),
    }
}

/// The findings in a file, without their lines.
pub fn findings(path: &Path) -> lettermark::Result<Vec<Finding>> {
    Ok(finding::read(path)?.into_iter().map(|located| located.finding).collect())
}
