//! What stands on top of a letter's page: how many sentences of each polarity and theme.
//!
//! The rule is the terminal's: every sentence counts, boilerplate too, and one with several themes counts under each.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::sentence::theme_name;
use crate::finding::Finding;
use crate::output::counts::Counts;
use crate::taxonomy::{NONE, Polarity, Taxonomy};

/// Width of the longest bar, in CSS pixels.
pub(super) const BAR: usize = 180;

/// The counts of a letter.
#[derive(Debug, PartialEq)]
pub(super) struct Summary<'a> {
    pub all: Counts,
    /// The most frequent theme first; none stands last.
    pub themes: Vec<Row<'a>>,
}

/// One theme's counts.
#[derive(Debug, PartialEq)]
pub(super) struct Row<'a> {
    pub id: &'a str,
    pub name: &'a str,
    pub counts: Counts,
    /// Strengths, mixed and weaknesses, laid end to end; neutral sentences would be most of it.
    pub bar: Vec<Segment>,
}

impl Row<'_> {
    /// How many of its sentences have this polarity.
    pub(super) fn count(&self, polarity: &Polarity) -> usize {
        self.counts.polarity[polarity.index()]
    }
}

/// A part of a bar, in CSS pixels.
#[derive(Debug, PartialEq)]
pub(super) struct Segment {
    pub polarity: &'static str,
    pub at: usize,
    pub length: usize,
}

impl<'a> Summary<'a> {
    pub(super) fn of(findings: &'a [Finding], taxonomy: &'a Taxonomy) -> Self {
        let mut all = Counts::default();
        let mut by_theme: BTreeMap<&str, Counts> = BTreeMap::new();
        for finding in findings {
            all.add(finding);
            for theme in &finding.themes {
                by_theme.entry(theme).or_default().add(finding);
            }
        }
        let mut themes: Vec<(&str, Counts)> = by_theme.into_iter().collect();
        themes.sort_by_key(|(theme, counts)| (*theme == NONE, Reverse(counts.total())));
        let longest = themes.iter().map(|(_, counts)| judged(counts)).max().unwrap_or(0);
        let row = |(id, counts)| Row { id, name: theme_name(id, taxonomy), bar: bar(&counts, longest), counts };
        Summary { all, themes: themes.into_iter().map(row).collect() }
    }
}

/// Sentences that credit, fault or do both.
pub(super) fn judged(counts: &Counts) -> usize {
    counts.total() - counts.polarity[Polarity::Neutral.index()]
}

fn bar(counts: &Counts, longest: usize) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut before = 0;
    for polarity in [Polarity::Strength, Polarity::Mixed, Polarity::Weakness] {
        let after = before + counts.polarity[polarity.index()];
        // Both ends are rounded, not the length, so that the whole is as long as its parts.
        let [at, end] = [before, after].map(|n| (n * BAR + longest / 2).checked_div(longest).unwrap_or(0));
        if after > before {
            segments.push(Segment { polarity: polarity.id(), at, length: end - at });
        }
        before = after;
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::sample;
    use crate::output::table::{self, TableStyle};

    #[test]
    fn the_numbers_are_those_of_the_terminal_in_the_same_order() {
        let mut letter = sample::letter();
        for (i, theme) in (0..40).zip(["education", "workforce", "none", "leadership", "workforce"].into_iter().cycle())
        {
            let mut finding = letter.findings[i % 3].clone();
            finding.polarity = Polarity::ALL[i * 7 % 4];
            finding.themes = vec![theme.to_owned()];
            letter.findings.push(finding);
        }
        let taxonomy = Taxonomy::default();
        let summary = Summary::of(&letter.findings, &taxonomy);
        let numbers = |counts: &Counts| [&counts.polarity[..], &[counts.to_check]].concat();
        let mut shown: Vec<(&str, Vec<usize>)> =
            summary.themes.iter().map(|row| (row.id, numbers(&row.counts))).collect();
        shown.push(("all sentences", numbers(&summary.all)));

        let table = table::letter(&letter, TableStyle::default());
        let rows = table.lines().skip_while(|line| !line.starts_with("theme ")).skip(1).take(shown.len());
        let printed: Vec<(&str, Vec<usize>)> = rows
            .map(|line| {
                let (name, numbers) = line.split_at(22);
                (name.trim(), numbers.split_whitespace().map(|n| n.parse().unwrap()).collect())
            })
            .collect();
        assert_eq!(shown, printed);
        assert!(table.contains(&format!("{} of these stand word for word", summary.all.boilerplate)), "{table}");
    }

    #[test]
    fn the_longest_bar_is_full_and_a_letter_without_findings_has_none() {
        let mut letter = sample::letter();
        letter.findings[1].themes = vec!["none".into()];
        let taxonomy = Taxonomy::default();
        let summary = Summary::of(&letter.findings, &taxonomy);
        let bar: Vec<_> = summary.themes[0].bar.iter().map(|s| (s.polarity, s.at, s.length)).collect();
        assert_eq!(bar, [("strength", 0, 90), ("weakness", 90, 90)]);
        assert!(Summary::of(&letter.findings[2..], &taxonomy).themes[0].bar.is_empty());
    }
}
