//! Findings to bytes: one file per format, each a pure function of one letter's findings.
//!
//! A [`Renderer`] holds the format and what it needs; who calls it owns the file, the pipe or the screen. Pages of
//! several letters are a folder of files: [`html::Pages`].

mod counts;
mod csv;
pub mod html;
mod jsonl;
mod table;

use crate::error::{Error, ErrorKind, Result};
use crate::finding::LetterFindings;
use crate::taxonomy::Taxonomy;

pub use csv::neutral;
pub use table::{TableStyle, printable};

/// A format that findings are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people: a table per letter, then how often each theme was credited and faulted.
    Table,
    /// Comma-separated values, RFC 4180, UTF-8 without a mark. Text that a spreadsheet would run as a formula
    /// has an apostrophe before it.
    Csv,
    /// One JSON object a line, the text as it is.
    Jsonl,
    /// A page for a browser: the letter with every sentence marked in its place. One letter a page.
    Html,
}

impl Format {
    /// The format that a file name asks for by its ending: `.csv`, `.jsonl`, `.ndjson`, `.txt`, `.html` or `.htm`.
    pub fn from_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "csv" => Some(Format::Csv),
            "jsonl" | "ndjson" => Some(Format::Jsonl),
            "txt" => Some(Format::Table),
            "html" | "htm" => Some(Format::Html),
            _ => None,
        }
    }
}

/// What a format that speaks of the whole batch has to know beside the findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The labels that the model knows.
    pub taxonomy: Taxonomy,
    /// What findings call the model: name and the start of its hash.
    pub model: String,
}

/// Writes a batch in one format, letter by letter.
pub struct Renderer {
    writer: Writer,
    begun: bool,
}

enum Writer {
    Table(TableStyle),
    Csv,
    Jsonl,
    Html(Box<About>),
}

impl Renderer {
    /// A renderer of `format`; `table` says how wide a table may be.
    pub fn new(format: Format, table: TableStyle, about: About) -> Self {
        let writer = match format {
            Format::Table => Writer::Table(table),
            Format::Csv => Writer::Csv,
            Format::Jsonl => Writer::Jsonl,
            Format::Html => Writer::Html(Box::new(about)),
        };
        Renderer { writer, begun: false }
    }

    /// The bytes of one more letter; before the first stand those of what comes once, so that a batch of which nothing
    /// could be read writes nothing.
    ///
    /// # Errors
    /// When the format cannot hold the letter, as a page that holds another already.
    pub fn letter(&mut self, letter: &LetterFindings) -> Result<Vec<u8>> {
        let first = !std::mem::replace(&mut self.begun, true);
        Ok(match &self.writer {
            Writer::Table(style) => table::letter(letter, *style).into_bytes(),
            Writer::Csv if first => [csv::header(), csv::letter(letter)].concat(),
            Writer::Csv => csv::letter(letter),
            Writer::Jsonl => jsonl::letter(letter),
            Writer::Html(_) if !first => {
                return Err(Error::new(ErrorKind::Format, "a page holds one letter; name a folder for several pages"));
            }
            Writer::Html(about) => html::letter_page(letter, about, None)?.into_bytes(),
        })
    }
}

/// A score as files hold it: three decimals, a point, whatever the machine's language.
fn score(score: f32) -> String {
    format!("{score:.3}")
}

#[cfg(test)]
mod sample;
