//! The lines of all pages to headings, paragraphs, items, grade rows and asides.
//!
//! Lines are joined to blocks by their spacing, their indent, their style, and by whether the next word would
//! have fitted on the line before: where it would have, the author ended the line. A block goes on over a page
//! break if its last line was full and no sentence ends there.

use super::document::{BlockKind, Builder, Document};
use super::furniture::{is_contact, is_contents_heading, is_fact_line, is_people_heading};
use super::hyphen::{Joint, WordSet};
use super::layout::Line;
use super::marks::{Mark, without_mark};
use super::page::{Page, Piece};
use super::tables::is_grade;

/// What is usual in this letter, in points.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    /// Font size of the running text.
    pub size: f32,
    /// Distance of two baselines of one paragraph.
    pub pitch: f32,
    /// Right edge that lines run up to.
    pub right: f32,
}

impl Style {
    /// The most frequent size and pitch, and the edge that nearly all lines of that size keep to.
    pub(super) fn of(pages: &[Page]) -> Self {
        let all = || pages.iter().flat_map(|p| &p.lines);
        let size = most_frequent(all().map(|l| (l.size, l.words.len())));
        let usual = |l: &&Line| (l.size - size).abs() < 0.3;
        let pitch = most_frequent(pages.iter().flat_map(|p| {
            p.lines
                .windows(2)
                .filter(|w| w.iter().all(|l| usual(&l)))
                .map(|w| (w[0].y - w[1].y, 1))
                .filter(|p| p.0 > 0.0)
        }));
        let mut edges: Vec<f32> = all().filter(usual).map(Line::x1).collect();
        edges.sort_by(f32::total_cmp);
        let right = edges.get(edges.len().saturating_sub(1 + edges.len() / 200)).copied().unwrap_or(0.0);
        Style { size, pitch: if pitch > 0.0 { pitch } else { size * 1.2 }, right }
    }

    /// Whether a line is set apart from the running text as headings are.
    pub(super) fn stands_out(&self, line: &Line) -> bool {
        line.size > self.size * 1.08 || (line.bold && line.size > self.size * 0.93)
    }
}

fn most_frequent(values: impl Iterator<Item = (f32, usize)>) -> f32 {
    let mut counts = std::collections::BTreeMap::<i32, usize>::new();
    for (value, n) in values {
        *counts.entry((value * 2.0).round() as i32).or_default() += n;
    }
    counts.into_iter().max_by_key(|&(value, n)| (n, -value)).map_or(0.0, |(value, _)| value as f32 / 2.0)
}

/// A block before its final kind is settled.
#[derive(Debug)]
struct Draft {
    kind: BlockKind,
    /// Page and text of each line.
    lines: Vec<(u32, String)>,
    /// Where its text begins, and where its mark does.
    text_x: f32,
    mark_x: f32,
    last: Line,
    /// For headings: how much they stand out.
    rank: (i32, bool),
}

/// Builds the document from pages whose furniture is gone.
pub(super) fn build(pages: Vec<Page>, style: Style) -> Document {
    let words =
        WordSet::of(pages.iter().flat_map(|p| &p.lines).map(Line::text).collect::<Vec<_>>().iter().map(String::as_str));
    let mut flow = Flow { style, drafts: Vec::new(), open: false, notes: Vec::new(), marks: Vec::new(), number: None };
    for page in pages {
        for piece in page.pieces(style) {
            match piece {
                Piece::Text(line) => flow.line(line),
                Piece::Grade(line, text) => flow.whole(BlockKind::Grade, &line, text),
                Piece::Title(line, text) => flow.whole(BlockKind::Heading { level: 1 }, &line, text),
                Piece::Aside(line) => {
                    let text = line.text();
                    flow.whole(BlockKind::Aside, &line, text);
                }
                Piece::Note(line) => flow.notes.push(line),
            }
        }
    }
    flow.close();
    join_grades(&mut flow.drafts, &words);
    settle(&mut flow.drafts, &words);
    write(&flow.drafts, &words)
}

/// Puts lines into drafts, one after the other.
struct Flow {
    style: Style,
    drafts: Vec<Draft>,
    /// Whether the last draft may go on.
    open: bool,
    /// Footnotes that wait for the end of the open block.
    notes: Vec<Line>,
    /// Left edges of the marks of the list that is open, outermost first.
    marks: Vec<f32>,
    /// The number of the last numbered paragraph.
    number: Option<u32>,
}

