//! From scores on letters that the heads had not seen to the numbers that make them findings: polarity's temperature,
//! each theme's threshold, and the confidence below which a person should look.

use ndarray::{ArrayView1, ArrayView2, Axis};

use crate::classify::{Calibration, REVIEW_ALL, argmax, softmax};
use crate::taxonomy::Polarity;

/// The share of unmarked findings whose polarity must be right.
pub const REVIEW_TARGET: f64 = 0.97;

/// The fewest unmarked findings from which [`REVIEW_TARGET`] can be told: with no error among `n`, an error rate above
/// `3 / n` is ruled out at 95% (the rule of three).
const REVIEW_ROWS: usize = 100;

/// Bins of the expected calibration error.
const BINS: usize = 15;

/// Thresholds stay within these, so that a theme with few examples neither floods nor vanishes.
const THRESHOLD_RANGE: (f32, f32) = (0.2, 0.8);

/// Positives that stand by the neutral threshold: with as many of its own a theme's threshold goes half the way.
const THRESHOLD_PRIOR: f64 = 10.0;

/// Rows that stand by a temperature of one: a handful of sentences, all judged right, must not make a model certain.
const TEMPERATURE_PRIOR: f32 = 50.0;

/// Scores of sentences on which the heads that gave them were not fitted, with the right answers.
#[derive(Debug, Clone, Copy)]
pub struct HeldOut<'a> {
    /// `rows × 4` scores before the softmax.
    pub polarity_scores: ArrayView2<'a, f32>,
    /// `rows × themes` probabilities.
    pub theme_probabilities: ArrayView2<'a, f32>,
    /// The right polarity of each row.
    pub polarity: &'a [Polarity],
    /// `rows × themes`: one where the row has the theme.
    pub themes: ArrayView2<'a, f32>,
    /// Whether a row was drawn as letters are, and not picked because it is rare or hard.
    pub natural: &'a [bool],
}

/// A calibration with what it comes to on the held-out rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibrated {
    /// Temperature, thresholds and cut.
    pub calibration: Calibration,
    /// Expected calibration error of the polarity at temperature one.
    pub ece_before: f64,
    /// The same at the fitted temperature.
    pub ece_after: f64,
    /// Share of findings that are not marked for review.
    pub review_coverage: f64,
    /// Share of those whose polarity is right; `None` where all are marked.
    pub review_accuracy: Option<f64>,
}

/// Fits all of a bundle's [`Calibration`].
///
/// Temperature and cut are fitted on the natural rows, because shares matter to both. Thresholds are fitted on all rows: a rare theme has no examples to spare. Every number is
/// rounded to four decimals, so that the bundle's manifest holds just what is used.
pub fn calibrate(held_out: HeldOut<'_>) -> Calibrated {
    let rows: Vec<usize> = (0..held_out.polarity.len()).filter(|&row| held_out.natural[row]).collect();
    let scores = held_out.polarity_scores.select(Axis(0), &rows);
    let right: Vec<usize> = rows.iter().map(|&row| held_out.polarity[row].index()).collect();

    let own = rows.len() as f32 / (rows.len() as f32 + TEMPERATURE_PRIOR);
    let temperature = rounded(temperature(scores.view(), &right).powf(own));
    let (confidences, correct) = confidences(scores.view(), &right, temperature);
    let (before, _) = self::confidences(scores.view(), &right, 1.0);
    let review_cut = review_cut(&confidences, &correct);
    let unmarked: Vec<bool> =
        confidences.iter().zip(&correct).filter(|&(&c, _)| c >= review_cut).map(|(_, &ok)| ok).collect();
    let thresholds = held_out
        .theme_probabilities
        .axis_iter(Axis(1))
        .zip(held_out.themes.axis_iter(Axis(1)))
        .map(|(probabilities, truth)| rounded(threshold(probabilities, truth)))
        .collect();
    Calibrated {
        calibration: Calibration { temperature, thresholds, review_cut },
        ece_before: calibration_error(&before, &correct),
        ece_after: calibration_error(&confidences, &correct),
        review_coverage: share(unmarked.len(), confidences.len()),
        review_accuracy: (!unmarked.is_empty())
            .then(|| share(unmarked.iter().filter(|&&ok| ok).count(), unmarked.len())),
    }
}

