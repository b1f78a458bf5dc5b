//! Leakage: sentences that are evaluated on and were trained on, word for word or nearly so.
//!
//! Letters share sentences (the statutory closing, the statistics of an area), so that a split by letter still leaves
//! some on both sides. They are counted, and scored apart: the scores without them say how a model does on what is new.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::{Pair, Score, Section, score};
use crate::dataset::{Likeness, Seen};
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

/// Compares labelled sentences with what a model has seen, and scores its answers on the parts.
///
/// # Errors
/// As [`score`].
pub fn leakage(seen: &Seen, pairs: &[Pair<'_>], taxonomy: &Taxonomy) -> Result<Leakage> {
    let likeness: Vec<Option<Likeness>> = pairs.iter().map(|(example, _)| seen.likeness(&example.sentence)).collect();
    let scored = |part: Part| -> Result<Option<PartScores>> {
        let members: Vec<Pair<'_>> =
            pairs.iter().zip(&likeness).filter(|(_, likeness)| part.holds(**likeness)).map(|(pair, _)| *pair).collect();
        if members.is_empty() {
            return Ok(None);
        }
        let scores = score(&members, taxonomy)?.scores;
        let scores = scores.into_iter().map(|(score, estimate)| (score.id(), estimate)).collect();
        Ok(Some(PartScores { part, sentences: members.len(), scores }))
    };
    let parts = [Part::All, Part::New, Part::Near, Part::Exact].into_iter().filter_map(|part| scored(part).transpose());
    let count = |which: Likeness| likeness.iter().filter(|l| **l == Some(which)).count();
    Ok(Leakage {
        training: seen.len(),
        sentences: pairs.len(),
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
    /// The parts with their scores, as a table.
    pub fn section(&self) -> Section {
        let mut header = vec!["sentences that are", "sentences"];
        header.extend(SHOWN.map(Score::name));
        let row = |part: &PartScores| {
            let scores = SHOWN.iter().map(|s| part.scores.get(s.id()).copied().unwrap_or_default().into());
            [part.part.name().into(), part.sentences.into()].into_iter().chain(scores).collect()
        };
        let note = match self.exact + self.near {
            0 => self.to_string(),
            _ => format!("{self}; what is new to the model is what its scores should be quoted on"),
        };
        Section::new("Seen in training", &header, self.parts.iter().map(row).collect()).with_note(note)
    }
}

fn stands(n: usize) -> String {
    format!("{n} {}", if n == 1 { "stands" } else { "stand" })
}

impl fmt::Display for Leakage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "of {} sentences, {} word for word among the {} that the model was trained on, and {} more nearly so",
            self.sentences,
            stands(self.exact),
            self.training,
            stands(self.near)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::tests::example;
    use crate::evaluate::Answer;
    use crate::taxonomy::Polarity;

    #[test]
    fn what_was_seen_is_counted_and_scored_apart() {
        let seen = Seen::of(["The team met 20 parents in all.", "Leaders know their area well."]);
        let sentences = [
            "leaders know their area well",
            "The team met 31 parents in all.",
            "Plans are late and of poor quality.",
            "Children wait too long for a diagnosis.",
        ];
        let examples = sentences.map(|sentence| example("a", sentence));
        let wrong = Polarity::ALL.into_iter().find(|p| *p != examples[3].polarity).unwrap();
        let mut answers: Vec<Answer> = examples.iter().map(Answer::from).collect();
        answers[3].polarity = wrong;
        let pairs: Vec<Pair<'_>> = examples.iter().zip(answers.iter().map(Some)).collect();

        let found = leakage(&seen, &pairs, &Taxonomy::default()).unwrap();
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
        let section = found.section();
        assert!(section.rows.len() == 4 && section.rows.iter().all(|row| row.len() == section.header.len()));
        assert!(section.note.starts_with("of 4 sentences, 1 stands word for word"), "{}", section.note);
    }

    #[test]
    fn where_all_was_seen_nothing_is_new() {
        let example = example("a", "Leaders know their area well.");
        let answer = Answer::from(&example);
        let seen = Seen::of(["Leaders know their area well."]);
        let found = leakage(&seen, &[(&example, Some(&answer))], &Taxonomy::default()).unwrap();
        assert_eq!(found.parts.iter().map(|p| p.part).collect::<Vec<_>>(), [Part::All, Part::Exact]);
    }
}
