//! Areas beside each other, and an area beside its own past.
//!
//! [`Letters::gather`] puts findings together: which letters are of one area, which sentences count. [`sections`] counts
//! them by area and theme, one framework at a time. [`Funnel`] tells which areas lie outside what chance explains.
//! [`ledger`] follows what an earlier letter faults into the later one. A [`Comparison`] holds all of it; [`html`],
//! [`xlsx`] and [`csv`] write it.
//!
//! What is compared is the share of fault among what is judged, not how good an area is: inspectors write longer letters
//! where there is more to say, and frameworks ask different things. So frameworks are never put in one table, small
//! numbers have no share, areas stand in alphabetical order, and limits say what chance alone does.

mod csv;
mod dates;
mod facts;
mod funnel;
mod html;
mod ledger;
mod letters;
mod likeness;
mod shares;
mod xlsx;

use crate::taxonomy::Taxonomy;

pub use csv::csv;
pub use dates::{Dated, DatedBy};
pub use facts::Facts;
pub use funnel::{FEWEST_AREAS, Funnel, Limits, Observed, Point, Standing};
pub use html::html;
pub use ledger::{CANDIDATES, Candidate, Entry, Ledger, PERHAPS, Status, THRESHOLD, Visit, ledger};
pub use letters::{Area, Filter, LeftOut, Letter, Letters, Sentence, Warning};
pub use shares::{Counts, Row, Section, Tally, ThemeColumn, sections, theme_columns};
pub use xlsx::xlsx;

/// The fewest judged sentences of which a share is shown, where the user does not say.
pub const LEAST: u32 = 10;

/// All that is said of some letters beside each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The letters.
    pub letters: Letters,
    /// The themes that occur.
    pub themes: Vec<ThemeColumn>,
    /// One a framework.
    pub sections: Vec<Section>,
    /// Areas over time; `None` where it was not asked for.
    pub ledger: Option<Ledger>,
    /// The fewest judged sentences of which a share is shown.
    pub least: u32,
}

impl Comparison {
    /// Counts letters by area and theme.
    pub fn of(letters: Letters, taxonomy: &Taxonomy, least: u32) -> Self {
        let themes = theme_columns(&letters, taxonomy);
        let sections = sections(&letters, &themes);
        Comparison { letters, themes, sections, ledger: None, least }
    }

    /// The funnel of a theme, or of all sentences where `theme` is `None`; `None` where there are too few areas for one.
    pub fn funnel(&self, section: &Section, theme: Option<usize>) -> Option<Funnel> {
        let tally = |counts: &Counts| theme.map_or(counts.all, |theme| counts.themes[theme]);
        let observed: Vec<Observed> = section
            .rows
            .iter()
            .map(|row| tally(&row.counts))
            .zip(&section.rows)
            .map(|(tally, row)| Observed { area: row.area, faulted: tally.faulted(), judged: tally.judged() })
            .collect();
        Funnel::of(&observed, self.least)
    }

    /// The models that judged, joined by commas.
    pub fn models(&self) -> String {
        let findings = self.letters.letters.iter().flat_map(|l| &l.sentences).map(|s| s.finding.model.as_str());
        let models: std::collections::BTreeSet<&str> = findings.filter(|m| !m.is_empty()).collect();
        models.into_iter().collect::<Vec<_>>().join(", ")
    }
}

/// The sentences under which a comparison is read; every output holds them.
pub fn definitions(least: u32) -> Vec<(&'static str, String)> {
    vec![
        (
            "share of fault",
            "Of the sentences that judge (strength, weakness or mixed), the share that finds fault (weakness or mixed). \
             Neutral sentences do not count."
                .to_owned(),
        ),
        ("theme", "A sentence counts for each of its themes. Sentences without a theme count under \"all\" only.".to_owned()),
        (
            "left out",
            "Boilerplate: sentences that stand in letters of several areas. A sentence that a letter says twice, as in \
             its summary and in its body, counts once."
                .to_owned(),
        ),
        (
            "small numbers",
            format!("Where fewer than {least} sentences judge, no share is shown: a sentence more or less would move it too far."),
        ),
        (
            "framework",
            "Letters are compared within one inspection framework only: what inspectors look at differs between them."
                .to_owned(),
        ),
        (
            "funnel limits",
            "Where the area's share would lie 95% or 99.8% of the time if it differed from the pooled share by chance \
             alone (Spiegelhalter, 2005): exact binomial limits; where areas scatter wider than the binomial explains, \
             the normal approximation, widened by the square root of the dispersion (mean square of the z scores, the \
             outer tenth on each side winsorised). One area in twenty lies outside the 95% limits by chance. No rank \
             follows from a share."
                .to_owned(),
        ),
        (
            "what it is not",
            "Not how good an area is: how much of what inspectors wrote about it finds fault. Polarity and themes are \
             given by a model that errs; limits do not include its errors."
                .to_owned(),
        ),
        (
            "ledger",
            "A fault of an earlier letter and the sentences of the same area's next letter that are most like it, in \
             theme, meaning and words. \"Resolved\": the later letter credits a similar sentence. \"Improved\": it \
             credits and faults similar sentences. \"Persists\": it faults a similar sentence. \"Unclear\": \
             it has a sentence that may be about the same. \"Not mentioned\": it has no sentence like it, which does \
             not say that the fault is gone. A program made the matches: read both sentences. Of matches (similarity \
             0.55 and over) 24 of 25 that were read are about the same thing; of those from 0.40 to 0.55, 38 of 75."
                .to_owned(),
        ),
        (
            "date of a letter",
            "When it was published; where neither it nor --facts says so, the last day of the inspection that it names; \
             else the date in its file's name."
                .to_owned(),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Finding;
    use crate::taxonomy::Polarity;

    pub(super) use crate::finding::tests::finding;

    /// A polarity head that looks in no direction, so that nothing is taken out of the vectors.
    pub(super) fn nothing_seen() -> crate::classify::Linear {
        crate::classify::Linear { weights: ndarray::Array2::zeros((4, 3)), bias: ndarray::Array1::zeros(4) }
    }

    pub(super) fn letters(findings: Vec<Finding>) -> Letters {
        Letters::gather(vec![findings], &Facts::default(), &Filter::default()).unwrap()
    }

    #[test]
    fn a_funnel_is_of_one_theme_or_of_all() {
        let mut findings = Vec::new();
        for area in 0..6 {
            for n in 0..20 {
                let polarity = if n < 5 + area { Polarity::Weakness } else { Polarity::Strength };
                let mut one = finding(&format!("{area}.txt"), &format!("{area} {n}"), polarity);
                one.themes = if n % 2 == 0 { vec!["leadership".into()] } else { vec!["none".into()] };
                findings.push(one);
            }
        }
        let comparison = Comparison::of(letters(findings), &Taxonomy::default(), 10);
        let section = &comparison.sections[0];
        let all = comparison.funnel(section, None).unwrap();
        assert_eq!((all.points.len(), all.points[0].observed.judged), (6, 20));
        assert_eq!(comparison.funnel(section, Some(0)).unwrap().points[0].observed.judged, 10);
        assert_eq!(comparison.models(), "test-0123abcd");
    }
}
