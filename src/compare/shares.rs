//! How much of what is judged about an area is fault: areas × themes, one table a framework.

use std::collections::BTreeSet;

use super::letters::{Letter, Letters};
use crate::taxonomy::{NONE, Polarity, Taxonomy};

/// Sentences of each polarity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally([u32; 4]);

impl Tally {
    /// Counts one sentence.
    pub fn add(&mut self, polarity: Polarity) {
        self.0[polarity.index()] += 1;
    }

    /// Counts what another tally counted.
    pub fn add_all(&mut self, other: &Tally) {
        self.0.iter_mut().zip(other.0).for_each(|(to, n)| *to += n);
    }

    /// Sentences of this polarity.
    pub fn of(&self, polarity: Polarity) -> u32 {
        self.0[polarity.index()]
    }

    /// Sentences that find fault: weakness and mixed.
    pub fn faulted(&self) -> u32 {
        self.of(Polarity::Weakness) + self.of(Polarity::Mixed)
    }

    /// Sentences that judge: strength, weakness and mixed. Neutral ones do not.
    pub fn judged(&self) -> u32 {
        self.faulted() + self.of(Polarity::Strength)
    }

    /// Faulted among judged, from 0 to 1; `None` where fewer than `least` are judged.
    pub fn share(&self, least: u32) -> Option<f64> {
        let judged = self.judged();
        (judged >= least.max(1)).then(|| f64::from(self.faulted()) / f64::from(judged))
    }
}

/// A theme as a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThemeColumn {
    /// The word used in files.
    pub id: String,
    /// The name shown to people.
    pub name: String,
}

/// The areas of one framework.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// The framework's identifier; empty where unknown.
    pub framework: &'static str,
    /// Areas in alphabetical order.
    pub rows: Vec<Row>,
    /// All areas together.
    pub pooled: Counts,
    /// The first and the last date of publication, where one is known.
    pub dates: Option<(String, String)>,
}

/// One area.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its place in [`Letters::areas`].
    pub area: usize,
    /// Its letters' places in [`Letters::letters`].
    pub letters: Vec<usize>,
    /// Its counts.
    pub counts: Counts,
}

/// Counts of an area or of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    /// All sentences, each once, those without a theme too.
    pub all: Tally,
    /// In the order of the theme columns; a sentence counts for each of its themes.
    pub themes: Vec<Tally>,
}

/// The themes that occur, in the taxonomy's order; those that it does not know follow by identifier. `none` is no theme.
pub fn theme_columns(letters: &Letters, taxonomy: &Taxonomy) -> Vec<ThemeColumn> {
    let sentences = letters.letters.iter().flat_map(|l| &l.sentences);
    let mut there: BTreeSet<&str> = sentences.flat_map(|s| &s.finding.themes).map(String::as_str).collect();
    there.remove(NONE);
    let known = taxonomy.themes.iter().filter(|theme| there.remove(theme.id.as_str()));
    let mut columns: Vec<ThemeColumn> =
        known.map(|theme| ThemeColumn { id: theme.id.clone(), name: theme.name.clone() }).collect();
    columns.extend(there.into_iter().map(|id| ThemeColumn { id: id.to_owned(), name: id.to_owned() }));
    columns
}

/// Counts by framework, area and theme; frameworks by identifier, unknown last.
pub fn sections(letters: &Letters, themes: &[ThemeColumn]) -> Vec<Section> {
    let mut frameworks: Vec<&'static str> = letters.letters.iter().map(|l| l.framework).collect();
    frameworks.sort_by_key(|id| (id.is_empty(), *id));
    frameworks.dedup();
    frameworks.into_iter().map(|framework| section(letters, themes, framework)).collect()
}

fn section(letters: &Letters, themes: &[ThemeColumn], framework: &'static str) -> Section {
    let nothing = || Counts { all: Tally::default(), themes: vec![Tally::default(); themes.len()] };
    let mut rows: Vec<Row> = Vec::new();
    let mut pooled = nothing();
    let mut dates: Vec<&str> = Vec::new();
    for (place, letter) in letters.letters.iter().enumerate().filter(|(_, l)| l.framework == framework) {
        if rows.last().is_none_or(|row| row.area != letter.area) {
            rows.push(Row { area: letter.area, letters: Vec::new(), counts: nothing() });
        }
        if let Some(row) = rows.last_mut() {
            row.letters.push(place);
            count(letter, themes, &mut row.counts);
        }
        count(letter, themes, &mut pooled);
        dates.extend(letter.date());
    }
    dates.sort_unstable();
    let dates = dates.first().zip(dates.last()).map(|(first, last)| ((*first).to_owned(), (*last).to_owned()));
    Section { framework, rows, pooled, dates }
}

fn count(letter: &Letter, themes: &[ThemeColumn], counts: &mut Counts) {
    for finding in letter.sentences.iter().map(|s| &s.finding) {
        counts.all.add(finding.polarity);
        for (theme, tally) in themes.iter().zip(&mut counts.themes) {
            if finding.themes.contains(&theme.id) {
                tally.add(finding.polarity);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{finding, letters};
    use super::*;
    use crate::taxonomy::Polarity::{Mixed, Neutral, Strength, Weakness};

    #[test]
    fn a_share_is_weak_and_mixed_among_what_is_judged() {
        let mut tally = Tally::default();
        for polarity in [Strength, Weakness, Mixed, Neutral, Neutral, Strength] {
            tally.add(polarity);
        }
        assert_eq!((tally.faulted(), tally.judged(), tally.share(4)), (2, 4, Some(0.5)));
        assert_eq!((tally.share(5), Tally::default().share(0)), (None, None));
    }

    #[test]
    fn a_sentence_counts_for_each_of_its_themes_and_frameworks_stand_apart() {
        let mut both = finding("a", "One.", Weakness);
        both.themes = vec!["leadership".into(), "my_theme".into()];
        let mut other = finding("b", "Two.", Strength);
        other.framework = "send_2016";
        other.themes = vec!["none".into()];
        let letters = letters(vec![both, other]);
        let themes = theme_columns(&letters, &Taxonomy::default());
        assert_eq!(themes.iter().map(|t| t.id.as_str()).collect::<Vec<_>>(), ["leadership", "my_theme"]);
        let sections = sections(&letters, &themes);
        assert_eq!(sections.iter().map(|s| s.framework).collect::<Vec<_>>(), ["send_2016", ""]);
        let weak = |s: &Section| s.rows[0].counts.themes.iter().map(Tally::faulted).collect::<Vec<_>>();
        assert_eq!((weak(&sections[1]), weak(&sections[0])), (vec![1, 1], vec![0, 0]));
        assert_eq!(sections[0].rows[0].counts.all.judged(), 1);
    }
}
