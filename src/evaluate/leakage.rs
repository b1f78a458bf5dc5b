//! Leakage: sentences that are evaluated on and were trained on, word for word or nearly so.
//!
//! Letters share sentences (the statutory closing, the statistics of an area), so that a split by letter still leaves
//! some on both sides. They are counted, and scored apart: the scores without them say how a model does on what is new.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::{Score, evaluate};
use crate::classify::Judgement;
use crate::dataset::{Example, Likeness, Seen};
use crate::error::Result;
use crate::interval::Estimate;
use crate::taxonomy::Taxonomy;

/// The scores that are shown apart.
const SHOWN: [Score; 4] = [Score::PolarityAccuracy, Score::PolarityMacroF1, Score::MainThemeInSet, Score::ThemeMicroF1];

/// What a model's training sentences have in common with the sentences it is evaluated on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Leakage {
    /// Different sentences that the model was trained on.
    pub training: usize,
    /// Evaluated sentences.
    pub sentences: usize,
    /// How many of them the model was trained on, word for word.
    pub exact: usize,
    /// How many of the others are nearly like one that it was trained on.
    pub near: usize,
    /// The scores of all, of those that are new to the model, and of those that are not; parts of no sentence are left
    /// out.
    pub parts: Vec<PartScores>,
}

/// Some of the evaluated sentences, by what the model has seen of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// All of them.
    All,
    /// Those that are not among the training sentences and not near to one.
    New,
    /// Those that are near to a training sentence.
    Near,
    /// Those that are training sentences.
    Exact,
}

/// The scores of one part.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PartScores {
    /// Which part.
    pub part: Part,
    /// How many sentences it has.
    pub sentences: usize,
    /// Its summary scores by [`Score::id`].
    pub scores: BTreeMap<&'static str, Estimate>,
}

/// A table with its title and a remark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What it shows.
    pub title: String,
    /// The columns' names.
    pub header: Vec<String>,
    /// As many cells a row as the header has.
    pub rows: Vec<Vec<String>>,
    /// How to read it.
    pub note: String,
}

/// Compares `examples` with what a model has seen, and scores its `judgements` on the parts.
///
/// # Errors
/// As [`evaluate`].
pub fn leakage(seen: &Seen, examples: &[Example], judgements: &[Judgement], taxonomy: &Taxonomy) -> Result<Leakage> {
    let likeness: Vec<Option<Likeness>> = examples.iter().map(|e| seen.likeness(&e.sentence)).collect();
    let score = |part: Part| -> Result<Option<PartScores>> {
        let members: Vec<usize> = (0..examples.len()).filter(|&i| part.holds(likeness[i])).collect();
        if members.is_empty() {
            return Ok(None);
        }
        let examples: Vec<Example> = members.iter().map(|&i| examples[i].clone()).collect();
        let judgements: Vec<Judgement> = members.iter().map(|&i| judgements[i].clone()).collect();
        let scores = evaluate(&examples, &judgements, taxonomy)?.scores;
        let scores = scores.into_iter().map(|(score, estimate)| (score.id(), estimate)).collect();
        Ok(Some(PartScores { part, sentences: members.len(), scores }))
    };
    let parts = [Part::All, Part::New, Part::Near, Part::Exact].into_iter().filter_map(|part| score(part).transpose());
    let count = |which: Likeness| likeness.iter().filter(|l| **l == Some(which)).count();
    Ok(Leakage {
        training: seen.len(),
        sentences: examples.len(),
        exact: count(Likeness::Exact),
        near: count(Likeness::Near),
        parts: parts.collect::<Result<_>>()?,
    })
}

impl Part {
    fn holds(self, likeness: Option<Likeness>) -> bool {
        match self {
            Part::All => true,
            Part::New => likeness.is_none(),
            Part::Near => likeness == Some(Likeness::Near),
            Part::Exact => likeness == Some(Likeness::Exact),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Part::All => "all",
            Part::New => "new to the model",
            Part::Near => "near to a training sentence",
            Part::Exact => "a training sentence",
        }
    }
}

