//! Weighted L2 logistic regression on frozen features: a softmax for polarity and one sigmoid a theme, fitted by L-BFGS.
//!
//! The loss is the weighted mean, over the examples, of polarity's cross-entropy and each theme's binary cross-entropy,
//! plus `|W|² / (2 C n)` for `n` the sum of the weights: scikit-learn's `LogisticRegression(C)`, all outputs at once.
//! Biases have a thousandth of that penalty, so that a class without examples has a finite one.
//!
//! Products are `f32` in blocks of [`BLOCK`] rows; the blocks' sums are added in `f64` in the order of the rows. Nothing
//! depends on the number of threads, so the same input gives the same bytes on the same kind of processor.

use std::cell::RefCell;

use argmin::core::{CostFunction, Executor, Gradient, State};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use ndarray::{Array1, Array2, ArrayView2, Axis, s};

use crate::classify::{Heads, Linear};
use crate::error::{Error, ErrorKind, Result};
use crate::taxonomy::{Polarity, ThemeId};

/// Rows multiplied at once; their product with the weights stays in the cache.
const BLOCK: usize = 512;

/// Steps remembered by L-BFGS.
const HISTORY: usize = 10;

/// How much less a bias is held back than a weight.
const BIAS_SHARE: f64 = 1e-3;

const POLARITIES: usize = Polarity::ALL.len();

/// The right answers of the rows of a feature matrix, and how much each row counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Targets {
    /// The polarity of each row.
    pub polarity: Vec<Polarity>,
    /// `rows × themes`: one where the row has the theme, else zero.
    pub themes: Array2<f32>,
    /// The weight of each row; a row of weight zero is left out.
    pub weights: Vec<f32>,
}

impl Targets {
    /// Targets of weight one from labels, for a taxonomy of `themes` entries.
    pub fn new<'a>(labels: impl Iterator<Item = (Polarity, &'a [ThemeId])>, themes: usize) -> Self {
        let (polarity, sets): (Vec<_>, Vec<_>) = labels.unzip();
        let mut table = Array2::zeros((sets.len(), themes));
        for (row, set) in sets.into_iter().enumerate() {
            for theme in set {
                table[[row, usize::from(theme.0)]] = 1.0;
            }
        }
        Targets { weights: vec![1.0; polarity.len()], polarity, themes: table }
    }
}

/// How the heads are fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FitOptions {
    /// Inverse strength of the L2 penalty, as scikit-learn's `C`.
    pub c: f64,
    /// Stop when the gradient of the mean loss is shorter than this.
    pub tolerance: f64,
    /// Stop after so many L-BFGS steps.
    pub max_steps: u64,
}

impl Default for FitOptions {
    /// A hundred steps give the scores of three hundred on the national labels (`models/EXPERIMENTS.md`).
    fn default() -> Self {
        FitOptions { c: 4.0, tolerance: 1e-5, max_steps: 100 }
    }
}

/// Heads with what the fit came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// The fitted heads.
    pub heads: Heads,
    /// The mean loss, penalty included.
    pub loss: f64,
    /// L-BFGS steps taken.
    pub steps: u64,
}

/// Fits both heads to `features` (`rows × features`).
///
/// # Errors
/// [`ErrorKind::Data`] when no row has weight, or a feature is not finite.
pub fn fit(features: ArrayView2<'_, f32>, targets: &Targets, options: FitOptions) -> Result<Fit> {
    let problem = Loss::new(features, targets, options.c)?;
    let start = problem.start();
    let solver = LBFGS::new(MoreThuenteLineSearch::new(), HISTORY)
        .with_tolerance_grad(options.tolerance)
        .and_then(|solver| solver.with_tolerance_cost(0.0))
        .map_err(|e| Error::new(ErrorKind::Data, format!("the training options do not hold together: {e}")))?;
    // A line search that finds no lower point ends the fit; the best point until then is the result.
    let state = Executor::new(problem, solver)
        .configure(|state| state.param(start).max_iters(options.max_steps))
        .timer(false)
        .run()
        .map_err(|e| Error::new(ErrorKind::Data, format!("the heads could not be fitted: {e}")))?
        .state;
    let best = state
        .get_best_param()
        .filter(|best| best.iter().all(|w| w.is_finite()))
        .ok_or_else(|| Error::new(ErrorKind::Data, "the heads could not be fitted: the loss is not finite"))?;
    let outputs = POLARITIES + targets.themes.ncols();
    let (weights, bias) = unpack(best, features.ncols(), outputs);
    let head = |from: usize, to: usize| Linear {
        weights: weights.slice(s![.., from..to]).t().as_standard_layout().into_owned(),
        bias: bias.slice(s![from..to]).to_owned(),
    };
    let heads = Heads { polarity: head(0, POLARITIES), themes: head(POLARITIES, outputs) };
    Ok(Fit { heads, loss: state.get_best_cost(), steps: state.get_iter() })
}