impl Flow {
    fn line(&mut self, line: Line) {
        let (mark, rest) = without_mark(&line);
        if let Some(mark) = mark {
            let first_x = line.x0();
            if mark == Mark::Bullet || self.begins_numbered(&line) {
                let kind = match mark {
                    Mark::Bullet => BlockKind::Item { depth: self.depth(first_x) },
                    Mark::Number => BlockKind::Paragraph,
                };
                let text_x = rest.x0();
                if rest.words.is_empty() {
                    return;
                }
                self.begin(kind, rest, text_x, first_x);
                return;
            }
        }
        if self.continues(&line) {
            if let Some(draft) = self.drafts.last_mut() {
                draft.lines.push((line.page, line.text()));
                draft.last = line;
            }
            return;
        }
        let kind = if self.style.stands_out(&line) { BlockKind::Heading { level: 1 } } else { BlockKind::Paragraph };
        let x = line.x0();
        self.marks.clear();
        self.begin(kind, line, x, x);
    }

    /// A number begins a paragraph where one has ended, or where it hangs out of the text and counts on.
    fn begins_numbered(&mut self, line: &Line) -> bool {
        let [first, second, ..] = line.words.as_slice() else { return false };
        let closed = first.text.ends_with(['.', ')']);
        let wide = second.x0 - first.x1 > 0.6 * line.size;
        let number = first.text.trim_end_matches('.').parse::<u32>().ok();
        let counts_on = number.is_some() && number == self.number.map(|n| n + 1);
        let begins = if self.continues(line) { closed && (wide || counts_on) } else { closed || wide };
        if begins && number.is_some() {
            self.number = number;
        }
        begins
    }

    fn depth(&mut self, x: f32) -> u8 {
        let close = self.style.size * 0.5;
        while self.marks.last().is_some_and(|&outer| x < outer - close) {
            self.marks.pop();
        }
        if self.marks.last().is_none_or(|&outer| x > outer + close) {
            self.marks.push(x);
        }
        self.marks.len().min(9) as u8
    }

    fn begin(&mut self, kind: BlockKind, line: Line, text_x: f32, mark_x: f32) {
        self.close();
        let rank = rank(&line);
        self.drafts.push(Draft { kind, lines: vec![(line.page, line.text())], text_x, mark_x, last: line, rank });
        self.open = true;
    }

    fn whole(&mut self, kind: BlockKind, line: &Line, text: String) {
        self.close();
        self.marks.clear();
        let x = line.x0();
        let rank = rank(line);
        self.drafts.push(Draft {
            kind,
            lines: vec![(line.page, text)],
            text_x: x,
            mark_x: x,
            last: line.clone(),
            rank,
        });
    }

    /// Ends the open block; the footnotes of its pages follow it.
    fn close(&mut self) {
        self.open = false;
        for (i, line) in std::mem::take(&mut self.notes).into_iter().enumerate() {
            let text = line.text();
            match self.drafts.last_mut() {
                Some(note) if i > 0 && !line.noted => note.lines.push((line.page, text)),
                _ => {
                    let x = line.x0();
                    self.drafts.push(Draft {
                        kind: BlockKind::Aside,
                        lines: vec![(line.page, text)],
                        text_x: x,
                        mark_x: x,
                        last: line,
                        rank: (0, false),
                    });
                }
            }
        }
    }

    /// Whether `line` goes on with the block that is open.
    fn continues(&self, line: &Line) -> bool {
        let Some(draft) = self.drafts.last().filter(|_| self.open) else { return false };
        let last = &draft.last;
        let text = draft.lines.last().map_or("", |(_, text)| text.as_str());
        let ended = ends_sentence(text);
        let same_style = (line.size - last.size).abs() < 0.6 && line.bold == last.bold;
        let heading = matches!(draft.kind, BlockKind::Heading { .. });
        let first = line.words[0].text.as_str();
        let full = last.x1() + 0.25 * line.size + width_of_first(line) > self.style.right + 1.0;
        let small = first.starts_with(|c: char| c.is_lowercase());
        let aligned = [draft.text_x, draft.mark_x].iter().any(|x| (line.x0() - x).abs() < 0.6 * line.size);
        // A line that leaves its sentence open and nearly fills its measure was not ended by the author.
        let long = last.x1() - draft.text_x > 0.72 * (self.style.right - draft.text_x);
        if line.page != last.page {
            return !heading && !self.style.stands_out(line) && !ended && (small || (aligned && (full || long)));
        }
        if heading || self.style.stands_out(line) {
            let near = last.y - line.y < 1.6 * line.size.max(last.size);
            let title = line.size > 1.25 * self.style.size && same_style;
            let runs_on = full || small || title;
            return near && runs_on && (same_style || (!heading && full && !ended));
        }
        let gap = last.y - line.y;
        let near = gap < 1.3 * self.style.pitch * (line.size / self.style.size).max(1.0);
        if !near {
            // Some letters set list items loosely; a sentence that is cut there goes on all the same.
            return small && full && !ended && gap < 2.2 * self.style.pitch;
        }
        match (aligned, full) {
            (true, true) => true,
            (true, false) => !ended && (small || long),
            (false, true) => !ended,
            (false, false) => small && !ended,
        }
    }
}

