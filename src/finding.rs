//! What is said of one sentence of one letter: the schema of every output.

mod read;

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

use crate::ingest::{Document, Facts, Framework};
use crate::taxonomy::Polarity;

pub use read::{Located, read};

/// One judged sentence, with where it stands and how sure the model is.
///
/// The fields are the columns of every output, in this order; [`COLUMNS`] holds their names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The letter's name as the user knows it.
    pub letter: String,
    /// The local area or authority, as the letter names it.
    pub authority: Option<String>,
    /// The framework's identifier; empty where unknown.
    #[serde(deserialize_with = "framework_id")]
    pub framework: FrameworkId,
    /// Publication date, ISO 8601.
    pub published: Option<String>,
    /// The page on which the sentence begins, counted from one in the file.
    pub page: Option<u32>,
    /// Where the sentence stands in the letter's text, in characters (Unicode scalar values), counted from zero.
    ///
    /// `lettermark text LETTER` prints that text. `None` for a sentence that came from a CSV.
    pub span: Option<Span>,
    /// The headings above the sentence, outermost first, joined by [`HEADING_JOIN`](crate::ingest::HEADING_JOIN).
    pub heading: String,
    /// The sentence, as it stands in the letter's text.
    pub sentence: String,
    /// The likeliest polarity.
    pub polarity: Polarity,
    /// Its calibrated probability, from 0 to 1.
    pub polarity_score: f32,
    /// Identifiers of one to three themes, the main one first; `none` alone.
    pub themes: Vec<String>,
    /// The themes' probabilities, in the same order.
    pub theme_scores: Vec<f32>,
    /// Whether the model is unsure enough that a person should look.
    pub needs_review: bool,
    /// Whether the same sentence stands in another letter of the batch.
    pub boilerplate: bool,
    /// Whether the sentence's end was not read because it is too long.
    pub truncated: bool,
    /// The model that judged it: name and the start of its hash.
    pub model: String,
    /// The last day of the inspection, as the letter names it, ISO 8601.
    pub inspected: Option<String>,
}

/// A range of characters, the end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// First character.
    pub start: usize,
    /// The character after the last.
    pub end: usize,
}

/// By another name than `&str`, which serde would borrow from what it reads.
type FrameworkId = &'static str;

fn framework_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<FrameworkId, D::Error> {
    Ok(Framework::from_id(&String::deserialize(deserializer)?).id())
}

/// All findings of one letter, with what the letter says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct LetterFindings {
    /// The letter's name as the user knows it.
    pub name: String,
    /// Authority, dates, published outcome.
    pub facts: Facts,
    /// One for each sentence, in the letter's order.
    pub findings: Vec<Finding>,
    /// What the findings' spans point into; `None` for the rows of a table, which have no text of their own.
    pub document: Option<Arc<Document>>,
}

/// Whether a spreadsheet could run the text as a formula.
///
/// The characters are OWASP's list for "CSV injection", the full-width forms that East Asian spreadsheets accept
/// included.
pub fn would_run(text: &str) -> bool {
    const STARTS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    // One character alone computes nothing, and `-` is the name of what came through standard input.
    text.starts_with(STARTS) && text.chars().nth(1).is_some()
}

/// Text that no spreadsheet runs as a formula: an apostrophe stands before what would begin one, and before
/// apostrophes that stand before it already, so that [`shown`] gives the text back as it was.
pub fn neutral(text: &str) -> Cow<'_, str> {
    match would_run(text.trim_start_matches('\'')) {
        true => format!("'{text}").into(),
        false => text.into(),
    }
}

/// Text without the apostrophe that [`neutral`] put before it.
pub fn shown(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if would_run(rest.trim_start_matches('\'')) => rest,
        _ => text,
    }
}

/// The names of the columns of every output.
pub const COLUMNS: [&str; 18] = [
    "letter",
    "authority",
    "framework",
    "published",
    "page",
    "start",
    "end",
    "heading",
    "sentence",
    "polarity",
    "polarity_score",
    "themes",
    "theme_scores",
    "needs_review",
    "boilerplate",
    "truncated",
    "model",
    "inspected",
];

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A finding of little but its sentence.
    pub(crate) fn finding(letter: &str, sentence: &str, polarity: Polarity) -> Finding {
        Finding {
            letter: letter.to_owned(),
            authority: None,
            framework: "",
            published: None,
            page: Some(1),
            span: None,
            heading: String::new(),
            sentence: sentence.to_owned(),
            polarity,
            polarity_score: 0.9,
            themes: vec!["leadership".to_owned()],
            theme_scores: vec![0.8],
            needs_review: false,
            boilerplate: false,
            truncated: false,
            model: "test-0123abcd".to_owned(),
            inspected: None,
        }
    }

    #[test]
    fn what_would_be_a_formula_is_neutralised_and_shown_as_it_was() {
        for (text, expected) in [
            ("=1+1", "'=1+1"),
            ("-5 days", "'-5 days"),
            ("@all", "'@all"),
            ("＝1", "'＝1"),
            ("a=b", "a=b"),
            ("'Good.'", "'Good.'"),
            ("'=1+1", "''=1+1"),
            ("-", "-"),
            ("", ""),
        ] {
            assert_eq!(neutral(text), expected);
            assert_eq!(shown(expected), text);
        }
    }
}
