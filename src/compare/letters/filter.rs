//! Which letters are compared.

use std::collections::{BTreeMap, BTreeSet};

use super::super::dates::Dated;
use super::{LeftOut, Warning, area_key};
use crate::finding::Finding;

/// Which letters are compared. Empty lets all through.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Identifiers of frameworks.
    pub frameworks: Vec<String>,
    /// Dated on this day or later ([`Dated`]): `2018`, `2018-06` or `2018-06-30`.
    pub since: Option<String>,
    /// Dated on this day or earlier; `2018` lets all of 2018 through.
    pub until: Option<String>,
    /// Only each area's latest letter of a framework.
    pub latest: bool,
}

impl Filter {
    pub(super) fn apply(
        &self,
        gathered: &mut BTreeMap<String, Vec<Finding>>,
        warnings: &mut Vec<Warning>,
        out: &mut LeftOut,
    ) {
        let before = gathered.len();
        let mut undated = Vec::new();
        gathered.retain(|name, findings| {
            let first = &findings[0];
            if !self.frameworks.is_empty() && !self.frameworks.iter().any(|f| f == first.framework) {
                return false;
            }
            let dated = Dated::of(first);
            if (self.since.is_some() || self.until.is_some()) && dated.is_none() {
                undated.push(name.clone());
                return false;
            }
            let date = dated.as_ref().map_or("", |dated| &dated.date);
            self.since.as_deref().is_none_or(|since| date >= since)
                && self.until.as_deref().is_none_or(|until| date.get(..until.len()).unwrap_or(date) <= until)
        });
        if !undated.is_empty() {
            warnings.push(Warning::NoDate(undated));
        }
        if self.latest {
            let mut latest: BTreeMap<(String, &'static str), (Option<String>, String)> = BTreeMap::new();
            for (name, findings) in gathered.iter() {
                let this = (Dated::of(&findings[0]).map(|dated| dated.date), name.clone());
                let kept = latest.entry((area_key(name, findings), findings[0].framework)).or_insert(this.clone());
                if this.0 > kept.0 {
                    *kept = this;
                }
            }
            let names: BTreeSet<String> = latest.into_values().map(|(_, name)| name).collect();
            gathered.retain(|name, _| names.contains(name));
        }
        out.letters = before - gathered.len();
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::facts::Facts;
    use super::super::Letters;
    use super::super::tests::{gather, of};
    use super::*;

    #[test]
    fn filters_are_by_framework_date_and_latest() {
        let all = || {
            let mut other = of("Kent", "d", "Four.", "2020-01-01");
            other.framework = "send_2016";
            vec![
                of("Kent", "a", "One.", "2017-12-31"),
                of("Kent", "b", "Two.", "2018-06-30"),
                of("Essex", "c", "Three.", ""),
                other,
            ]
        };
        let names = |filter: &Filter| {
            let letters = gather(all(), filter);
            let mut names: Vec<_> = letters.letters.iter().map(|l| l.name.clone()).collect();
            names.sort();
            names.concat()
        };
        let date = |text: &str| Some(text.to_owned());
        assert_eq!(names(&Filter { since: date("2018"), ..Filter::default() }), "bd");
        assert_eq!(names(&Filter { until: date("2018"), ..Filter::default() }), "ab");
        assert_eq!(names(&Filter { until: date("2018-05"), ..Filter::default() }), "a");
        assert_eq!(names(&Filter { frameworks: vec!["send_2016".into()], ..Filter::default() }), "d");
        assert_eq!(names(&Filter { latest: true, ..Filter::default() }), "bcd");
        let none = Filter { frameworks: vec!["x".into()], ..Filter::default() };
        assert!(Letters::gather(vec![all()], &Facts::default(), &none).is_err());
    }
}
