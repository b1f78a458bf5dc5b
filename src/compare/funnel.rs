//! Which areas lie outside what chance explains: funnel limits round the pooled share.
//!
//! After Spiegelhalter, "Funnel plots for comparing institutional performance" (Statistics in Medicine 24, 2005). Limits
//! are those of the binomial distribution round the pooled share, exact, interpolated between whole numbers (his
//! appendix A.1.1), at 95% (0.025 on each side) and 99.8% (0.001). Sentences of one letter are no independent draws, and
//! areas differ for many reasons, so shares scatter wider than the binomial says. That is estimated as he does: the mean
//! square φ of the z scores, of which the outer tenth on each side is winsorised. Where φ is over one, limits are the
//! normal approximation's, wider by √φ. He would test φ first; widening without a test is the careful side.
//!
//! Limits speak of chance in what inspectors wrote. They do not speak of what the model misjudged.

/// The fewest areas that a funnel is drawn of.
pub const FEWEST_AREAS: usize = 5;

/// The share of z scores that is winsorised at each end, one score at least.
const WINSORISED: f64 = 0.1;

/// Tail probabilities of the 95% and the 99.8% limits, and the normal quantiles that go with them.
const TAILS: [(f64, f64); 2] = [(0.025, 1.959_963_984_540_054), (0.001, 3.090_232_306_167_814)];

/// An area's faulted sentences among those judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observed {
    /// The area.
    pub area: usize,
    /// Faulted sentences.
    pub faulted: u32,
    /// Judged sentences.
    pub judged: u32,
}

/// A funnel: the areas against their limits.
#[derive(Debug, Clone, PartialEq)]
pub struct Funnel {
    /// The pooled share, from 0 to 1.
    pub pooled: f64,
    /// φ: how much wider than the binomial the areas scatter; 1 as expected, never under 1 in the limits.
    pub dispersion: f64,
    /// The areas, in the order in which they were given.
    pub points: Vec<Point>,
}

/// An area in a funnel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// What was observed.
    pub observed: Observed,
    /// Faulted among judged.
    pub share: f64,
    /// The limits at its number of judged sentences.
    pub limits: Limits,
    /// Where it lies.
    pub standing: Standing,
}

/// Limits at one number of sentences, as shares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Lower and upper limit at 95%.
    pub inner: (f64, f64),
    /// Lower and upper limit at 99.8%.
    pub outer: (f64, f64),
}

/// Where an area lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Under the lower 99.8% limit.
    FarBelow,
    /// Under the lower 95% limit.
    Below,
    /// Within the 95% limits.
    Within,
    /// Over the upper 95% limit.
    Above,
    /// Over the upper 99.8% limit.
    FarAbove,
}

impl Standing {
    /// In words, for tables.
    pub fn words(self) -> &'static str {
        match self {
            Standing::FarBelow => "below 99.8% limit",
            Standing::Below => "below 95% limit",
            Standing::Within => "within limits",
            Standing::Above => "above 95% limit",
            Standing::FarAbove => "above 99.8% limit",
        }
    }
}

impl Funnel {
    /// The funnel of areas with at least `least` judged sentences, round the share of all; `None` for fewer than
    /// [`FEWEST_AREAS`] of these, or where all or nothing is faulted.
    pub fn of(observed: &[Observed], least: u32) -> Option<Self> {
        let kept: Vec<Observed> = observed.iter().copied().filter(|o| o.judged >= least.max(1)).collect();
        let faulted: u64 = observed.iter().map(|o| u64::from(o.faulted)).sum();
        let judged: u64 = observed.iter().map(|o| u64::from(o.judged)).sum();
        if kept.len() < FEWEST_AREAS || faulted == 0 || faulted == judged {
            return None;
        }
        let pooled = faulted as f64 / judged as f64;
        let share = |o: &Observed| f64::from(o.faulted) / f64::from(o.judged);
        let z = |o: &Observed| (share(o) - pooled) / deviation(pooled, o.judged);
        let mut funnel = Funnel { pooled, dispersion: dispersion(kept.iter().map(z).collect()), points: Vec::new() };
        let points = kept.iter().map(|o| {
            let limits = funnel.limits(o.judged);
            Point { observed: *o, share: share(o), limits, standing: limits.standing(share(o)) }
        });
        funnel.points = points.collect();
        Some(funnel)
    }

    /// The limits at a number of judged sentences.
    pub fn limits(&self, judged: u32) -> Limits {
        let [inner, outer] = TAILS.map(|(tail, z)| {
            if self.dispersion > 1.0 {
                let half = z * deviation(self.pooled, judged) * self.dispersion.sqrt();
                ((self.pooled - half).max(0.0), (self.pooled + half).min(1.0))
            } else {
                (quantile(judged, self.pooled, tail), quantile(judged, self.pooled, 1.0 - tail))
            }
        });
        Limits { inner, outer }
    }

    /// Areas outside the 95% limits.
    pub fn outside(&self) -> impl Iterator<Item = &Point> {
        self.points.iter().filter(|point| point.standing != Standing::Within)
    }
}

impl Limits {
    fn standing(&self, share: f64) -> Standing {
        if share < self.outer.0 {
            Standing::FarBelow
        } else if share > self.outer.1 {
            Standing::FarAbove
        } else if share < self.inner.0 {
            Standing::Below
        } else if share > self.inner.1 {
            Standing::Above
        } else {
            Standing::Within
        }
    }
}

