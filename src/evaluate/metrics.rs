//! The scores, each a function of counts.
//!
//! What is not defined is said once, here, and nowhere guessed:
//! * Precision of a label that the model never gives, and recall of one that the labels never give, are not defined.
//! * F1 is `2·both / (gold + predicted)`: 0 where a label is given but never rightly, not defined where nobody gives it.
//! * A macro average is the mean over the labels that occur in the labels or in the model's answers: a label that nobody
//!   gives is left out; one that only the model gives counts as 0. So does scikit-learn's `f1_score`.
//! * Balanced accuracy is the mean recall of the polarities that occur in the labels.
//! * Matthews correlation is 0 where the labels or the model know only one polarity (Gorodkin, 2004).
//! * A sentence without an answer (end to end, a labelled sentence that is no finding) is wrong: it lowers recall, F1 and
//!   every share, and counts for Matthews correlation as a fifth answer that the labels never give.
//! * Over no sentences no score is defined.

use super::tally::{LabelCounts, POLARITIES, Tally};

/// One of the scores that sum up an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Score {
    /// Share of sentences with the right polarity.
    PolarityAccuracy,
    /// Mean recall of the polarities.
    PolarityBalancedAccuracy,
    /// Mean F1 of the polarities.
    PolarityMacroF1,
    /// Matthews correlation of labelled and predicted polarity, from -1 to 1.
    PolarityMcc,
    /// Share of sentences whose main theme is the labelled main theme.
    MainThemeAccuracy,
    /// Share of sentences whose main theme is one of the labelled themes.
    MainThemeInSet,
    /// F1 over all themes given, each counted alike.
    ThemeMicroF1,
    /// Mean F1 of the themes.
    ThemeMacroF1,
    /// Share of sentences whose set of themes is the labelled set.
    ThemeExactMatch,
}

impl Score {
    /// All scores, in the order of every report.
    pub const ALL: [Score; 9] = [
        Score::PolarityAccuracy,
        Score::PolarityBalancedAccuracy,
        Score::PolarityMacroF1,
        Score::PolarityMcc,
        Score::MainThemeAccuracy,
        Score::MainThemeInSet,
        Score::ThemeMicroF1,
        Score::ThemeMacroF1,
        Score::ThemeExactMatch,
    ];

    /// The word used in files: in the JSON report and in `gates.toml`.
    pub fn id(self) -> &'static str {
        match self {
            Score::PolarityAccuracy => "polarity_accuracy",
            Score::PolarityBalancedAccuracy => "polarity_balanced_accuracy",
            Score::PolarityMacroF1 => "polarity_macro_f1",
            Score::PolarityMcc => "polarity_mcc",
            Score::MainThemeAccuracy => "main_theme_accuracy",
            Score::MainThemeInSet => "main_theme_in_set",
            Score::ThemeMicroF1 => "theme_micro_f1",
            Score::ThemeMacroF1 => "theme_macro_f1",
            Score::ThemeExactMatch => "theme_exact_match",
        }
    }

    /// The name shown to people.
    pub fn name(self) -> &'static str {
        match self {
            Score::PolarityAccuracy => "polarity accuracy",
            Score::PolarityBalancedAccuracy => "polarity balanced accuracy",
            Score::PolarityMacroF1 => "polarity macro-F1",
            Score::PolarityMcc => "polarity Matthews correlation",
            Score::MainThemeAccuracy => "main theme right",
            Score::MainThemeInSet => "main theme among the labelled",
            Score::ThemeMicroF1 => "theme micro-F1",
            Score::ThemeMacroF1 => "theme macro-F1",
            Score::ThemeExactMatch => "all themes right",
        }
    }

    /// For a score that is the share of sentences that are right: how many are.
    pub fn hits(self, tally: &Tally) -> Option<u64> {
        match self {
            Score::PolarityAccuracy => Some((0..POLARITIES).map(|i| tally.confusion[i][i]).sum()),
            Score::MainThemeAccuracy => Some(tally.main_theme),
            Score::MainThemeInSet => Some(tally.main_theme_in_set),
            Score::ThemeExactMatch => Some(tally.exact_themes),
            _ => None,
        }
    }

    /// The score; `None` where it is not defined.
    pub fn of(self, tally: &Tally) -> Option<f64> {
        if let Some(hits) = self.hits(tally) {
            return ratio(hits, tally.sentences);
        }
        match self {
            Score::PolarityBalancedAccuracy => mean((0..POLARITIES).map(|i| recall(tally.polarity(i)))),
            Score::PolarityMacroF1 => mean((0..POLARITIES).map(|i| f1(tally.polarity(i)))),
            Score::PolarityMcc => matthews(tally),
            Score::ThemeMacroF1 => mean(tally.themes.iter().map(|&c| f1(c))),
            _ => f1(tally.themes.iter().fold(LabelCounts::default(), |sum, c| LabelCounts {
                both: sum.both + c.both,
                gold: sum.gold + c.gold,
                predicted: sum.predicted + c.predicted,
            })),
        }
    }

    /// How many sentences the score hangs on at its thinnest: all of them, or those of the rarest label that occurs.
    pub(super) fn thinnest(self, tally: &Tally) -> u64 {
        let rarest = |counts: &mut dyn Iterator<Item = LabelCounts>| {
            counts.filter(|c| c.gold + c.predicted > 0).map(|c| c.gold.max(c.predicted)).min().unwrap_or(0)
        };
        match self {
            Score::PolarityBalancedAccuracy | Score::PolarityMacroF1 | Score::PolarityMcc => {
                rarest(&mut (0..POLARITIES).map(|i| tally.polarity(i)))
            }
            Score::ThemeMacroF1 => rarest(&mut tally.themes.iter().copied()),
            _ => tally.sentences,
        }
    }
}