/// How much a line stands out among headings.
fn rank(line: &Line) -> (i32, bool) {
    ((line.size * 2.0).round() as i32, line.bold)
}

fn width_of_first(line: &Line) -> f32 {
    line.words.first().map_or(0.0, |w| w.x1 - w.x0)
}

fn ends_sentence(text: &str) -> bool {
    let text = text.trim_end_matches(['’', '”', '"', '\'', ')', ']']);
    text.ends_with(['.', '?', '!', ':', ';'])
}

/// Joins a judgement and its grade where the front page sets them as two headings, one under the other.
fn join_grades(drafts: &mut Vec<Draft>, words: &WordSet) {
    let heads = |draft: &Draft| matches!(draft.kind, BlockKind::Heading { .. }) && draft.lines[0].0 == 1;
    for at in (1..drafts.len()).rev() {
        let grade = joined(&drafts[at], words);
        if !is_grade(&grade) || !heads(&drafts[at]) || !heads(&drafts[at - 1]) {
            continue;
        }
        let judgement = joined(&drafts[at - 1], words);
        let judgement = judgement.strip_suffix(" is").unwrap_or(&judgement).trim_end_matches(':');
        let text = format!("{judgement}: {}", grade.trim_end_matches('.'));
        drafts[at - 1].kind = BlockKind::Grade;
        drafts[at - 1].lines = vec![(1, text)];
        drafts.remove(at);
    }
}

/// Settles what each draft is, once its text is whole and its neighbours are known.
fn settle(drafts: &mut [Draft], words: &WordSet) {
    let (mut contents, mut people, mut colophon) = (None, false, false);
    // The heading that stands right above, asides left out, if one does: tables repeat theirs in their first row.
    let mut above = None;
    for draft in drafts.iter_mut() {
        let text = joined(draft, words);
        let count = text.split_whitespace().count();
        let page = draft.lines[0].0;
        if matches!(draft.kind, BlockKind::Heading { .. }) {
            contents = is_contents_heading(&text).then_some(page);
            people = is_people_heading(&text);
            if is_contact(&text)
                || is_fact_line(&text)
                || contents.is_some()
                || text == "and"
                || above.as_ref() == Some(&text)
            {
                draft.kind = BlockKind::Aside;
            } else if (count > 4 && text.ends_with(['.', ';'])) || count > 40 {
                draft.kind = BlockKind::Paragraph;
            }
        }
        colophon |= text.starts_with("The Office for Standards in Education, Children") && is_contact(&text);
        let runs = matches!(draft.kind, BlockKind::Paragraph | BlockKind::Item { .. } | BlockKind::Heading { .. });
        let graded = text.rsplit_once(" is ").is_some_and(|(_, grade)| is_grade(grade));
        let unfinished = draft.kind == BlockKind::Paragraph && count < 13 && !ends_sentence(&text) && !graded;
        let no_finding = contents == Some(page) || people || is_contact(&text) || is_fact_line(&text) || unfinished;
        let heading = matches!(draft.kind, BlockKind::Heading { .. });
        if (colophon && runs) || (no_finding && runs && !heading) {
            draft.kind = BlockKind::Aside;
        }
        if draft.kind != BlockKind::Aside {
            above = matches!(draft.kind, BlockKind::Heading { .. }).then_some(text);
        }
    }
    let mut ranks: Vec<(i32, bool)> =
        drafts.iter().filter(|d| matches!(d.kind, BlockKind::Heading { .. })).map(|d| d.rank).collect();
    ranks.sort_unstable_by(|a, b| b.cmp(a));
    ranks.dedup();
    for draft in drafts {
        if let BlockKind::Heading { level } = &mut draft.kind {
            *level = ranks.iter().position(|r| *r == draft.rank).map_or(1, |at| (at + 1).min(6) as u8);
        }
    }
}

fn joined(draft: &Draft, words: &WordSet) -> String {
    super::hyphen::join_lines(draft.lines.iter().map(|(_, text)| text.as_str()), words)
}

fn write(drafts: &[Draft], words: &WordSet) -> Document {
    let mut builder = Builder::default();
    for draft in drafts {
        builder.begin(draft.kind);
        for (i, (page, text)) in draft.lines.iter().enumerate() {
            builder.page(*page);
            match draft.lines.get(i + 1).map(|(_, next)| words.joint(text, next)) {
                Some(Joint::Space) => {
                    builder.push(text);
                    builder.push(" ");
                }
                Some(Joint::DropHyphen) => {
                    let mut cut = text.chars();
                    cut.next_back();
                    builder.push(cut.as_str());
                }
                Some(Joint::KeepHyphen) | None => builder.push(text),
            }
        }
    }
    builder.finish()
}