/// The standard deviation of a share of `judged` sentences.
fn deviation(share: f64, judged: u32) -> f64 {
    (share * (1.0 - share) / f64::from(judged.max(1))).sqrt()
}

/// φ: the mean square of the z scores, the outer tenth on each side set to the score that bounds it.
fn dispersion(mut z: Vec<f64>) -> f64 {
    z.sort_by(f64::total_cmp);
    let cut = (WINSORISED * z.len() as f64).ceil() as usize;
    let (low, high) = (z[cut], z[z.len() - 1 - cut]);
    z.iter().map(|z| z.clamp(low, high).powi(2)).sum::<f64>() / z.len() as f64
}

/// The share under which a binomial proportion of `n` trials lies with probability `p`, interpolated as Spiegelhalter does:
/// `(r − α) / n`, where `r` is the smallest count with `P(R ≤ r) ≥ p` and `α` the part of its step that overshoots.
fn quantile(n: u32, share: f64, p: f64) -> f64 {
    let (log_share, log_rest) = (share.ln(), (-share).ln_1p());
    let mut log_choose = 0.0;
    let mut cumulative = 0.0;
    for r in 0..=n {
        let step = (log_choose + f64::from(r) * log_share + f64::from(n - r) * log_rest).exp();
        cumulative += step;
        if cumulative >= p || r == n {
            let overshoot = if step > 0.0 { ((cumulative - p) / step).clamp(0.0, 1.0) } else { 0.0 };
            return ((f64::from(r) - overshoot) / f64::from(n.max(1))).clamp(0.0, 1.0);
        }
        log_choose += (f64::from(n - r) / f64::from(r + 1)).ln();
    }
    1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(counts: &[(u32, u32)]) -> Vec<Observed> {
        let one = |(area, &(faulted, judged)): (usize, &(u32, u32))| Observed { area, faulted, judged };
        counts.iter().enumerate().map(one).collect()
    }

    #[test]
    fn exact_limits_agree_with_the_binomial() {
        // scipy.stats.binom: with n = 20 and p = 0.3, ppf(0.025) = 2 and cdf(1) = 0.0076373, cdf(2) = 0.0354831;
        // ppf(0.975) = 10, cdf(9) = 0.9520381, cdf(10) = 0.9828552.
        let low = (2.0 - (0.035_483_1 - 0.025) / (0.035_483_1 - 0.007_637_3)) / 20.0;
        let high = (10.0 - (0.982_855_2 - 0.975) / (0.982_855_2 - 0.952_038_1)) / 20.0;
        assert!((quantile(20, 0.3, 0.025) - low).abs() < 1e-5, "{}", quantile(20, 0.3, 0.025));
        assert!((quantile(20, 0.3, 0.975) - high).abs() < 1e-5, "{}", quantile(20, 0.3, 0.975));
        // Far in the tail, and many trials.
        assert_eq!(quantile(1, 0.3, 0.001), 0.0);
        assert!((quantile(100_000, 0.3, 0.975) - 0.3 - 1.96 * (0.21f64 / 1e5).sqrt()).abs() < 1e-4);
    }

    #[test]
    fn areas_that_scatter_as_chance_does_have_exact_limits() {
        let funnel = Funnel::of(&observed(&[(30, 100), (31, 100), (29, 100), (30, 100), (30, 100)]), 10).unwrap();
        assert!(funnel.dispersion < 1.0 && funnel.outside().next().is_none(), "{funnel:?}");
        assert!((funnel.limits(100).inner.0 - quantile(100, 0.3, 0.025)).abs() < 1e-12);
    }

    #[test]
    fn one_area_far_off_is_named_and_does_not_widen_its_own_limits() {
        let mut counts = vec![(30, 100), (33, 100), (27, 100), (31, 100), (29, 100), (30, 100), (32, 100), (28, 100)];
        counts.extend([(30, 100), (31, 100), (85, 100)]);
        let funnel = Funnel::of(&observed(&counts), 10).unwrap();
        let outside: Vec<_> = funnel.outside().map(|p| (p.observed.area, p.standing)).collect();
        assert_eq!(outside, [(10, Standing::FarAbove)]);
    }

    #[test]
    fn areas_that_scatter_wider_have_wider_limits() {
        let counts: Vec<(u32, u32)> = (0..20).map(|i| (20 + 2 * i, 100)).collect();
        let funnel = Funnel::of(&observed(&counts), 10).unwrap();
        assert!(funnel.dispersion > 2.0, "{}", funnel.dispersion);
        let (low, high) = funnel.limits(100).outer;
        assert!(low < quantile(100, funnel.pooled, 0.001) && high > quantile(100, funnel.pooled, 0.999));
        assert!(funnel.points.iter().all(|p| p.standing > Standing::FarBelow && p.standing < Standing::FarAbove));
    }

    #[test]
    fn few_areas_or_nothing_faulted_have_no_funnel() {
        assert!(Funnel::of(&observed(&[(1, 100); 4]), 10).is_none());
        assert!(Funnel::of(&observed(&[(1, 9); 8]), 10).is_none());
        assert!(Funnel::of(&observed(&[(0, 100); 8]), 10).is_none());
        assert!(Funnel::of(&observed(&[(100, 100); 8]), 10).is_none());
        assert!(Funnel::of(&[], 0).is_none());
    }
}
