//! A document's text to sentences, each with its span, its page and its heading.

mod abbreviations;
mod boundary;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::ingest::{BlockKind, Document};

/// One sentence of a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence {
    /// Where it stands in [`Document::text`], in bytes; the text there is the sentence.
    pub span: Range<usize>,
    /// The page on which it begins; `None` where the format has no pages.
    pub page: Option<u32>,
    /// The headings above it, outermost first, as indices into [`Document::blocks`].
    pub headings: Vec<usize>,
    /// The block that it stands in, as an index into [`Document::blocks`].
    pub block: usize,
    /// For an item of a list, the sentence that introduces the list ("The main reasons for this are:"), as an index
    /// into the sentences of the document.
    pub introduced_by: Option<usize>,
}

impl Sentence {
    /// The sentence itself. `document` is the one that it was split from.
    pub fn text<'d>(&self, document: &'d Document) -> &'d str {
        &document.text[self.span.clone()]
    }

    /// The headings above it, outermost first, joined by ` > `; empty where there is none.
    pub fn heading_path(&self, document: &Document) -> String {
        let headings: Vec<&str> = self.headings.iter().map(|&at| document.block_text(&document.blocks[at])).collect();
        headings.join(" > ")
    }
}

/// Splits a document's paragraphs, items and grade rows into sentences, in reading order.
///
/// Headings and asides give no sentences. Spans hold no white space at either end, stand on character boundaries, in
/// order, and do not overlap. The time is linear in the length of the text.
pub fn split(document: &Document) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    let mut headings: Vec<(u8, usize)> = Vec::new();
    let mut lists = Lists::default();
    for (at, block) in document.blocks.iter().enumerate() {
        match block.kind {
            BlockKind::Heading { level } => {
                headings.retain(|&(above, _)| above < level);
                headings.push((level, at));
                lists.close();
                continue;
            }
            BlockKind::Aside => continue,
            BlockKind::Item { depth } => lists.enter(depth, document, &sentences),
            _ => lists.close(),
        }
        let text = document.block_text(block);
        let path: Vec<usize> = headings.iter().map(|h| h.1).collect();
        let ends = match block.kind {
            BlockKind::Grade => vec![text.len()],
            _ => boundary::ends(text),
        };
        let mut start = 0;
        for end in ends {
            let piece = &text[start..end];
            let from = block.span.start + start + (piece.len() - piece.trim_start().len());
            let span = from..from + piece.trim().len();
            start = end;
            if span.is_empty() {
                continue;
            }
            let (page, introduced_by) = (document.page_of(span.start), lists.introduction());
            sentences.push(Sentence { span, page, headings: path.clone(), block: at, introduced_by });
        }
    }
    sentences
}

/// The lists that are open, outermost first: the sentence that introduces each, if one does.
#[derive(Default)]
struct Lists(Vec<Option<usize>>);

impl Lists {
    fn close(&mut self) {
        self.0.clear();
    }

    /// An item of `depth` begins after `sentences`.
    fn enter(&mut self, depth: u8, document: &Document, sentences: &[Sentence]) {
        let depth = usize::from(depth.max(1));
        if self.0.len() < depth {
            let last = sentences.len().checked_sub(1).filter(|&last| sentences[last].text(document).ends_with(':'));
            // A list that opens two levels at once has one introduction, which holds for the inner one too.
            self.0.resize(depth, last);
        }
        self.0.truncate(depth);
    }

    fn introduction(&self) -> Option<usize> {
        self.0.last().copied().flatten()
    }
}

/// The sentence that settles what the one at `at` means, as a place among `sentences`: for the first of an item of a list
/// the line that introduces the list, else the one before; `None` where there is neither.
pub fn previous(sentences: &[Sentence], at: usize) -> Option<usize> {
    let before = at.checked_sub(1);
    // What an item of a list says is settled by the line that introduces the list, not by the item before.
    let opens_block = before.is_none_or(|before| sentences[before].block != sentences[at].block);
    sentences[at].introduced_by.filter(|_| opens_block).or(before)
}

#[cfg(test)]
mod tests;
