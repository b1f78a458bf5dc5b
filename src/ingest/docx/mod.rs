//! Word documents (`.docx`, Office Open XML, transitional and strict).
//!
//! What is read is the body as a reader of the finished letter sees it: text that tracked changes deleted, hidden
//! text, comments, notes, headers and footers stay out, inserted text and the results of fields are in, a text box is
//! read once. A `.docx` has no page numbers, so [`Document::pages`] stays empty.
//!
//! Only named parts are read, into memory: nothing is unpacked to a disk, so paths in the zip do no harm.

mod body;
mod numbering;
mod package;
mod styles;
mod xml;

use body::{Paragraph, Piece};
use numbering::{ListLevel, Mark, Numbering};
use package::Package;
use styles::Styles;

use super::Document;
use super::document::{BlockKind, Builder};
use super::limits::Limits;
use super::tables::{self, Rows};
use crate::error::Result;

/// Reads the bytes of a `.docx`.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Document> {
    let mut package = Package::open(bytes, limits)?;
    let parts = package.parts()?;
    let styles = match package.part(&parts.styles)? {
        Some(xml) => Styles::read(&xml, limits)?,
        None => Styles::default(),
    };
    let numbering = match package.part(&parts.numbering)? {
        Some(xml) => Numbering::read(&xml, limits)?,
        None => Numbering::default(),
    };
    let pieces = body::read(&package.document(&parts.document)?, &styles, limits)?;
    let has_headings = any_paragraph(&pieces, &|p| heading(p, &styles).is_some());
    let mut writer =
        Writer { styles, numbering, has_headings, builder: Builder::default(), carried: String::new(), in_list: false };
    writer.pieces(&pieces, false);
    Ok(writer.builder.finish())
}

fn any_paragraph(pieces: &[Piece], test: &dyn Fn(&Paragraph) -> bool) -> bool {
    pieces.iter().any(|piece| match piece {
        Piece::Paragraph(p) => !p.text.trim().is_empty() && test(p),
        Piece::Table(rows) => rows.iter().flatten().any(|cell| any_paragraph(cell, test)),
    })
}

fn heading(paragraph: &Paragraph, styles: &Styles) -> Option<u8> {
    match paragraph.outline {
        Some(level) => (level < 9).then_some(level + 1),
        None => styles.heading(paragraph.style.as_deref()),
    }
}

/// A paragraph longer than this (in bytes) is no heading, however bold.
const BOLD_HEADING: usize = 120;

struct Writer {
    styles: Styles,
    numbering: Numbering,
    has_headings: bool,
    builder: Builder,
    /// Text of paragraphs whose end a tracked change deleted: it belongs to the next paragraph.
    carried: String,
    /// Whether the paragraph before was an item, or announced items with a colon.
    in_list: bool,
}

impl Writer {
    // Recursion is as deep as tables stand in one another, which the limit on depth bounds.
    fn pieces(&mut self, pieces: &[Piece], in_table: bool) {
        for piece in pieces {
            match piece {
                Piece::Paragraph(p) if p.joins_next => self.carried.push_str(&p.text),
                Piece::Paragraph(p) => self.paragraph(p, in_table),
                Piece::Table(rows) => self.table(rows),
            }
        }
    }

    fn table(&mut self, table: &[Vec<Vec<Piece>>]) {
        let rows: Rows = table.iter().map(|row| row.iter().map(|cell| cell_text(cell)).collect()).collect();
        if tables::is_grade_table(&rows) {
            return tables::write_grades(&rows, &mut self.builder);
        }
        for cell in table.iter().flatten() {
            self.pieces(cell, true);
        }
    }

    fn paragraph(&mut self, paragraph: &Paragraph, in_table: bool) {
        let text = std::mem::take(&mut self.carried) + &paragraph.text;
        for part in text.split("\n\n").filter(|part| !part.trim().is_empty()) {
            let (kind, rest) = self.kind(paragraph, part.trim(), in_table);
            self.builder.block(kind, rest);
            self.in_list = matches!(kind, BlockKind::Item { .. }) || rest.ends_with(':');
        }
    }

    fn kind<'t>(&self, paragraph: &Paragraph, text: &'t str, in_table: bool) -> (BlockKind, &'t str) {
        let style = paragraph.style.as_deref();
        if self.styles.is_contents(style) {
            return (BlockKind::Aside, text);
        }
        if let Some(level) = heading(paragraph, &self.styles) {
            return (BlockKind::Heading { level }, text);
        }
        let (typed, rest) = typed_mark(text);
        let list = match paragraph.list.clone() {
            // A level alone moves the paragraph within the list of its style.
            Some(own) if own.id.is_none() => self.styles.list(style).map(|l| ListLevel { level: own.level, ..l }),
            Some(own) => Some(own),
            None => self.styles.list(style),
        };
        let (mark, level) = list.map_or((typed, 0), |list| (self.numbering.mark(&list), list.level));
        // "List Bullet 2" is a list of its own, at whose first level the second level of the letter stands.
        let level = level.max(self.styles.list_depth(style).unwrap_or(0));
        match mark {
            Mark::Bullet => return (BlockKind::Item { depth: level.saturating_add(1) }, rest),
            Mark::Number if self.in_list || level > 0 => {
                return (BlockKind::Item { depth: level.saturating_add(1) }, rest);
            }
            Mark::Number => return (BlockKind::Paragraph, rest),
            Mark::None => {}
        }
        if self.styles.list_depth(style).is_some() {
            return (BlockKind::Item { depth: level.saturating_add(1) }, rest);
        }
        let looks_like_heading = paragraph.bold && text.len() <= BOLD_HEADING && !text.ends_with(['.', ':', ';', ',']);
        match looks_like_heading && !self.has_headings && !in_table {
            true => (BlockKind::Heading { level: 1 }, text),
            false => (BlockKind::Paragraph, text),
        }
    }
}

/// A mark that was typed as text, followed by a tab or, for bullets, a space: "•⇥…", "16.⇥…".
fn typed_mark(text: &str) -> (Mark, &str) {
    if let Some(rest) = text.strip_prefix(['•', '◼', '▪', '●', '\u{F0B7}', '–', '-'])
        && rest.starts_with(char::is_whitespace)
    {
        return (Mark::Bullet, rest.trim_start());
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = text[digits..].strip_prefix(['.', ')']).unwrap_or(&text[digits..]);
    match (1..=3).contains(&digits) && rest.starts_with('\t') {
        true => (Mark::Number, rest.trim_start()),
        false => (Mark::None, text),
    }
}

fn cell_text(cell: &[Piece]) -> String {
    let texts = cell.iter().map(|piece| match piece {
        Piece::Paragraph(p) => p.text.clone(),
        Piece::Table(rows) => rows.iter().flatten().map(|c| cell_text(c)).collect::<Vec<_>>().join(" "),
    });
    texts.collect::<Vec<_>>().join(" ").trim().to_owned()
}

#[cfg(test)]
mod tests;
