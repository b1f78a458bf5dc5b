//! The page that lists the letters of a batch; `templates/index.html` is its text.

use askama::Template;

use super::facts::short_framework;
use super::summary::judged;
use super::{About, VERSION, page_error};
use crate::error::Result;
use crate::finding::LetterFindings;
use crate::ingest::Framework;
use crate::output::counts::Counts;
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
}

impl Row {
    pub(super) fn of(letter: &LetterFindings, file: &str) -> Self {
        let mut counts = Counts::default();
        letter.findings.iter().for_each(|finding| counts.add(finding));
        Row {
            name: printable(&letter.name),
            file: file.to_owned(),
            authority: letter.facts.authority.clone().unwrap_or_default(),
            framework: letter.facts.framework,
            published: letter.facts.published.clone().unwrap_or_default(),
            counts,
        }
    }

    fn count(&self, polarity: &Polarity) -> usize {
        self.counts.polarity[polarity.index()]
    }

    fn framework_name(&self) -> &'static str {
        short_framework(self.framework)
    }

    /// Weaknesses and mixed sentences among those that credit or fault, in thousandths; `None` where there are none.
    ///
    /// It is the share of `lettermark compare`, boilerplate counted.
    fn fault(&self) -> Option<usize> {
        let fault = self.count(&Polarity::Weakness) + self.count(&Polarity::Mixed);
        let judged = judged(&self.counts);
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
    total: Counts,
}

pub(super) fn index_page(rows: &[Row], unread: &[String], about: &About) -> Result<String> {
    let mut frameworks: Vec<_> = rows.iter().map(|row| (row.framework.id(), row.framework_name())).collect();
    frameworks.sort_unstable();
    frameworks.dedup();
    let mut total = Counts::default();
    for row in rows {
        total.polarity.iter_mut().zip(row.counts.polarity).for_each(|(sum, n)| *sum += n);
        total.to_check += row.counts.to_check;
        total.boilerplate += row.counts.boilerplate;
    }
    let index = Index {
        model: &about.model,
        version: VERSION,
        rows,
        unread: unread.iter().map(|line| printable(line)).collect(),
        frameworks,
        total,
    };
    index.render().map_err(page_error)
}
