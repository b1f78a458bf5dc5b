//! How many sentences there are of each polarity and theme: what every summary counts.
//!
//! One rule for the terminal, the pages and the workbook, and the one of `lettermark compare`: boilerplate is in no count.
//! It says little about one area, and the same paragraph in many letters would be counted as often. How many sentences
//! that leaves out is kept, because every summary says it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::finding::Finding;
use crate::taxonomy::{NONE, Polarity};

/// Counts over some findings, boilerplate left out.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    /// In the order of [`Polarity::ALL`].
    pub polarity: [usize; 4],
    /// Those that a person should look at.
    pub to_check: usize,
    /// Those left out, because they stand in another letter of the batch too.
    pub boilerplate: usize,
}

impl Counts {
    /// Counts one more.
    pub fn add(&mut self, finding: &Finding) {
        if finding.boilerplate {
            self.boilerplate += 1;
            return;
        }
        self.polarity[finding.polarity.index()] += 1;
        self.to_check += usize::from(finding.needs_review);
    }

    /// All that are counted.
    pub fn total(&self) -> usize {
        self.polarity.iter().sum()
    }

    /// Those that credit, fault or do both.
    pub fn judged(&self) -> usize {
        self.total() - self.polarity[Polarity::Neutral.index()]
    }

    fn merge(&mut self, other: &Counts) {
        self.polarity.iter_mut().zip(other.polarity).for_each(|(sum, n)| *sum += n);
        self.to_check += other.to_check;
        self.boilerplate += other.boilerplate;
    }
}

/// Counts over all of some findings, and by theme. A sentence counts under each of its themes.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Totals {
    /// Over all.
    pub all: Counts,
    /// By the themes' identifiers; themes of boilerplate alone included.
    by_theme: BTreeMap<String, Counts>,
}

impl Totals {
    /// Over the findings of a letter.
    pub fn of(findings: &[Finding]) -> Self {
        let mut totals = Totals::default();
        for finding in findings {
            totals.all.add(finding);
            for theme in &finding.themes {
                match totals.by_theme.get_mut(theme) {
                    Some(counts) => counts.add(finding),
                    None => totals.by_theme.entry(theme.clone()).or_default().add(finding),
                }
            }
        }
        totals
    }

    /// Adds those of another letter.
    pub fn merge(&mut self, other: &Totals) {
        self.all.merge(&other.all);
        for (theme, counts) in &other.by_theme {
            self.by_theme.entry(theme.clone()).or_default().merge(counts);
        }
    }

    /// The themes that are counted, the most frequent first; none stands last.
    pub fn themes(&self) -> Vec<(&str, Counts)> {
        let counted = self.by_theme.iter().filter(|(_, counts)| counts.total() > 0);
        let mut themes: Vec<(&str, Counts)> = counted.map(|(theme, counts)| (theme.as_str(), *counts)).collect();
        themes.sort_by_key(|(theme, counts)| (*theme == NONE, Reverse(counts.total())));
        themes
    }

    /// The counts of one theme.
    pub fn theme(&self, id: &str) -> Counts {
        self.by_theme.get(id).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::sample;

    #[test]
    fn boilerplate_is_in_no_count_and_its_number_is_kept() {
        let findings = sample::letter().findings;
        let totals = Totals::of(&findings);
        assert_eq!(totals.all, Counts { polarity: [1, 0, 0, 1], to_check: 0, boilerplate: 1 });
        assert_eq!((totals.all.total(), totals.all.judged()), (2, 1));
        let themes: Vec<_> = totals.themes().into_iter().map(|(theme, counts)| (theme, counts.total())).collect();
        assert_eq!(themes, [("none", 2)], "a theme of boilerplate alone is not counted");
        assert_eq!(totals.theme("ehc_plans").boilerplate, 1);
        let mut twice = totals.clone();
        twice.merge(&totals);
        assert_eq!((twice.all.total(), twice.all.boilerplate, twice.theme("none").total()), (4, 2, 4));
    }
}
