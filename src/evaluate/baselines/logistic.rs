//! Logistic regression on sparse rows: a softmax for polarity, a sigmoid a theme.
//!
//! `train` has one for dense rows, which is what ships. This one stands apart on purpose: `train` and `evaluate` meet
//! only in the saved bundle, so that a fault of the one cannot hide in the other; and 20,000 terms need sparse rows.
//! The loss and the penalty are the same: scikit-learn's `LogisticRegression(C)`, biases all but free.

use std::cell::RefCell;

use argmin::core::{CostFunction, Executor, Gradient, State};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use ndarray::Array1;

use crate::classify::{Judgement, argmax, choose_themes, sigmoid, softmax};
use crate::dataset::Example;
use crate::error::{Error, ErrorKind, Result};
use crate::taxonomy::Polarity;

/// The numbers of a row that are not zero, with their places.
pub(super) type SparseRow = Vec<(u32, f32)>;

/// Inverse strength of the penalty.
const C: f64 = 4.0;
const BIAS_SHARE: f64 = 1e-3;
const HISTORY: usize = 8;
const STEPS: u64 = 60;
const POLARITIES: usize = Polarity::ALL.len();

/// A fitted model: for each feature, then for the bias, one weight an output.
#[derive(Debug, Clone)]
pub(super) struct Logistic {
    weights: Vec<f64>,
    outputs: usize,
    features: usize,
}

impl Logistic {
    /// Fits a row an example.
    ///
    /// # Errors
    /// When the optimiser finds no finite weights.
    pub(super) fn fit(rows: &[SparseRow], features: usize, examples: &[&Example], themes: usize) -> Result<Self> {
        let outputs = POLARITIES + themes;
        let failed =
            |e: argmin::core::Error| Error::new(ErrorKind::Data, format!("a baseline could not be fitted: {e}"));
        let problem = Loss { rows, examples, features, outputs, last: RefCell::new(None) };
        let solver = LBFGS::new(MoreThuenteLineSearch::new(), HISTORY)
            .with_tolerance_grad(1e-5)
            .and_then(|solver| solver.with_tolerance_cost(0.0))
            .map_err(failed)?;
        let start = vec![0.0; (features + 1) * outputs];
        let state = Executor::new(problem, solver)
            .configure(|state| state.param(start).max_iters(STEPS))
            .timer(false)
            .run()
            .map_err(failed)?
            .state;
        let weights = state.get_best_param().filter(|w| w.iter().all(|w| w.is_finite())).cloned();
        let weights = weights.ok_or_else(|| Error::new(ErrorKind::Data, "a baseline's loss is not finite"))?;
        Ok(Logistic { weights, outputs, features })
    }

    pub(super) fn judge(&self, row: &SparseRow) -> Judgement {
        let scores: Vec<f32> =
            scores(&self.weights, row, self.features, self.outputs).into_iter().map(|s| s as f32).collect();
        let (polarity, themes) = scores.split_at(POLARITIES);
        let polarity_scores = softmax(Array1::from(polarity.to_vec()).view(), 1.0);
        let probabilities: Array1<f32> = themes.iter().map(|&s| sigmoid(s)).collect();
        Judgement {
            polarity: Polarity::ALL[argmax(&polarity_scores)],
            polarity_scores,
            themes: choose_themes(probabilities.view(), &vec![0.5; themes.len()]),
            needs_review: false,
            truncated: false,
        }
    }
}

/// The outputs of a row before softmax and sigmoid.
fn scores(weights: &[f64], row: &SparseRow, features: usize, outputs: usize) -> Vec<f64> {
    let mut scores = weights[features * outputs..].to_vec();
    for &(place, x) in row {
        let from = place as usize * outputs;
        for (score, weight) in scores.iter_mut().zip(&weights[from..from + outputs]) {
            *score += f64::from(x) * weight;
        }
    }
    scores
}

struct Evaluated {
    point: Vec<f64>,
    loss: f64,
    gradient: Vec<f64>,
}

struct Loss<'a> {
    rows: &'a [SparseRow],
    examples: &'a [&'a Example],
    features: usize,
    outputs: usize,
    /// The last point: the optimiser asks for its loss and its gradient one after the other.
    last: RefCell<Option<Evaluated>>,
}

