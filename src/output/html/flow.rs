//! A letter and its findings as one run of parts, in reading order: what the template walks through.

use std::ops::Range;

use super::sentence::Sentence;
use crate::finding::{Finding, LetterFindings, Span};
use crate::ingest::{Block, BlockKind, Document};
use crate::taxonomy::Taxonomy;

/// A step of the walk. What is opened is closed, in order.
#[derive(Debug, PartialEq)]
pub(super) enum Part<'a> {
    Open(Tag),
    Close(Tag),
    /// A heading; its level on the page, from 3 to 6, and its number, which makes its anchor.
    Heading {
        level: u8,
        number: usize,
        text: &'a str,
    },
    /// A page of the file begins.
    Page(u32),
    /// What is no sentence, or stands between two.
    Text(&'a str),
    Sentence(Sentence<'a>),
}

/// What holds other parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    Paragraph,
    /// Salutation, signature, address: no finding by its form.
    Aside,
    /// A judgement and its grade.
    Grade,
    List,
    Item,
}

/// All of a letter. Where its findings do not stand in a text of their own, or not in order, they follow each other
/// under their headings, a paragraph each.
pub(super) fn parts<'a>(letter: &'a LetterFindings, taxonomy: &'a Taxonomy) -> Vec<Part<'a>> {
    let mut flow =
        Flow { findings: &letter.findings, taxonomy, parts: Vec::new(), next: 0, headings: 0, level: 2, lists: 0 };
    match letter.document.as_deref().and_then(|document| placed(document, &letter.findings)) {
        Some((document, places)) => flow.document(document, &places),
        None => flow.listed(),
    }
    flow.parts
}

/// Where each finding stands in the text, in bytes; `None` unless all stand in order, each within one block.
fn placed<'d>(document: &'d Document, findings: &[Finding]) -> Option<(&'d Document, Vec<Range<usize>>)> {
    let mut places = Vec::with_capacity(findings.len());
    let mut bytes = document.text.char_indices().map(|(byte, _)| byte).chain([document.text.len()]).enumerate();
    let mut byte_of = |wanted: usize| bytes.by_ref().find(|&(character, _)| character == wanted).map(|(_, byte)| byte);
    let mut last: Option<Range<usize>> = None;
    for finding in findings {
        let Span { start, end } = finding.span?;
        // One that begins where the last ended has its start behind the walk.
        let begin = match &last {
            Some(before) if before.start == start => return None,
            Some(before) if before.end == start => places.last().map(|place: &Range<usize>| place.end)?,
            _ => byte_of(start)?,
        };
        let place = begin..byte_of(end)?;
        last = Some(start..end);
        places.push(place);
    }
    let mut blocks = document.blocks.iter().filter(|b| !matches!(b.kind, BlockKind::Heading { .. }));
    let mut block = blocks.next();
    for place in &places {
        while block.is_some_and(|b| b.span.end <= place.start) {
            block = blocks.next();
        }
        block.filter(|b| b.span.start <= place.start && place.end <= b.span.end)?;
    }
    Some((document, places))
}

struct Flow<'a> {
    findings: &'a [Finding],
    taxonomy: &'a Taxonomy,
    parts: Vec<Part<'a>>,
    /// The finding whose turn it is.
    next: usize,
    headings: usize,
    /// Of the last heading, on the page.
    level: u8,
    /// How many lists are open.
    lists: u8,
}

impl<'a> Flow<'a> {
    fn document(&mut self, document: &'a Document, places: &[Range<usize>]) {
        let mut pages = document.pages.iter().peekable();
        for block in &document.blocks {
            let tag = self.begin(block);
            if let Some(tag) = tag {
                self.parts.push(Part::Open(tag));
            }
            let mut at = block.span.start;
            while let Some(page) = pages.next_if(|page| page.at <= at) {
                self.parts.push(Part::Page(page.page));
            }
            if let BlockKind::Heading { level } = block.kind {
                self.heading(level, document.block_text(block));
                continue;
            }
            while let Some(place) = places.get(self.next).filter(|place| place.end <= block.span.end) {
                self.text(&document.text[at..place.start]);
                self.sentence();
                at = place.end;
                // A page that begins within a sentence is told after it, so that the sentence stays whole.
                while let Some(page) = pages.next_if(|page| page.at < at) {
                    self.parts.push(Part::Page(page.page));
                }
            }
            self.text(&document.text[at..block.span.end]);
            // An item stays open: the next block may be an item of it.
            if let Some(tag) = tag.filter(|tag| *tag != Tag::Item) {
                self.parts.push(Part::Close(tag));
            }
        }
        self.close_lists(0);
    }