impl serde::Serialize for Score {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

/// The share of a label's predictions that are right.
pub fn precision(counts: LabelCounts) -> Option<f64> {
    ratio(counts.both, counts.predicted)
}

/// The share of a label's sentences that are found.
pub fn recall(counts: LabelCounts) -> Option<f64> {
    ratio(counts.both, counts.gold)
}

/// The harmonic mean of precision and recall.
pub fn f1(counts: LabelCounts) -> Option<f64> {
    ratio(2 * counts.both, counts.gold + counts.predicted)
}

/// Matthews correlation of several classes from a confusion matrix (Gorodkin, 2004).
fn matthews(tally: &Tally) -> Option<f64> {
    if tally.sentences == 0 {
        return None;
    }
    let total = tally.sentences as f64;
    let counts: [LabelCounts; POLARITIES] = std::array::from_fn(|i| tally.polarity(i));
    let sum = |of: fn(&LabelCounts) -> u64| counts.iter().map(of).sum::<u64>() as f64;
    let right = sum(|c| c.both);
    let by_chance = sum(|c| c.gold * c.predicted);
    let gold = sum(|c| c.gold * c.gold);
    let missed = tally.missed.iter().sum::<u64>() as f64;
    let predicted = sum(|c| c.predicted * c.predicted) + missed * missed;
    let spread = (total * total - gold) * (total * total - predicted);
    match spread > 0.0 {
        true => Some((right * total - by_chance) / spread.sqrt()),
        false => Some(0.0),
    }
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// The mean of those that are defined.
fn mean(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let (sum, n) = values.flatten().fold((0.0, 0u32), |(sum, n), value| (sum + value, n + 1));
    (n > 0).then(|| sum / f64::from(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(value: Option<f64>, expected: f64) {
        assert!(value.is_some_and(|v| (v - expected).abs() < 1e-9), "{value:?} is not {expected}");
    }

    fn polarity(confusion: [[u64; 4]; 4]) -> Tally {
        Tally { sentences: confusion.iter().flatten().sum(), confusion, ..Tally::empty(3) }
    }

    #[test]
    fn polarity_scores_by_hand() {
        let tally = polarity([[8, 1, 1, 0], [2, 6, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0]]);
        near(Score::PolarityAccuracy.of(&tally), 14.0 / 20.0);
        near(Score::PolarityBalancedAccuracy.of(&tally), (0.8 + 0.75 + 0.0) / 3.0);
        // F1: 16/21, 12/16, 0/3; neutral does not occur.
        near(Score::PolarityMacroF1.of(&tally), (16.0 / 21.0 + 0.75) / 3.0);
        // right·total − Σ gold·predicted = 14·20 − (10·11 + 8·8 + 2·1).
        near(Score::PolarityMcc.of(&tally), 104.0 / ((400.0f64 - 168.0) * (400.0 - 186.0)).sqrt());
        near(precision(tally.polarity(0)), 8.0 / 11.0);
        near(recall(tally.polarity(2)), 0.0);
        assert_eq!(
            (recall(tally.polarity(3)), precision(tally.polarity(3)), f1(tally.polarity(3))),
            (None, None, None)
        );
    }

    #[test]
    fn a_label_that_only_the_model_gives_counts_as_nothing_right() {
        let tally = polarity([[3, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]);
        near(Score::PolarityMacroF1.of(&tally), (6.0 / 7.0) / 2.0);
        near(Score::PolarityBalancedAccuracy.of(&tally), 0.75);
        near(Score::PolarityMcc.of(&tally), 0.0);
    }

    #[test]
    fn a_sentence_without_an_answer_is_wrong() {
        let tally =
            Tally { missed: [2, 0, 0, 0], sentences: 10, ..polarity([[4, 0, 0, 0], [0, 4, 0, 0], [0; 4], [0; 4]]) };
        near(Score::PolarityAccuracy.of(&tally), 0.8);
        near(Score::PolarityBalancedAccuracy.of(&tally), (4.0 / 6.0 + 1.0) / 2.0);
        near(Score::PolarityMacroF1.of(&tally), (8.0 / 10.0 + 1.0) / 2.0);
        // right·total − Σ gold·predicted = 8·10 − (6·4 + 4·4); the missed are a class of two answers.
        near(Score::PolarityMcc.of(&tally), 40.0 / ((100.0f64 - 52.0) * (100.0 - 36.0)).sqrt());
    }

    #[test]
    fn theme_scores_by_hand() {
        let themes = [(2, 3, 4), (0, 1, 0), (0, 0, 0)]
            .map(|(both, gold, predicted)| LabelCounts { both, gold, predicted })
            .to_vec();
        let tally =
            Tally { sentences: 4, main_theme: 1, main_theme_in_set: 2, exact_themes: 0, themes, ..Tally::empty(3) };
        near(Score::ThemeMicroF1.of(&tally), 4.0 / 8.0);
        near(Score::ThemeMacroF1.of(&tally), (4.0 / 7.0 + 0.0) / 2.0);
        near(Score::MainThemeAccuracy.of(&tally), 0.25);
        near(Score::MainThemeInSet.of(&tally), 0.5);
        near(Score::ThemeExactMatch.of(&tally), 0.0);
    }

    #[test]
    fn over_no_sentences_nothing_is_defined() {
        for score in Score::ALL {
            assert_eq!(score.of(&Tally::empty(16)), None, "{score:?}");
        }
    }
}
