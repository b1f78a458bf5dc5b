//! What a letter is once it has been read: one text, and where in it things stand.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// A letter as text, with its structure as ranges over that text.
///
/// `text` holds the body only: page furniture is gone, wrapped lines are joined, hyphens at line ends are
/// mended. Blocks stand in reading order, do not overlap, and are separated by a blank line. All ranges are
/// in bytes, on character boundaries.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Document {
    /// The letter's name as the user knows it: file name, or `-` for standard input.
    pub name: String,
    /// The text that every span points into.
    pub text: String,
    /// Headings, paragraphs, list items and table cells, in reading order.
    pub blocks: Vec<Block>,
    /// Where each page begins in `text`, in order. Empty where the format has no pages.
    pub pages: Vec<PageStart>,
    /// What the letter says of itself.
    pub facts: Facts,
}

/// A run of text of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Where it stands in [`Document::text`], in bytes.
    pub span: Range<usize>,
}

/// What a [`Block`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BlockKind {
    /// A heading; level 1 is the highest.
    Heading {
        /// 1 for the highest.
        level: u8,
    },
    /// Running text, numbered paragraphs included (the number itself is not in the text).
    Paragraph,
    /// An item of a list; depth 1 is the outermost. The mark itself is not in the text.
    Item {
        /// 1 for an item, 2 for an item of an item.
        depth: u8,
    },
    /// A row of a table that gives judgements and their grades.
    Grade,
    /// Text that is kept, but is no finding by its form: salutation, signature, address, table of contents.
    Aside,
}

/// The first byte of a page in [`Document::text`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageStart {
    /// Byte offset.
    pub at: usize,
    /// The page's number, counted from one in the file (not the printed number).
    pub page: u32,
}

/// What a letter says of itself. What is not found stays empty; nothing is guessed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Facts {
    /// The local area or authority, as the letter names it: "Kingston upon Thames".
    pub authority: Option<String>,
    /// The inspection framework.
    pub framework: Framework,
    /// Publication date (or the letter's own date), ISO 8601.
    pub published: Option<String>,
    /// First and last day on site, ISO 8601.
    pub inspected: Option<(String, String)>,
    /// The published outcome in the letter's own words, shortened to a known phrase.
    pub outcome: Option<String>,
    /// Judgements and their grades, in the letter's order.
    pub grades: Vec<(String, String)>,
}

/// The framework that an inspection was made under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Framework {
    /// Local area SEND inspections, 2016 to 2022.
    SendBefore2023,
    /// Area SEND inspections of local area partnerships, from 2023.
    SendFrom2023,
    /// Inspection of local authority children's services, from 2018.
    ChildrensServices,
    /// Single inspection framework, 2013 to 2017.
    SingleInspection,
    /// Monitoring visit after an inadequate judgement.
    MonitoringVisit,
    /// Found, but none of these (focused visits, adoption, looked after children).
    Other,
    /// Not found.
    #[default]
    Unknown,
}

impl Framework {
    /// The identifier used in findings; empty where unknown.
    pub fn id(self) -> &'static str {
        match self {
            Framework::SendBefore2023 => "send_2016",
            Framework::SendFrom2023 => "send_2023",
            Framework::ChildrensServices => "ilacs_2018",
            Framework::SingleInspection => "sif_2013",
            Framework::MonitoringVisit => "monitoring_visit",
            Framework::Other => "other",
            Framework::Unknown => "",
        }
    }

    /// The framework with this identifier; an identifier of another version is [`Framework::Other`].
    pub fn from_id(id: &str) -> Self {
        match id {
            "" => Framework::Unknown,
            "send_2016" => Framework::SendBefore2023,
            "send_2023" => Framework::SendFrom2023,
            "ilacs_2018" => Framework::ChildrensServices,
            "sif_2013" => Framework::SingleInspection,
            "monitoring_visit" => Framework::MonitoringVisit,
            _ => Framework::Other,
        }
    }
}

impl Document {
    /// The page on which byte `at` stands, counted from one; `None` where the format has no pages.
    pub fn page_of(&self, at: usize) -> Option<u32> {
        let after = self.pages.partition_point(|p| p.at <= at);
        after.checked_sub(1).map(|i| self.pages[i].page)
    }

    /// The text of a block.
    pub fn block_text(&self, block: &Block) -> &str {
        &self.text[block.span.clone()]
    }
}

