//! Plain text and Markdown to a [`Document`].
//!
//! Three forms of plain text are read: text taken out of a PDF (`pdftotext`: wrapped lines, form feeds, marks and
//! numbers on lines of their own), a pasted letter with wrapped lines, and text with each paragraph on one line
//! (where a cluster of empty lines shows a page break). Lines become pieces (`paragraphs`), pieces get their role
//! (`roles`). Every step is linear in the length of the text.

mod headings;
mod lines;
mod markdown;
mod marks;
mod paragraphs;
mod roles;

use super::document::{Builder, Document};

/// Reads plain text or Markdown; which of the two is told by what the text holds.
pub(super) fn read(text: &str) -> Document {
    if markdown::is_markdown(text) {
        return markdown::read(text);
    }
    let lines = lines::parse(text);
    let paged = lines.paged;
    let mut builder = Builder::default();
    for block in roles::assign(paragraphs::group(&lines)) {
        builder.begin(block.kind);
        let ends = block.pages.iter().skip(1).map(|p| p.0).chain([block.text.len()]);
        for (&(start, page), end) in block.pages.iter().zip(ends) {
            if paged {
                builder.page(page);
            }
            builder.push(&block.text[start..end]);
        }
    }
    builder.finish()
}

#[cfg(test)]
mod tests;