fn rounded(number: f32) -> f32 {
    (number * 1e4).round() / 1e4
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The probability of each row's likeliest polarity, and whether that polarity is the right one.
fn confidences(scores: ArrayView2<'_, f32>, right: &[usize], temperature: f32) -> (Vec<f32>, Vec<bool>) {
    let judge = |(row, &right): (ArrayView1<'_, f32>, &usize)| {
        let probabilities = softmax(row, temperature);
        let best = argmax(&probabilities);
        (probabilities[best], best == right)
    };
    scores.axis_iter(Axis(0)).zip(right).map(judge).unzip()
}

/// The temperature with the least mean negative log likelihood of the right polarities, by golden-section search over
/// its logarithm between 1/10 and 10, within which the likelihood has one optimum.
fn temperature(scores: ArrayView2<'_, f32>, right: &[usize]) -> f32 {
    let loss = |log_temperature: f64| -> f64 {
        let inverse = (-log_temperature).exp();
        scores
            .axis_iter(Axis(0))
            .zip(right)
            .map(|(row, &right)| {
                let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let shifted = |score: f32| f64::from(score - largest) * inverse;
                row.iter().map(|&s| shifted(s).exp()).sum::<f64>().ln() - shifted(row[right])
            })
            .sum()
    };
    if scores.is_empty() {
        return 1.0;
    }
    let golden = (5f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (0.1f64.ln(), 10f64.ln());
    let (mut a, mut b) = (high - golden * (high - low), low + golden * (high - low));
    let (mut loss_a, mut loss_b) = (loss(a), loss(b));
    while high - low > 1e-5 {
        if loss_a <= loss_b {
            (high, b, loss_b) = (b, a, loss_a);
            a = high - golden * (high - low);
            loss_a = loss(a);
        } else {
            (low, a, loss_a) = (a, b, loss_b);
            b = low + golden * (high - low);
            loss_b = loss(b);
        }
    }
    ((low + high) / 2.0).exp() as f32
}

/// Expected calibration error: the mean distance of confidence and accuracy over bins of equal width, weighted by their
/// rows (Naeini and others, 2015).
fn calibration_error(confidences: &[f32], correct: &[bool]) -> f64 {
    let mut bins = [(0.0, 0.0); BINS];
    for (&confidence, &ok) in confidences.iter().zip(correct) {
        let bin = ((confidence * BINS as f32) as usize).min(BINS - 1);
        bins[bin].0 += f64::from(confidence);
        bins[bin].1 += f64::from(u8::from(ok));
    }
    bins.iter().map(|(sure, right)| (sure - right).abs()).sum::<f64>() / confidences.len().max(1) as f64
}

/// The threshold with the best F1 of one theme, drawn towards one half where the theme has few positives.
fn threshold(probabilities: ArrayView1<'_, f32>, truth: ArrayView1<'_, f32>) -> f32 {
    let mut rows: Vec<(f32, bool)> = probabilities.iter().copied().zip(truth.iter().map(|&y| y > 0.5)).collect();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    let positives = rows.iter().filter(|(_, positive)| *positive).count();
    if positives == 0 {
        return 0.5;
    }
    let (mut best, mut best_f1, mut hits) = (0.5, 0.0, 0);
    for (i, &(probability, positive)) in rows.iter().enumerate() {
        hits += usize::from(positive);
        let next = rows.get(i + 1).map_or(0.0, |&(p, _)| p);
        if next == probability {
            continue;
        }
        let f1 = 2.0 * hits as f64 / (i + 1 + positives) as f64;
        if f1 > best_f1 {
            (best, best_f1) = ((probability + next) / 2.0, f1);
        }
    }
    let own = positives as f64 / (positives as f64 + THRESHOLD_PRIOR);
    let drawn = own * f64::from(best) + (1.0 - own) * 0.5;
    (drawn as f32).clamp(THRESHOLD_RANGE.0, THRESHOLD_RANGE.1)
}

/// The lowest confidence such that the findings at or above it are right [`REVIEW_TARGET`] of the time, and wrong at most a
/// third as often as all are, so that the mark still says something of a model that keeps the promise anyhow; [`REVIEW_ALL`]
/// where there is none, or where fewer than [`REVIEW_ROWS`] findings would stand by it.
fn review_cut(confidences: &[f32], correct: &[bool]) -> f32 {
    // Rounded down to what the manifest holds, so that the cut is one that was looked at.
    let mut rows: Vec<(f32, bool)> =
        confidences.iter().map(|c| (c * 1e4).floor() / 1e4).zip(correct.iter().copied()).collect();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    let all_right = share(correct.iter().filter(|&&ok| ok).count(), correct.len());
    let target = REVIEW_TARGET.max(1.0 - (1.0 - all_right) / 3.0);
    let (mut cut, mut right) = (REVIEW_ALL, 0);
    for (i, &(confidence, ok)) in rows.iter().enumerate() {
        right += usize::from(ok);
        let ties_follow = rows.get(i + 1).is_some_and(|&(next, _)| next == confidence);
        if !ties_follow && i + 1 >= REVIEW_ROWS && share(right, i + 1) >= target {
            cut = confidence;
        }
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};

    #[test]
    fn temperature_brings_confidence_to_accuracy() {
        // Scores of (2, 0, 0, 0) are right three times in five: e^(2/T) / (e^(2/T) + 3) = 0.6 where T = 2 / ln 4.5.
        let scores = Array2::from_shape_fn((10, 4), |(_, class)| if class == 0 { 2.0 } else { 0.0 });
        let right = [0, 0, 0, 1, 2, 0, 0, 0, 3, 1];
        let t = temperature(scores.view(), &right);
        assert!((f64::from(t) - 2.0 / 4.5f64.ln()).abs() < 1e-3, "{t}");
        let (confidences, correct) = confidences(scores.view(), &right, t);
        assert!(calibration_error(&confidences, &correct) < 1e-3);
    }

    #[test]
    fn calibration_error_is_the_gap_of_confidence_and_accuracy() {
        // 0.95 sure and right half the time: a gap of 0.45; 0.55 sure and always right: also 0.45.
        let error = calibration_error(&[0.95, 0.95, 0.55, 0.55], &[true, false, true, true]);
        assert!((error - 0.45).abs() < 1e-6, "{error}");
    }

    #[test]
    fn threshold_lies_between_the_last_hit_and_the_next_miss() {
        // Best F1 takes the first 30 of 40: 30 positives at 0.4, 10 negatives at 0.2. Middle: 0.3, drawn by 10 / 40.
        let probabilities: ndarray::Array1<f32> = (0..40).map(|i| if i < 30 { 0.4 } else { 0.2 }).collect();
        let truth: ndarray::Array1<f32> = (0..40).map(|i| if i < 30 { 1.0 } else { 0.0 }).collect();
        let t = threshold(probabilities.view(), truth.view());
        assert!((t - (0.75 * 0.3 + 0.25 * 0.5)).abs() < 1e-6, "{t}");
    }

    #[test]
    fn thresholds_of_rare_and_absent_themes_are_guarded() {
        assert_eq!(threshold(array![0.9f32, 0.1].view(), array![0.0f32, 0.0].view()), 0.5);
        let rare = threshold(array![0.02f32, 0.01].view(), array![1.0f32, 0.0].view());
        assert!((0.4..0.5).contains(&rare), "{rare}");
        let many = ndarray::Array1::from_elem(1000, 0.01f32);
        assert_eq!(threshold(many.view(), ndarray::Array1::ones(1000).view()), 0.2);
    }

    #[test]
    fn review_cut_is_the_lowest_that_keeps_the_promise() {
        // 200 sure and right, 100 half sure and right 9 in 10, 100 unsure and wrong: 290 / 300 misses 97%, and 200 / 200
        // keeps it.
        let mut confidences = vec![0.9; 200];
        let mut correct = vec![true; 200];
        confidences.extend([0.7; 100]);
        correct.extend((0..100).map(|i| i % 10 != 0));
        confidences.extend([0.4; 100]);
        correct.extend([false; 100]);
        let near = |cut: f32, expected: f32| assert!((cut - expected).abs() < 2e-4, "{cut} where {expected} belongs");
        near(review_cut(&confidences, &correct), 0.9);
        correct[200] = true;
        correct[210] = true;
        near(review_cut(&confidences, &correct), 0.7);
    }

    #[test]
    fn a_model_that_keeps_the_promise_anyhow_still_marks_where_its_errors_are() {
        // 98% of all are right, so 99.3% of the unmarked have to be.
        let confidences: Vec<f32> = [[0.9; 100]; 4].concat().into_iter().chain([0.6; 100]).collect();
        let correct: Vec<bool> = (0..500).map(|i| i < 400 || i % 10 != 0).collect();
        let cut = review_cut(&confidences, &correct);
        assert!((0.89..=0.9).contains(&cut), "{cut}");
    }

    #[test]
    fn everything_is_marked_where_the_promise_cannot_be_kept_or_told() {
        assert_eq!(review_cut(&[0.9; 200], &[false; 200]), REVIEW_ALL);
        assert_eq!(review_cut(&[0.9; 99], &[true; 99]), REVIEW_ALL);
        assert!(review_cut(&[0.9; 100], &[true; 100]) <= 0.9);
    }
}