/// Builds a [`Document`] block by block, in reading order; the only place where text is cleaned.
///
/// Runs of white space become one space, soft hyphens, control characters and terminal escape sequences go,
/// ligatures become letters. A block that turns out empty is dropped.
#[derive(Debug, Default)]
pub(super) struct Builder {
    document: Document,
    kind: Option<BlockKind>,
    start: usize,
    page: Option<u32>,
}

impl Builder {
    /// What follows stands on `page`, counted from one. May be called inside a block that a page break cuts.
    pub(super) fn page(&mut self, page: u32) {
        self.page = Some(page);
    }

    /// Ends the block before and begins one of `kind`.
    pub(super) fn begin(&mut self, kind: BlockKind) {
        self.end_block();
        self.start = match self.document.text.is_empty() {
            true => 0,
            false => self.document.text.len() + BLOCK_BREAK.len(),
        };
        self.kind = Some(kind);
    }

    /// Adds text to the block. Pieces are joined as they are: the caller gives the space between two lines.
    pub(super) fn push(&mut self, text: &str) {
        debug_assert!(self.kind.is_some(), "text outside a block");
        for c in text.chars() {
            match c {
                _ if c.is_whitespace() => {
                    if self.has_text() && !self.document.text.ends_with(' ') {
                        self.document.text.push(' ');
                    }
                }
                '\u{FB00}'..='\u{FB06}' => {
                    const LETTERS: [&str; 7] = ["ff", "fi", "fl", "ffi", "ffl", "st", "st"];
                    self.before_text();
                    self.document.text.push_str(LETTERS[(c as u32 - 0xFB00) as usize]);
                }
                '\u{AD}' | '\u{FEFF}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
                }
                _ if c.is_control() => {}
                _ => {
                    self.before_text();
                    self.document.text.push(c);
                }
            }
        }
    }

    /// A block of one piece.
    pub(super) fn block(&mut self, kind: BlockKind, text: &str) {
        self.begin(kind);
        self.push(text);
    }

    /// The document, its facts still to be found.
    pub(super) fn finish(mut self) -> Document {
        self.end_block();
        self.document
    }

    fn has_text(&self) -> bool {
        self.document.text.len() > self.start
    }

    /// Writes the blank line between blocks, and the page start, once there is text to stand after them.
    fn before_text(&mut self) {
        if !self.has_text() && self.start > 0 {
            self.document.text.push_str(BLOCK_BREAK);
        }
        if let Some(page) = self.page.take()
            && self.document.pages.last().is_none_or(|p| p.page != page)
        {
            self.document.pages.push(PageStart { at: self.document.text.len(), page });
        }
    }

    fn end_block(&mut self) {
        let Some(kind) = self.kind.take() else { return };
        if self.document.text.len() >= self.start {
            let trimmed = self.document.text.trim_end().len();
            self.document.text.truncate(trimmed);
            if trimmed > self.start || (self.start == 0 && trimmed > 0) {
                self.document.blocks.push(Block { kind, span: self.start..trimmed });
            }
        }
    }
}

const BLOCK_BREAK: &str = "\n\n";

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A document of these blocks, an empty line between them.
    pub(crate) fn of_blocks(blocks: &[(BlockKind, &str)]) -> Document {
        let mut document = Document::default();
        for (kind, text) in blocks {
            if !document.text.is_empty() {
                document.text.push_str("\n\n");
            }
            let start = document.text.len();
            document.text.push_str(text);
            document.blocks.push(Block { kind: *kind, span: start..document.text.len() });
        }
        document
    }

    #[test]
    fn blocks_stand_apart_and_keep_their_pages() {
        let mut b = Builder::default();
        b.page(1);
        b.block(BlockKind::Heading { level: 1 }, "Main  findings ");
        b.begin(BlockKind::Paragraph);
        b.push("Leaders do not have a\n");
        b.page(2);
        b.push("de\u{AD}tailed o\u{FB03}ce.\u{1b}");
        b.block(BlockKind::Paragraph, " \n");
        b.block(BlockKind::Paragraph, "End.");
        let d = b.finish();
        assert_eq!(d.text, "Main findings\n\nLeaders do not have a detailed office.\n\nEnd.");
        let texts: Vec<_> = d.blocks.iter().map(|b| d.block_text(b)).collect();
        assert_eq!(texts, ["Main findings", "Leaders do not have a detailed office.", "End."]);
        let page_two = d.text.find("detailed").unwrap();
        assert_eq!((d.page_of(0), d.page_of(page_two - 1), d.page_of(page_two)), (Some(1), Some(1), Some(2)));
    }
}
