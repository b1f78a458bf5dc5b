//! What format a file is of: by its content, then by its name. Where the two disagree, an error that says what to do.

use std::io::Cursor;
use std::path::Path;

use zip::ZipArchive;

use super::{csv, decode};
use crate::error::{Error, ErrorKind, Result};

/// A format that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// PDF with a text layer.
    Pdf,
    /// A Word document from 2007 on.
    Docx,
    /// A saved web page.
    Html,
    /// Text with `#` headings and `-` lists.
    Markdown,
    /// Plain text.
    Text,
    /// A table of sentences.
    Csv,
    /// A table of sentences, by columns.
    Parquet,
}

impl Format {
    /// The format that a name's extension stands for; `None` where it stands for none of them.
    pub fn of_name(name: &str) -> Option<Format> {
        match extension(name).as_str() {
            "pdf" => Some(Format::Pdf),
            "docx" | "docm" | "dotx" | "dotm" => Some(Format::Docx),
            "html" | "htm" | "xhtml" => Some(Format::Html),
            "md" | "markdown" => Some(Format::Markdown),
            "txt" | "text" => Some(Format::Text),
            "csv" | "tsv" => Some(Format::Csv),
            "parquet" => Some(Format::Parquet),
            _ => None,
        }
    }

    /// How a message calls it, and the extension to give it.
    fn called(self) -> (&'static str, &'static str) {
        match self {
            Format::Pdf => ("a PDF", ".pdf"),
            Format::Docx => ("a Word document", ".docx"),
            Format::Html => ("a web page", ".html"),
            Format::Markdown => ("Markdown", ".md"),
            Format::Text => ("plain text", ".txt"),
            Format::Csv => ("a CSV table", ".csv"),
            Format::Parquet => ("a Parquet file", ".parquet"),
        }
    }

    fn is_text(self) -> bool {
        matches!(self, Format::Html | Format::Markdown | Format::Text | Format::Csv)
    }
}

/// How far into a file its first characters are looked for.
const LOOK: usize = 4096;
/// A PDF may start with up to this many bytes of something else (PDF 1.7, appendix H.3.4.1).
const PDF_HEADER_WITHIN: usize = 1024;

/// The format of a file with this name and content.
pub(super) fn format(name: &str, bytes: &[u8]) -> Result<Format> {
    if bytes.is_empty() {
        return Err(Error::new(ErrorKind::Unreadable, "is empty (0 bytes): download or save it again"));
    }
    let named = Format::of_name(name);
    if is_pdf(bytes, named) {
        return agree(Format::Pdf, named, name);
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return zip_holds_word(bytes).and_then(|()| agree(Format::Docx, named, name));
    }
    if bytes.starts_with(b"PAR1") {
        return agree(Format::Parquet, named, name);
    }
    if let Some(message) = known_but_not_read(bytes, name) {
        return Err(Error::new(ErrorKind::Format, message));
    }
    of_text(&decode::start(bytes, LOOK), named, name)
}

fn is_pdf(bytes: &[u8], named: Option<Format>) -> bool {
    let header = b"%PDF-";
    let head = &bytes[..bytes.len().min(PDF_HEADER_WITHIN)];
    bytes.starts_with(header) || (named == Some(Format::Pdf) && head.windows(header.len()).any(|w| w == header))
}

fn agree(found: Format, named: Option<Format>, name: &str) -> Result<Format> {
    match named {
        Some(other) if other != found => {
            let ((is, extension), (is_not, _)) = (found.called(), other.called());
            let name = extension_of(name);
            Err(Error::new(
                ErrorKind::Format,
                format!("is {is}, not {is_not}, though its name ends in {name}: rename it to end in {extension}"),
            ))
        }
        _ => Ok(found),
    }
}

/// Formats that are recognised only to say what to do about them.
fn known_but_not_read(bytes: &[u8], name: &str) -> Option<String> {
    const PICTURES: [(&[u8], &str); 7] = [
        (b"\x89PNG", "PNG"),
        (b"\xFF\xD8\xFF", "JPEG"),
        (b"GIF8", "GIF"),
        (b"II*\0", "TIFF"),
        (b"MM\0*", "TIFF"),
        (b"BM", "BMP"),
        (b"RIFF", "WebP"),
    ];
    if bytes.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") {
        // The same container holds Word 97 documents and encrypted packages of Word 2007 and later.
        return Some(match Format::of_name(name) == Some(Format::Docx) {
            true => "is a Word document with a password, or a Word 97 document (.doc) under another name: \
                     open it in Word, remove the password and save it as .docx or PDF"
                .to_owned(),
            false => "is a Word 97 document (or another old Office file): open it in Word and save it as .docx or PDF"
                .to_owned(),
        });
    }
    if bytes.starts_with(b"{\\rtf") {
        return Some("is a Rich Text document (RTF): open it in Word and save it as .docx or PDF".to_owned());
    }
    if bytes.starts_with(b"PARE") {
        return Some("is an encrypted Parquet file: write it without encryption".to_owned());
    }
    if bytes.starts_with(b"ARROW1") {
        return Some(
            "is an Arrow (Feather) file: write the table as Parquet, or pipe it as an Arrow stream into \
                     `lettermark classify --ipc`"
                .to_owned(),
        );
    }
    let binary = bytes.iter().take(LOOK).any(|&b| b == 0 || b > 0x7F);
    PICTURES.iter().find(|(magic, _)| binary && bytes.starts_with(magic)).map(|(_, kind)| {
        format!("is a picture ({kind}); letters are read as text: give the PDF or Word document, or run text recognition (OCR) on it first")
    })
}

