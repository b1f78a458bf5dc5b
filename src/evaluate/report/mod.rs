//! An evaluation as one value, and as text: for a terminal, as Markdown and JUnit for a code forge, as JSON for programs,
//! as a page for people. Each format is a pure function of the [`Report`].

mod cell;
mod charts;
mod html;
mod json;
mod junit;
mod markdown;
mod sections;
mod table;

use serde::Serialize;

use super::gate::GateReport;
use super::measures::Measures;
use super::{
    Calibration, Ceiling, Comparison, ConfusedThemes, Coverage, Dimension, EndToEnd, Evaluation, Mistake, Pair,
    Recorded, Row, calibration, confused_themes, coverage, score, slices, worst,
};
use crate::error::Result;
use crate::taxonomy::Taxonomy;

pub use cell::Cell;
pub use html::html;
pub use json::json;
pub use junit::junit;
pub use markdown::{markdown, markdown_of};
pub use sections::sections;
pub use table::{plain, table};

/// Labels on fewer sentences than this are marked: their scores are too unsure to read.
pub const TOO_FEW: u64 = 10;

/// All that an evaluation found. What was not asked for is empty.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The model.
    pub model: String,
    /// The names of the files with the labels.
    pub labels: Vec<String>,
    /// The scores.
    #[serde(flatten)]
    pub evaluation: Evaluation,
    /// What the gate says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate: Option<GateReport>,
    /// How labels and findings fit together, where the letters' own files were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub letters_read: Option<EndToEnd>,
    /// What has changed since an earlier run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
    /// How far second annotators agree with the labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<Ceiling>,
    /// Whether the model is as sure as it is right.
    pub calibration: Option<Calibration>,
    /// What is right among the sentences of which it is surest.
    pub coverage: Option<Coverage>,
    /// The scores of parts of the sentences.
    pub slices: Vec<Dimension>,
    /// Which main themes the model takes for which, the commonest first.
    pub confused_themes: Vec<ConfusedThemes>,
    /// What was measured beside the scores.
    #[serde(flatten)]
    pub measures: Measures,
    /// Further tables, shown after these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<Section>,
    /// The worst mistakes. They hold the letters' text, so that only the page shows them.
    #[serde(skip)]
    pub mistakes: Vec<Mistake>,
    /// What the model said of each sentence, for a later run to compare with.
    #[serde(skip)]
    pub recorded: Recorded,
}

/// A table under a title.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Section {
    /// What the table is about.
    pub title: String,
    /// The names of the columns.
    pub header: Vec<String>,
    /// The rows, each as long as the header.
    pub rows: Vec<Vec<Cell>>,
    /// What a reader has to know; may be empty.
    pub note: String,
}

impl Section {
    /// A table without a note.
    pub fn new(title: &str, header: &[&str], rows: Vec<Vec<Cell>>) -> Self {
        let header = header.iter().map(|&name| name.to_owned()).collect();
        Section { title: title.to_owned(), header, rows, note: String::new() }
    }

    /// A table of words without a note.
    pub fn of_text<const N: usize>(
        title: &str,
        header: [&str; N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) -> Self {
        let cells = |row: [String; N]| row.into_iter().map(Cell::Text).collect();
        Section::new(title, &header, rows.into_iter().map(cells).collect())
    }

    /// The same table with a note.
    #[must_use]
    pub fn with_note(self, note: impl Into<String>) -> Self {
        Section { note: note.into(), ..self }
    }
}

impl Report {
    /// Scores, calibration, risk and coverage, slices and worst mistakes of some labelled and answered sentences.
    ///
    /// `end_to_end`: whether the sentences came out of the letters' own files.
    ///
    /// # Errors
    /// As [`score`].
    pub fn of(rows: &[Row], model: &str, labels: &[String], end_to_end: bool, taxonomy: &Taxonomy) -> Result<Self> {
        let pairs: Vec<Pair<'_>> = rows.iter().map(Row::pair).collect();
        Ok(Report {
            calibration: calibration(rows),
            coverage: coverage(rows),
            slices: slices(rows, taxonomy)?,
            confused_themes: confused_themes(rows, taxonomy),
            mistakes: worst(rows, taxonomy),
            recorded: Recorded::of(rows, model, end_to_end, taxonomy),
            ..Report::of_scores(score(&pairs, taxonomy)?, model, labels)
        })
    }

    /// A report with scores and nothing else.
    pub fn of_scores(evaluation: Evaluation, model: &str, labels: &[String]) -> Self {
        Report {
            model: model.to_owned(),
            labels: labels.to_vec(),
            evaluation,
            gate: None,
            letters_read: None,
            comparison: None,
            ceiling: None,
            calibration: None,
            coverage: None,
            slices: Vec::new(),
            confused_themes: Vec::new(),
            measures: Measures::default(),
            sections: Vec::new(),
            mistakes: Vec::new(),
            recorded: Recorded { model: model.to_owned(), end_to_end: false, answers: Vec::new() },
        }
    }
}
