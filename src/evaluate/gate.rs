//! The gate: are the scores good enough to ship, have they dropped, and can that be told from so few sentences?
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

use super::{Comparison, Evaluation, Score};
use crate::error::{Error, ErrorKind, Result};
use crate::interval::Estimate;

/// The scores that are held against a baseline where no minimum says which matter.
pub const HEADLINES: [Score; 4] =
    [Score::PolarityAccuracy, Score::PolarityMacroF1, Score::MainThemeInSet, Score::ThemeMicroF1];

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
    /// One for each minimum, then one for each score that is held against the baseline.
    pub checks: Vec<Check>,
}

/// One score against what it is held to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// The score's identifier.
    pub score: &'static str,
    /// What it is held to.
    pub rule: Rule,
    /// The least that it, or its change, may be.
    pub minimum: f64,
    /// What it, or its change, is.
    pub estimate: Estimate,
    /// What follows.
    pub verdict: Verdict,
    /// Why, in a few words.
    pub because: String,
}

/// What a score is held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Rule {
    /// It must reach its minimum.
    Minimum,
    /// It must not be under the baseline's.
    Change,
}

impl Check {
    /// What is held to the rule, in words.
    pub fn name(&self) -> String {
        match self.rule {
            Rule::Minimum => self.score.to_owned(),
            Rule::Change => format!("{}, change", self.score),
        }
    }
}

/// A `gates.toml` as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    minimum_sentences: usize,
    minimum: BTreeMap<String, f64>,
}

impl Gates {
    /// No minimum scores: only a baseline is held to, over at least a hundred sentences.
    pub fn baseline_only() -> Self {
        Gates { minimum_sentences: 100, minimum: Vec::new() }
    }

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
            let words = [
                "reaches the minimum",
                "under the minimum, which its interval reaches",
                "its whole interval is under the minimum",
            ];
            self.check(score, Rule::Minimum, minimum, estimate, evaluation.sentences, words)
        });
        GateReport::of(checks.collect())
    }

    /// The same, and holds each of these scores (without minimum scores [`HEADLINES`]) against the baseline's.
    ///
    /// A change fails when its whole interval is under nought, and passes when it is no drop.
    pub fn judge_with_baseline(&self, evaluation: &Evaluation, comparison: &Comparison) -> GateReport {
        let mut checks = self.judge(evaluation).checks;
        let held = |score: &Score| match self.minimum.is_empty() {
            true => HEADLINES.contains(score),
            false => self.minimum.iter().any(|(s, _)| s == score),
        };
        checks.extend(comparison.changes.iter().filter(|change| held(&change.score)).map(|change| {
            let words = [
                "not under the baseline",
                "under the baseline, by no more than chance explains",
                "under the baseline by more than chance explains",
            ];
            self.check(change.score, Rule::Change, 0.0, change.difference, comparison.sentences, words)
        }));
        GateReport::of(checks)
    }

    /// `words`: why it passes, why that cannot be told, why it fails.
    fn check(
        &self,
        score: Score,
        rule: Rule,
        minimum: f64,
        estimate: Estimate,
        sentences: usize,
        words: [&str; 3],
    ) -> Check {
        let [pass, unclear, fail] = words;
        let (verdict, because) = match (estimate.value, estimate.interval) {
            _ if sentences < self.minimum_sentences => (
                Verdict::CannotTell,
                format!("{sentences} sentences are too few; {} are needed", self.minimum_sentences),
            ),
            (None, _) => (Verdict::CannotTell, "the score is not defined".to_owned()),
            (Some(value), _) if value >= minimum => (Verdict::Pass, pass.to_owned()),
            (_, Some(interval)) if interval.high < minimum => (Verdict::Fail, fail.to_owned()),
            (_, Some(_)) => (Verdict::CannotTell, unclear.to_owned()),
            (_, None) => (Verdict::CannotTell, "under it, without an interval".to_owned()),
        };
        Check { score: score.id(), rule, minimum, estimate, verdict, because }
    }
}

impl GateReport {
    /// The verdict that follows from some checks.
    pub fn of(checks: Vec<Check>) -> Self {
        let verdict = checks.iter().map(|c| c.verdict).max().unwrap_or(Verdict::CannotTell);
        GateReport { verdict, checks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::{Change, Unit};
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
    fn a_change_has_three_answers_too() {
        let comparison = |sentences, value, low, high| Comparison {
            model: "before".to_owned(),
            sentences,
            only_now: 0,
            only_then: 0,
            drawn: Unit::Sentence,
            changes: Score::ALL
                .map(|score| Change {
                    score,
                    then: Some(0.9),
                    now: Some(0.9 + value),
                    difference: Estimate { value: Some(value), interval: Some(Interval { low, high }) },
                })
                .to_vec(),
        };
        let gates = Gates::from_toml("minimum_sentences = 50\n[minimum]\npolarity_accuracy = 0.9").unwrap();
        let fine = evaluation(200, 0.95, 0.92, 0.97);
        for (sentences, value, low, high, verdict) in [
            (200, 0.0, 0.0, 0.0, Verdict::Pass),
            (200, -0.01, -0.03, 0.01, Verdict::CannotTell),
            (200, -0.03, -0.05, -0.01, Verdict::Fail),
            (20, -0.03, -0.05, -0.01, Verdict::CannotTell),
        ] {
            let comparison = comparison(sentences, value, low, high);
            let report = gates.judge_with_baseline(&fine, &comparison);
            assert_eq!(report.checks.len(), 2);
            assert_eq!(report.verdict, verdict, "{value} of {sentences}: {}", report.checks[1].because);
            assert_eq!(Gates::baseline_only().judge_with_baseline(&fine, &comparison).checks.len(), HEADLINES.len());
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
