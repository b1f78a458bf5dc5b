//! A funnel as a drawing: 640 × 320, the plot from (48, 20) to (628, 280).

use super::super::{Funnel, Letters, Standing};

const LEFT: f64 = 48.0;
const RIGHT: f64 = 628.0;
const TOP: f64 = 20.0;
const BOTTOM: f64 = 280.0;

/// Steps along the limits.
const STEPS: u32 = 80;

/// Outside areas that are named in the drawing; the text above it names all.
const NAMED: usize = 10;

/// Width of a letter of a name, at least on average, in the drawing's units: type of 11 units.
const LETTER: f64 = 6.5;

/// What the template draws.
pub struct Chart {
    pub x_ticks: Vec<Tick>,
    pub y_ticks: Vec<Tick>,
    pub inner: [String; 2],
    pub outer: [String; 2],
    pub pooled: String,
    pub dots: Vec<Dot>,
}

pub struct Tick {
    pub at: String,
    pub label: String,
}

/// An area.
pub struct Dot {
    pub x: String,
    pub y: String,
    /// Its name where it lies outside the 95% limits, cut to what has room beside it; else empty.
    pub label: String,
    /// Whether the name is drawn.
    pub shown: bool,
    pub label_x: String,
    pub anchor: &'static str,
}

/// Draws a funnel.
pub fn chart(funnel: &Funnel, letters: &Letters) -> Chart {
    let most = funnel.points.iter().map(|p| p.observed.judged).max().unwrap_or(1);
    let fewest = funnel.points.iter().map(|p| p.observed.judged).min().unwrap_or(1);
    let (step, last) = scale(most);
    let x = |n: u32| LEFT + (RIGHT - LEFT) * f64::from(n) / f64::from(last);
    let y = |share: f64| BOTTOM - (BOTTOM - TOP) * share;
    let between = |i: u32| fewest + (most - fewest) * i / STEPS;
    let line = |limit: fn(&super::super::Limits) -> f64| {
        let mut numbers: Vec<u32> = (0..=STEPS).map(between).collect();
        numbers.dedup();
        let point = |n: &u32| format!("{} {}", number(x(*n)), number(y(limit(&funnel.limits(*n)))));
        numbers.iter().map(point).collect::<Vec<_>>().join(" ")
    };
    // The farthest from the pooled share, counted in their own limits, are the ones to name where all cannot be.
    let mut far: Vec<(usize, f64)> = funnel
        .points
        .iter()
        .enumerate()
        .filter(|(_, p)| p.standing != Standing::Within)
        .map(|(i, p)| (i, (p.share - funnel.pooled).abs() / (p.limits.inner.1 - p.limits.inner.0).max(1e-9)))
        .collect();
    far.sort_by(|a, b| b.1.total_cmp(&a.1));
    let named: Vec<usize> = far.iter().take(NAMED).map(|(i, _)| *i).collect();
    let dots = funnel.points.iter().enumerate().map(|(i, point)| {
        let at = x(point.observed.judged);
        let left = at > (LEFT + RIGHT) / 2.0;
        let outside = point.standing != Standing::Within;
        Dot {
            x: number(at),
            y: number(y(point.share)),
            label: match outside {
                true => fitting(&letters.areas[point.observed.area].name, if left { at - 9.0 } else { RIGHT - at }),
                false => String::new(),
            },
            shown: named.contains(&i),
            label_x: number(if left { at - 9.0 } else { at + 9.0 }),
            anchor: if left { "end" } else { "start" },
        }
    });
    Chart {
        x_ticks: (0..=last / step).map(|i| Tick { at: number(x(i * step)), label: (i * step).to_string() }).collect(),
        y_ticks: (0..=4).map(|i| Tick { at: number(y(f64::from(i) / 4.0)), label: format!("{}%", 25 * i) }).collect(),
        inner: [line(|l| l.inner.0), line(|l| l.inner.1)],
        outer: [line(|l| l.outer.0), line(|l| l.outer.1)],
        pooled: number(y(funnel.pooled)),
        dots: dots.collect(),
    }
}

/// As much of a name as has room; the text above the drawing and the table below have all of it.
fn fitting(name: &str, room: f64) -> String {
    let most = (room / LETTER) as usize;
    match name.chars().count() <= most {
        true => name.to_owned(),
        false => name.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// The step between ticks and the end of an axis that holds `most`: 1, 2 or 5 times a power of ten, at most eight steps.
fn scale(most: u32) -> (u32, u32) {
    let steps = (0..9).flat_map(|power| [1, 2, 5].map(|n| n * 10u32.pow(power)));
    let step = steps.into_iter().find(|step| most.div_ceil(*step) <= 8).unwrap_or(most.max(1));
    (step, most.div_ceil(step).max(1) * step)
}

fn number(n: f64) -> String {
    let text = format!("{n:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_cut_to_its_room() {
        assert_eq!(fitting("Kent", 280.0), "Kent");
        let long = fitting(&"Bournemouth, Christchurch and Poole ".repeat(3), 280.0);
        assert!(long.ends_with('…') && long.chars().count() == 43, "{long}");
    }

    #[test]
    fn an_axis_ends_at_a_round_number() {
        for (most, step, last) in [(1, 1, 1), (8, 1, 8), (9, 2, 10), (533, 100, 600), (861, 200, 1000), (0, 1, 1)] {
            assert_eq!(scale(most), (step, last), "{most}");
        }
    }
}
