//! What a model confuses, as counts that add up over letters, and the correction that follows from them.

use serde::{Deserialize, Serialize};

use crate::taxonomy::Polarity;

pub(super) const POLARITIES: usize = Polarity::ALL.len();

/// Sentences by theme and polarity. A sentence stands under each of its themes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// All sentences by polarity, in the order of [`Polarity::ALL`].
    pub polarity: [f64; POLARITIES],
    /// For each theme, in the order of the taxonomy, its sentences by polarity.
    pub themes: Vec<[f64; POLARITIES]>,
}

/// The confusion of a model on labelled sentences, enough to correct counts.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Confusion {
    /// Sentences by labelled polarity (rows) and the model's (columns).
    pub polarity: [[f64; POLARITIES]; POLARITIES],
    /// For each theme, how many sentences have it by the labels and by the model.
    pub themes: Vec<[f64; 2]>,
}

/// How far a correction trusts what was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shrinkage {
    /// Weight of the raw shares of the polarities, as a share of the batch.
    pub polarity: f64,
    /// Sentences that are added to both sides of a theme's ratio.
    pub theme: f64,
}

/// The correction's own. Chosen on simulated batches; see the module's page.
pub(super) const SHRUNK: Shrinkage = Shrinkage { polarity: 0.3, theme: 30.0 };

/// For intervals: shrinking hides errors that a bootstrap should show.
pub(super) const BARELY_SHRUNK: Shrinkage = Shrinkage { polarity: 0.05, theme: 3.0 };

/// Steps of the expectation-maximisation; the shares change in the fourth digit by then.
const STEPS: usize = 100;

/// Sentences added to each cell of the confusion, and more to its diagonal, so that no row is empty.
const SMOOTHING: [f64; 2] = [0.05, 0.5];

impl Counts {
    /// No sentences, for a taxonomy of `themes` entries.
    pub fn zero(themes: usize) -> Self {
        Counts { polarity: [0.0; POLARITIES], themes: vec![[0.0; POLARITIES]; themes] }
    }

    /// Adds a sentence; themes that the table has not are left out.
    pub fn add(&mut self, polarity: Polarity, themes: impl Iterator<Item = usize>) {
        self.polarity[polarity.index()] += 1.0;
        for theme in themes {
            if let Some(row) = self.themes.get_mut(theme) {
                row[polarity.index()] += 1.0;
            }
        }
    }

    /// Polarities, then the cells theme by theme, then the themes' sums: one number for each that a report shows.
    pub(super) fn flat(&self) -> Vec<f64> {
        let sums = self.themes.iter().map(|row| row.iter().sum::<f64>());
        self.polarity.into_iter().chain(self.themes.iter().flatten().copied()).chain(sums).collect()
    }

    pub(super) fn sentences(&self) -> f64 {
        self.polarity.iter().sum()
    }
}

impl Confusion {
    /// Counts without what the model is known to confuse.
    ///
    /// Polarity: the shares that make the counted ones likeliest, given how often each labelled polarity is judged as
    /// each other, found by expectation-maximisation, so that they stay between 0 and 1; with a prior of three tenths
    /// of the batch on the counted shares. Themes: times labelled over judged sentences of the theme.
    pub fn correct(&self, counted: &Counts) -> Counts {
        self.correct_by(counted, SHRUNK)
    }

    pub(super) fn correct_by(&self, counted: &Counts, shrinkage: Shrinkage) -> Counts {
        let back = self.posterior(&counted.polarity, shrinkage.polarity);
        let moved = |row: &[f64; POLARITIES]| -> [f64; POLARITIES] {
            std::array::from_fn(|labelled| (0..POLARITIES).map(|judged| back[labelled][judged] * row[judged]).sum())
        };
        let ratio = |theme: usize| {
            let [labelled, judged] = self.themes.get(theme).copied().unwrap_or_default();
            (labelled + shrinkage.theme) / (judged + shrinkage.theme)
        };
        let themes = counted.themes.iter().enumerate().map(|(t, row)| moved(row).map(|n| n * ratio(t))).collect();
        Counts { polarity: moved(&counted.polarity), themes }
    }

