//! The gate: are the scores good enough to ship, and can that be told from so few sentences?
//!
//! Minimum scores stand in a `gates.toml`:
//!
//! ```toml
//! minimum_sentences = 100
//!
//! [minimum]
//! polarity_accuracy = 0.92
//! theme_micro_f1 = 0.77
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Evaluation, Score};
use crate::error::{Error, ErrorKind, Result};
use crate::interval::Estimate;

/// What an evaluation is held against.
#[derive(Debug, Clone, PartialEq)]
pub struct Gates {
    /// Over fewer sentences nothing is judged.
    pub minimum_sentences: usize,
    /// Minimum scores, in the order of [`Score::ALL`].
    pub minimum: Vec<(Score, f64)>,
}

/// What the gate says. The worst comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every score reaches its minimum.
    Pass,
    /// Too few sentences, or a score under its minimum by no more than chance explains.
    CannotTell,
    /// A score is under its minimum by more than chance explains.
    Fail,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Verdict::Pass => "pass",
            Verdict::CannotTell => "cannot tell",
            Verdict::Fail => "fail",
        })
    }
}

/// What the gate says of an evaluation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GateReport {
    /// Fail if one check fails; else cannot tell if one cannot tell; else pass.
    pub verdict: Verdict,
    /// One for each minimum.
    pub checks: Vec<Check>,
}

/// One score against its minimum.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// The score's identifier.
    pub score: &'static str,
    /// The least that it may be.
    pub minimum: f64,
    /// What it is.
    pub estimate: Estimate,
    /// What follows.
    pub verdict: Verdict,
    /// Why, in a few words.
    pub because: String,
}

/// A `gates.toml` as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    minimum_sentences: usize,
    minimum: BTreeMap<String, f64>,
}

