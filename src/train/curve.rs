//! The learning curve: how the scores grow with the labels, and so what more labels may buy.
//!
//! A fifth of the letters is set aside. Heads are fitted on the frozen vectors of letters drawn at random from the others,
//! until they have a tenth, a quarter, a half and all of the sentences, several draws each, and scored on the letters
//! set aside. Each draw takes whole letters, because labels come letter by letter.

use std::collections::{BTreeMap, BTreeSet};

use ndarray::{ArrayView2, Axis};
use sha2::{Digest, Sha256};

use super::folds::divide;
use super::heads::{FitOptions, Targets, fit};
use super::score::{Judged, score};
use super::{Options, Progress};
use crate::classify::Calibration;
use crate::dataset::Example;
use crate::error::{Error, ErrorKind, Result};
use crate::interval::{Interval, Random};

/// The fewest letters from which a curve is drawn: one is set aside, and the others are drawn from.
pub const FEWEST_LETTERS: usize = 5;

/// The shares of the sentences that heads are fitted to.
pub const SHARES: [f64; 4] = [0.1, 0.25, 0.5, 1.0];

/// Draws of letters for each share but the whole.
pub const DRAWS: usize = 5;

/// The scores of a curve.
pub const SCORES: [&str; 4] = ["polarity accuracy", "polarity macro-F1", "main theme in set", "theme micro-F1"];

/// How many more labels a forecast is made for.
pub const MORE: usize = 200;

/// Resamples of a forecast's interval.
const RESAMPLES: usize = 1000;

/// Heads fitted to one draw of letters, scored on the letters set aside.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The share of the sentences that was drawn for.
    pub share: f64,
    /// Which draw of this share, counted from zero.
    pub draw: usize,
    /// Letters drawn.
    pub letters: usize,
    /// Sentences of these letters.
    pub sentences: usize,
    /// In the order of [`SCORES`].
    pub scores: [f64; 4],
}

/// A learning curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// From the smallest share to the whole.
    pub points: Vec<Point>,
    /// Letters set aside.
    pub held_out_letters: usize,
    /// Sentences of these.
    pub held_out_sentences: usize,
    /// The 95% intervals of the scores at all labels, from drawing the letters set aside anew; in the order of [`SCORES`].
    pub intervals: [Option<Interval>; 4],
}

/// What more labels may buy, by a power law through the points of a curve: the error falls as `a · n^-b` (as in Hestness
/// and others, 2017).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast {
    /// The expected change of the score from [`MORE`] more labels.
    pub gain: f64,
    /// Its 95% interval over draws of letters to train on, widened to what the slope from half the labels to all gives; the
    /// letters set aside stay the same.
    pub interval: Interval,
}