impl Loss<'_> {
    fn at<T>(&self, point: &[f64], take: impl Fn(&Evaluated) -> T) -> T {
        let mut last = self.last.borrow_mut();
        if !last.as_ref().is_some_and(|e| e.point == point) {
            let (loss, gradient) = self.value_and_gradient(point);
            *last = Some(Evaluated { point: point.to_vec(), loss, gradient });
        }
        take(last.get_or_insert_with(|| Evaluated { point: Vec::new(), loss: 0.0, gradient: Vec::new() }))
    }

    fn value_and_gradient(&self, weights: &[f64]) -> (f64, Vec<f64>) {
        let n = self.rows.len() as f64;
        let bias = self.features * self.outputs;
        let mut gradient = vec![0.0; weights.len()];
        let mut loss = 0.0;
        for (row, example) in self.rows.iter().zip(self.examples) {
            let mut residuals = scores(weights, row, self.features, self.outputs);
            loss += into_residuals(&mut residuals, example);
            let places = row.iter().map(|&(place, x)| (place as usize * self.outputs, f64::from(x)));
            for (from, x) in places.chain([(bias, 1.0)]) {
                for (slope, residual) in gradient[from..from + self.outputs].iter_mut().zip(&residuals) {
                    *slope += x * residual;
                }
            }
        }
        loss /= n;
        for (i, (slope, weight)) in gradient.iter_mut().zip(weights).enumerate() {
            let penalty = if i < bias { 1.0 } else { BIAS_SHARE } / (C * n);
            *slope = *slope / n + penalty * weight;
            loss += 0.5 * penalty * weight * weight;
        }
        (loss, gradient)
    }
}

/// The loss of one row; its scores become the derivatives of that loss.
fn into_residuals(scores: &mut [f64], example: &Example) -> f64 {
    let (polarity, themes) = scores.split_at_mut(POLARITIES);
    let right = example.polarity.index();
    let largest = polarity.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = polarity.iter().map(|s| (s - largest).exp()).sum();
    let mut loss = largest + sum.ln() - polarity[right];
    for (i, score) in polarity.iter_mut().enumerate() {
        *score = (*score - largest).exp() / sum - f64::from(u8::from(i == right));
    }
    for (t, score) in themes.iter_mut().enumerate() {
        let y = f64::from(u8::from(example.themes.iter().any(|theme| usize::from(theme.0) == t)));
        loss += score.max(0.0) + (-score.abs()).exp().ln_1p() - y * *score;
        *score = 1.0 / (1.0 + (-*score).exp()) - y;
    }
    loss
}

impl CostFunction for Loss<'_> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, point: &Vec<f64>) -> std::result::Result<f64, argmin::core::Error> {
        Ok(self.at(point, |e| e.loss))
    }
}

impl Gradient for Loss<'_> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, point: &Vec<f64>) -> std::result::Result<Vec<f64>, argmin::core::Error> {
        Ok(self.at(point, |e| e.gradient.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomy::ThemeId;

    fn example(polarity: Polarity, theme: u16) -> Example {
        Example { polarity, themes: vec![ThemeId(theme)], ..crate::dataset::tests::example("", "") }
    }

    #[test]
    fn what_can_be_told_apart_is() {
        let examples: Vec<Example> = (0..40)
            .map(|i| match i % 2 {
                0 => example(Polarity::Strength, 0),
                _ => example(Polarity::Weakness, 1),
            })
            .collect();
        let rows: Vec<SparseRow> = (0..40).map(|i| vec![(i % 2, 1.0)]).collect();
        let fitted = Logistic::fit(&rows, 2, &examples.iter().collect::<Vec<_>>(), 3).unwrap();
        let judged = fitted.judge(&vec![(1, 1.0)]);
        assert_eq!((judged.polarity, judged.themes[0].0), (Polarity::Weakness, ThemeId(1)));
        assert!((judged.polarity_scores.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    }

    #[test]
    fn the_gradient_is_the_slope_of_the_loss() {
        let examples = [example(Polarity::Strength, 0), example(Polarity::Mixed, 1), example(Polarity::Neutral, 0)];
        let rows: Vec<SparseRow> = vec![vec![(0, 1.0)], vec![(1, 0.5), (0, -0.3)], vec![]];
        let examples: Vec<&Example> = examples.iter().collect();
        let loss = Loss { rows: &rows, examples: &examples, features: 2, outputs: 6, last: RefCell::new(None) };
        let point: Vec<f64> = (0..18).map(|i| f64::from(i % 5) * 0.3 - 0.5).collect();
        let (_, gradient) = loss.value_and_gradient(&point);
        for i in 0..point.len() {
            let moved = |by: f64| {
                let mut moved = point.clone();
                moved[i] += by;
                loss.value_and_gradient(&moved).0
            };
            let slope = (moved(1e-6) - moved(-1e-6)) / 2e-6;
            assert!((slope - gradient[i]).abs() < 1e-7, "{i}: {slope} is not {}", gradient[i]);
        }
    }
}