/// Whether a zip is a Word document; otherwise an error that names what it is.
fn zip_holds_word(bytes: &[u8]) -> Result<()> {
    let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|e| {
        Error::new(
            ErrorKind::Unreadable,
            "starts as a Word document (a zip), but is cut off or damaged: download it again",
        )
        .caused_by(e)
    })?;
    let has = |start: &str| archive.file_names_raw().any(|n| n.starts_with(start.as_bytes()));
    let (is, then) = match () {
        () if has("word/") => return Ok(()),
        () if has("xl/") => ("is an Excel workbook", "save the sheet with the sentences as CSV UTF-8"),
        () if has("ppt/") => ("is a PowerPoint presentation", "give the letter as PDF or .docx"),
        () if has("mimetype") && has("OEBPS/") || has("META-INF/container.xml") => {
            ("is an e-book (EPUB)", "give the letter as PDF, .docx or HTML")
        }
        () if has("mimetype") && has("content.xml") => (
            "is an OpenDocument file (.odt, .ods or .odp)",
            "open it in LibreOffice or Word and save it as .docx or PDF",
        ),
        () => ("is a zip archive, not a Word document", "unpack it and give the letters in it"),
    };
    Err(Error::new(ErrorKind::Format, format!("{is}: {then}")))
}

fn of_text(start: &str, named: Option<Format>, name: &str) -> Result<Format> {
    let visible = start.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
    if visible.is_empty() {
        return Err(Error::new(ErrorKind::Unreadable, "is blank: it holds only white space"));
    }
    let strange = start.chars().filter(|&c| c == '\0' || (c.is_control() && !c.is_whitespace())).count();
    if strange * 10 > start.chars().count() {
        return Err(Error::new(
            ErrorKind::Format,
            "is no text and of no format that is read: give PDF, .docx, HTML, Markdown, plain text or CSV",
        ));
    }
    let page = is_page(visible);
    match named {
        Some(expected @ (Format::Pdf | Format::Docx | Format::Parquet)) => {
            Err(no_such(expected, page || visible.starts_with('<')))
        }
        Some(Format::Html) => Ok(Format::Html),
        Some(named) if named.is_text() && !page => Ok(named),
        None if !page && csv::has_header(start) => Ok(Format::Csv),
        None if !page => Ok(Format::Text),
        named => agree(Format::Html, named, name),
    }
}

/// A name that promises PDF, Word or Parquet on something else.
fn no_such(expected: Format, page: bool) -> Error {
    let (expected, _) = expected.called();
    let message = match page {
        true => format!(
            "is a web page, not {expected}: most likely the site's \"not found\" page; download the letter again \
             (or, if the page is the letter, rename it to end in .html)"
        ),
        false => format!(
            "is not {expected}, though its name says so: it is cut off, damaged or of another format; download it again"
        ),
    };
    Error::new(ErrorKind::Format, message)
}

fn is_page(visible: &str) -> bool {
    let mut rest = visible;
    // What may stand before the doctype: an XML declaration, comments.
    while let Some(after) = skip(rest, "<?", "?>").or_else(|| skip(rest, "<!--", "-->")) {
        rest = after.trim_start();
    }
    ["<!doctype html", "<html", "<head>", "<head ", "<body>", "<body "]
        .iter()
        .any(|tag| rest.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag)))
}

fn skip<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    text.strip_prefix(open)?.split_once(close).map(|(_, after)| after)
}

fn extension(name: &str) -> String {
    Path::new(name).extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default()
}

fn extension_of(name: &str) -> String {
    format!(".{}", extension(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_goes_before_the_name() {
        for (name, bytes, wanted) in [
            ("letter.PDF", &b"%PDF-1.7 ..."[..], Format::Pdf),
            ("letter.pdf", b"\xEF\xBB\xBF\n%PDF-1.4 ...", Format::Pdf),
            ("letter", b"%PDF-1.7 ...", Format::Pdf),
            ("-", b"<!-- saved -->\n<!DOCTYPE html><p>", Format::Html),
            ("page.htm", b"<p>Only a piece", Format::Html),
            ("letter.md", b"# Findings", Format::Markdown),
            ("letter.2018", b"Dear Mr Example", Format::Text),
            ("-", b"letter;sentence\nA;Good.", Format::Csv),
            ("-", b"One sentence, with a comma.\n", Format::Text),
            ("sentences", b"PAR1 ...", Format::Parquet),
        ] {
            assert_eq!(format(name, bytes).unwrap(), wanted, "{name}");
        }
    }

    #[test]
    fn content_that_contradicts_the_name_is_refused() {
        for (name, bytes, says) in [
            ("a.pdf", &b"<!DOCTYPE html><html>"[..], "\"not found\" page"),
            ("a.docx", b"<html>", "is a web page, not a Word document"),
            ("a.txt", b"<html>", "rename it to end in .html"),
            ("a.docx", b"%PDF-1.5", "is a PDF, not a Word document"),
            ("a.pdf", b"Dear Mr Example", "is not a PDF"),
            ("a.doc", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "Word 97"),
            ("a.docx", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "password"),
            ("a.rtf", b"{\\rtf1", "RTF"),
            ("scan.pdf", b"\x89PNG\r\n\x1a\n\0\0", "picture (PNG)"),
            ("a.txt", b"\0\0\0\0\0\0\0\0", "no text"),
            ("a.docx", b"PK\x03\x04 cut off", "damaged"),
            ("a.csv", b"PAR1...", "rename it to end in .parquet"),
            ("a.parquet", b"sentence,page\n", "is not a Parquet file"),
            ("a.parquet", b"PARE...", "encrypted"),
            ("a.feather", b"ARROW1\0\0", "--ipc"),
        ] {
            let error = format(name, bytes).unwrap_err();
            assert!(error.message().contains(says), "{name}: {error}");
        }
    }
}
