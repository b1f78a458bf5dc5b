//! Findings as pages for people: one file a letter, and a page that lists a batch. Each is whole by itself: it loads
//! nothing, and what letters bring is text on it, never markup.
//!
//! ```text
//! LetterFindings ─ flow ─▶ parts in reading order ─┐
//!                └ summary ─▶ counts ──────────────┴ letter ─▶ a page
//! batch of letters ─ pages ─▶ a page each, under safe names ─ index ─▶ the page that lists them
//! ```

mod bars;
mod facts;
mod flow;
mod index;
mod letter;
mod names;
mod pages;
mod sentence;
mod summary;

pub use letter::letter_page;
pub use pages::{Page, Pages};

use super::About;
use crate::error::{Error, ErrorKind};

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn page_error(e: askama::Error) -> Error {
    Error::new(ErrorKind::Internal, format!("internal error: the page could not be written: {e}")).caused_by(e)
}

#[cfg(test)]
mod tests;
