//! Markdown: headings, lists, tables, quotes and code fences; emphasis and links become their text.

use super::headings::grade;
use super::marks::{Mark, Nesting, mark};
use super::roles::{self, Block};
use crate::ingest::document::{BlockKind, Builder, Document};

/// Lines looked at to tell Markdown from plain text.
const LINES_LOOKED_AT: usize = 2000;

/// Whether a text has marks that plain text has not: `#` headings, underlined headings, fences, tables, links, bold.
pub(super) fn is_markdown(text: &str) -> bool {
    const LONGEST: usize = 2000;
    let mut before = "";
    text.lines().take(LINES_LOOKED_AT).filter(|line| line.len() < LONGEST).any(|line| {
        let line = line.trim();
        let found = atx(line).is_some_and(|(_, text)| !text.is_empty())
            || underline(line) == Some(1) && !before.is_empty()
            || fence(line).is_some()
            || is_table_rule(line)
            || line.contains("](http")
            || line.matches("**").count() > 1 && !line.contains("***");
        before = line;
        found
    })
}

/// Reads Markdown.
pub(super) fn read(text: &str) -> Document {
    let mut reader = Reader::default();
    let mut lines = text.lines().peekable();
    let mut open_fence: Option<&str> = None;
    while let Some(raw) = lines.next() {
        let line = raw.trim_start_matches(|c: char| c == '>' || c.is_whitespace()).trim_end();
        if let Some(marker) = open_fence {
            match fence(line) == Some(marker) {
                true => open_fence = None,
                false => reader.block(BlockKind::Aside, line),
            }
        } else if let Some(marker) = fence(line) {
            reader.close();
            open_fence = Some(marker);
        } else if line.is_empty() {
            reader.blank = true;
        } else if is_rule(line) {
            reader.close();
        } else if let Some((level, title)) = atx(line) {
            reader.heading(level, title);
        } else if let Some(level) =
            lines.peek().and_then(|next| underline(next.trim())).filter(|_| mark(line).is_none())
        {
            reader.heading(level, line);
            lines.next();
        } else if line.starts_with('|') {
            let head = lines.peek().is_some_and(|next| is_table_rule(next.trim()));
            reader.row(line, head);
        } else {
            let indent = raw.chars().take_while(|c| c.is_whitespace()).map(|c| if c == '\t' { 4 } else { 1 }).sum();
            reader.line(indent, line);
        }
    }
    reader.close();
    roles::mark_asides(&mut reader.blocks);
    let mut builder = Builder::default();
    for block in reader.blocks {
        builder.block(block.kind, &block.text);
    }
    builder.finish()
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    /// The paragraph or item that is open, in Markdown.
    open: Option<(BlockKind, String)>,
    blank: bool,
    nesting: Nesting,
}

impl Reader {
    fn close(&mut self) {
        if let Some((kind, text)) = self.open.take() {
            self.blocks.push(Block { kind, text: plain(&text), pages: Vec::new() });
        }
        self.blank = false;
    }

    fn block(&mut self, kind: BlockKind, text: &str) {
        self.close();
        self.blocks.push(Block { kind, text: plain(text), pages: Vec::new() });
    }

    fn heading(&mut self, level: u8, title: &str) {
        self.nesting.reset();
        self.block(BlockKind::Heading { level }, title);
    }

    fn line(&mut self, indent: usize, line: &str) {
        if let Some((mark, text)) = mark(line).filter(|(_, text)| !text.is_empty()) {
            self.close();
            let bullet = match mark {
                Mark::Bullet(bullet) => bullet,
                Mark::Number(_) => '#',
            };
            let depth = self.nesting.depth(bullet, indent, false);
            self.open = Some((BlockKind::Item { depth }, text.to_owned()));
            return;
        }
        if self.blank || self.open.is_none() {
            self.close();
            if indent == 0 {
                self.nesting.reset();
            }
            self.open = Some((BlockKind::Paragraph, String::new()));
        }
        if let Some((_, text)) = &mut self.open {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(line);
        }
    }

    /// A row of a table: a judgement and its grade, or cells that each are a block.
    fn row(&mut self, line: &str, head: bool) {
        self.close();
        if is_table_rule(line) {
            return;
        }
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).filter(|c| !c.is_empty()).collect();
        match cells[..] {
            _ if head => self.block(BlockKind::Aside, &cells.join(" ")),
            [label, value] if grade(&plain(value)).is_some() => {
                self.block(BlockKind::Grade, &format!("{label}: {value}"))
            }
            _ => cells.iter().for_each(|cell| self.block(BlockKind::Paragraph, cell)),
        }
    }
}

/// `## Title ##`: its level and text.
fn atx(line: &str) -> Option<(u8, &str)> {
    let level = line.bytes().take_while(|&b| b == b'#').count();
    let rest = &line[level..];
    if level == 0 || level > 6 || !rest.starts_with(' ') {
        return None;
    }
    Some((u8::try_from(level).ok()?, rest.trim().trim_end_matches('#').trim_end()))
}