/// The parameters as `features × outputs` weights and one bias an output. They lie as the weights, then the biases.
fn unpack(parameters: &[f64], features: usize, outputs: usize) -> (Array2<f32>, Array1<f32>) {
    let (weights, bias) = parameters.split_at(features * outputs);
    let weights = Array2::from_shape_fn((features, outputs), |(i, j)| weights[i * outputs + j] as f32);
    (weights, bias.iter().map(|&b| b as f32).collect())
}

/// A point with its loss and its gradient.
struct Evaluated {
    point: Vec<f64>,
    loss: f64,
    gradient: Vec<f64>,
}

/// The loss as a function of the parameters.
struct Loss<'a> {
    features: ArrayView2<'a, f32>,
    targets: &'a Targets,
    /// Sum of the rows' weights.
    total: f64,
    penalty: f64,
    /// The last point asked for, its loss and its gradient: the optimiser asks for the two one after the other.
    last: RefCell<Option<Evaluated>>,
}

impl<'a> Loss<'a> {
    fn new(features: ArrayView2<'a, f32>, targets: &'a Targets, c: f64) -> Result<Self> {
        let total: f64 = targets.weights.iter().map(|&w| f64::from(w)).sum();
        if total <= 0.0 {
            return Err(Error::new(ErrorKind::Data, "there is no labelled sentence to train on"));
        }
        if !features.iter().all(|x| x.is_finite()) {
            return Err(Error::new(ErrorKind::Data, "the encoder gave a number that is not finite; check its weights"));
        }
        Ok(Loss { features, targets, total, penalty: 1.0 / (c * total), last: RefCell::new(None) })
    }

    /// Weights of zero and the biases that the labels' shares make, from which the optimiser starts.
    fn start(&self) -> Vec<f64> {
        let mut shares = [0.5; POLARITIES];
        for (polarity, &weight) in self.targets.polarity.iter().zip(&self.targets.weights) {
            shares[polarity.index()] += f64::from(weight);
        }
        let mut bias: Vec<f64> = shares.iter().map(|n| (n / self.total).ln()).collect();
        for theme in self.targets.themes.axis_iter(Axis(1)) {
            let with: f64 = theme.iter().zip(&self.targets.weights).map(|(&y, &w)| f64::from(y) * f64::from(w)).sum();
            bias.push(((with + 0.5) / (self.total - with + 0.5)).ln());
        }
        let mut parameters = vec![0.0; self.features.ncols() * bias.len()];
        parameters.append(&mut bias);
        parameters
    }

    fn value_and_gradient(&self, parameters: &[f64]) -> (f64, Vec<f64>) {
        let (width, outputs) = (self.features.ncols(), POLARITIES + self.targets.themes.ncols());
        let (weights, bias) = unpack(parameters, width, outputs);
        let mut loss = 0.0;
        let mut gradient = vec![0.0; parameters.len()];
        let (weight_gradient, bias_gradient) = gradient.split_at_mut(width * outputs);
        for start in (0..self.features.nrows()).step_by(BLOCK) {
            let rows = start..(start + BLOCK).min(self.features.nrows());
            if self.targets.weights[rows.clone()].iter().all(|&w| w == 0.0) {
                continue;
            }
            let block = self.features.slice(s![rows.clone(), ..]);
            // The scores become the residuals in place: the derivative of the loss by each score.
            let mut scores = block.dot(&weights) + &bias;
            for (row, mut scores) in rows.zip(scores.outer_iter_mut()) {
                let scores = scores.as_slice_mut().expect("the product was laid out row by row");
                loss += self.row_loss_into_residuals(row, scores);
            }
            for (sum, residual) in bias_gradient.iter_mut().zip(scores.axis_iter(Axis(1))) {
                *sum += residual.iter().map(|&r| f64::from(r)).sum::<f64>();
            }
            for (sum, part) in weight_gradient.iter_mut().zip(&block.t().dot(&scores)) {
                *sum += f64::from(*part);
            }
        }
        loss /= self.total;
        let shares = std::iter::repeat_n(1.0, width * outputs).chain(std::iter::repeat(BIAS_SHARE));
        for ((slope, parameter), share) in gradient.iter_mut().zip(parameters).zip(shares) {
            let penalty = self.penalty * share;
            *slope = *slope / self.total + penalty * parameter;
            loss += 0.5 * penalty * parameter * parameter;
        }
        (loss, gradient)
    }

