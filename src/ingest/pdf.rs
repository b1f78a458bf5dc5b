//! PDF bytes to a document.
//!
//! [`glyphs`] runs the content streams over `lopdf`'s objects and notes each character with its place, size and
//! weight; `layout` makes lines of them, `page` takes furniture off and tells tables, `blocks` makes the blocks.
//!
//! # Why `lopdf` and an interpreter of our own
//!
//! Headings can only be told by size and weight, furniture by place, so what is needed are characters with font and
//! position. Licences are MIT (`pdf_oxide`: MIT or Apache-2.0) for all four.
//!
//! | library | word F1 | what it gives | crates it brings |
//! | --- | --- | --- | --- |
//! | `lopdf` 0.47 with [`glyphs`] | 0.996 (85 reports) | place, size, font, tagged headers and footers | 64 |
//! | `pdf-extract` 0.12 | 0.999 (62 reports) | place and size, no font; about 100 `unwrap`, `expect` and `panic!` | 72 |
//! | `unpdf` 0.52 | 0.994 (62 reports) | finished headings and paragraphs; running lines left in | 109 |
//! | `pdf_oxide` 0.3 | 0.994 (62 reports) | place, size, font; 450,000 lines to compile | 171 |
//!
//! F1 is that of the bags of words against `pdftotext`, each library's text as it comes; the first row was measured on
//! the lines before any furniture is taken off (tagged headers and footers included, footnote marks not), the other
//! three when the project was designed. Crates were counted with `cargo tree -e normal -p NAME --prefix none | sort -u`.
//! Reading the 85 reports took 70 to 85 ms each on one busy core in a development build, 250 ms for the longest;
//! none panicked. The tests of this module repeat the counts on the corpus.

mod font;
mod glyphs;

use lopdf::LoadOptions;

use super::Limits;
use super::blocks::{self, Style};
use super::document::Document;
use super::layout;
use super::page::{Page, take_off_furniture};
use crate::caught::caught;
use crate::error::{Error, ErrorKind, Place, Result};

/// Reads a letter from the bytes of a PDF.
///
/// # Errors
/// `Unreadable` where it is encrypted, damaged, or holds no text; `Limit` where it has too many pages.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Document> {
    on_guarded_thread(|| read_unguarded(bytes, limits))
}

/// Most bytes that a stream may unpack to in which the file keeps its objects.
const MOST_UNPACKED: usize = 64 << 20;
/// The parser descends into nested objects; a thread's usual 2 MiB would not do for hostile ones.
const STACK: usize = 32 << 20;
const THREAD: &str = "lettermark-pdf";

/// Runs `read` on a thread of its own, so that neither a panic nor deep recursion in the PDF library reaches the caller.
fn on_guarded_thread(read: impl FnOnce() -> Result<Document> + Send) -> Result<Document> {
    std::thread::scope(|scope| {
        let thread =
            std::thread::Builder::new().name(THREAD.to_owned()).stack_size(STACK).spawn_scoped(scope, || caught(read));
        match thread.map(|t| t.join()) {
            Ok(Ok(Some(result))) => result,
            Ok(_) => Err(damaged()),
            Err(e) => {
                Err(Error::new(ErrorKind::Io, format!("could not start a thread to read a PDF: {e}")).caused_by(e))
            }
        }
    })
}

fn damaged() -> Error {
    Error::new(
        ErrorKind::Unreadable,
        "is a damaged or truncated PDF: download or export it again, or save it anew from a PDF viewer",
    )
}

fn read_unguarded(bytes: &[u8], limits: &Limits) -> Result<Document> {
    let mut pages = pages(bytes, limits)?;
    take_off_furniture(&mut pages);
    let style = Style::of(&pages);
    Ok(blocks::build(pages, style))
}

/// The lines of every page, furniture and all.
fn pages(bytes: &[u8], limits: &Limits) -> Result<Vec<Page>> {
    let doc = open(bytes, limits)?;
    let ids: Vec<_> = doc.page_iter().take(limits.max_pages as usize + 1).collect();
    if ids.is_empty() {
        return Err(damaged());
    }
    if ids.len() > limits.max_pages as usize {
        return Err(limits.too_many_pages());
    }
    let mut reader = glyphs::Reader::new(&doc, limits.max_expanded);
    let mut pages = Vec::with_capacity(ids.len());
    let mut pictures = false;
    for (number, id) in (1..).zip(ids) {
        let shown = reader.page(id).map_err(|e| match e {
            glyphs::Fault::TooExpanded => limits.too_expanded().at(Place::Page(number)),
            glyphs::Fault::Damaged(e) => damaged().at(Place::Page(number)).caused_by(e),
        })?;
        pictures |= shown.picture;
        pages.push(Page { height: shown.height, lines: layout::lines(number, &shown.glyphs) });
    }
    if pages.iter().all(|page| page.lines.is_empty()) {
        let message = match pictures {
            true => "holds pictures of pages and no text: run text recognition (OCR) on it first",
            false => "has no text that can be read: export it again with its fonts",
        };
        return Err(Error::new(ErrorKind::Unreadable, message));
    }
    Ok(pages)
}

fn open(bytes: &[u8], limits: &Limits) -> Result<lopdf::Document> {
    let most = usize::try_from(limits.max_expanded).unwrap_or(MOST_UNPACKED).min(MOST_UNPACKED);
    let options = LoadOptions::with_max_decompressed_size(most);
    let locked = || Error::new(ErrorKind::Unreadable, "is encrypted: save a copy without a password and read that");
    match lopdf::Document::load_mem_with_options(bytes, options) {
        Ok(doc) if doc.is_encrypted() => Err(locked()),
        Ok(doc) => Ok(doc),
        Err(
            e @ (lopdf::Error::InvalidPassword
            | lopdf::Error::Decryption(_)
            | lopdf::Error::UnsupportedSecurityHandler(_)),
        ) => Err(locked().caused_by(e)),
        Err(e) => Err(damaged().caused_by(e)),
    }
}

#[cfg(test)]
mod tests;
