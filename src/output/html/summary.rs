//! What stands on top of a page: how many sentences of each polarity and theme, with intervals where they are known.
//!
//! The rule is that of [`counts`](super::super::counts), as on the terminal.

use super::super::corrected::{Corrected, CorrectedCounts};
use super::super::counts::{Counts, Totals};
use super::bars::{Bar, bars};
use super::sentence::theme_name;
use crate::taxonomy::{Polarity, Taxonomy};

/// The counts of a letter, or of all letters.
#[derive(Debug, PartialEq)]
pub(super) struct Summary<'a> {
    pub all: Counts,
    /// The most frequent theme first; none stands last.
    pub themes: Vec<Row<'a>>,
    pub corrected: Option<&'a CorrectedCounts>,
}

/// One theme's counts.
#[derive(Debug, PartialEq)]
pub(super) struct Row<'a> {
    pub id: &'a str,
    pub name: &'a str,
    pub counts: Counts,
    corrected: Option<&'a [Corrected; 4]>,
    pub bar: Bar,
}

impl Row<'_> {
    /// How many of its sentences have this polarity.
    pub(super) fn count(&self, polarity: &Polarity) -> usize {
        self.counts.polarity[polarity.index()]
    }

    /// The interval of that number in words; empty where none is known.
    pub(super) fn range(&self, polarity: &Polarity) -> String {
        self.corrected.map(|cells| cells[polarity.index()].words()).unwrap_or_default()
    }
}

impl<'a> Summary<'a> {
    pub(super) fn of(totals: &'a Totals, taxonomy: &'a Taxonomy, corrected: Option<&'a CorrectedCounts>) -> Self {
        let themes = totals.themes();
        let of_theme = |id: &str| {
            let place = taxonomy.themes.iter().position(|theme| theme.id == id)?;
            corrected?.themes.get(place)
        };
        let cells: Vec<_> = themes.iter().map(|(id, counts)| (counts, of_theme(id))).collect();
        let rows = themes.iter().zip(bars(&cells)).map(|(&(id, counts), bar)| Row {
            id,
            name: theme_name(id, taxonomy),
            counts,
            corrected: of_theme(id),
            bar,
        });
        Summary { all: totals.all, themes: rows.collect(), corrected }
    }

    /// How many sentences have this polarity.
    pub(super) fn count(&self, polarity: &Polarity) -> usize {
        self.all.polarity[polarity.index()]
    }

    /// The interval of that number in words; empty where none is known.
    pub(super) fn range(&self, polarity: &Polarity) -> String {
        self.corrected.map(|corrected| corrected.polarity[polarity.index()].words()).unwrap_or_default()
    }
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
        let (taxonomy, totals) = (Taxonomy::default(), Totals::of(&letter.findings));
        let summary = Summary::of(&totals, &taxonomy, None);
        let numbers = |counts: &Counts| [&counts.polarity[..], &[counts.to_check]].concat();
        let mut shown: Vec<(&str, Vec<usize>)> =
            summary.themes.iter().map(|row| (row.id, numbers(&row.counts))).collect();
        shown.push(("all counted", numbers(&summary.all)));

        let table = table::letter(&letter, TableStyle::default());
        let rows = table.lines().skip_while(|line| !line.starts_with("theme ")).skip(1).take(shown.len());
        let printed: Vec<(&str, Vec<usize>)> = rows
            .map(|line| {
                let (name, numbers) = line.split_at(22);
                (name.trim(), numbers.split_whitespace().map(|n| n.parse().unwrap()).collect())
            })
            .collect();
        assert_eq!(shown, printed);
        assert!(table.contains(&format!("{} more stand word for word", summary.all.boilerplate)), "{table}");
    }
}
