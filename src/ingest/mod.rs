//! Bytes to a [`Document`]: what format it is (by content, then by name), then the format's own reader.
//!
//! | format | told by | read by |
//! | --- | --- | --- |
//! | PDF | `%PDF-` | its text layer, page by page |
//! | Word (`.docx`) | a zip with a Word document in it | `word/document.xml` and its styles |
//! | web page | a doctype or `<html`, or the name | the page's main content |
//! | Markdown, plain text | the name | paragraphs, lists, headings |
//! | sentences in a table (`.csv`) | the name, or a `sentence` column | row by row, nothing is split |
//! | sentences in Parquet | `PAR1` | row by row, nothing is split |
//!
//! Content that contradicts the name is an error, not a guess: a web page named `.pdf` is most often the site's "not
//! found" page, and counting its sentences would put wrong numbers into a report.
//!
//! Text is UTF-8 or UTF-16. Where it is neither, it is read as Windows-1252 (what Word and Excel write on Windows)
//! if it looks like that, and refused otherwise. See [`read_bytes`] for the limits.

mod blocks;
mod csv;
mod decode;
mod detect;
mod document;
mod docx;
mod facts;
mod furniture;
mod html;
mod hyphen;
mod layout;
mod letter_parts;
mod limits;
mod marks;
mod page;
mod parquet;
mod pdf;
mod tables;
mod text;

use std::fs::File;
use std::io::Read;
use std::path::Path;

pub use csv::{ListedSentence, tidy};
pub use detect::Format;
#[cfg(test)]
pub(crate) use document::tests::of_blocks;
pub use document::{Block, BlockKind, Document, Facts, Framework, PageStart};
pub use facts::{area_name, find as find_facts};
pub use limits::{Limits, size};

/// What joins the headings above a sentence, outermost first.
pub const HEADING_JOIN: &str = " > ";

/// What is longer, in bytes, is no heading, however it is set: the longest of 100 reports has 234. Every sentence below a
/// heading carries it, so that a long one would multiply the letter.
const LONGEST_HEADING: usize = 1_000;

use crate::error::{Error, ErrorKind, Place, Result};

/// What a file holds.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "there is one a file, and it moves once")]
pub enum Input {
    /// A letter, still to be split into sentences.
    Letter(Document),
    /// Sentences that somebody has split already, in the order of the file.
    Sentences(Vec<ListedSentence>),
}

/// Reads what stands in `path`.
///
/// No more than [`Limits::max_bytes`] are ever read into memory.
///
/// # Errors
/// As [`read_bytes`], and [`ErrorKind::Io`] where the file cannot be opened or read.
pub fn read_path(path: &Path, limits: &Limits) -> Result<Input> {
    read_bytes(&path.to_string_lossy(), &load(path, limits)?, limits).map_err(|e| e.in_file(path))
}

/// The bytes of the file `path`, one more than [`Limits::max_bytes`] at most, so that [`read_bytes`] sees that there are
/// too many.
///
/// # Errors
/// [`ErrorKind::Io`] where the file cannot be opened or read.
pub fn load(path: &Path, limits: &Limits) -> Result<Vec<u8>> {
    let failed = |e| Error::io("read the letter", path, e);
    let file = File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.is_dir() {
        return Err(Error::new(ErrorKind::Io, "is a folder; give the letters in it").in_file(path));
    }
    let mut bytes = Vec::new();
    file.take(limits.max_bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// Reads a letter, or a table of sentences, from memory.
///
/// `name` is the file's name or path, `-` for standard input: its extension takes part in telling the format, and
/// every error names it.
///
/// # Errors
/// [`ErrorKind::Format`] for a format that is not read or not the one that the name says, [`ErrorKind::Unreadable`]
/// for a file in which no text can be found, [`ErrorKind::Limit`] for one that is larger than `limits` allow,
/// [`ErrorKind::Data`] for a table without the columns it needs.
pub fn read_bytes(name: &str, bytes: &[u8], limits: &Limits) -> Result<Input> {
    read(name, bytes, limits).map_err(|e| e.in_file(name))
}

fn read(name: &str, bytes: &[u8], limits: &Limits) -> Result<Input> {
    limits.check_bytes(bytes.len())?;
    let document = match detect::format(name, bytes)? {
        Format::Csv => return csv::read(&decode::text(bytes)?).map(Input::Sentences),
        Format::Parquet => return parquet::read(bytes, limits).map(Input::Sentences),
        Format::Pdf => pdf::read(bytes, limits)?,
        Format::Docx => letter_parts::mark(docx::read(bytes, limits)?),
        Format::Html => letter_parts::mark(html::read(&decode::html(bytes)?, limits)?),
        Format::Markdown | Format::Text => {
            let text = decode::text(bytes)?;
            limits.check_lines(&text)?;
            text::read(&text)
        }
    };
    finish(name, document, limits).map(Input::Letter)
}

/// What holds for a letter of whatever format: it has text, no block is out of proportion, it knows its facts.
fn finish(name: &str, mut document: Document, limits: &Limits) -> Result<Document> {
    if document.blocks.is_empty() {
        return Err(Error::new(ErrorKind::Unreadable, "no text was found in it"));
    }
    if let Some(block) = document.blocks.iter().find(|b| b.span.len() > limits.max_block) {
        let place = document.page_of(block.span.start).map_or(Place::Whole, Place::Page);
        return Err(limits.long_block(block.span.len()).at(place));
    }
    for block in &mut document.blocks {
        if matches!(block.kind, BlockKind::Heading { .. }) && block.span.len() > LONGEST_HEADING {
            block.kind = BlockKind::Paragraph;
        }
    }
    document.name = match Path::new(name).file_name() {
        Some(file) => file.to_string_lossy().into_owned(),
        None => name.to_owned(),
    };
    document.facts = facts::find(&document);
    Ok(document)
}
