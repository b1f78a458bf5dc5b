//! What the reader must know before comparing.

use std::fmt;

/// Something that makes a comparison less than it seems.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// Letters of several frameworks; they are compared apart.
    Frameworks(Vec<String>),
    /// Findings of several models.
    Models(Vec<String>),
    /// Letters whose authority is not known; each is an area of its own.
    NoAuthority(Vec<String>),
    /// Letters that a filter by date leaves out because they have none.
    NoDate(Vec<String>),
    /// Letters most of which stands word for word in other letters.
    LikelyCopies(Vec<String>),
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::Frameworks(ids) => write!(
                f,
                "the letters are of several frameworks ({}); what inspectors ask differs between them, so each is \
                 compared apart",
                ids.join(", ")
            ),
            Warning::Models(ids) => write!(
                f,
                "the findings are of several models ({}); differences between letters may be differences between \
                 models: classify all letters with one",
                ids.join(", ")
            ),
            Warning::NoAuthority(names) => write!(
                f,
                "{} whose authority is not known, each an area of its own: {}; --facts FILE can name it",
                count(names, "letter"),
                some(names)
            ),
            Warning::NoDate(names) => write!(
                f,
                "{} left out by the filter because the date is not known: {}; --facts FILE can give it",
                count(names, "letter"),
                some(names)
            ),
            Warning::LikelyCopies(names) => write!(
                f,
                "{} of which most stands word for word in letters of other areas, and is left out: {}; is a letter \
                 there twice?",
                count(names, "letter"),
                some(names)
            ),
        }
    }
}

fn count(names: &[String], what: &str) -> String {
    match names.len() {
        1 => format!("one {what}"),
        n => format!("{n} {what}s"),
    }
}

/// The first names of a list that may be long.
fn some(names: &[String]) -> String {
    const MOST: usize = 8;
    let more = names.len().saturating_sub(MOST);
    let first = names[..names.len() - more].join(", ");
    if more > 0 { format!("{first} and {more} more") } else { first }
}
