//! The heads: one linear map from a feature row to four polarities, one to the themes, and what is made of their scores.
//!
//! Polarity is a softmax over four classes, divided by a temperature first so that its probabilities can be believed
//! (Guo and others, 2017). Each theme, `none` included, has a sigmoid of its own, and the main theme is the likeliest.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::Judgement;
use crate::error::{Error, ErrorKind, Result};
use crate::taxonomy::{Polarity, ThemeId};

/// The most themes that one sentence is given.
pub const MAX_THEMES: usize = 3;

/// A review cut above every probability: each finding is marked for review.
pub const REVIEW_ALL: f32 = 2.0;

/// A linear map: `outputs × features` weights and one bias an output.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    /// One row an output.
    pub weights: Array2<f32>,
    /// One number an output.
    pub bias: Array1<f32>,
}

impl Linear {
    /// Scores of `rows × features`, as `rows × outputs`, before softmax or sigmoid.
    ///
    /// Each score is summed in `f64`, feature by feature, so a row's scores do not depend on the other rows.
    pub fn apply(&self, rows: ArrayView2<'_, f32>) -> Array2<f32> {
        Array2::from_shape_fn((rows.nrows(), self.weights.nrows()), |(row, output)| {
            let sum: f64 =
                rows.row(row).iter().zip(self.weights.row(output)).map(|(&x, &w)| f64::from(x) * f64::from(w)).sum();
            (sum + f64::from(self.bias[output])) as f32
        })
    }
}

/// Both heads over the same feature row.
#[derive(Debug, Clone, PartialEq)]
pub struct Heads {
    /// Outputs in the order of [`Polarity::ALL`].
    pub polarity: Linear,
    /// Outputs in the order of the taxonomy, `none` last.
    pub themes: Linear,
}

/// What turns the heads' scores into a finding; all of it is fitted on letters that the heads had not seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Polarity scores are divided by it before the softmax.
    pub temperature: f32,
    /// The probability from which a theme joins the set, in the order of the taxonomy.
    pub thresholds: Vec<f32>,
    /// Findings whose polarity is less probable than this are marked for review; [`REVIEW_ALL`] marks all.
    pub review_cut: f32,
}

impl Calibration {
    /// Temperature one, every threshold one half, everything marked for review.
    pub fn neutral(themes: usize) -> Self {
        Calibration { temperature: 1.0, thresholds: vec![0.5; themes], review_cut: REVIEW_ALL }
    }
}

impl Heads {
    /// Length of the feature row that is read.
    pub fn features(&self) -> usize {
        self.polarity.weights.ncols()
    }

    /// Checks the shapes against a taxonomy of `themes` entries and that every number is finite.
    ///
    /// # Errors
    /// [`ErrorKind::Bundle`] when they do not fit.
    pub fn check(&self, themes: usize) -> Result<()> {
        let features = self.features();
        for (name, linear, outputs) in
            [("polarity", &self.polarity, Polarity::ALL.len()), ("themes", &self.themes, themes)]
        {
            let shape = linear.weights.dim();
            if shape != (outputs, features) || linear.bias.len() != outputs {
                return Err(Error::new(
                    ErrorKind::Bundle,
                    format!(
                        "the {name} head has {} × {} weights and {} biases where {outputs} × {features} and {outputs} \
                         belong; train the model again",
                        shape.0,
                        shape.1,
                        linear.bias.len()
                    ),
                ));
            }
            if !linear.weights.iter().chain(&linear.bias).all(|w| w.is_finite()) {
                return Err(Error::new(
                    ErrorKind::Bundle,
                    format!("the {name} head holds a number that is not finite; train the model again"),
                ));
            }
        }
        Ok(())
    }

    /// Judges `rows × features`, one judgement a row, none marked as truncated.
    pub fn judge(&self, rows: ArrayView2<'_, f32>, calibration: &Calibration) -> Vec<Judgement> {
        let polarity = self.polarity.apply(rows);
        let themes = self.themes.apply(rows).mapv(sigmoid);
        polarity
            .axis_iter(Axis(0))
            .zip(themes.axis_iter(Axis(0)))
            .map(|(scores, probabilities)| {
                let polarity_scores = softmax(scores, calibration.temperature);
                let best = argmax(&polarity_scores);
                Judgement {
                    polarity: Polarity::ALL[best],
                    polarity_scores,
                    themes: choose_themes(probabilities, &calibration.thresholds),
                    needs_review: polarity_scores[best] < calibration.review_cut,
                    truncated: false,
                }
            })
            .collect()
    }
}

