//! Findings to bytes: one file per format.
//!
//! Tables, CSV and JSON lines are a pure function of one letter's findings and flow letter by letter, as a page of one letter
//! does. A Parquet file gives its bytes as its row groups fill. A workbook and a project of a qualitative tool are one
//! archive: they take the letters in and give their bytes at the end. A [`Renderer`] holds the format and what it needs; who calls it owns the file, the pipe or the screen. Pages of
//! several letters are a folder of files: [`html::Pages`].

mod corrected;
mod counts;
mod csv;
pub mod html;
mod jsonl;
mod parquet;
mod qdpx;
mod table;
mod theme_names;
pub(crate) mod xlsx;
mod xml_text;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::{Error, ErrorKind, Result};
use crate::finding::LetterFindings;
use crate::taxonomy::Taxonomy;

pub use crate::finding::neutral;
pub use corrected::{Basis, Correct, Corrected, CorrectedCounts, Counted};
pub use table::{TableStyle, polarity_sign, printable, printable_lines};

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
    /// A workbook for Excel and LibreOffice (Office Open XML): findings, a summary that counts them, letters, and what to
    /// know before quoting.
    Xlsx,
    /// A REFI-QDA 1.5 project for qualitative tools (NVivo, ATLAS.ti, MAXQDA, QualCoder): the letters as texts, the
    /// labels as codes, each finding a coded passage.
    Qdpx,
    /// A typed table for data frames and query engines, the text as it is.
    Parquet,
}

impl Format {
    /// The format that a file name asks for by its ending: `.csv`, `.jsonl`, `.ndjson`, `.txt`, `.html`, `.htm`, `.xlsx`,
    /// `.qdpx` or `.parquet`.
    pub fn from_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "csv" => Some(Format::Csv),
            "jsonl" | "ndjson" => Some(Format::Jsonl),
            "txt" => Some(Format::Table),
            "html" | "htm" => Some(Format::Html),
            "xlsx" => Some(Format::Xlsx),
            "qdpx" => Some(Format::Qdpx),
            "parquet" => Some(Format::Parquet),
            _ => None,
        }
    }

    /// Whether the bytes are no text, so that a terminal should not get them.
    pub fn is_binary(self) -> bool {
        matches!(self, Format::Xlsx | Format::Qdpx | Format::Parquet)
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

/// The program that writes, as files name it.
const PROGRAM: &str = concat!("lettermark ", env!("CARGO_PKG_VERSION"));

/// Writes a batch in one format, letter by letter.
pub struct Renderer {
    writer: Writer,
    begun: bool,
    correct: Option<Box<dyn Correct>>,
}

enum Writer {
    Table(TableStyle),
    Csv,
    Jsonl,
    Html(Box<About>),
    Xlsx(Box<xlsx::Book>),
    Qdpx(Box<qdpx::Project>),
    Parquet(Box<parquet::File>),
}

impl Renderer {
    /// A renderer of `format`; `table` says how wide a table may be.
    ///
    /// # Errors
    /// When a workbook's temporary file cannot be made.
    pub fn new(format: Format, table: TableStyle, about: About) -> Result<Self> {
        let writer = match format {
            Format::Table => Writer::Table(table),
            Format::Csv => Writer::Csv,
            Format::Jsonl => Writer::Jsonl,
            Format::Html => Writer::Html(Box::new(about)),
            Format::Xlsx => Writer::Xlsx(Box::new(xlsx::Book::new(about)?)),
            Format::Qdpx => Writer::Qdpx(Box::new(qdpx::Project::new(about)?)),
            Format::Parquet => Writer::Parquet(Box::new(parquet::File::new(&about)?)),
        };
        Ok(Renderer { writer, begun: false, correct: None })
    }

    /// Where the format is a page, counts on it get intervals of `correct`.
    #[must_use]
    pub fn with_intervals(mut self, correct: Option<Box<dyn Correct>>) -> Self {
        self.correct = correct;
        self
    }

    /// The most findings that fit in one file; `None` where there is no limit.
    pub fn most_findings(&self) -> Option<usize> {
        matches!(self.writer, Writer::Xlsx(_)).then_some(xlsx::MOST_FINDINGS)
    }

    /// The bytes of one more letter; before the first stand those of what comes once, so that a batch of which nothing
    /// could be read writes nothing. Formats of one piece give none before [`Renderer::finish`].
    ///
    /// # Errors
    /// When the format cannot hold the letter: a page that holds another already, too many findings for a workbook, a theme
    /// that the taxonomy lacks.
    pub fn letter(&mut self, letter: &LetterFindings) -> Result<Vec<u8>> {
        let first = !std::mem::replace(&mut self.begun, true);
        Ok(match &mut self.writer {
            Writer::Table(style) => table::letter(letter, *style).into_bytes(),
            Writer::Csv if first => [csv::header(), csv::letter(letter)].concat(),
            Writer::Csv => csv::letter(letter),
            Writer::Jsonl => jsonl::letter(letter),
            Writer::Html(_) if !first => {
                return Err(Error::new(ErrorKind::Format, "a page holds one letter; name a folder for several pages"));
            }
            Writer::Html(about) => html::letter_page(letter, about, None, self.correct.as_deref())?.into_bytes(),
            Writer::Xlsx(book) => nothing_yet(on_disk(|| book.letter(letter))?),
            Writer::Qdpx(project) => nothing_yet(project.letter(letter)?),
            Writer::Parquet(file) => file.letter(letter)?,
        })
    }

    /// Says that something could not be read: one line, the letter's name and the reason. Formats that speak of the whole
    /// batch repeat it.
    pub fn unread(&mut self, line: String) {
        match &mut self.writer {
            Writer::Xlsx(book) => book.unread(line),
            Writer::Qdpx(project) => project.unread(line),
            Writer::Table(_) | Writer::Csv | Writer::Jsonl | Writer::Html(_) | Writer::Parquet(_) => {}
        }
    }

    /// The bytes after the last letter.
    ///
    /// # Errors
    /// When the file cannot be put together.
    pub fn finish(self) -> Result<Vec<u8>> {
        match self.writer {
            Writer::Table(_) | Writer::Csv | Writer::Jsonl | Writer::Html(_) => Ok(Vec::new()),
            Writer::Xlsx(book) => on_disk(|| book.finish()),
            Writer::Qdpx(project) => project.finish(),
            Writer::Parquet(file) => file.finish(),
        }
    }
}

/// What the workbook's library does with its temporary files; it panics where their disk is full.
fn on_disk<T>(write: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(write)).unwrap_or_else(|panic| {
        let why = panic.downcast_ref::<String>().map_or("its library does not say why", String::as_str);
        let message = format!("the workbook could not be written ({why}); is the disk for temporary files full?");
        Err(Error::new(ErrorKind::Io, message))
    })
}

fn nothing_yet((): ()) -> Vec<u8> {
    Vec::new()
}

/// A score as files hold it: three decimals, a point, whatever the machine's language.
fn score(score: f32) -> String {
    format!("{score:.3}")
}

#[cfg(test)]
mod sample;