    /// The loss of one row; its scores become the derivatives of that loss.
    fn row_loss_into_residuals(&self, row: usize, scores: &mut [f32]) -> f64 {
        let weight = f64::from(self.targets.weights[row]);
        let (polarity, themes) = scores.split_at_mut(POLARITIES);
        let right = self.targets.polarity[row].index();
        let largest = polarity.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut loss = f64::from(largest - polarity[right]);
        let powers: [f64; POLARITIES] = std::array::from_fn(|i| f64::from(polarity[i] - largest).exp());
        let sum: f64 = powers.iter().sum();
        loss += sum.ln();
        for (i, score) in polarity.iter_mut().enumerate() {
            let probability = powers[i] / sum;
            *score = (weight * (probability - f64::from(u8::from(i == right)))) as f32;
        }
        for (score, &y) in themes.iter_mut().zip(self.targets.themes.row(row)) {
            let (z, y) = (f64::from(*score), f64::from(y));
            // ln(1 + e^z) - y z and the sigmoid of z, without overflow and with one exponential.
            let small = (-z.abs()).exp();
            loss += z.max(0.0) + small.ln_1p() - y * z;
            let probability = if z >= 0.0 { 1.0 / (1.0 + small) } else { small / (1.0 + small) };
            *score = (weight * (probability - y)) as f32;
        }
        weight * loss
    }

    fn at<T>(&self, parameters: &[f64], take: impl FnOnce(f64, &[f64]) -> T) -> T {
        let mut last = self.last.borrow_mut();
        if last.as_ref().is_none_or(|last| last.point != parameters) {
            *last = None;
        }
        let last = last.get_or_insert_with(|| {
            let (loss, gradient) = self.value_and_gradient(parameters);
            Evaluated { point: parameters.to_vec(), loss, gradient }
        });
        take(last.loss, &last.gradient)
    }
}

impl CostFunction for Loss<'_> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, parameters: &Vec<f64>) -> std::result::Result<f64, argmin::core::Error> {
        Ok(self.at(parameters, |loss, _| loss))
    }
}

