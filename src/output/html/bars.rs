//! The bar beside a theme: how much is credited and faulted, in CSS pixels.
//!
//! Without intervals strengths, mixed and weaknesses lie end to end in one bar. With them each has a bar of its own from
//! zero, because a whisker says nothing over a bar that begins where another ends.

use super::super::corrected::Corrected;
use super::super::counts::Counts;
use crate::taxonomy::Polarity;

/// Width of the longest bar.
pub(super) const WIDTH: usize = 180;
/// Height of a bar that holds all three.
const STACKED: usize = 14;
/// Height of the lane of one polarity, and of the bar in it.
const LANE: usize = 11;
const THIN: usize = 8;
/// Half the height of a whisker's ends.
const CAP: usize = 3;

/// What a bar draws; neutral sentences would be most of it.
const DRAWN: [Polarity; 3] = [Polarity::Strength, Polarity::Mixed, Polarity::Weakness];

/// The drawing of one theme.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Bar {
    pub height: usize,
    pub segments: Vec<Segment>,
    pub whiskers: Vec<Whisker>,
}

/// A filled part.
#[derive(Debug, PartialEq)]
pub(super) struct Segment {
    pub polarity: &'static str,
    pub at: usize,
    pub top: usize,
    pub length: usize,
    pub height: usize,
}

/// An interval over a bar, with the corrected count on it.
#[derive(Debug, PartialEq)]
pub(super) struct Whisker {
    /// An SVG path: the line and its two ends.
    pub path: String,
    pub at: usize,
    pub middle: usize,
}

/// A theme's counts and, where they are known, what they are corrected to.
pub(super) type Cells<'a> = (&'a Counts, Option<&'a [Corrected; 4]>);

/// The bars of all themes, to one scale.
pub(super) fn bars(themes: &[Cells<'_>]) -> Vec<Bar> {
    let most = themes.iter().map(|cells| longest(cells)).fold(0.0, f64::max);
    themes.iter().map(|cells| bar(cells, most)).collect()
}

fn longest((counts, corrected): &Cells<'_>) -> f64 {
    let Some(corrected) = corrected else { return counts.judged() as f64 };
    let reaches = DRAWN.map(|p| {
        let Corrected { interval, .. } = corrected[p.index()];
        interval.map_or(0.0, |(_, high)| high).max(counts.polarity[p.index()] as f64)
    });
    reaches.into_iter().fold(0.0, f64::max)
}

fn bar((counts, corrected): &Cells<'_>, most: f64) -> Bar {
    if most <= 0.0 {
        return Bar::default();
    }
    let pixels = |n: f64| (n * WIDTH as f64 / most).round() as usize;
    let count = |p: Polarity| counts.polarity[p.index()] as f64;
    let Some(corrected) = corrected else {
        return stacked(DRAWN.map(|p| (p.id(), count(p))), pixels);
    };
    let mut bar = Bar { height: LANE * DRAWN.len(), ..Bar::default() };
    for (lane, polarity) in DRAWN.into_iter().enumerate() {
        let (top, length) = (lane * LANE + (LANE - THIN) / 2, pixels(count(polarity)));
        if length > 0 {
            bar.segments.push(Segment { polarity: polarity.id(), at: 0, top, length, height: THIN });
        }
        let Corrected { count, interval } = corrected[polarity.index()];
        let Some((low, high)) = interval else { continue };
        let (middle, low, high) = (top + THIN / 2, pixels(low), pixels(high));
        let path = format!("M{low} {middle}H{high}M{low} {1}v{0}M{high} {1}v{0}", 2 * CAP, middle - CAP);
        bar.whiskers.push(Whisker { path, at: pixels(count), middle });
    }
    bar
}

fn stacked(parts: [(&'static str, f64); DRAWN.len()], pixels: impl Fn(f64) -> usize) -> Bar {
    let mut segments = Vec::new();
    let mut before = 0.0;
    for (polarity, count) in parts {
        // Both ends are rounded, not the length, so that the whole is as long as its parts.
        let (at, end) = (pixels(before), pixels(before + count));
        if count > 0.0 {
            segments.push(Segment { polarity, at, top: 0, length: end - at, height: STACKED });
        }
        before += count;
    }
    match segments.is_empty() {
        true => Bar::default(),
        false => Bar { height: STACKED, segments, whiskers: Vec::new() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(polarity: [usize; 4]) -> Counts {
        Counts { polarity, ..Counts::default() }
    }

    #[test]
    fn the_longest_bar_is_full_and_a_theme_without_judgements_has_none() {
        let (first, second) = (counts([2, 1, 1, 9]), counts([0, 0, 0, 7]));
        let bars = bars(&[(&first, None), (&second, None)]);
        let drawn: Vec<_> = bars[0].segments.iter().map(|s| (s.polarity, s.at, s.length)).collect();
        assert_eq!(drawn, [("strength", 0, 90), ("mixed", 90, 45), ("weakness", 135, 45)]);
        assert_eq!(bars[1], Bar::default());
    }

    #[test]
    fn a_whisker_goes_from_low_to_high_on_the_scale_of_the_bars() {
        let cell = |count, interval| Corrected { count, interval };
        let corrected = [cell(10.0, Some((5.0, 20.0))), cell(2.0, None), cell(0.0, Some((0.0, 1.0))), cell(9.0, None)];
        let bars = bars(&[(&counts([8, 3, 0, 9]), Some(&corrected))]);
        let drawn: Vec<_> = bars[0].whiskers.iter().map(|w| (w.path.as_str(), w.at)).collect();
        let expected = [("M45 5H180M45 2v6M180 2v6", 90), ("M0 16H9M0 13v6M9 13v6", 0)];
        assert_eq!(drawn, expected, "the weaknesses, of which nothing is known, have none");
        let lengths: Vec<_> = bars[0].segments.iter().map(|s| (s.polarity, s.length)).collect();
        assert_eq!(lengths, [("strength", 72), ("weakness", 27)], "a bar is as long as the model's count");
    }
}
