//! Findings to bytes: one file per format, each a pure function of one letter's findings.
//!
//! A [`Renderer`] holds the format and what it needs; who calls it owns the file, the pipe or the screen.

mod csv;
mod jsonl;
mod table;

use crate::finding::LetterFindings;

pub use csv::neutral;
pub use table::{TableStyle, polarity_sign, printable};

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
}

impl Format {
    /// The format that a file name asks for by its ending: `.csv`, `.jsonl`, `.ndjson` or `.txt`.
    pub fn from_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "csv" => Some(Format::Csv),
            "jsonl" | "ndjson" => Some(Format::Jsonl),
            "txt" => Some(Format::Table),
            _ => None,
        }
    }
}

/// Writes a batch in one format, letter by letter.
#[derive(Debug)]
pub struct Renderer {
    format: Format,
    table: TableStyle,
    begun: bool,
}

impl Renderer {
    /// A renderer of `format`; `table` says how wide a table may be.
    pub fn new(format: Format, table: TableStyle) -> Self {
        Renderer { format, table, begun: false }
    }

    /// The bytes of one more letter; before the first stand those of what comes once, so that a batch of which nothing
    /// could be read writes nothing.
    pub fn letter(&mut self, letter: &LetterFindings) -> Vec<u8> {
        let first = !std::mem::replace(&mut self.begun, true);
        match self.format {
            Format::Table => table::letter(letter, self.table).into_bytes(),
            Format::Csv if first => [csv::header(), csv::letter(letter)].concat(),
            Format::Csv => csv::letter(letter),
            Format::Jsonl => jsonl::letter(letter),
        }
    }
}

/// A score as files hold it: three decimals, a point, whatever the machine's language.
fn score(score: f32) -> String {
    format!("{score:.3}")
}

#[cfg(test)]
mod sample;
