//! The page that lists the letters of a batch; `templates/index.html` is its text.

use askama::Template;

use super::facts::short_framework;
use super::summary::Summary;
use super::{About, VERSION, bars, page_error};
use crate::error::Result;
use crate::finding::LetterFindings;
use crate::ingest::Framework;
use crate::output::corrected::{Corrected, CorrectedCounts};
use crate::output::counts::{Counts, Totals};
use crate::output::table::printable;
use crate::taxonomy::Polarity;

/// What is said of a letter.
#[derive(Debug)]
pub(super) struct Row {
    name: String,
    file: String,
    authority: String,
    framework: Framework,
    published: String,
    counts: Counts,
    corrected: Option<[Corrected; 4]>,
}

/// What is kept of a batch for the page that lists it.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub rows: Vec<Row>,
    pub totals: Totals,
    /// A line for each letter that could not be read.
    pub unread: Vec<String>,
}

impl Row {
    pub(super) fn of(letter: &LetterFindings, file: &str, counts: Counts, corrected: Option<[Corrected; 4]>) -> Self {
        Row {
            name: printable(&letter.name),
            file: file.to_owned(),
            authority: letter.facts.authority.clone().unwrap_or_default(),
            framework: letter.facts.framework,
            published: letter.facts.published.clone().unwrap_or_default(),
            counts,
            corrected,
        }
    }

    fn count(&self, polarity: &Polarity) -> usize {
        self.counts.polarity[polarity.index()]
    }

    /// The interval of that number in words; empty where none is known.
    fn range(&self, polarity: &Polarity) -> String {
        self.corrected.map(|corrected| corrected[polarity.index()].words()).unwrap_or_default()
    }

    fn framework_name(&self) -> &'static str {
        short_framework(self.framework)
    }

    /// Weaknesses and mixed sentences among those that credit or fault, in thousandths; `None` where there are none.
    ///
    /// It is the share of `lettermark compare`.
    fn fault(&self) -> Option<usize> {
        let fault = self.count(&Polarity::Weakness) + self.count(&Polarity::Mixed);
        let judged = self.counts.judged();
        (fault * 1000 + judged / 2).checked_div(judged)
    }
}

#[derive(Template)]
#[template(path = "index.html")]
struct Index<'a> {
    model: &'a str,
    version: &'static str,
    rows: &'a [Row],
    unread: Vec<String>,
    /// Identifiers and names of the frameworks that occur.
    frameworks: Vec<(&'static str, &'static str)>,
    summary: Summary<'a>,
    /// Whether numbers filter the text, as on a letter's page.
    live: bool,
}

impl Batch {
    /// The page; `corrected` are the counts of all letters together.
    pub(super) fn page(&self, about: &About, corrected: Option<&CorrectedCounts>) -> Result<String> {
        let mut frameworks: Vec<_> = self.rows.iter().map(|row| (row.framework.id(), row.framework_name())).collect();
        frameworks.sort_unstable();
        frameworks.dedup();
        let index = Index {
            model: &about.model,
            version: VERSION,
            rows: &self.rows,
            unread: self.unread.iter().map(|line| printable(line)).collect(),
            frameworks,
            summary: Summary::of(&self.totals, &about.taxonomy, corrected),
            live: false,
        };
        index.render().map_err(page_error)
    }
}
