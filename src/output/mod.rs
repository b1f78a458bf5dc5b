//! Findings to bytes: one file per format, each a pure function of one letter's findings.
//!
//! A [`Renderer`] holds the format and what it needs; who calls it owns the file, the pipe or the screen.

mod csv;
mod jsonl;
mod table;

use crate::finding::LetterFindings;

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

/// Writes letters in one format.
#[derive(Debug, Clone, Copy)]
pub struct Renderer {
    format: Format,
    table: TableStyle,
}

impl Renderer {
    /// A renderer of `format`; `table` says how wide a table may be.
    pub fn new(format: Format, table: TableStyle) -> Self {
        Renderer { format, table }
    }

    /// What stands before the first letter.
    pub fn header(&self) -> Vec<u8> {
        match self.format {
            Format::Csv => csv::header(),
            Format::Table | Format::Jsonl => Vec::new(),
        }
    }

    /// One letter.
    pub fn letter(&self, letter: &LetterFindings) -> Vec<u8> {
        match self.format {
            Format::Table => table::letter(letter, self.table).into_bytes(),
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