/// The level that a line of `=` or `-` gives the line above it.
fn underline(line: &str) -> Option<u8> {
    const SHORTEST: usize = 3;
    let all = |c: u8| line.len() >= SHORTEST && line.bytes().all(|b| b == c);
    if all(b'=') {
        return Some(1);
    }
    all(b'-').then_some(2)
}

fn is_rule(line: &str) -> bool {
    let mut marks = line.chars().filter(|c| !c.is_whitespace());
    let Some(first) = marks.next().filter(|c| ['-', '*', '_', '='].contains(c)) else { return false };
    line.len() >= 3 && line.chars().all(|c| c == first || c.is_whitespace())
}

fn fence(line: &str) -> Option<&'static str> {
    ["```", "~~~"].into_iter().find(|f| line.starts_with(f))
}

fn is_table_rule(line: &str) -> bool {
    line.contains('|') && line.contains("---") && line.chars().all(|c| matches!(c, '|' | '-' | ':' | ' '))
}

/// Text without its inline marks. One pass; a mark without its partner stays.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['*', '_', '`', '[', '!', '\\', '<']) {
        out.push_str(&rest[..at]);
        let from = &rest[at..];
        let taken = match from.as_bytes()[0] {
            b'\\' if from[1..].starts_with(|c: char| c.is_ascii_punctuation()) => {
                out.push_str(&from[1..2]);
                2
            }
            b'[' => link(from, &mut out),
            b'!' if from[1..].starts_with('[') => 1 + link(&from[1..], &mut out),
            b'<' => autolink(from, &mut out),
            b'*' | b'_' | b'`' => emphasis(from, &mut out),
            _ => 0,
        };
        let taken = if taken == 0 {
            out.push_str(&from[..1]);
            1
        } else {
            taken
        };
        rest = &from[taken..];
    }
    out.push_str(rest);
    out
}

/// The most that a link's text or address, or an emphasis mark's reach, may span; keeps the search linear.
const REACH: usize = 2000;

/// `[text](address)`: writes the text, tells how much was read; `[^1]` is a footnote mark and goes.
fn link(from: &str, out: &mut String) -> usize {
    let Some(close) = find_within(from, ']') else { return 0 };
    if from[1..].starts_with('^') {
        return close + 1;
    }
    let after = &from[close + 1..];
    let Some(end) = after.strip_prefix('(').and_then(|a| find_within(a, ')')) else { return 0 };
    out.push_str(&plain_shallow(&from[1..close]));
    close + 1 + 1 + end + 1
}

fn autolink(from: &str, out: &mut String) -> usize {
    let Some(close) = find_within(from, '>') else { return 0 };
    let inside = &from[1..close];
    if inside.starts_with("http") || inside.contains('@') {
        out.push_str(inside);
        return close + 1;
    }
    // A tag (`<br>`) or comment goes; "< 5 and > 3" stays.
    if inside.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!') {
        out.push(' ');
        return close + 1;
    }
    0
}

/// A run of emphasis marks that opens or closes something goes; one between two spaces, or `_` inside a word, stays.
fn emphasis(from: &str, out: &mut String) -> usize {
    let mark = from.as_bytes()[0];
    let run = from.bytes().take_while(|&b| b == mark).count();
    let before = out.chars().next_back().filter(|c| !c.is_whitespace());
    let after = from[run..].chars().next().filter(|c| !c.is_whitespace());
    let inside_word = before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric);
    match (before, after) {
        (None, None) => 0,
        _ if mark == b'_' && inside_word => {
            out.push_str(&from[..run]);
            run
        }
        _ => run,
    }
}

/// Link texts hold emphasis at most.
fn plain_shallow(text: &str) -> String {
    text.replace(['*', '`'], "")
}

fn find_within(text: &str, wanted: char) -> Option<usize> {
    text.char_indices().take(REACH).find(|&(_, c)| c == wanted).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_marks_become_their_text() {
        let cases = [
            ("**Leaders** know *this* well.", "Leaders know this well."),
            ("See [the report](https://example.org/a) now", "See the report now"),
            ("![logo](a.png) text", "logo text"),
            ("snake_case_word", "snake_case_word"),
            ("5 * 3 and 2 < 3", "5 * 3 and 2 < 3"),
            ("a note[^1].", "a note."),
            ("not \\*bold\\*", "not *bold*"),
            ("[square] brackets", "[square] brackets"),
            ("`code` and <https://example.org>", "code and https://example.org"),
        ];
        for (text, expected) in cases {
            assert_eq!(plain(text), expected, "{text:?}");
        }
    }

    #[test]
    fn markdown_is_told_from_plain_text() {
        for text in [
            "# Title\n\nText.",
            "Title\n=====\n",
            "| a | b |\n|---|---|\n",
            "See [it](https://example.org).",
            "**Bold** text",
        ] {
            assert!(is_markdown(text), "{text:?}");
        }
        for text in ["Main findings\n\n- Leaders know.\n- Staff do.", "1.\n\nText", "#1 of 3\n", "---\n", "a * b"] {
            assert!(!is_markdown(text), "{text:?}");
        }
    }
}
