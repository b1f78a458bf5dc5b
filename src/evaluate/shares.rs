//! Shares of sentences with intervals that know of letters.

use std::collections::BTreeMap;

use super::LETTERS_TO_DRAW;
use crate::interval::{Estimate, SEED, bootstrap};

/// The share of sentences that are right, given each sentence's letter and whether it is right.
///
/// The interval is Wilson's; from [`LETTERS_TO_DRAW`] letters on it is widened to hold that of a bootstrap that draws
/// letters. It does not depend on the order.
pub(super) fn share<'a>(sentences: impl Iterator<Item = (&'a str, bool)>) -> Estimate {
    let mut letters: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for (letter, right) in sentences {
        let (hits, trials) = letters.entry(letter).or_default();
        *hits += u64::from(right);
        *trials += 1;
    }
    let mut units: Vec<(u64, u64)> = letters.into_values().collect();
    units.sort_unstable();
    let total = |units: &mut dyn Iterator<Item = (u64, u64)>| units.fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
    let (hits, trials) = total(&mut units.iter().copied());
    let mut estimate = Estimate::proportion(hits, trials);
    if units.len() >= LETTERS_TO_DRAW {
        let drawn = bootstrap(units.len(), 1, SEED, |drawn| {
            let (hits, trials) = total(&mut drawn.iter().map(|&i| units[i]));
            vec![(trials > 0).then(|| hits as f64 / trials as f64)]
        });
        let widened = drawn.into_iter().flatten().next();
        estimate.interval = estimate.interval.map(|wilson| widened.map_or(wilson, |i| wilson.hull(i)));
    }
    estimate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uneven_letters_widen_the_interval_and_no_sentence_has_none() {
        let width = |e: Estimate| e.interval.map(|i| i.high - i.low).unwrap_or_default();
        let names: Vec<String> = (0..8).map(|i| i.to_string()).collect();
        let uneven = share((0..160).map(|i| (names[i / 20].as_str(), (i / 20) % 2 == 0)));
        let even = share((0..160).map(|i| ("one letter", (i / 20) % 2 == 0)));
        assert_eq!((uneven.value, even.value), (Some(0.5), Some(0.5)));
        assert!(width(uneven) > 3.0 * width(even), "{uneven} {even}");
        assert_eq!(share(std::iter::empty()), Estimate::default());
    }
}
