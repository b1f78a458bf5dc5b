//! Glyphs on a page to words and lines: where each stands, how large it is, whether it is bold.

/// One character as the page shows it. Lengths are in points, `y` grows upwards.
#[derive(Debug, Clone)]
pub(super) struct Glyph {
    pub c: char,
    /// Left edge.
    pub x: f32,
    /// Baseline.
    pub y: f32,
    /// Advance without spacing.
    pub width: f32,
    /// Font size.
    pub size: f32,
    pub bold: bool,
}

/// A run of glyphs without a gap.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Word {
    pub x0: f32,
    pub x1: f32,
    pub size: f32,
    pub bold: bool,
    pub text: String,
}

/// Words on one baseline, from left to right; never empty.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    /// Counted from one.
    pub page: u32,
    pub y: f32,
    /// The size of most of its characters.
    pub size: f32,
    /// Whether all its words are bold, marks and numbers aside.
    pub bold: bool,
    pub words: Vec<Word>,
    /// It begins with a raised number: the body of a footnote.
    pub noted: bool,
}

impl Line {
    /// Left edge.
    pub(super) fn x0(&self) -> f32 {
        self.words.first().map_or(0.0, |w| w.x0)
    }

    /// Right edge.
    pub(super) fn x1(&self) -> f32 {
        self.words.last().map_or(0.0, |w| w.x1)
    }

    /// The words with a space between them.
    pub(super) fn text(&self) -> String {
        text_of(&self.words)
    }

    /// The parts of the line between gaps wider than two letters, as the cells of a table row have them.
    pub(super) fn cells(&self) -> Vec<&[Word]> {
        let wide = self.size * CELL_GAP;
        self.words.chunk_by(|a, b| b.x0 - a.x1 < wide).collect()
    }
}

/// Words with a space between them.
pub(super) fn text_of(words: &[Word]) -> String {
    let mut text = String::new();
    for word in words {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&word.text);
    }
    text
}

/// Builds the lines of one page, from top to bottom. Order of `glyphs` does not matter.
///
/// Raised numbers (footnote marks) are left out; raised letters ("13th") stay.
pub(super) fn lines(page: u32, glyphs: &[Glyph]) -> Vec<Line> {
    let mut order: Vec<&Glyph> = glyphs.iter().filter(|g| g.size > 0.5 && g.x.is_finite() && g.y.is_finite()).collect();
    order.sort_by(|a, b| b.y.total_cmp(&a.y).then(a.x.total_cmp(&b.x)));
    let mut rows: Vec<Vec<&Glyph>> = Vec::new();
    let (mut top, mut tallest) = (f32::INFINITY, 0.0_f32);
    for glyph in order {
        let same = top - glyph.y <= SAME_ROW * tallest.max(glyph.size);
        match rows.last_mut() {
            Some(row) if same => row.push(glyph),
            _ => {
                // A space alone says nothing of where a row is.
                if glyph.c.is_whitespace() {
                    continue;
                }
                rows.push(vec![glyph]);
                (top, tallest) = (glyph.y, 0.0);
            }
        }
        tallest = tallest.max(glyph.size);
    }
    rows.into_iter().filter_map(|row| line(page, row)).collect()
}

/// Rows are apart by more than this share of the font size.
const SAME_ROW: f32 = 0.5;
/// Words are apart by more than this share of the font size; a set space is about 0.25.
const WORD_GAP: f32 = 0.16;
/// Cells are apart by more than this many font sizes.
const CELL_GAP: f32 = 1.6;
/// A mark above the line is smaller than this share of the line's own size.
const RAISED: f32 = 0.8;

