//! As Markdown, for the summary that a code forge shows: verdict and scores open, everything else folded.

use std::fmt::Write;

use super::sections::{CHANGE, GATE, SCORES, sections, summary};
use super::{Cell, Report, Section};

/// Tables that are shown without unfolding.
const OPEN: [&str; 3] = [GATE, SCORES, CHANGE];

/// A report as Markdown.
pub fn markdown(report: &Report) -> String {
    let verdict = report.gate.as_ref().map_or_else(|| "scores".to_owned(), |gate| format!("gate: {}", gate.verdict));
    let mut out = format!("## Evaluation, {verdict}\n\n{}\n", escaped(&summary(report)));
    let (open, folded): (Vec<_>, Vec<_>) = sections(report).into_iter().partition(|s| OPEN.contains(&s.title.as_str()));
    for section in open {
        let _ = write!(out, "\n### {}\n\n", escaped(&section.title));
        push(&mut out, &section);
    }
    for section in folded {
        let _ = write!(out, "\n<details><summary>{}</summary>\n\n", escaped(&section.title));
        push(&mut out, &section);
        out.push_str("\n</details>\n");
    }
    out
}

/// Tables as Markdown, each under its title.
pub fn markdown_of(sections: &[Section]) -> String {
    let mut out = String::new();
    for section in sections {
        let _ = write!(out, "{}### {}\n\n", if out.is_empty() { "" } else { "\n" }, escaped(&section.title));
        push(&mut out, section);
    }
    out
}

fn push(out: &mut String, section: &Section) {
    let _ = writeln!(out, "| {} |", section.header.iter().map(|name| escaped(name)).collect::<Vec<_>>().join(" | "));
    let _ = writeln!(out, "|{}", " --- |".repeat(section.header.len()));
    for row in &section.rows {
        let shown = |cell: &Cell| if cell.is_number() { cell.to_string() } else { escaped(&cell.to_string()) };
        let cells: Vec<String> = row.iter().map(shown).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    if !section.note.is_empty() {
        let _ = write!(out, "\n{}\n", escaped(&section.note));
    }
}

/// Text that Markdown and HTML take as it is: no table cell ends in it, no tag begins, nothing is set in italics.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '|' | '*' | '`' | '\\' | '[' | ']' | '~' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_from_a_letter_stays_in_its_cell() {
        let section = Section::new("t", &["heading"], vec![vec!["a | b <img src=x>\n*c*".into()]]);
        let mut out = String::new();
        push(&mut out, &section);
        assert_eq!(out, "| heading |\n| --- |\n| a \\| b &lt;img src=x&gt; \\*c\\* |\n");
    }
}