impl Leakage {
    /// The parts with their scores.
    pub fn table(&self) -> Table {
        let header = ["sentences that are", "sentences"].into_iter().chain(SHOWN.map(Score::name));
        let row = |part: &PartScores| {
            let scores = SHOWN.iter().map(|s| part.scores.get(s.id()).copied().unwrap_or_default().to_string());
            [part.part.name().to_owned(), part.sentences.to_string()].into_iter().chain(scores).collect()
        };
        Table {
            title: "Seen in training".to_owned(),
            header: header.map(str::to_owned).collect(),
            rows: self.parts.iter().map(row).collect(),
            note: format!("{self}. Quote the scores of what is new to the model."),
        }
    }
}

impl fmt::Display for Leakage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "of {} sentences, {} stand word for word among the {} that the model was trained on, and {} more are near to one",
            self.sentences, self.exact, self.training, self.near
        )
    }
}

impl fmt::Display for Table {
    /// Plain text: title, columns, remark.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{}", self.title)?;
        let rows = || std::iter::once(&self.header).chain(&self.rows);
        let width = |column| rows().filter_map(|row| row.get(column)).map(|cell: &String| cell.chars().count()).max();
        let widths: Vec<usize> = (0..self.header.len()).filter_map(width).collect();
        for row in rows() {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            writeln!(f, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
        }
        writeln!(f, "{}", self.note)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomy::{Polarity, ThemeId};

    fn example(sentence: &str) -> Example {
        Example {
            letter: "a".to_owned(),
            index: None,
            page: None,
            heading: String::new(),
            previous: String::new(),
            sentence: sentence.to_owned(),
            polarity: Polarity::Strength,
            themes: vec![ThemeId(0)],
            annotator: String::new(),
            note: String::new(),
        }
    }

    fn judgement(polarity: Polarity) -> Judgement {
        Judgement {
            polarity,
            polarity_scores: [0.25; 4],
            themes: vec![(ThemeId(0), 0.9)],
            needs_review: false,
            truncated: false,
        }
    }

    #[test]
    fn what_was_seen_is_counted_and_scored_apart() {
        let seen = Seen::of(["The team met 20 parents in all.", "Leaders know their area well."]);
        let examples = [
            example("leaders know their area well"),
            example("The team met 31 parents in all."),
            example("Plans are late and of poor quality."),
            example("Children wait too long for a diagnosis."),
        ];
        let (right, wrong) = (judgement(Polarity::Strength), judgement(Polarity::Weakness));
        let judgements = [right.clone(), right.clone(), right, wrong];
        let found = leakage(&seen, &examples, &judgements, &Taxonomy::default()).unwrap();
        assert_eq!((found.training, found.sentences, found.exact, found.near), (2, 4, 1, 1));
        let accuracy = |part: &PartScores| (part.part, part.sentences, part.scores["polarity_accuracy"].value);
        assert_eq!(
            found.parts.iter().map(accuracy).collect::<Vec<_>>(),
            [
                (Part::All, 4, Some(0.75)),
                (Part::New, 2, Some(0.5)),
                (Part::Near, 1, Some(1.0)),
                (Part::Exact, 1, Some(1.0))
            ]
        );
        let table = found.table();
        assert!(table.rows.iter().all(|row| row.len() == table.header.len()));
        assert!(table.to_string().contains("\nnew to the model             2          0.500"), "{table}");
    }

    #[test]
    fn where_all_was_seen_nothing_is_new() {
        let examples = [example("Leaders know their area well.")];
        let seen = Seen::of(["Leaders know their area well."]);
        let found = leakage(&seen, &examples, &[judgement(Polarity::Strength)], &Taxonomy::default()).unwrap();
        assert_eq!(found.parts.iter().map(|p| p.part).collect::<Vec<_>>(), [Part::All, Part::Exact]);
    }
}
