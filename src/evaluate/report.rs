//! An evaluation as text: for a terminal, as Markdown for a code forge, as JSON for programs.

use std::fmt::Write;

use serde::Serialize;

use super::gate::GateReport;
use super::{Evaluation, LabelScores, Unit};
use crate::taxonomy::Polarity;

/// Labels on fewer sentences than this are marked: their scores are too unsure to read.
pub const TOO_FEW: u64 = 10;

/// For a terminal: plain text in columns.
pub fn table(evaluation: &Evaluation, gate: Option<&GateReport>) -> String {
    let mut out = format!("{}\n", summary(evaluation));
    for rows in tables(evaluation, gate) {
        out.push('\n');
        aligned(&mut out, &rows);
    }
    closing(&mut out, evaluation, gate);
    out
}

/// As Markdown tables.
pub fn markdown(evaluation: &Evaluation, gate: Option<&GateReport>) -> String {
    let mut out = format!("{}\n", summary(evaluation));
    for rows in tables(evaluation, gate) {
        for (i, row) in rows.iter().enumerate() {
            let _ = writeln!(out, "{}| {} |", if i == 0 { "\n" } else { "" }, row.join(" | "));
            if i == 0 {
                let _ = writeln!(out, "|{}", " --- |".repeat(row.len()));
            }
        }
    }
    closing(&mut out, evaluation, gate);
    out
}

/// As JSON, indented: the fields of [`Evaluation`], and `gate` where there is one.
pub fn json(evaluation: &Evaluation, gate: Option<&GateReport>) -> String {
    #[derive(Serialize)]
    struct Report<'a> {
        #[serde(flatten)]
        evaluation: &'a Evaluation,
        #[serde(skip_serializing_if = "Option::is_none")]
        gate: Option<&'a GateReport>,
    }
    let text = serde_json::to_string_pretty(&Report { evaluation, gate });
    text.expect("an evaluation has string keys and finite numbers, so it is always JSON") + "\n"
}

fn summary(evaluation: &Evaluation) -> String {
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let drawn = match evaluation.drawn {
        Unit::Letter => "letter",
        Unit::Sentence => "sentence",
    };
    format!(
        "{} of {}; 95% intervals by {drawn}",
        plural(evaluation.sentences, "labelled sentence"),
        plural(evaluation.letters, "letter")
    )
}

fn tables(evaluation: &Evaluation, gate: Option<&GateReport>) -> Vec<Vec<Vec<String>>> {
    let mut tables = Vec::new();
    if let Some(gate) = gate {
        let rows = gate.checks.iter().map(|c| {
            let minimum = format!("{:.3}", c.minimum);
            vec![c.score.to_owned(), minimum, c.estimate.to_string(), c.verdict.to_string(), c.because.clone()]
        });
        tables.push(with_header(["gate", "minimum", "score", "verdict", "because"], rows));
    }
    let scores = evaluation.scores.iter().map(|(score, estimate)| vec![score.name().to_owned(), estimate.to_string()]);
    tables.push(with_header(["score", "value"], scores));
    tables.push(labels("polarity", &evaluation.polarities));
    tables.push(confusion(evaluation));
    tables.push(labels("theme", &evaluation.themes));
    tables
}

fn with_header<const N: usize>(header: [&str; N], rows: impl Iterator<Item = Vec<String>>) -> Vec<Vec<String>> {
    std::iter::once(header.map(str::to_owned).to_vec()).chain(rows).collect()
}

fn labels(kind: &str, labels: &[LabelScores]) -> Vec<Vec<String>> {
    let rows = labels.iter().map(|l| {
        let mark = if l.support < TOO_FEW { " (*)" } else { "" };
        let (precision, recall, f1) = (l.precision.to_string(), l.recall.to_string(), l.f1.to_string());
        vec![format!("{}{mark}", l.label), l.support.to_string(), l.predicted.to_string(), precision, recall, f1]
    });
    with_header([kind, "labelled", "predicted", "precision", "recall", "F1"], rows)
}

fn confusion(evaluation: &Evaluation) -> Vec<Vec<String>> {
    let names = Polarity::ALL.map(Polarity::id);
    let rows = names
        .iter()
        .zip(&evaluation.confusion)
        .map(|(name, row)| std::iter::once((*name).to_owned()).chain(row.iter().map(u64::to_string)).collect());
    with_header(["labelled \\ predicted", names[0], names[1], names[2], names[3]], rows)
}

fn closing(out: &mut String, evaluation: &Evaluation, gate: Option<&GateReport>) {
    let mut labels = evaluation.polarities.iter().chain(&evaluation.themes);
    if labels.any(|l| l.support < TOO_FEW) {
        let _ = write!(out, "\n(*) fewer than {TOO_FEW} labelled sentences: too few to read\n");
    }
    if let Some(gate) = gate {
        let _ = write!(out, "\ngate: {}\n", gate.verdict);
    }
}

/// Columns as wide as their widest cell; the first to the left, numbers to the right.
fn aligned(out: &mut String, rows: &[Vec<String>]) {
    let columns = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> =
        (0..columns).map(|c| rows.iter().map(|row| row[c].chars().count()).max().unwrap_or(0)).collect();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(c, (cell, &width))| {
            let number = c > 0
                && rows[1..].iter().all(|r| r[c] == "-" || r[c].starts_with(|x: char| x.is_ascii_digit() || x == '-'));
            if number { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        });
        let line = cells.collect::<Vec<_>>().join("  ");
        out.push_str(line.trim_end());
        out.push('\n');
    }
}