/// The learning curve of heads on `rows`, the [`vectors`](super::vectors) of `examples`.
///
/// # Errors
/// [`ErrorKind::Data`] when the examples name fewer than [`FEWEST_LETTERS`] letters, or some name none.
pub fn curve(
    rows: ArrayView2<'_, f32>,
    examples: &[&Example],
    themes: usize,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Curve> {
    let mut letters: Vec<&str> = examples.iter().map(|e| e.letter.as_str()).collect();
    letters.sort_unstable();
    letters.dedup();
    if letters.len() < FEWEST_LETTERS || letters.contains(&"") {
        let named = letters.iter().filter(|letter| !letter.is_empty()).count();
        let message = format!(
            "a learning curve needs {FEWEST_LETTERS} letters or more, each sentence with its own in the column \"letter\", and \
             {named} are named. Fill the column, or label sentences of more letters: a few of each teach more than many of \
             one. Until then compare two models on letters that neither was trained on (lettermark evaluate)"
        );
        return Err(Error::new(ErrorKind::Data, message));
    }
    let folds = divide(examples, FEWEST_LETTERS, options.seed);
    let held_out: Vec<usize> = (0..examples.len()).filter(|&i| folds.of[i] == 0).collect();
    let pool: Vec<usize> = (0..examples.len()).filter(|&i| folds.of[i] != 0).collect();

    let draws: Vec<(f64, usize)> = SHARES
        .iter()
        .flat_map(|&share| (0..if share < 1.0 { DRAWS } else { 1 }).map(move |draw| (share, draw)))
        .collect();
    let mut points = Vec::new();
    let mut intervals = [None; 4];
    for (done, &(share, draw)) in draws.iter().enumerate() {
        progress(Progress::Fitting { done, of: draws.len() });
        let (members, letters) = drawn(&pool, examples, share, draw, options.seed);
        let targets = Targets::new(members.iter().map(|&i| (examples[i].polarity, &examples[i].themes[..])), themes);
        let fit_options = FitOptions { c: options.c, ..FitOptions::default() };
        let heads = fit(rows.select(Axis(0), &members).view(), &targets, fit_options)?.heads;
        let judgements = heads.judge(rows.select(Axis(0), &held_out).view(), &Calibration::neutral(themes));
        let judged: Vec<Judged<'_>> = judgements
            .iter()
            .zip(&held_out)
            .map(|(judgement, &i)| {
                let Example { polarity, themes, .. } = examples[i];
                Judged { judgement, polarity: *polarity, themes, group: folds.group[i] }
            })
            .collect();
        let found = score(&judged, "letters set aside", options.seed);
        let value = |name: &&str| found.iter().find(|s| s.name == *name).map_or(0.0, |s| s.value);
        points.push(Point { share, draw, letters, sentences: members.len(), scores: SCORES.each_ref().map(value) });
        if share >= 1.0 {
            intervals = SCORES.map(|name| {
                let (low, high) = found.iter().find(|s| s.name == name)?.interval?;
                Some(Interval { low, high })
            });
        }
    }
    progress(Progress::Fitting { done: draws.len(), of: draws.len() });
    Ok(Curve {
        points,
        held_out_letters: held_out.iter().map(|&i| examples[i].letter.as_str()).collect::<BTreeSet<_>>().len(),
        held_out_sentences: held_out.len(),
        intervals,
    })
}

/// Sentences of letters in the order of a seeded hash, until they are `share` of the pool; with the count of letters.
fn drawn(pool: &[usize], examples: &[&Example], share: f64, draw: usize, seed: u64) -> (Vec<usize>, usize) {
    let mut letters: BTreeMap<([u8; 32], &str), Vec<usize>> = Default::default();
    for &i in pool {
        let letter = examples[i].letter.as_str();
        letters.entry((Sha256::digest(format!("curve:{seed}:{draw}:{letter}")).into(), letter)).or_default().push(i);
    }
    let wanted = (share * pool.len() as f64).ceil() as usize;
    let (mut members, mut count) = (Vec::new(), 0);
    for of_letter in letters.into_values() {
        if members.len() >= wanted {
            break;
        }
        members.extend(of_letter);
        count += 1;
    }
    members.sort_unstable();
    (members, count)
}

impl Curve {
    /// The points of one share.
    pub fn of_share(&self, share: f64) -> impl Iterator<Item = &Point> + '_ {
        self.points.iter().filter(move |point| point.share == share)
    }

    /// The mean, the least and the greatest of a score (by its place in [`SCORES`]) over the draws of a share.
    pub fn spread(&self, share: f64, score: usize) -> (f64, f64, f64) {
        let values: Vec<f64> = self.of_share(share).map(|point| point.scores[score]).collect();
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        (mean, least, values.iter().copied().fold(f64::NEG_INFINITY, f64::max))
    }

    /// What [`MORE`] more labels may buy of a score; `None` where the points make no curve: fewer than three sizes, or no
    /// error left.
    pub fn forecast(&self, score: usize, seed: u64) -> Option<Forecast> {
        let points: Vec<(f64, f64)> = self.points.iter().map(|p| (p.sentences as f64, 1.0 - p.scores[score])).collect();
        let all = self.points.last()?.sentences as f64;
        let gain = gain(&points, all)?;
        let mut random = Random::new(seed);
        let mut gains: Vec<f64> = Vec::with_capacity(RESAMPLES);
        for _ in 0..RESAMPLES {
            // Within a share, so that every resample spans the sizes.
            let resampled: Vec<(f64, f64)> = SHARES
                .iter()
                .flat_map(|&share| {
                    let of: Vec<(f64, f64)> =
                        self.of_share(share).map(|p| (p.sentences as f64, 1.0 - p.scores[score])).collect();
                    (0..of.len()).map(|_| of[random.below(of.len())]).collect::<Vec<_>>()
                })
                .collect();
            gains.extend(self::gain(&resampled, all));
        }
        gains.sort_by(f64::total_cmp);
        let at = |q: f64| gains.get((q * (gains.len().checked_sub(1)?) as f64).round() as usize).copied();
        // A power law goes on falling where the points have come to rest, so the last slope is let into the interval.
        let last = self.last_slope(score)? * MORE as f64;
        let interval = Interval { low: at(0.025)?, high: at(0.975)? }.hull(Interval { low: last, high: last });
        Some(Forecast { gain, interval })
    }

    /// The growth of a score with each label, from half of them to all.
    fn last_slope(&self, score: usize) -> Option<f64> {
        let [.., half, all] = SHARES;
        let size = |share: f64| {
            let sizes: Vec<f64> = self.of_share(share).map(|point| point.sentences as f64).collect();
            sizes.iter().sum::<f64>() / sizes.len() as f64
        };
        let slope = (self.spread(all, score).0 - self.spread(half, score).0) / (size(all) - size(half));
        Some(slope).filter(|slope| slope.is_finite())
    }

    /// One sentence a score that tells what more labels may buy.
    pub fn outlook(&self, seed: u64) -> Vec<String> {
        let one = |(i, name): (usize, &&str)| {
            let now = self.spread(1.0, i).0;
            let Some(Forecast { gain, interval }) = self.forecast(i, seed) else {
                return format!("{name}: the points make no curve, so what more labels buy cannot be told");
            };
            let unsure = self.intervals[i]
                .map(|i| format!("; the score itself is only known to lie between {:.3} and {:.3}", i.low, i.high))
                .unwrap_or_default();
            match interval.low > 0.0 {
                true => format!(
                    "{name}: {MORE} more labels of other letters may bring it from {now:.3} to about {:.3} (gain {gain:.3}, \
                     {:.3} to {:.3}){unsure}",
                    now + gain,
                    interval.low,
                    interval.high
                ),
                false => format!(
                    "{name}: whether {MORE} more labels of other letters help cannot be told from these draws (gain {:.3} to \
                     {:.3}){unsure}",
                    interval.low, interval.high
                ),
            }
        };
        SCORES.iter().enumerate().map(one).collect()
    }

    /// The points as CSV.
    pub fn to_csv(&self) -> String {
        let mut out =
            "share,draw,letters,sentences,polarity_accuracy,polarity_macro_f1,main_theme_in_set,theme_micro_f1\n"
                .to_owned();
        for p in &self.points {
            let [a, b, c, d] = p.scores;
            out.push_str(&format!(
                "{},{},{},{},{a:.4},{b:.4},{c:.4},{d:.4}\n",
                p.share, p.draw, p.letters, p.sentences
            ));
        }
        out
    }
}