impl Gates {
    /// Reads a `gates.toml`.
    ///
    /// # Errors
    /// When it cannot be read, or as [`Gates::from_toml`].
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| Error::io("read the gate's minimum scores", path, e))?;
        Gates::from_toml(&text).map_err(|e| e.in_file(path))
    }

    /// Reads the text of a `gates.toml`.
    ///
    /// # Errors
    /// When it is no TOML of this shape, names a score that there is not, or a minimum that no score can miss or reach.
    pub fn from_toml(text: &str) -> Result<Self> {
        let bad = |message: String| Error::new(ErrorKind::Data, message);
        let file: File = toml::from_str(text).map_err(|e| bad(format!("not a gate: {}", e.message())).caused_by(e))?;
        for (name, minimum) in &file.minimum {
            if !Score::ALL.iter().any(|s| s.id() == name) {
                let all: Vec<&str> = Score::ALL.iter().map(|s| s.id()).collect();
                return Err(bad(format!("{name:?} is no score; the scores are {}", all.join(", "))));
            }
            if !(*minimum > 0.0 && *minimum <= 1.0) {
                return Err(bad(format!("the minimum of {name} is {minimum}; it must be over 0 and at most 1")));
            }
        }
        if file.minimum.is_empty() {
            return Err(bad("no minimum score; a gate without one passes everything".to_owned()));
        }
        let minimum = Score::ALL.iter().filter_map(|s| Some((*s, *file.minimum.get(s.id())?)));
        Ok(Gates { minimum_sentences: file.minimum_sentences, minimum: minimum.collect() })
    }

    /// Holds an evaluation against the minimum scores.
    ///
    /// A score fails only when its whole 95% interval lies under the minimum, and passes when the score itself reaches
    /// it. Between the two, and over fewer than `minimum_sentences` sentences, the gate cannot tell.
    pub fn judge(&self, evaluation: &Evaluation) -> GateReport {
        let checks = self.minimum.iter().map(|&(score, minimum)| {
            let estimate = evaluation.score(score);
            let (verdict, because) = match (estimate.value, estimate.interval) {
                _ if evaluation.sentences < self.minimum_sentences => (
                    Verdict::CannotTell,
                    format!("{} sentences are too few; {} are needed", evaluation.sentences, self.minimum_sentences),
                ),
                (None, _) => (Verdict::CannotTell, "the score is not defined".to_owned()),
                (Some(value), _) if value >= minimum => (Verdict::Pass, "reaches the minimum".to_owned()),
                (_, Some(interval)) if interval.high < minimum => {
                    (Verdict::Fail, "its whole interval is under the minimum".to_owned())
                }
                (_, Some(_)) => (Verdict::CannotTell, "under the minimum, which its interval reaches".to_owned()),
                (_, None) => (Verdict::CannotTell, "under the minimum, without an interval".to_owned()),
            };
            Check { score: score.id(), minimum, estimate, verdict, because }
        });
        let checks: Vec<Check> = checks.collect();
        let verdict = checks.iter().map(|c| c.verdict).max().unwrap_or(Verdict::CannotTell);
        GateReport { verdict, checks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::Unit;
    use crate::interval::Interval;

    fn evaluation(sentences: usize, value: f64, low: f64, high: f64) -> Evaluation {
        let estimate = Estimate { value: Some(value), interval: Some(Interval { low, high }) };
        Evaluation {
            sentences,
            letters: 1,
            drawn: Unit::Sentence,
            scores: vec![(Score::PolarityAccuracy, estimate)],
            confusion: [[0; 4]; 4],
            missed: [0; 4],
            polarities: Vec::new(),
            themes: Vec::new(),
        }
    }

    #[test]
    fn three_answers() {
        let gates = Gates::from_toml("minimum_sentences = 50\n[minimum]\npolarity_accuracy = 0.9").unwrap();
        for (sentences, value, low, high, verdict) in [
            (200, 0.95, 0.92, 0.97, Verdict::Pass),
            (200, 0.90, 0.85, 0.94, Verdict::Pass),
            (200, 0.88, 0.83, 0.92, Verdict::CannotTell),
            (200, 0.80, 0.74, 0.85, Verdict::Fail),
            (49, 0.80, 0.74, 0.85, Verdict::CannotTell),
            (49, 1.00, 0.93, 1.00, Verdict::CannotTell),
        ] {
            let report = gates.judge(&evaluation(sentences, value, low, high));
            assert_eq!(report.verdict, verdict, "{value} of {sentences}: {}", report.checks[0].because);
        }
    }

    #[test]
    fn one_failure_is_enough() {
        let gates = Gates::from_toml("minimum_sentences = 1\n[minimum]\npolarity_accuracy = 0.9\ntheme_micro_f1 = 0.5")
            .unwrap();
        let report = gates.judge(&evaluation(200, 0.80, 0.74, 0.85));
        let verdicts: Vec<_> = report.checks.iter().map(|c| (c.score, c.verdict)).collect();
        assert_eq!(verdicts, [("polarity_accuracy", Verdict::Fail), ("theme_micro_f1", Verdict::CannotTell)]);
        assert_eq!(report.verdict, Verdict::Fail);
    }

    #[test]
    fn a_gate_that_cannot_work_is_refused() {
        for (text, says) in [
            ("minimum_sentences = 1\n[minimum]\npolarity_acuracy = 0.9", "is no score"),
            ("minimum_sentences = 1\n[minimum]\npolarity_accuracy = 92", "at most 1"),
            ("minimum_sentences = 1\n[minimum]\npolarity_accuracy = nan", "at most 1"),
            ("minimum_sentences = 1\n[minimum]", "no minimum"),
            ("[minimum]\npolarity_accuracy = 0.9", "minimum_sentences"),
            ("minimum_sentences = 1\nmaximum = 2\n[minimum]", "maximum"),
        ] {
            let message = Gates::from_toml(text).unwrap_err().to_string();
            assert!(message.contains(says), "{text}: {message}");
        }
    }
}