    /// The probability of each labelled polarity (rows) given the judged one (columns) in a batch with these counts.
    fn posterior(&self, counted: &[f64; POLARITIES], weight: f64) -> [[f64; POLARITIES]; POLARITIES] {
        let sentences: f64 = counted.iter().sum();
        if sentences <= 0.0 {
            return std::array::from_fn(|i| std::array::from_fn(|j| f64::from(u8::from(i == j))));
        }
        let judged_as: [[f64; POLARITIES]; POLARITIES] = std::array::from_fn(|i| {
            let smoothed: [f64; POLARITIES] =
                std::array::from_fn(|j| self.polarity[i][j] + SMOOTHING[0] + if i == j { SMOOTHING[1] } else { 0.0 });
            let sum: f64 = smoothed.iter().sum();
            smoothed.map(|n| n / sum)
        });
        let mut shares = counted.map(|n| n / sentences);
        for _ in 0..STEPS {
            let back = bayes(&shares, &judged_as);
            let expected: [f64; POLARITIES] = std::array::from_fn(|i| {
                (0..POLARITIES).map(|j| back[i][j] * counted[j]).sum::<f64>() + weight * counted[i]
            });
            let sum: f64 = expected.iter().sum();
            shares = expected.map(|n| n / sum);
        }
        bayes(&shares, &judged_as)
    }
}

fn bayes(shares: &[f64; POLARITIES], judged_as: &[[f64; POLARITIES]; POLARITIES]) -> [[f64; POLARITIES]; POLARITIES] {
    let mut joint: [[f64; POLARITIES]; POLARITIES] =
        std::array::from_fn(|i| std::array::from_fn(|j| shares[i] * judged_as[i][j]));
    for j in 0..POLARITIES {
        let sum: f64 = joint.iter().map(|row| row[j]).sum();
        joint.iter_mut().for_each(|row| row[j] /= sum.max(f64::MIN_POSITIVE));
    }
    joint
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of 100 strengths 90 are found and 10 called weaknesses; of 100 weaknesses 80 and 20.
    fn confusion() -> Confusion {
        let polarity = [[90.0, 10.0, 0.0, 0.0], [20.0, 80.0, 0.0, 0.0], [0.0; 4], [0.0; 4]];
        Confusion { polarity, themes: vec![[50.0, 40.0], [0.0, 0.0]] }
    }

    fn counted(strength: f64, weakness: f64) -> Counts {
        let polarity = [strength, weakness, 0.0, 0.0];
        Counts { polarity, themes: vec![polarity, [0.0; 4]] }
    }

    #[test]
    fn without_a_prior_the_counts_behind_the_confusion_come_back() {
        // 300 strengths and 700 weaknesses are judged as 270 + 140 and 30 + 560.
        let unshrunk = Shrinkage { polarity: 0.0, theme: 0.0 };
        let corrected = confusion().correct_by(&counted(410.0, 590.0), unshrunk);
        assert!((corrected.polarity[0] - 300.0).abs() < 6.0, "{corrected:?}");
        let theme: f64 = corrected.themes[0].iter().sum();
        assert!((theme - 1250.0).abs() < 1e-6, "a theme found 40 times of 50 counts for more: {theme}");
    }

    #[test]
    fn corrected_polarities_sum_to_the_batch_and_are_never_negative() {
        for (strength, weakness) in [(1000.0, 0.0), (0.0, 3.0), (5.0, 5.0)] {
            let corrected = confusion().correct(&counted(strength, weakness));
            assert!((corrected.sentences() - strength - weakness).abs() < 1e-9, "{corrected:?}");
            assert!(corrected.flat().iter().all(|n| *n >= 0.0 && n.is_finite()), "{corrected:?}");
        }
    }

    #[test]
    fn a_model_without_errors_and_an_empty_batch_change_nothing() {
        let mut perfect = Confusion { polarity: [[0.0; 4]; 4], themes: vec![[9.0, 9.0]; 2] };
        (0..4).for_each(|i| perfect.polarity[i][i] = 1e9);
        let batch = counted(30.0, 70.0);
        let corrected = perfect.correct(&batch);
        assert!(corrected.flat().iter().zip(batch.flat()).all(|(a, b)| (a - b).abs() < 1e-4), "{corrected:?}");
        assert_eq!(confusion().correct(&Counts::zero(2)), Counts::zero(2));
    }
}