/// The set of themes that probabilities in the order of the taxonomy make: the likeliest first, then those at or above
/// their thresholds, at most [`MAX_THEMES`].
///
/// The set is never empty: the likeliest theme stands in it whatever its probability. `none`, the last, stands alone
/// where it is the likeliest and is dropped where it is not.
pub fn choose_themes(probabilities: ArrayView1<'_, f32>, thresholds: &[f32]) -> Vec<(ThemeId, f32)> {
    let none = probabilities.len() - 1;
    let mut order: Vec<usize> = (0..probabilities.len()).collect();
    order.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]).then(a.cmp(&b)));
    let main = order[0];
    let others = order[1..]
        .iter()
        .filter(|&&theme| main != none && theme != none && probabilities[theme] >= thresholds[theme])
        .take(MAX_THEMES - 1);
    std::iter::once(&main).chain(others).map(|&theme| (ThemeId(theme as u16), probabilities[theme])).collect()
}

/// Probabilities from scores divided by `temperature`; they sum to one.
pub fn softmax(scores: ArrayView1<'_, f32>, temperature: f32) -> [f32; 4] {
    let scaled: [f64; 4] = std::array::from_fn(|i| f64::from(scores[i]) / f64::from(temperature));
    let largest = scaled.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers = scaled.map(|s| (s - largest).exp());
    let sum: f64 = powers.iter().sum();
    powers.map(|p| (p / sum) as f32)
}

/// The logistic function.
pub fn sigmoid(score: f32) -> f32 {
    (1.0 / (1.0 + (-f64::from(score)).exp())) as f32
}

/// The place of the largest number, the first of equals.
pub fn argmax(numbers: &[f32]) -> usize {
    let mut best = 0;
    for (place, number) in numbers.iter().enumerate() {
        if *number > numbers[best] {
            best = place;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn theme_sets_follow_the_rules() {
        // The last of the four is `none`; thresholds are one half.
        for (name, probabilities, expected) in [
            ("one over its threshold", array![0.9, 0.2, 0.1, 0.1], vec![0]),
            ("main first", array![0.6, 0.8, 0.1, 0.1], vec![1, 0]),
            ("at most three", array![0.6, 0.8, 0.7, 0.1], vec![1, 2, 0]),
            ("none alone where likeliest", array![0.6, 0.2, 0.1, 0.7], vec![3]),
            ("none dropped where not", array![0.8, 0.2, 0.1, 0.7], vec![0]),
            ("never empty", array![0.1, 0.3, 0.2, 0.0], vec![1]),
            ("none as the fallback", array![0.1, 0.1, 0.1, 0.2], vec![3]),
            ("the first of equals", array![0.5, 0.5, 0.5, 0.5], vec![0, 1, 2]),
        ] {
            let set: Vec<u16> = choose_themes(probabilities.view(), &[0.5; 4]).iter().map(|(t, _)| t.0).collect();
            assert_eq!(set, expected, "{name}");
        }
    }

    #[test]
    fn more_themes_over_their_thresholds_are_cut_at_three() {
        let set = choose_themes(array![0.6f32, 0.9, 0.8, 0.7, 0.1].view(), &[0.5; 5]);
        assert_eq!(set.iter().map(|(t, _)| t.0).collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn a_higher_temperature_is_less_sure_of_the_same_polarity() {
        let scores = array![2.0f32, 0.0, 0.0, 0.0];
        let (sharp, flat) = (softmax(scores.view(), 1.0), softmax(scores.view(), 2.0));
        // e^2 / (e^2 + 3) and e / (e + 3).
        assert!((sharp[0] - 0.711_235).abs() < 1e-5, "{sharp:?}");
        assert!((flat[0] - 0.475_367).abs() < 1e-5, "{flat:?}");
        assert!((sharp.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn enormous_scores_stay_probabilities() {
        let p = softmax(array![1e30f32, -1e30, 0.0, 0.0].view(), 1.0);
        assert_eq!(p, [1.0, 0.0, 0.0, 0.0]);
        assert_eq!((sigmoid(-1e30), sigmoid(1e30)), (0.0, 1.0));
    }

    #[test]
    fn unsure_polarity_needs_review() {
        let heads = Heads {
            polarity: Linear { weights: array![[1.0], [0.0], [0.0], [0.0]], bias: Array1::zeros(4) },
            themes: Linear { weights: array![[0.0], [0.0]], bias: array![1.0, -1.0] },
        };
        let calibration = Calibration { temperature: 1.0, thresholds: vec![0.5; 2], review_cut: 0.7 };
        let judged = heads.judge(array![[1.0], [3.0]].view(), &calibration);
        assert_eq!(judged.iter().map(|j| j.needs_review).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn heads_of_the_wrong_shape_or_with_nan_are_refused() {
        let linear = |outputs| Linear { weights: Array2::zeros((outputs, 3)), bias: Array1::zeros(outputs) };
        let good = Heads { polarity: linear(4), themes: linear(5) };
        assert!(good.check(5).is_ok());
        assert!(good.check(6).unwrap_err().to_string().contains("themes head has 5 × 3"));
        let mut bad = good;
        bad.polarity.bias[2] = f32::NAN;
        assert!(bad.check(5).unwrap_err().to_string().contains("polarity head holds"));
    }
}
