//! How sure a number is: Wilson's interval for proportions, the bootstrap for every other score.
//!
//! All intervals are at 95%. Random numbers are seeded, so the same counts give the same interval.

use serde::Serialize;

/// How many resamples a bootstrap draws.
pub const RESAMPLES: usize = 2000;

/// The seed of every bootstrap that is not told another.
pub const SEED: u64 = 20181023;

/// The 97.5th percentile of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// Two bounds between which a score lies, at 95%.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
}

impl Interval {
    /// The smallest interval that holds both.
    #[must_use]
    pub fn hull(self, other: Interval) -> Interval {
        Interval { low: self.low.min(other.low), high: self.high.max(other.high) }
    }
}

/// A score and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Estimate {
    /// The score; `None` where it is not defined, such as the recall of a label that does not occur.
    pub value: Option<f64>,
    /// Its 95% interval; `None` where there is too little to compute one.
    pub interval: Option<Interval>,
}

impl Estimate {
    /// `hits` out of `trials`, with Wilson's interval; not defined for no trials.
    pub fn proportion(hits: u64, trials: u64) -> Self {
        match trials {
            0 => Estimate::default(),
            _ => Estimate {
                value: Some(hits as f64 / trials as f64),
                interval: Some(wilson(hits as f64, trials as f64)),
            },
        }
    }
}

impl std::fmt::Display for Estimate {
    /// `0.923 [0.901, 0.941]`; `-` where the score is not defined.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = match (self.value, self.interval) {
            (Some(value), Some(i)) => format!("{value:.3} [{:.3}, {:.3}]", i.low, i.high),
            (Some(value), None) => format!("{value:.3}"),
            (None, _) => "-".to_owned(),
        };
        f.pad(&text)
    }
}

/// Wilson's score interval for `hits` out of `trials` (Wilson, 1927; without continuity correction).
///
/// It stays between 0 and 1 and has a width at 0/n and n/n too. No trials give `[0, 1]`.
pub fn wilson(hits: f64, trials: f64) -> Interval {
    if trials <= 0.0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    let p = hits / trials;
    let scale = 1.0 + Z * Z / trials;
    let centre = (p + Z * Z / (2.0 * trials)) / scale;
    let half = Z / scale * (p * (1.0 - p) / trials + Z * Z / (4.0 * trials * trials)).sqrt();
    // Rounding must not leave 0.9999 as the upper bound of n/n.
    let low = if hits <= 0.0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if hits >= trials { 1.0 } else { (centre + half).min(1.0) };
    Interval { low, high }
}

/// Percentile intervals of several statistics by the bootstrap (Efron and Tibshirani, 1993, chapter 13).
///
/// Draws `units` units with replacement, [`RESAMPLES`] times, and hands their indices to `statistics`, which gives
/// `width` numbers, each `None` where it is not defined for that draw. A statistic that is undefined in more than half
/// of the draws has no interval, and with fewer than two units none has.
///
/// A unit is whatever is independent of the others: a letter where there are several, else a sentence.
pub fn bootstrap(
    units: usize,
    width: usize,
    seed: u64,
    mut statistics: impl FnMut(&[usize]) -> Vec<Option<f64>>,
) -> Vec<Option<Interval>> {
    if units < 2 {
        return vec![None; width];
    }
    let mut random = Random::new(seed);
    let mut drawn = vec![0; units];
    let mut values = vec![Vec::with_capacity(RESAMPLES); width];
    for _ in 0..RESAMPLES {
        drawn.fill_with(|| random.below(units));
        for (column, value) in values.iter_mut().zip(statistics(&drawn)) {
            column.extend(value);
        }
    }
    values.into_iter().map(percentiles).collect()
}

/// The 2.5th and 97.5th percentile, each rounded outwards to a drawn value.
fn percentiles(mut values: Vec<f64>) -> Option<Interval> {
    if values.len() * 2 < RESAMPLES {
        return None;
    }
    values.sort_by(f64::total_cmp);
    let last = (values.len() - 1) as f64;
    Some(Interval { low: values[(0.025 * last).floor() as usize], high: values[(0.975 * last).ceil() as usize] })
}

/// A seeded source of random numbers: SplitMix64 (Steele, Lea and Flood, 2014). Not for secrets.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A source that gives the same numbers for the same seed, on every machine.
    pub fn new(seed: u64) -> Self {
        Random(seed)
    }

    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from 0 to `n - 1`; 0 for an `n` of 0. Off from even by less than `n / 2^64`.
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.bits()) * n as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_agrees_with_published_values() {
        // scipy.stats.binomtest(hits, trials).proportion_ci(method="wilson")
        for (hits, trials, low, high) in [
            (0.0, 10.0, 0.0, 0.277_532_8),
            (10.0, 10.0, 0.722_467_2, 1.0),
            (1.0, 1.0, 0.206_549_3, 1.0),
            (81.0, 263.0, 0.255_288_5, 0.366_209_6),
            (50.0, 100.0, 0.403_831_5, 0.596_168_5),
        ] {
            let i = wilson(hits, trials);
            assert!((i.low - low).abs() < 1e-6 && (i.high - high).abs() < 1e-6, "{hits}/{trials}: {i:?}");
        }
    }

    #[test]
    fn nothing_tried_tells_nothing() {
        assert_eq!(wilson(0.0, 0.0), Interval { low: 0.0, high: 1.0 });
        assert_eq!(Estimate::proportion(0, 0).to_string(), "-");
    }

    #[test]
    fn splitmix_gives_the_reference_numbers() {
        // The first outputs of the authors' splitmix64.c for the seed 1234567.
        let mut random = Random::new(1_234_567);
        assert_eq!(
            [random.bits(), random.bits(), random.bits()],
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn draws_are_even() {
        let mut random = Random::new(1);
        let mut seen = [0u32; 6];
        (0..60_000).for_each(|_| seen[random.below(6)] += 1);
        assert!(seen.iter().all(|n| (9_600..10_400).contains(n)), "{seen:?}");
    }

    #[test]
    fn the_bootstrap_of_a_mean_is_near_the_normal_interval() {
        let sample: Vec<f64> = (0..400).map(|i| f64::from(i % 10)).collect();
        let mean =
            |drawn: &[usize]| vec![Some(drawn.iter().map(|&i| sample[i]).sum::<f64>() / drawn.len() as f64), None];
        let intervals = bootstrap(sample.len(), 2, SEED, mean);
        let i = intervals[0].unwrap();
        let half = Z * (8.25f64 / 400.0).sqrt();
        assert!((i.low - (4.5 - half)).abs() < 0.03 && (i.high - (4.5 + half)).abs() < 0.03, "{i:?}");
        assert_eq!(intervals[1], None);
        assert_eq!(bootstrap(sample.len(), 2, SEED, mean), intervals);
    }

    #[test]
    fn one_unit_has_no_bootstrap() {
        assert_eq!(bootstrap(1, 1, SEED, |_| vec![Some(1.0)]), [None]);
    }
}
