//! An evaluation against an earlier one: has a score dropped by more than chance explains?
//!
//! What is kept of the earlier run is not its scores but what the model said of each sentence, under the sentence's hash
//! and without its text. So both runs are scored against the same labels, on the sentences that both have, and the
//! difference has an interval of its own: a bootstrap that draws both answers of a sentence (or of a letter) together.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Answer, LETTERS_TO_DRAW, Row, Score, Tally, Unit, letter_key};
use crate::dataset::sentence_hash;
use crate::error::{Error, ErrorKind, Result};
use crate::interval::{Estimate, SEED, bootstrap};
use crate::taxonomy::{Polarity, Taxonomy};

/// What a model said of each sentence of an evaluation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// The model.
    pub model: String,
    /// Whether the sentences came out of the letters' own files.
    pub end_to_end: bool,
    /// One for each labelled sentence.
    pub answers: Vec<RecordedAnswer>,
}

/// A letter, the hash of one of its sentences, the polarity, and the themes joined by `;`. The last two are empty where
/// there was no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedAnswer(pub String, pub String, pub String, pub String);

impl Recorded {
    /// What the rows' answers were.
    pub fn of(rows: &[Row], model: &str, end_to_end: bool, taxonomy: &Taxonomy) -> Self {
        let answer = |row: &Row| {
            let (polarity, themes) = match &row.answer {
                Some(answer) => (answer.polarity.id().to_owned(), taxonomy.format_set(&answer.themes)),
                None => Default::default(),
            };
            RecordedAnswer(row.example.letter.clone(), sentence_hash(&row.example.sentence), polarity, themes)
        };
        Recorded { model: model.to_owned(), end_to_end, answers: rows.iter().map(answer).collect() }
    }

    /// Reads what [`Recorded::to_json`] wrote, or a JSON report, which holds the same.
    ///
    /// # Errors
    /// When the file cannot be read or is no such JSON.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| Error::io("read the baseline", path, e))?;
        serde_json::from_str(&text).map_err(|e| {
            let message = format!("no baseline: {e}; write one with --save-baseline");
            Error::new(ErrorKind::Data, message).in_file(path).caused_by(e)
        })
    }

    /// As JSON, one line a sentence, so that a change of a few answers is a change of a few lines.
    pub fn to_json(&self) -> String {
        let model = serde_json::Value::from(self.model.as_str());
        format!("{{\n  \"model\": {model},\n{}}}\n", self.members())
    }

    /// The members of the JSON object after the model: whether it went end to end, and the answers.
    pub(super) fn members(&self) -> String {
        let text = |text: &str| serde_json::Value::from(text).to_string();
        let mut out = format!("  \"end_to_end\": {},\n  \"answers\": [", self.end_to_end);
        for (i, RecordedAnswer(letter, hash, polarity, themes)) in self.answers.iter().enumerate() {
            let cells = [letter, hash, polarity, themes].map(|cell| text(cell)).join(", ");
            let _ = write!(out, "{}\n    [{cells}]", if i == 0 { "" } else { "," });
        }
        out + "\n  ]\n"
    }
}

/// Now against then.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The earlier model.
    pub model: String,
    /// Sentences that both evaluations have; only they are compared.
    pub sentences: usize,
    /// Sentences that only this one has.
    pub only_now: usize,
    /// Sentences that only the earlier one has.
    pub only_then: usize,
    /// What the intervals treat as independent.
    pub drawn: Unit,
    /// Each score, in the order of [`Score::ALL`].
    pub changes: Vec<Change>,
}

/// One score, then and now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// The score.
    pub score: Score,
    /// What it was.
    pub then: Option<f64>,
    /// What it is.
    pub now: Option<f64>,
    /// Now less then, with its 95% interval.
    pub difference: Estimate,
}

/// Both answers to a sentence, or to those of a letter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Both {
    now: Tally,
    then: Tally,
}