impl Gradient for Loss<'_> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, parameters: &Vec<f64>) -> std::result::Result<Vec<f64>, argmin::core::Error> {
        Ok(self.at(parameters, |_, gradient| gradient.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interval::Random;

    /// Numbers between -1 and 1.
    fn noise(rows: usize, columns: usize, seed: u64) -> Array2<f32> {
        let mut random = Random::new(seed);
        Array2::from_shape_simple_fn((rows, columns), || (random.bits() >> 40) as f32 / (1 << 23) as f32 - 1.0)
    }

    fn targets(rows: usize, themes: usize) -> Targets {
        let labels: Vec<_> = (0..rows).map(|i| (Polarity::ALL[i % 4], [ThemeId((i % themes) as u16)])).collect();
        Targets::new(labels.iter().map(|(p, t)| (*p, &t[..])), themes)
    }

    #[test]
    fn gradient_is_that_of_finite_differences() {
        let features = noise(30, 3, 1);
        let mut targets = targets(30, 2);
        targets.weights[3] = 2.5;
        targets.weights[4] = 0.0;
        let loss = Loss::new(features.view(), &targets, 2.0).unwrap();
        let point: Vec<f64> = noise(1, 3 * 6 + 6, 2).iter().map(|&x| f64::from(x)).collect();
        let (_, gradient) = loss.value_and_gradient(&point);
        for i in 0..point.len() {
            let beside = |step: f64| {
                let mut moved = point.clone();
                moved[i] += step;
                loss.value_and_gradient(&moved).0
            };
            let slope = (beside(1e-2) - beside(-1e-2)) / 2e-2;
            assert!((slope - gradient[i]).abs() < 1e-4, "parameter {i}: {slope} and {}", gradient[i]);
        }
    }

    #[test]
    fn heads_are_those_of_scikit_learn() {
        #[derive(serde::Deserialize)]
        struct Expected {
            c: f64,
            features: Vec<[f32; 5]>,
            polarity: Vec<usize>,
            themes: Vec<[u8; 3]>,
            weights: Vec<f32>,
            polarity_weights: Vec<[f32; 5]>,
            polarity_bias: Vec<f32>,
            theme_weights: Vec<[f32; 5]>,
            theme_bias: Vec<f32>,
        }
        let expected: Expected =
            serde_json::from_str(include_str!("../../tests/fixtures/logistic/expected.json")).unwrap();
        let features = Array2::from(expected.features);
        let sets: Vec<Vec<ThemeId>> = expected
            .themes
            .iter()
            .map(|row| (0..3u16).filter(|&t| row[usize::from(t)] == 1).map(ThemeId).collect())
            .collect();
        let polarities = expected.polarity.iter().map(|&p| Polarity::ALL[p]);
        let mut targets = Targets::new(polarities.zip(sets.iter().map(|s| &s[..])), 3);
        targets.weights = expected.weights;
        let options = FitOptions { c: expected.c, tolerance: 1e-6, max_steps: 500 };
        let heads = fit(features.view(), &targets, options).unwrap().heads;
        let close = |name: &str, ours: &mut dyn Iterator<Item = &f32>, theirs: &mut dyn Iterator<Item = &f32>| {
            for (ours, theirs) in ours.zip(theirs) {
                // Theirs does not hold back biases at all, ours a little.
                assert!((ours - theirs).abs() < 5e-3, "{name}: {ours} and {theirs}");
            }
        };
        close("polarity", &mut heads.polarity.weights.iter(), &mut expected.polarity_weights.iter().flatten());
        close("polarity bias", &mut heads.polarity.bias.iter(), &mut expected.polarity_bias.iter());
        close("themes", &mut heads.themes.weights.iter(), &mut expected.theme_weights.iter().flatten());
        close("theme bias", &mut heads.themes.bias.iter(), &mut expected.theme_bias.iter());
    }

    #[test]
    fn rows_of_weight_zero_are_as_if_they_were_not_there() {
        // More rows than a block holds, so that one whole block is left out and one in part.
        let features = noise(2 * BLOCK + 100, 4, 3);
        let mut all = targets(features.nrows(), 3);
        let left_out = BLOCK..2 * BLOCK + 50;
        all.weights[left_out.clone()].fill(0.0);
        let kept: Vec<usize> = (0..features.nrows()).filter(|i| !left_out.contains(i)).collect();
        let fewer = Targets {
            polarity: kept.iter().map(|&i| all.polarity[i]).collect(),
            themes: all.themes.select(Axis(0), &kept),
            weights: vec![1.0; kept.len()],
        };
        let with_zeros = fit(features.view(), &all, FitOptions::default()).unwrap().heads;
        let without = fit(features.select(Axis(0), &kept).view(), &fewer, FitOptions::default()).unwrap().heads;
        let difference = (&with_zeros.themes.weights - &without.themes.weights).mapv(f32::abs);
        assert!(difference.iter().all(|&d| d < 1e-2), "{difference}");
    }

    #[test]
    fn absent_classes_have_finite_biases_far_below_the_others() {
        let features = noise(16, 3, 4);
        let labels = [(Polarity::Strength, [ThemeId(0)]), (Polarity::Weakness, [ThemeId(0)])];
        let targets = Targets::new(labels.iter().cycle().take(16).map(|(p, t)| (*p, &t[..])), 3);
        let heads = fit(features.view(), &targets, FitOptions::default()).unwrap().heads;
        heads.check(3).unwrap();
        assert!(heads.polarity.bias[Polarity::Mixed.index()] < heads.polarity.bias[0] - 3.0, "{}", heads.polarity.bias);
        assert!(heads.themes.bias[1] < -3.0 && heads.themes.bias[0] > 3.0, "{}", heads.themes.bias);
    }

    #[test]
    fn what_cannot_be_fitted_says_so() {
        let options = FitOptions::default();
        let none = fit(Array2::zeros((0, 3)).view(), &targets(0, 2), options).unwrap_err();
        assert!(none.to_string().contains("no labelled sentence"), "{none}");
        let nan = fit(Array2::from_elem((4, 3), f32::NAN).view(), &targets(4, 2), options).unwrap_err();
        assert!(nan.to_string().contains("not finite"), "{nan}");
    }
}