    /// Opens and closes lists as the block asks; what it stands in, if it is no heading.
    fn begin(&mut self, block: &Block) -> Option<Tag> {
        if let BlockKind::Item { depth } = block.kind {
            let depth = depth.clamp(1, self.lists.saturating_add(1));
            self.close_lists(depth);
            match self.lists == depth {
                true => self.parts.push(Part::Close(Tag::Item)),
                false => {
                    self.parts.push(Part::Open(Tag::List));
                    self.lists = depth;
                }
            }
            return Some(Tag::Item);
        }
        self.close_lists(0);
        match block.kind {
            BlockKind::Heading { .. } => None,
            BlockKind::Aside => Some(Tag::Aside),
            BlockKind::Grade => Some(Tag::Grade),
            BlockKind::Paragraph | BlockKind::Item { .. } => Some(Tag::Paragraph),
        }
    }

    /// Closes lists until `depth` are open.
    fn close_lists(&mut self, depth: u8) {
        while self.lists > depth {
            self.parts.extend([Part::Close(Tag::Item), Part::Close(Tag::List)]);
            self.lists -= 1;
        }
    }

    /// The letter's highest heading comes under the page's own second level, and none is more than one level lower than
    /// the heading before.
    fn heading(&mut self, level: u8, text: &'a str) {
        self.level = level.saturating_add(2).clamp(3, self.level.saturating_add(1)).min(6);
        self.headings += 1;
        self.parts.push(Part::Heading { level: self.level, number: self.headings, text });
    }

    fn text(&mut self, text: &'a str) {
        if !text.is_empty() {
            self.parts.push(Part::Text(text));
        }
    }

    fn sentence(&mut self) {
        self.parts.push(Part::Sentence(Sentence::of(&self.findings[self.next], self.next + 1, self.taxonomy)));
        self.next += 1;
    }

