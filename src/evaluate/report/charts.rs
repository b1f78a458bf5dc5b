//! Where the marks of the page's charts stand, in the units of their SVG boxes.

use crate::evaluate::{Calibration, Coverage, Kept};
use crate::interval::Estimate;

/// The plotting area of a chart: a box of 372 by 270 with room for the axes' numbers.
const LEFT: f64 = 44.0;
const RIGHT: f64 = 348.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = 226.0;

/// The length of the bar of a whole, beside a number in a table.
pub(super) const BAR: f64 = 120.0;

/// The bar of a score in a table, with its interval as a line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bar {
    pub(super) length: f64,
    pub(super) interval: Option<(f64, f64)>,
}

/// A number on an axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    pub(super) at: f64,
    pub(super) label: String,
}

/// A bin of the reliability diagram.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Dot {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) radius: f64,
    pub(super) interval: Option<(f64, f64)>,
}

/// Scores against shares of right polarities; on the diagonal they are the same.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reliability {
    pub(super) x_ticks: Vec<Tick>,
    pub(super) y_ticks: Vec<Tick>,
    pub(super) dots: Vec<Dot>,
}

/// Shares kept against shares right.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Risk {
    pub(super) x_ticks: Vec<Tick>,
    pub(super) y_ticks: Vec<Tick>,
    /// The interval of the upper line, as the points of a polygon.
    pub(super) band: String,
    /// Right polarities, and right polarities with a right main theme, as the points of a line.
    pub(super) polarity: String,
    pub(super) both: String,
    /// What is not marked for review: place, its right polarities, right polarities and themes.
    pub(super) unmarked: Option<(f64, f64, f64)>,
}

pub(super) fn bar(estimate: Estimate) -> Option<Bar> {
    let length = |value: f64| round(value.clamp(0.0, 1.0) * BAR);
    let value = estimate.value?;
    Some(Bar { length: length(value), interval: estimate.interval.map(|i| (length(i.low), length(i.high))) })
}

pub(super) fn reliability(calibration: &Calibration) -> Reliability {
    let y = |value: f64| upward(value, 0.0);
    let dot = |bin: &crate::evaluate::Bin| {
        let share = bin.sentences as f64 / calibration.sentences as f64;
        Some(Dot {
            x: across(bin.mean_score?),
            y: y(bin.right.value?),
            radius: round(3.0 + 9.0 * share.sqrt()),
            interval: bin.right.interval.map(|i| (y(i.low), y(i.high))),
        })
    };
    let values = [0.0, 0.25, 0.5, 0.75, 1.0];
    Reliability {
        x_ticks: ticks(&values, across),
        y_ticks: ticks(&values, y),
        dots: calibration.bins.iter().filter_map(dot).collect(),
    }
}

pub(super) fn risk(coverage: &Coverage) -> Risk {
    let both = |kept: &Kept| kept.polarity_and_theme.value.unwrap_or(0.0);
    let right = |kept: &Kept| kept.polarity.value.unwrap_or(0.0);
    let bounds = |kept: &Kept| kept.polarity.interval.map_or((right(kept), right(kept)), |i| (i.low, i.high));
    let least = coverage.points.iter().map(|kept| both(kept).min(bounds(kept).0)).fold(1.0, f64::min);
    // The axis begins at a round number under everything that is drawn.
    let from = ((least * 10.0).floor() / 10.0).clamp(0.0, 0.9);
    let y = |value: f64| upward(value, from);
    let line = |value: &dyn Fn(&Kept) -> f64| {
        let point = |kept: &Kept| format!("{},{}", across(kept.share), y(value(kept)));
        coverage.points.iter().map(point).collect::<Vec<_>>()
    };
    let mut band = line(&|kept| bounds(kept).1);
    band.extend(line(&|kept| bounds(kept).0).into_iter().rev());
    Risk {
        x_ticks: ticks(&[0.0, 0.25, 0.5, 0.75, 1.0], across),
        y_ticks: ticks(&[from, from + (1.0 - from) / 2.0, 1.0], y),
        band: band.join(" "),
        polarity: line(&right).join(" "),
        both: line(&both).join(" "),
        unmarked: coverage.unmarked.as_ref().map(|kept| (across(kept.share), y(right(kept)), y(both(kept)))),
    }
}

fn ticks(values: &[f64], place: impl Fn(f64) -> f64) -> Vec<Tick> {
    values.iter().map(|&value| Tick { at: place(value), label: format!("{:.0}%", value * 100.0) }).collect()
}

fn across(value: f64) -> f64 {
    round(LEFT + value.clamp(0.0, 1.0) * (RIGHT - LEFT))
}

fn upward(value: f64, from: f64) -> f64 {
    round(BOTTOM - ((value - from) / (1.0 - from)).clamp(0.0, 1.0) * (BOTTOM - TOP))
}

/// To a tenth, which is finer than a screen shows.
fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interval::Interval;

    #[test]
    fn what_is_drawn_stays_in_its_box() {
        for value in [-0.3, 0.0, 0.4, 1.0, 1.2] {
            assert!((LEFT..=RIGHT).contains(&across(value)));
            assert!((TOP..=BOTTOM).contains(&upward(value, 0.5)));
        }
        let below = Estimate { value: Some(-0.2), interval: Some(Interval { low: -0.4, high: 0.1 }) };
        assert_eq!(bar(below), Some(Bar { length: 0.0, interval: Some((0.0, 12.0)) }));
        assert_eq!(bar(Estimate::default()), None);
    }

    #[test]
    fn the_axis_of_risk_begins_under_the_lowest_point() {
        let kept = |share, polarity: u64, both| Kept {
            share,
            least_score: 0.5,
            sentences: 100,
            polarity: Estimate::proportion(polarity, 100),
            polarity_and_theme: Estimate::proportion(both, 100),
        };
        let risk = risk(&Coverage { points: vec![kept(0.5, 99, 90), kept(1.0, 90, 72)], unmarked: None });
        assert_eq!(risk.y_ticks[0], Tick { at: BOTTOM, label: "70%".to_owned() });
        assert_eq!(risk.polarity.split(' ').count(), 2);
        assert_eq!(risk.band.split(' ').count(), 4);
        assert_eq!(risk.both.split(' ').next_back(), Some(format!("348,{}", upward(0.72, 0.7)).as_str()));
    }
}