/// Compares the rows' answers with recorded ones. A sentence is the same where letter and hash are.
///
/// # Errors
/// When no sentence is the same, one evaluation went end to end and the other did not, or a recorded label is unknown.
pub fn compare(rows: &[Row], recorded: &Recorded, end_to_end: bool, taxonomy: &Taxonomy) -> Result<Comparison> {
    let bad = |message: String| Error::new(ErrorKind::Data, message);
    if recorded.end_to_end != end_to_end {
        let (made, now) = if end_to_end { ("without", "with") } else { ("with", "without") };
        return Err(bad(format!(
            "the baseline was made {made} --letters and this evaluation {now}; both must be alike"
        )));
    }
    let mut waiting: HashMap<(String, String), VecDeque<&RecordedAnswer>> = HashMap::new();
    for answer in &recorded.answers {
        waiting.entry((letter_key(&answer.0), answer.1.clone())).or_default().push_back(answer);
    }
    let empty = || Both { now: Tally::empty(taxonomy.len()), then: Tally::empty(taxonomy.len()) };
    let mut letters: BTreeMap<&str, Both> = BTreeMap::new();
    let mut units = Vec::new();
    for row in rows {
        let key = (letter_key(&row.example.letter), sentence_hash(&row.example.sentence));
        let Some(then) = waiting.get_mut(&key).and_then(VecDeque::pop_front) else { continue };
        let then = answer(then, taxonomy)?;
        let (example, now) = row.pair();
        let both = Both { now: Tally::of(example, now, taxonomy), then: Tally::of(example, then.as_ref(), taxonomy) };
        let letter = letters.entry(&row.example.letter).or_insert_with(empty);
        letter.now.add(&both.now);
        letter.then.add(&both.then);
        units.push(both);
    }
    let sentences = units.len();
    if sentences == 0 {
        return Err(bad(
            "no sentence is in the baseline and among the labels; was it made from these labels?".to_owned()
        ));
    }
    let mut drawn = Unit::Sentence;
    if letters.len() >= LETTERS_TO_DRAW {
        (drawn, units) = (Unit::Letter, letters.into_values().collect());
    }
    units.sort_unstable();
    let total = |drawn: &mut dyn Iterator<Item = usize>| {
        drawn.fold(empty(), |mut total, i| {
            total.now.add(&units[i].now);
            total.then.add(&units[i].then);
            total
        })
    };
    let difference = |both: &Both| Score::ALL.map(|s| Some(s.of(&both.now)? - s.of(&both.then)?)).to_vec();
    let all = total(&mut (0..units.len()));
    let intervals =
        bootstrap(units.len(), Score::ALL.len(), SEED, |drawn| difference(&total(&mut drawn.iter().copied())));
    let changes = Score::ALL.iter().zip(difference(&all)).zip(intervals).map(|((&score, value), interval)| Change {
        score,
        then: score.of(&all.then),
        now: score.of(&all.now),
        difference: Estimate { value, interval: value.and(interval) },
    });
    Ok(Comparison {
        model: recorded.model.clone(),
        sentences,
        only_now: rows.len() - sentences,
        only_then: recorded.answers.len() - sentences,
        drawn,
        changes: changes.collect(),
    })
}

fn answer(recorded: &RecordedAnswer, taxonomy: &Taxonomy) -> Result<Option<Answer>> {
    let RecordedAnswer(_, _, polarity, themes) = recorded;
    if polarity.is_empty() {
        return Ok(None);
    }
    let polarity: Polarity = polarity.parse()?;
    Ok(Some(Answer { polarity, polarity_score: 1.0, themes: taxonomy.parse_set(themes)?, needs_review: false }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::tests::row;
    use crate::taxonomy::Polarity::{Strength, Weakness};

    fn rows(right: impl Fn(usize) -> bool) -> Vec<Row> {
        let one = |i: usize| {
            let answer = if right(i) { Strength } else { Weakness };
            row(&format!("letter-{}", i % 3), &format!("Sentence {i}."), Strength, Some((answer, 0.9)))
        };
        (0..200).map(one).collect()
    }

    fn compared(now: &[Row], then: &[Row]) -> Comparison {
        let taxonomy = Taxonomy::default();
        let recorded = Recorded::of(then, "before", false, &taxonomy);
        let read: Recorded = serde_json::from_str(&recorded.to_json()).unwrap();
        assert_eq!(read, recorded);
        compare(now, &read, false, &taxonomy).unwrap()
    }

    #[test]
    fn the_same_answers_have_not_changed() {
        let rows = rows(|i| i % 4 > 0);
        let comparison = compared(&rows, &rows);
        for change in comparison.changes {
            let i = change.difference.interval.unwrap();
            assert_eq!((change.difference.value, i.low, i.high), (Some(0.0), 0.0, 0.0), "{}", change.score.id());
        }
    }

    #[test]
    fn pairing_finds_a_small_drop_that_two_intervals_would_hide() {
        // 150 right, then 140 of the same: 0.75 and 0.70, whose own intervals overlap.
        let comparison = compared(&rows(|i| i % 4 > 0 && i % 20 != 1), &rows(|i| i % 4 > 0));
        let accuracy = &comparison.changes[0];
        assert_eq!((accuracy.then, accuracy.now), (Some(0.75), Some(0.7)));
        assert!(accuracy.difference.interval.is_some_and(|i| i.high < 0.0), "{}", accuracy.difference);
    }

    #[test]
    fn only_sentences_of_both_are_compared_in_whatever_order() {
        let all = rows(|_| true);
        let mut some = rows(|i| i % 2 == 0)[..100].to_vec();
        some.reverse();
        let comparison = compared(&some, &all);
        assert_eq!((comparison.sentences, comparison.only_now, comparison.only_then), (100, 0, 100));
        assert_eq!(comparison.changes[0].now, Some(0.5));
    }

    #[test]
    fn a_baseline_that_cannot_be_compared_is_refused() {
        let taxonomy = Taxonomy::default();
        let rows = rows(|_| true);
        let recorded = |letter: &str, polarity: &str, end_to_end| Recorded {
            model: "m".to_owned(),
            end_to_end,
            answers: vec![RecordedAnswer(
                letter.into(),
                sentence_hash("Sentence 0."),
                polarity.into(),
                "early_help".into(),
            )],
        };
        for (recorded, says) in [
            (recorded("other", "strength", false), "no sentence"),
            (recorded("letter-0", "strenght", false), "strenght"),
            (recorded("letter-0", "strength", true), "--letters"),
        ] {
            let message = compare(&rows, &recorded, false, &taxonomy).unwrap_err().to_string();
            assert!(message.contains(says), "{message}");
        }
    }
}
