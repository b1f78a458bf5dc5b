//! The page of one letter; `templates/letter.html` is its text.

use askama::Template;

use super::facts::{Fact, facts};
use super::flow::{Part, Tag, parts};
use super::summary::Summary;
use super::{About, VERSION, bars, page_error};
use crate::error::Result;
use crate::finding::LetterFindings;
use crate::output::corrected::{Correct, CorrectedCounts, corrected};
use crate::output::counts::Totals;
use crate::output::table::printable;
use crate::taxonomy::Polarity;

#[derive(Template)]
#[template(path = "letter.html")]
struct Page<'a> {
    model: &'a str,
    version: &'static str,
    /// The letter's name, without what turns the writing direction.
    name: String,
    facts: Vec<Fact>,
    /// The page that lists all letters of the batch.
    index: Option<&'a str>,
    summary: Summary<'a>,
    /// Whether numbers filter the text.
    live: bool,
    truncated: usize,
    parts: Vec<Part<'a>>,
}

impl<'a> Page<'a> {
    /// Level, number and text of each heading.
    fn headings(&self) -> Vec<(u8, usize, &'a str)> {
        let heading = |part: &Part<'a>| match *part {
            Part::Heading { level, number, text } => Some((level, number, text)),
            _ => None,
        };
        self.parts.iter().filter_map(heading).collect()
    }
}

/// A letter as one HTML page that loads nothing: its text, every sentence marked in its place, and its counts, each of
/// which filters the text.
///
/// `index` is the address of a page that lists the batch's letters; `correct` knows the intervals of counts.
///
/// # Errors
/// [`ErrorKind::Internal`](crate::error::ErrorKind::Internal) when the page cannot be put together, which is a fault of
/// this program.
pub fn letter_page(
    letter: &LetterFindings,
    about: &About,
    index: Option<&str>,
    correct: Option<&dyn Correct>,
) -> Result<String> {
    let totals = Totals::of(&letter.findings);
    let corrected = corrected(correct, &totals, &about.taxonomy);
    counted_page(letter, (&totals, corrected.as_ref()), about, index)
}

/// The same, where the letter is counted already.
pub(super) fn counted_page(
    letter: &LetterFindings,
    (totals, corrected): (&Totals, Option<&CorrectedCounts>),
    about: &About,
    index: Option<&str>,
) -> Result<String> {
    let page = Page {
        model: &about.model,
        version: VERSION,
        name: printable(&letter.name),
        facts: facts(&letter.facts),
        index,
        summary: Summary::of(totals, &about.taxonomy, corrected),
        live: true,
        truncated: letter.findings.iter().filter(|finding| finding.truncated).count(),
        parts: parts(letter, &about.taxonomy),
    };
    page.render().map_err(page_error)
}
