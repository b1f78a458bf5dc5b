//! One page: its furniture taken off, its notes, tables and contents told from its running text.

use std::ops::Range;

use super::blocks::Style;
use super::furniture::{self, Running, folded};
use super::layout::{Line, text_of};
use super::marks::without_mark;
use super::tables::is_grade;

/// The lines of a page, from top to bottom.
#[derive(Debug)]
pub(super) struct Page {
    /// Height in points.
    pub height: f32,
    pub lines: Vec<Line>,
}

/// A part of a page as the flow of blocks takes it.
#[derive(Debug)]
pub(super) enum Piece {
    /// A line of running text, a heading, an item.
    Text(Line),
    /// A row of a grade table, with the line that it begins at.
    Grade(Line, String),
    /// A judgement with its grade as the title of a section, with the line that it begins at.
    Title(Line, String),
    /// A line that is kept and is no finding.
    Aside(Line),
    /// A line of a footnote, or of names beside a column of prose: it stands after the block that is open.
    Note(Line),
}

/// Takes running headers, running footers and page numbers off all pages.
pub(super) fn take_off_furniture(pages: &mut [Page]) {
    for edge in [Edge::Bottom, Edge::Top] {
        let running = Running::learn(&pages.iter().map(|p| p.edge(edge)).collect::<Vec<_>>());
        for page in pages.iter_mut() {
            page.peel(edge, &running);
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Edge {
    Top,
    Bottom,
}

/// Running lines stand in this share of the page's height, at the top and at the bottom.
const MARGIN: f32 = 0.14;
/// No more lines than this stand in a header or footer.
const DEEPEST: usize = 5;

impl Page {
    fn in_margin(&self, line: &Line, edge: Edge) -> bool {
        match edge {
            Edge::Top => line.y > self.height * (1.0 - MARGIN),
            Edge::Bottom => line.y < self.height * MARGIN,
        }
    }

    /// The outermost lines, folded.
    fn edge(&self, edge: Edge) -> Vec<String> {
        self.outermost(edge).map(|line| folded(&line.text())).collect()
    }

    fn outermost(&self, edge: Edge) -> impl Iterator<Item = &Line> {
        let lines: Vec<&Line> = match edge {
            Edge::Top => self.lines.iter().collect(),
            Edge::Bottom => self.lines.iter().rev().collect(),
        };
        lines.into_iter().take(DEEPEST).take_while(move |line| self.in_margin(line, edge))
    }

    /// Takes lines off one edge up to the innermost that is running or a page number.
    fn peel(&mut self, edge: Edge, running: &Running) {
        let is_furniture = |line: &Line| {
            let text = line.text();
            furniture::is_page_number(&text) || running.has(&folded(&text))
        };
        let depth = self.outermost(edge).take_while(|line| is_furniture(line)).count();
        match edge {
            Edge::Top => drop(self.lines.drain(..depth)),
            Edge::Bottom => self.lines.truncate(self.lines.len() - depth),
        }
    }

    /// The page's lines, each with what it is.
    pub(super) fn pieces(self, style: Style) -> Vec<Piece> {
        let notes = self.first_note(style);
        let contents = self.contents();
        let grades = grade_rows(&self.lines[..notes], style);
        let titled = is_title(&grades, &self.lines, style);
        let tables = tables(&self.lines[..notes], style);
        let mut pieces = Vec::with_capacity(self.lines.len());
        for (i, line) in self.lines.iter().enumerate() {
            if i >= notes {
                pieces.push(Piece::Note(line.clone()));
            } else if let Some(row) = grades.iter().find(|row| row.lines.contains(&i)) {
                if row.text.is_empty() {
                    pieces.push(Piece::Aside(line.clone()));
                } else if row.lines[0] == i {
                    let piece = if titled { Piece::Title } else { Piece::Grade };
                    pieces.push(piece(line.clone(), row.text.clone()));
                }
            } else if contents.contains(&i) {
                pieces.push(Piece::Aside(line.clone()));
            } else if let Some(table) = tables.iter().find(|t| t.lines.contains(&i)) {
                if table.lines.start == i {
                    table.push_to(&mut pieces, &self.lines);
                }
            } else {
                pieces.push(Piece::Text(line.clone()));
            }
        }
        pieces
    }

    /// Index of the first line of the page's footnotes; the number of lines where there are none.
    fn first_note(&self, style: Style) -> usize {
        let small = self.lines.iter().rev().take_while(|l| l.size < style.size * 0.92).count();
        let tail = self.lines.len() - small;
        (tail..self.lines.len()).find(|&i| self.lines[i].noted).unwrap_or(self.lines.len())
    }

    /// The lines of a table of contents.
    fn contents(&self) -> Range<usize> {
        let heading = self.lines.iter().position(|l| furniture::is_contents_heading(&l.text()));
        let is_entry = |line: &Line| {
            let text = line.text();
            let number =
                line.words.last().is_some_and(|w| w.text.len() <= 3 && w.text.chars().all(|c| c.is_ascii_digit()));
            furniture::is_leader_entry(&text) || (heading.is_some() && number && line.words.len() > 1)
        };
        let start = heading.or_else(|| self.lines.iter().position(is_entry));
        let end = self.lines.iter().rposition(is_entry);
        match (start, end) {
            (Some(start), Some(end)) if start <= end => start..end + 1,
            _ => 0..0,
        }
    }
}

/// Lines whose words stand in two columns.
struct Table {
    lines: Range<usize>,
    /// Left edge of the right column.
    column: f32,
}

/// Runs of lines with a gap at one and the same place. A single such line is no table: justified text has those.
fn tables(lines: &[Line], style: Style) -> Vec<Table> {
    let mut tables = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let Some(column) = second_column(&lines[at]) else {
            at += 1;
            continue;
        };
        // The first line may open with the mark of a list, which is indented.
        let near = lines[at..].iter().take(12).filter_map(second_column).filter(|x| (column - x).abs() < LIST_INDENT);
        let column = near.fold(column, f32::min);
        let first = at;
        let mut end = at + 1;
        while end < lines.len() {
            let (line, above) = (&lines[end], &lines[end - 1]);
            let heading = style.stands_out(line) && above.y - line.y > 1.6 * style.pitch;
            if heading || !keeps_column(line, column) || above.y - line.y > 4.0 * style.pitch {
                break;
            }
            end += 1;
        }
        let floor = tables.last().map_or(0, |t: &Table| t.lines.end);
        // A long name in the left column can leave a gap that is too narrow to be noticed by itself.
        while at > floor && lines[at - 1].x1() > column && keeps_column(&lines[at - 1], column) {
            at -= 1;
        }
        let both = lines[at..end].iter().filter(|l| l.x0() < column - SAME_EDGE && l.x1() > column).count();
        if both >= 2 {
            tables.push(Table { lines: at..end, column });
        }
        at = if both >= 2 { end } else { first + 1 };
    }
    tables
}

/// Lists in a cell are indented by no more than this many points.
const LIST_INDENT: f32 = 26.0;
/// Edges that are apart by no more than this many points are one.
const SAME_EDGE: f32 = 4.0;

fn second_column(line: &Line) -> Option<f32> {
    without_mark(line).1.cells().get(1).map(|cell| cell[0].x0)
}

/// Whether no word of a line crosses the left edge of a column.
fn keeps_column(line: &Line, column: f32) -> bool {
    let Some(right) = line.words.iter().position(|w| w.x0 > column - SAME_EDGE) else {
        return line.x1() < column;
    };
    let Some(left) = right.checked_sub(1) else { return true };
    let (last, first) = (&line.words[left], &line.words[right]);
    first.x0 < column + LIST_INDENT && last.x1 < column && first.x0 - last.x1 > 0.5 * line.size
}

impl Table {
    /// The left column, and a right column of names, are asides; a right column of prose is running text.
    fn push_to(&self, pieces: &mut Vec<Piece>, lines: &[Line]) {
        let (mut left, mut right) = (Vec::new(), Vec::new());
        for line in &lines[self.lines.clone()] {
            let (a, b): (Vec<_>, Vec<_>) = line.words.iter().cloned().partition(|w| w.x0 < self.column - SAME_EDGE);
            for (words, side) in [(a, &mut left), (b, &mut right)] {
                if !words.is_empty() {
                    side.push(Line { words, ..line.clone() });
                }
            }
        }
        let words: usize = right.iter().map(|l| l.words.len()).sum();
        let ends = right.iter().any(|l| l.text().ends_with('.'));
        // A sentence that the page cuts has no end here, but unlike names it is mostly in small letters.
        let small = right.iter().flat_map(|l| &l.words).filter(|w| w.text.starts_with(char::is_lowercase)).count();
        let prose = words * 2 >= 9 * right.len() && (ends || small * 5 >= words * 3);
        // Prose can go on from the page before: the names beside it must not come between.
        pieces.extend(left.into_iter().map(if prose { Piece::Note } else { Piece::Aside }));
        pieces.extend(right.into_iter().map(if prose { Piece::Text } else { Piece::Aside }));
    }
}

struct Row {
    lines: Vec<usize>,
    /// Empty for the table's head.
    text: String,
}

/// Rows of judgements and grades: a grade stands in the right column, its judgement in the lines of the left column
/// that are nearest to it.
fn grade_rows(lines: &[Line], style: Style) -> Vec<Row> {
    struct Grade {
        lines: Vec<usize>,
        x0: f32,
        top: f32,
        bottom: f32,
        text: String,
        judgement: Vec<usize>,
    }
    let mut grades: Vec<Grade> = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        let cells = line.cells();
        let Some(cell) = cells.last() else { continue };
        let (x0, text) = (cell[0].x0, text_of(cell));
        if x0 < style.right * 0.5 {
            continue;
        }
        if let Some(above) = grades.last_mut()
            && (above.x0 - x0).abs() < 30.0
            && above.bottom - line.y < 1.5 * line.size
            && is_grade(&format!("{} {text}", above.text))
        {
            above.text = format!("{} {}", above.text, text);
            above.bottom = line.y;
            above.lines.push(i);
        } else if is_grade(&text) || text == "Requires" {
            grades.push(Grade { lines: vec![i], x0, top: line.y, bottom: line.y, text, judgement: Vec::new() });
        }
    }
    grades.retain(|g| is_grade(&g.text));
    let Some(column) = grades.iter().map(|g| g.x0).reduce(f32::min) else { return Vec::new() };
    let reach = 2.1 * style.pitch;
    let mut head = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        let cells = line.cells();
        let left: Vec<_> = cells.iter().filter(|c| c[c.len() - 1].x1 < column).collect();
        // The last line of a paragraph above the table is as short as a cell, but hangs on a full line.
        let hangs = i > 0
            && cells.len() == 1
            && (lines[i - 1].x0() < column && lines[i - 1].x1() > column)
            && lines[i - 1].cells().len() == 1;
        if left.is_empty() || (hangs && lines[i - 1].y - line.y < 1.3 * style.pitch) {
            continue;
        }
        let text = text_of(left[0]).to_lowercase();
        if matches!(text.as_str(), "judgement" | "judgment" | "judgements" | "key judgement" | "area")
            && cells.len() > 1
        {
            head.push(i);
            continue;
        }
        let nearest = grades
            .iter_mut()
            .min_by(|a, b| distance(line.y, a.top, a.bottom).total_cmp(&distance(line.y, b.top, b.bottom)));
        if let Some(grade) = nearest.filter(|g| distance(line.y, g.top, g.bottom) <= reach) {
            grade.judgement.push(i);
        }
    }
    let mut rows: Vec<Row> = grades
        .into_iter()
        .filter(|g| !g.judgement.is_empty())
        .map(|grade| {
            let mut judgement = String::new();
            for &i in &grade.judgement {
                let words: Vec<_> = lines[i].words.iter().filter(|w| w.x1 < column).cloned().collect();
                if !judgement.is_empty() {
                    judgement.push(' ');
                }
                judgement.push_str(&text_of(&words));
            }
            let mut used = grade.lines;
            used.extend(grade.judgement);
            used.sort_unstable();
            used.dedup();
            let judgement = judgement.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.' || c == ' ');
            Row { lines: used, text: format!("{judgement}: {}", grade.text) }
        })
        .collect();
    if !head.is_empty() {
        rows.push(Row { lines: head, text: String::new() });
    }
    rows
}

/// Whether the grade rows of a page are one row alone, set as headings are, past the front page: reports of the
/// single inspection framework open each of their chapters so.
fn is_title(rows: &[Row], lines: &[Line], style: Style) -> bool {
    let mut graded = rows.iter().filter(|row| !row.text.is_empty());
    let (Some(row), None) = (graded.next(), graded.next()) else { return false };
    let first = &lines[row.lines[0]];
    first.page > 1 && style.stands_out(first)
}

/// How far a baseline is from a cell that reaches from `top` down to `bottom`.
fn distance(y: f32, top: f32, bottom: f32) -> f32 {
    (y - (top + bottom) / 2.0).abs()
}