/// The fall of the error from `all` labels to [`MORE`] more, by a power law fitted to sizes and errors by least squares of
/// their logarithms.
fn gain(points: &[(f64, f64)], all: f64) -> Option<f64> {
    let logs: Vec<(f64, f64)> =
        points.iter().filter(|(n, e)| *n > 0.0 && *e > 0.0).map(|(n, e)| (n.ln(), e.ln())).collect();
    let mut sizes: Vec<f64> = logs.iter().map(|(x, _)| *x).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.dedup();
    if sizes.len() < 3 {
        return None;
    }
    let n = logs.len() as f64;
    let (mx, my) = (logs.iter().map(|l| l.0).sum::<f64>() / n, logs.iter().map(|l| l.1).sum::<f64>() / n);
    let slope = logs.iter().map(|(x, y)| (x - mx) * (y - my)).sum::<f64>()
        / logs.iter().map(|(x, _)| (x - mx).powi(2)).sum::<f64>();
    let error = |n: f64| (my + slope * (n.ln() - mx)).exp();
    Some(error(all) - error(all + MORE as f64)).filter(|gain| gain.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve_of(error: impl Fn(f64, usize) -> f64) -> Curve {
        let point = |share: f64, draw: usize| {
            let sentences = (1000.0 * share) as usize + draw;
            let score = 1.0 - error(sentences as f64, draw);
            Point { share, draw, letters: 3, sentences, scores: [score; 4] }
        };
        let points = SHARES.iter().flat_map(|&s| (0..if s < 1.0 { DRAWS } else { 1 }).map(move |d| (s, d)));
        Curve {
            points: points.map(|(share, draw)| point(share, draw)).collect(),
            held_out_letters: 2,
            held_out_sentences: 100,
            intervals: [None; 4],
        }
    }

    #[test]
    fn a_power_law_is_found_again() {
        let forecast = curve_of(|n, _| 2.0 * n.powf(-0.5)).forecast(0, 1).unwrap();
        let expected = 2.0 * (1000f64.powf(-0.5) - 1200f64.powf(-0.5));
        assert!((forecast.gain - expected).abs() < 1e-9, "{forecast:?} is not {expected}");
        assert!(forecast.interval.low <= forecast.gain && forecast.gain <= forecast.interval.high + 1e-12);
    }

    #[test]
    fn where_draws_go_up_and_down_nothing_is_promised() {
        let noisy = curve_of(|_, draw| 0.2 + 0.05 * if draw % 2 == 0 { 1.0 } else { -1.0 });
        assert!(noisy.outlook(1)[0].contains("cannot be told"), "{:?}", noisy.outlook(1));
        assert_eq!(curve_of(|_, _| 0.0).forecast(0, 1), None);
        let falling = curve_of(|n, _| n.powf(-0.5)).outlook(1);
        assert!(
            falling[0].contains("200 more labels of other letters may bring it from 0.968 to about 0.971"),
            "{falling:?}"
        );
    }

    #[test]
    fn draws_take_whole_letters_and_all_takes_all() {
        let examples: Vec<Example> = (0..40)
            .map(|i| Example {
                letter: format!("letter {}", i % 8),
                index: None,
                page: None,
                heading: String::new(),
                previous: String::new(),
                sentence: format!("Sentence {i}."),
                polarity: crate::taxonomy::Polarity::Neutral,
                themes: vec![crate::taxonomy::ThemeId(0)],
                annotator: String::new(),
                note: String::new(),
            })
            .collect();
        let examples: Vec<&Example> = examples.iter().collect();
        let pool: Vec<usize> = (0..40).collect();
        let (members, letters) = drawn(&pool, &examples, 0.25, 0, 1);
        assert_eq!((members.len(), letters), (10, 2));
        assert_ne!(drawn(&pool, &examples, 0.25, 1, 1).0, members);
        assert_eq!(drawn(&pool, &examples, 1.0, 0, 1), (pool.clone(), 8));
    }
}