    fn listed(&mut self) {
        let (mut heading, mut page) = ("", None);
        while let Some(finding) = self.findings.get(self.next) {
            if finding.heading != heading {
                heading = &finding.heading;
                if !heading.is_empty() {
                    self.heading(1, heading);
                }
            }
            self.parts.push(Part::Open(Tag::Paragraph));
            if let Some(number) = finding.page.filter(|_| finding.page != page) {
                self.parts.push(Part::Page(number));
            }
            page = finding.page;
            self.sentence();
            self.parts.push(Part::Close(Tag::Paragraph));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ingest::{PageStart, of_blocks};
    use crate::output::sample;

    /// A document of blocks, and a finding for each of the given pieces of its text.
    fn letter(blocks: &[(BlockKind, &str)], sentences: &[&str], pages: &[(&str, u32)]) -> LetterFindings {
        let mut document = of_blocks(blocks);
        let find = |text: &str| document.text.find(text).unwrap();
        document.pages = pages.iter().map(|&(text, page)| PageStart { at: find(text), page }).collect();
        let mut letter = sample::letter();
        let template = letter.findings[0].clone();
        let finding = |text: &&str| {
            let start = document.text[..find(text)].chars().count();
            Finding {
                sentence: (*text).to_owned(),
                span: Some(Span { start, end: start + text.chars().count() }),
                ..template.clone()
            }
        };
        letter.findings = sentences.iter().map(finding).collect();
        letter.document = Some(Arc::new(document));
        letter
    }

    /// The walk in short: `<p>`, `</p>`, `#3 text`, `[2]` for a page, `{…}` for a sentence, text as it is.
    fn walk(letter: &LetterFindings) -> String {
        let name = |tag: &Tag| match tag {
            Tag::Paragraph => "p",
            Tag::Aside => "aside",
            Tag::Grade => "grade",
            Tag::List => "ul",
            Tag::Item => "li",
        };
        let taxonomy = Taxonomy::default();
        let short = |part: &Part<'_>| match part {
            Part::Open(tag) => format!("<{}>", name(tag)),
            Part::Close(tag) => format!("</{}>", name(tag)),
            Part::Heading { level, text, .. } => format!("#{level} {text}"),
            Part::Page(page) => format!("[{page}]"),
            Part::Text(text) => (*text).to_owned(),
            Part::Sentence(sentence) => format!("{{{}}}", sentence.text),
        };
        parts(letter, &taxonomy).iter().map(short).collect()
    }

    const HEADING: BlockKind = BlockKind::Heading { level: 1 };

    #[test]
    fn sentences_stand_in_their_blocks_and_what_is_none_stands_unmarked() {
        let letter = letter(
            &[
                (BlockKind::Aside, "Dear Ms Ünal"),
                (HEADING, "Main findings"),
                (BlockKind::Paragraph, "It is good – now. It is poor."),
                (BlockKind::Grade, "Overall: Good"),
            ],
            &["It is good – now.", "It is poor.", "Overall: Good"],
            &[],
        );
        assert_eq!(
            walk(&letter),
            "<aside>Dear Ms Ünal</aside>#3 Main findings<p>{It is good – now.} {It is poor.}</p><grade>{Overall: Good}</grade>"
        );
    }

    #[test]
    fn lists_are_nested_and_closed() {
        let item = |depth| BlockKind::Item { depth };
        let letter = letter(
            &[
                (item(2), "a."),
                (item(1), "b."),
                (item(2), "c."),
                (item(9), "d."),
                (item(1), "e."),
                (BlockKind::Paragraph, "f."),
            ],
            &["a.", "b.", "c.", "d.", "e.", "f."],
            &[],
        );
        assert_eq!(
            walk(&letter),
            "<ul><li>{a.}</li><li>{b.}<ul><li>{c.}<ul><li>{d.}</li></ul></li></ul></li><li>{e.}</li></ul><p>{f.}</p>"
        );
    }

    #[test]
    fn a_page_that_begins_in_a_sentence_is_told_after_it() {
        let letter = letter(
            &[
                (HEADING, "First"),
                (BlockKind::Paragraph, "One two. Three."),
                (HEADING, "Last"),
                (BlockKind::Item { depth: 1 }, "Four."),
            ],
            &["One two.", "Three.", "Four."],
            &[("First", 1), ("two", 2), ("Last", 4)],
        );
        assert_eq!(walk(&letter), "[1]#3 First<p>{One two.}[2] {Three.}</p>[4]#3 Last<ul><li>{Four.}</li></ul>");
    }

    #[test]
    fn no_heading_skips_a_level() {
        let heading = |level| BlockKind::Heading { level };
        let letter = letter(&[(heading(3), "a"), (heading(6), "b"), (heading(9), "c"), (heading(0), "d")], &[], &[]);
        assert_eq!(walk(&letter), "#3 a#4 b#5 c#3 d");
    }

    #[test]
    fn findings_that_do_not_fit_the_text_follow_each_other_under_their_headings() {
        assert_eq!(
            walk(&sample::letter()),
            "#3 Main findings<p>[2]{Parents, carers and \"young people\" are listened to.}</p><p>{Plans take 18 months.}</p>\
             #3 What next > Plans<p>{=HYPERLINK(\"http://x\")}</p>"
        );
        let fits = letter(&[(BlockKind::Paragraph, "One. Two.")], &["One.", "Two."], &[]);
        for spans in [[(0, 4), (5, 99)], [(5, 9), (0, 4)], [(0, 4), (0, 4)], [(4, 0), (5, 9)], [(0, 6), (5, 9)]] {
            let mut letter = fits.clone();
            for (finding, (start, end)) in letter.findings.iter_mut().zip(spans) {
                finding.span = Some(Span { start, end });
            }
            assert!(walk(&letter).contains("{One.}</p><p>{Two.}</p>"), "{spans:?}");
        }
    }
}
