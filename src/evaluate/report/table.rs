//! For a terminal: plain text in columns.

use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

use super::sections::{sections, summary};
use super::{Cell, Report, Section};

/// A report as plain text; the gate's verdict is its last line.
pub fn table(report: &Report) -> String {
    let mut out = format!("{}\n{}", summary(report), plain(&sections(report)));
    if let Some(gate) = &report.gate {
        let _ = write!(out, "\ngate: {}\n", gate.verdict);
    }
    out
}

/// Tables as plain text, each under its title.
pub fn plain(sections: &[Section]) -> String {
    let mut out = String::new();
    for section in sections {
        let _ = write!(out, "\n{}\n", section.title);
        aligned(&mut out, section);
        if !section.note.is_empty() {
            let _ = writeln!(out, "  {}", section.note);
        }
    }
    out
}

/// Columns as wide as their widest cell; words to the left, numbers to the right.
fn aligned(out: &mut String, section: &Section) {
    let shown = section.rows.iter().map(|row| row.iter().map(Cell::to_string).collect());
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
