//! Lines to pieces: headings, paragraphs and items, still without their roles in the letter.

use super::headings::{ends_open, known, looks_like_heading};
use super::lines::{Line, Lines};
use super::marks::{Mark, Nesting, mark};
use crate::ingest::hyphen::{WordSet, append_line};

/// Lines that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// What form says it is.
    pub form: Form,
    /// Its lines, joined.
    pub text: String,
    /// Where in `text` a page begins, and which.
    pub pages: Vec<(usize, u32)>,
    /// How many lines it had.
    pub lines: usize,
    /// Whether an empty line or a page break stood before it.
    pub apart: bool,
}

/// What the form of a [`Piece`] says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Without a mark.
    Plain,
    /// With a number before it.
    Numbered,
    /// With a bullet.
    Item {
        /// From one.
        depth: u8,
    },
    /// A footnote.
    Footnote,
}

/// A line is broken early if the next word would have fitted with this many characters to spare.
const SLACK: usize = 8;

/// Groups the lines of a text.
pub(super) fn group(lines: &Lines) -> Vec<Piece> {
    let words = WordSet::of(lines.lines.iter().map(|l| l.text.as_ref()));
    let mut grouping =
        Grouping { lines, words, pieces: Vec::new(), notes: Vec::new(), nesting: Nesting::default(), number: 0 };
    for at in 0..lines.lines.len() {
        grouping.add(at);
    }
    grouping.pieces.append(&mut grouping.notes);
    grouping.pieces
}

struct Grouping<'a> {
    lines: &'a Lines<'a>,
    words: WordSet,
    pieces: Vec<Piece>,
    /// Footnotes met since the last piece ended; a sentence may go on after them.
    notes: Vec<Piece>,
    nesting: Nesting,
    /// The last paragraph number.
    number: u32,
}