fn line(page: u32, mut row: Vec<&Glyph>) -> Option<Line> {
    row.sort_by(|a, b| a.x.total_cmp(&b.x));
    let size = main_size(&row)?;
    let baseline = row
        .iter()
        .filter(|g| g.size > size * RAISED && !g.c.is_whitespace())
        .map(|g| g.y)
        .fold(f32::INFINITY, f32::min);
    let is_mark = |g: &Glyph| g.c.is_ascii_digit() && g.size <= size * RAISED && g.y > baseline + 0.1 * size;
    let noted = row.iter().find(|g| !g.c.is_whitespace()).is_some_and(|g| is_mark(g));
    let mut words: Vec<Word> = Vec::new();
    let mut apart = true;
    let mut last: Option<&Glyph> = None;
    for glyph in row {
        if glyph.c.is_whitespace() {
            apart |= last.is_none_or(|l| parts(glyph, l, size));
            continue;
        }
        if glyph.c == '\u{FFFD}' {
            apart = true;
            continue;
        }
        if is_mark(glyph) {
            continue;
        }
        // Some producers fake bold by setting each letter twice, a hair apart.
        if last.is_some_and(|l| l.c == glyph.c && (glyph.x - l.x).abs() < 0.1 * size) {
            continue;
        }
        last = Some(glyph);
        match words.last_mut() {
            Some(word) if !apart && glyph.x - word.x1 < WORD_GAP * glyph.size => {
                word.text.push(glyph.c);
                word.x1 = word.x1.max(glyph.x + glyph.width);
                word.bold &= glyph.bold || !glyph.c.is_alphanumeric();
            }
            _ => words.push(Word {
                x0: glyph.x,
                x1: glyph.x + glyph.width,
                size: glyph.size,
                bold: glyph.bold || !glyph.c.is_alphanumeric(),
                text: glyph.c.to_string(),
            }),
        }
        apart = false;
    }
    if words.is_empty() {
        return None;
    }
    let mut lettered = words.iter().filter(|w| w.text.contains(char::is_alphabetic)).peekable();
    let bold = lettered.peek().is_some() && lettered.all(|w| w.bold);
    Some(Line { page, y: baseline, size, bold, words, noted })
}

/// Whether a space parts the words of a line. Word processors leave spaces of empty paragraphs and table cells about:
/// tiny, below the text that they happen to stand in, or on top of a letter.
fn parts(space: &Glyph, last: &Glyph, size: f32) -> bool {
    let level = (space.y - last.y).abs() < 0.15 * size;
    let after = space.x >= last.x + 0.5 * last.width;
    space.size > 0.5 * size && level && after
}

/// The size that most letters of a row have.
fn main_size(row: &[&Glyph]) -> Option<f32> {
    let mut sizes: Vec<(f32, u32)> = Vec::new();
    for glyph in row.iter().filter(|g| !g.c.is_whitespace()) {
        match sizes.iter_mut().find(|(s, _)| (*s - glyph.size).abs() < 0.1) {
            Some((_, n)) => *n += 1,
            None => sizes.push((glyph.size, 1)),
        }
    }
    sizes.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(a.0.total_cmp(&b.0))).map(|(s, _)| s)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Glyphs of `text` at a fixed width of half the size.
    pub(in crate::ingest) fn set(text: &str, x: f32, y: f32, size: f32, bold: bool) -> Vec<Glyph> {
        let width = size / 2.0;
        text.chars().enumerate().map(|(i, c)| Glyph { c, x: x + i as f32 * width, y, width, size, bold }).collect()
    }

    #[test]
    fn words_come_in_order_whatever_the_order_of_glyphs() {
        let mut glyphs = set("second line", 70.0, 686.0, 12.0, false);
        glyphs.extend(set("First", 70.0, 700.0, 12.0, true));
        glyphs.extend(set("one", 104.0, 700.0, 12.0, true));
        let lines = lines(1, &glyphs);
        let texts: Vec<String> = lines.iter().map(Line::text).collect();
        assert_eq!(texts, ["First one", "second line"]);
        assert_eq!((lines[0].bold, lines[1].bold), (true, false));
    }

    #[test]
    fn footnote_marks_go_and_raised_letters_stay() {
        let mut glyphs = set("Board", 70.0, 700.0, 12.0, false);
        glyphs.extend(set("1", 100.0, 704.0, 7.0, false));
        glyphs.extend(set("on 13", 112.0, 700.0, 12.0, false));
        glyphs.extend(set("th", 142.0, 704.0, 7.0, false));
        assert_eq!(lines(1, &glyphs)[0].text(), "Board on 13th");
    }

    #[test]
    fn a_space_that_is_tiny_or_off_the_line_or_on_a_letter_breaks_no_word() {
        let mut glyphs = set("waiting times", 70.0, 700.0, 12.0, false);
        glyphs.extend(set(" ", 70.0, 700.0, 12.0, false));
        glyphs.extend(set(" ", 76.0, 697.5, 12.0, false));
        glyphs.extend(set(" ", 94.0, 700.0, 0.96, false));
        let line = &lines(1, &glyphs)[0];
        assert_eq!((line.text().as_str(), line.y), ("waiting times", 700.0));
    }

    #[test]
    fn cells_are_told_by_wide_gaps() {
        let mut glyphs = set("Overall effectiveness", 70.0, 700.0, 12.0, false);
        glyphs.extend(set("Good", 400.0, 700.0, 12.0, false));
        let lines = lines(1, &glyphs);
        let cells: Vec<String> = lines[0].cells().into_iter().map(text_of).collect();
        assert_eq!(cells, ["Overall effectiveness", "Good"]);
    }
}
