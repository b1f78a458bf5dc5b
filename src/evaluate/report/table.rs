//! For a terminal: plain text in columns.

use std::fmt::Write;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::sections::{MARK, sections, summary};
use super::{Cell, Report, Section};
use crate::output::printable;

/// A report as plain text; the gate's verdict is its last line.
pub fn table(report: &Report) -> String {
    let mut out = format!("{}\n{}", printable(&summary(report)), plain(&sections(report)));
    if let Some(gate) = &report.gate {
        let _ = write!(out, "\ngate: {}\n", gate.verdict);
    }
    out
}

/// Tables as plain text, each under its title.
pub fn plain(sections: &[Section]) -> String {
    let mut out = String::new();
    for section in sections {
        let _ = write!(out, "\n{}\n", printable(&section.title));
        aligned(&mut out, section);
        if !section.note.is_empty() {
            let _ = writeln!(out, "  {}", printable(&section.note));
        }
    }
    out
}

/// A long heading takes no more of the line than this.
const WIDEST: usize = 60;

/// A cell as it is shown: nothing that a terminal would act on, and not too long.
fn cut(text: &str) -> String {
    let text = printable(text);
    if text.width() <= WIDEST {
        return text;
    }
    // The mark of what is too small to read stands at the end and stays.
    let mark = if text.ends_with(MARK) { MARK } else { "" };
    let mut kept = String::new();
    for c in text.chars() {
        if kept.width() + c.width().unwrap_or(0) + 1 + mark.width() > WIDEST {
            break;
        }
        kept.push(c);
    }
    kept + "…" + mark
}

/// Columns as wide as their widest cell; words to the left, numbers to the right.
fn aligned(out: &mut String, section: &Section) {
    let shown = section.rows.iter().map(|row| row.iter().map(|cell| cut(&cell.to_string())).collect());
    let lines: Vec<Vec<String>> = std::iter::once(section.header.clone()).chain(shown).collect();
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let width = |c: usize| lines.iter().filter_map(|line| line.get(c)).map(|cell| cell.width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let numbers = |c: usize| section.rows.iter().filter_map(|row| row.get(c)).all(Cell::is_number);
    let right: Vec<bool> = (0..columns).map(numbers).collect();
    for line in &lines {
        let cells = line.iter().enumerate().map(|(c, text)| {
            let space = " ".repeat(widths[c] - text.width());
            if right[c] { format!("{space}{text}") } else { format!("{text}{space}") }
        });
        let _ = writeln!(out, "  {}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_to_the_left_and_numbers_to_the_right() {
        let rows = vec![vec!["a".into(), 7u64.into(), "x".into()], vec!["long".into(), 123u64.into(), "y".into()]];
        let mut out = String::new();
        aligned(&mut out, &Section::new("t", &["name", "n", "why"], rows));
        assert_eq!(out, "  name    n  why\n  a       7  x\n  long  123  y\n");
    }

    #[test]
    fn a_long_heading_is_cut_and_keeps_its_mark() {
        let text = cut(&format!("{}{MARK}", "é".repeat(80)));
        assert!(text.ends_with("é… (*)") && text.width() == WIDEST, "{text}");
        assert_eq!(cut("sh\u{1b}[2Jort"), "sh[2Jort");
    }
}