impl Grouping<'_> {
    fn add(&mut self, at: usize) {
        let line = &self.lines.lines[at];
        if line.aside {
            self.add_note(line);
            return;
        }
        match mark(&line.text) {
            Some((Mark::Bullet(_), text)) if self.is_spurious_bullet(line, text) => self.append(line, text),
            Some((Mark::Bullet(bullet), text)) => {
                let announced = self.pieces.last().is_some_and(|p| p.text.ends_with(':'));
                let depth = self.nesting.depth(bullet, line.indent, announced);
                self.open(Form::Item { depth }, line, text);
            }
            Some((Mark::Number(number), text)) if self.is_paragraph_number(number, at, text) => {
                self.number = number;
                self.nesting.reset();
                self.open(Form::Numbered, line, text);
            }
            _ if self.goes_on(at) => self.append(line, &line.text),
            _ => {
                self.nesting.reset();
                self.open(Form::Plain, line, &line.text);
            }
        }
    }

    fn add_note(&mut self, line: &Line) {
        match self.notes.last_mut() {
            Some(note) if line.blank_before == 0 => {
                append_line(&mut note.text, &line.text, &self.words);
                note.lines += 1;
            }
            _ => self.notes.push(Piece {
                form: Form::Footnote,
                text: line.text.to_string(),
                pages: vec![(0, line.page)],
                lines: 1,
                apart: true,
            }),
        }
    }

    fn open(&mut self, form: Form, line: &Line, text: &str) {
        self.pieces.append(&mut self.notes);
        let apart = line.blank_before > 0 || self.pieces.last().is_none_or(|p| p.page() != line.page);
        self.pieces.push(Piece {
            form,
            text: text.to_owned(),
            pages: vec![(0, line.page)],
            lines: usize::from(!text.is_empty()),
            apart,
        });
    }

    fn append(&mut self, line: &Line, text: &str) {
        let Some(piece) = self.pieces.last_mut() else { return };
        append_line(&mut piece.text, text, &self.words);
        let from = piece.text.len() - text.len();
        piece.lines += 1;
        if piece.page() != line.page {
            piece.pages.push((from, line.page));
        }
    }

    /// A bullet that the conversion from PDF put before the rest of a sentence that a page break cut ("- 2018.").
    fn is_spurious_bullet(&self, line: &Line, text: &str) -> bool {
        let Some(last) = self.pieces.last() else { return false };
        let starts_inside = text.starts_with(|c: char| c.is_lowercase() || c.is_ascii_digit());
        self.lines.paged
            && last.page() != line.page
            && !last.is_complete()
            && starts_inside
            && (last.has_sentence_end() || ends_open(&last.text))
            && !last.text.ends_with(';')
    }

    /// A number that counts paragraphs: at the start of one, and the next in the count or the first of a list.
    fn is_paragraph_number(&self, number: u32, at: usize, text: &str) -> bool {
        let line = &self.lines.lines[at];
        let fresh = line.blank_before > 0
            || at == 0
            || self.lines.lines[at - 1].page != line.page
            || self.pieces.last().is_none_or(|p| p.is_complete() || known(&p.text).is_some() || p.text.is_empty());
        let counted = number > self.number && number <= self.number + 5 || number == 1;
        let starts = text.is_empty() || !text.starts_with(char::is_lowercase);
        starts && (counted && fresh || number == self.number + 1 && self.number > 0)
    }

    /// Whether an unmarked line belongs to the piece before it.
    fn goes_on(&self, at: usize) -> bool {
        let Some(last) = self.pieces.last() else { return false };
        if last.text.is_empty() {
            // The mark stood alone on its line; its text follows.
            return true;
        }
        let line = &self.lines.lines[at];
        let starts_inside = line.text.starts_with(char::is_lowercase);
        let new_page = last.page() != line.page || self.after_note();
        if line.blank_before > 0 || new_page || self.lines.unwrapped {
            if last.is_complete() || last.text.ends_with([':', ';']) {
                return false;
            }
            let before = self.previous(at);
            let cut = new_page && last.lines > 2 && before.is_some_and(|b| !self.broken_early(b, line));
            let cut = cut || new_page && self.lines.unwrapped && last.has_sentence_end();
            let heading = known(&last.text).is_some() || known(&line.text).is_some();
            return !heading && (starts_inside || ends_open(&last.text) && (new_page || last.lines > 1) || cut);
        }
        if last.form != Form::Plain && self.hangs(at, line) {
            return true;
        }
        if known(&line.text).is_some()
            && (last.is_complete() || last.form != Form::Plain && !starts_inside && !ends_open(&last.text))
        {
            return false;
        }
        if starts_inside {
            return true;
        }
        let Some(before) = self.previous(at) else { return false };
        let early = self.broken_early(before, line);
        let heading_ends = last.form == Form::Plain
            && (last.lines <= 3 || known(&last.text).is_some_and(|(level, _)| level == 1))
            && early
            && !ends_open(&last.text)
            && (known(&last.text).is_some() || looks_like_heading(&last.text));
        !(early && last.is_complete() || heading_ends)
    }

    fn previous(&self, at: usize) -> Option<&Line<'_>> {
        self.lines.lines[..at].iter().rev().take(64).find(|l| !l.aside)
    }

    fn after_note(&self) -> bool {
        !self.notes.is_empty()
    }

    /// Whether `line` is indented under the mark of an item.
    fn hangs(&self, at: usize, line: &Line) -> bool {
        let marked = self.lines.lines[..at].iter().rev().take(64).find(|l| mark(&l.text).is_some());
        marked.is_some_and(|m| line.indent > m.indent)
    }

    /// Whether the first word of `next` would have fitted on `line`.
    fn broken_early(&self, line: &Line, next: &Line) -> bool {
        if self.lines.unwrapped {
            return true;
        }
        let word = next.text.split_whitespace().next().map_or(0, |w| w.chars().count());
        line.indent.min(12) + line.text.chars().count() + 1 + word + SLACK <= self.lines.width
    }
}

impl Piece {
    /// The page on which it ends.
    pub(super) fn page(&self) -> u32 {
        self.pages.last().map_or(1, |&(_, page)| page)
    }

    /// Whether its text ends as a sentence does, closing quotes and brackets aside.
    pub(super) fn is_complete(&self) -> bool {
        let end = self.text.trim_end_matches(['"', '\'', '’', '”', ')', ']']);
        end.ends_with(['.', '?', '!', '…']) || {
            // A footnote mark after the full stop.
            let bare = end.trim_end_matches(|c: char| c.is_ascii_digit());
            end.len() - bare.len() <= 2 && bare.ends_with(['.', '?', '!'])
        }
    }

    /// Whether a sentence ended inside it, or it is long: text that goes on, not a label.
    fn has_sentence_end(&self) -> bool {
        const LABEL: usize = 100;
        self.text.len() > LABEL || self.text.contains(". ")
    }
}
