//! The external check: do the findings order reports as the inspectorates' published outcomes do?
//!
//! No label of a sentence goes in: the outcome stands on the report's front page and was given by people who had not
//! heard of this program. For each report the share of weaknesses among its strengths, weaknesses and mixed findings is
//! set against the outcome, by framework, with Spearman's rank correlation and a bootstrap interval over reports.
//! Boilerplate is left out. What a sentiment lexicon makes of the same sentences stands beside it. A high correlation says that the counts follow the inspectors' verdict; it does not say that
//! a single finding is right.

mod plot;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::baselines::lexicon;
use super::findings::ReadFinding;
use super::report::Section;
use crate::error::{Error, ErrorKind, Result};
use crate::interval::{self, Estimate, SEED};
use crate::taxonomy::Polarity;

/// With fewer reports a framework's correlation is too unsure to read.
pub const FEW_REPORTS: usize = 10;

/// Outcomes from the best to the worst; names in one row mean the same, or rank alike.
type Order = &'static [&'static [&'static str]];

/// The order of each framework of `reports.csv`. An outcome that stands in no row is left out and counted.
const ORDER: [(&str, Order); 3] = [
    (
        "ilacs",
        &[
            &["outstanding"],
            &["good"],
            &["requires improvement to be good", "requires improvement", "adequate"],
            &["inadequate"],
        ],
    ),
    (
        "send",
        &[
            &["positive", "typically positive experiences and outcomes"],
            &["inconsistent", "inconsistent experiences and outcomes"],
            &["systemic failings", "widespread and/or systemic failings"],
        ],
    ),
    ("send_2016", &[&["Written Statement of Action not required"], &["Written Statement of Action required"]]),
];

/// What the corpus says of one report, in `reports.csv`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Report {
    /// Its identifier, the name of its file without the ending.
    pub report: String,
    /// The framework.
    pub framework: String,
    /// The published outcome; empty where it was not found.
    pub outcome: String,
}

/// Whether the findings order reports as the outcomes do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExternalReport {
    /// One row a framework.
    pub frameworks: Vec<FrameworkCheck>,
    /// Letters among the findings that the check leaves out: not in the corpus, without an outcome that has a rank, or
    /// without a finding that credits or faults.
    pub left_out: usize,
}

/// The reports of one framework, as the findings name it, or the corpus where they do not.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FrameworkCheck {
    /// The framework.
    pub framework: String,
    /// Reports compared.
    pub reports: usize,
    /// Spearman's rho of the outcome's rank, worst highest, and the share of weaknesses.
    pub spearman: Estimate,
    /// The same of the share that a sentiment lexicon finds in the same sentences.
    pub lexicon_spearman: Estimate,
    /// The shares by outcome, the best outcome first.
    pub outcomes: Vec<OutcomeShares>,
}

/// The shares of weaknesses of the reports with one outcome.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OutcomeShares {
    /// The outcome, as its first name in the order.
    pub outcome: String,
    /// How many reports.
    pub reports: usize,
    /// Least, lower quartile, median, upper quartile, greatest.
    pub five_numbers: [f64; 5],
}

/// Reads `reports.csv` of a corpus; `folder` is the one that holds it or the one above.
///
/// # Errors
/// When there is none, or it lacks a column.
pub fn read_reports(folder: &Path) -> Result<Vec<Report>> {
    let places: [PathBuf; 2] = [folder.join("reports.csv"), folder.join("corpus").join("reports.csv")];
    let Some(path) = places.into_iter().find(|p| p.is_file()) else {
        let message = "holds no reports.csv; name the folder of the corpus with --corpus or LETTERMARK_CORPUS";
        return Err(Error::new(ErrorKind::Io, message).in_file(folder));
    };
    let damaged = |e: csv::Error| {
        Error::new(ErrorKind::Data, format!("not the corpus's list of reports: {e}")).in_file(&path).caused_by(e)
    };
    csv::Reader::from_path(&path).map_err(damaged)?.deserialize().map(|row| row.map_err(damaged)).collect()
}

/// Compares the findings of each letter with the outcome of the report that its name names.
///
/// # Errors
/// When no letter has an outcome.
pub fn check(findings: &[ReadFinding], reports: &[Report]) -> Result<ExternalReport> {
    let known: BTreeMap<&str, &Report> = reports.iter().map(|r| (r.report.as_str(), r)).collect();
    let mut letters: BTreeMap<&str, Letter<'_>> = BTreeMap::new();
    for finding in findings {
        let letter = letters.entry(&finding.letter).or_default();
        letter.framework = &finding.framework;
        if !finding.boilerplate {
            letter.model.add(finding.polarity);
            letter.by_words.add(lexicon::polarity(&finding.sentence));
        }
    }
    let mut left_out = 0;
    let mut groups: BTreeMap<(&str, &str), (Order, Vec<Point>)> = BTreeMap::new();
    for (name, letter) in letters {
        let ranked = known.get(name).or_else(|| known.get(stem(name))).and_then(|report| {
            let order = order(&report.framework)?;
            Some((report, order, rank(order, &report.outcome)?))
        });
        match (ranked, letter.model.share()) {
            (Some((report, order, rank)), Some(share)) => {
                let name = if letter.framework.is_empty() { report.framework.as_str() } else { letter.framework };
                let point = Point { rank, share, by_words: letter.by_words.share().unwrap_or_default() };
                groups.entry((name, report.framework.as_str())).or_insert_with(|| (order, Vec::new())).1.push(point);
            }
            _ => left_out += 1,
        }
    }
    if groups.is_empty() {
        let message = "no letter among the findings is a report of the corpus with an outcome; classify files that are \
                       named as the column \"report\" of reports.csv";
        return Err(Error::new(ErrorKind::Data, message));
    }
    let frameworks =
        groups.into_iter().map(|((name, _), (order, points))| FrameworkCheck::of(name, order, &points)).collect();
    Ok(ExternalReport { frameworks, left_out })
}

/// One letter: its framework as the findings say, and what the model and the lexicon make of it.
#[derive(Default)]
struct Letter<'a> {
    framework: &'a str,
    model: Judged,
    by_words: Judged,
}

/// Findings of one letter that credit or fault.
#[derive(Default)]
struct Judged {
    weaknesses: u32,
    all: u32,
}

impl Judged {
    fn add(&mut self, polarity: Polarity) {
        self.weaknesses += u32::from(polarity == Polarity::Weakness);
        self.all += u32::from(polarity != Polarity::Neutral);
    }

    fn share(&self) -> Option<f64> {
        (self.all > 0).then(|| f64::from(self.weaknesses) / f64::from(self.all))
    }
}

/// One report: the rank of its outcome, its share of weaknesses, and the lexicon's.
struct Point {
    rank: usize,
    share: f64,
    by_words: f64,
}

fn stem(letter: &str) -> &str {
    letter.rsplit_once('.').map_or(letter, |(stem, _)| stem)
}

fn order(framework: &str) -> Option<Order> {
    ORDER.iter().find(|(name, _)| *name == framework).map(|(_, order)| *order)
}

fn rank(order: Order, outcome: &str) -> Option<usize> {
    order.iter().position(|names| names.iter().any(|name| name.eq_ignore_ascii_case(outcome.trim())))
}

impl FrameworkCheck {
    fn of(framework: &str, order: Order, points: &[Point]) -> Self {
        let rho = |drawn: &[usize]| {
            let column = |of: &dyn Fn(&Point) -> f64| drawn.iter().map(|&i| of(&points[i])).collect::<Vec<_>>();
            let ranks = column(&|p| p.rank as f64);
            vec![spearman(&ranks, &column(&|p| p.share)), spearman(&ranks, &column(&|p| p.by_words))]
        };
        let intervals = interval::bootstrap(points.len(), 2, SEED, rho);
        let values = rho(&(0..points.len()).collect::<Vec<_>>());
        let estimate = |i: usize| Estimate { value: values[i], interval: values[i].and(intervals[i]) };
        let outcomes = order.iter().enumerate().filter_map(|(rank, names)| {
            let mut shares: Vec<f64> = points.iter().filter(|p| p.rank == rank).map(|p| p.share).collect();
            shares.sort_by(f64::total_cmp);
            let five_numbers = [0.0, 0.25, 0.5, 0.75, 1.0].map(|at| quantile(&shares, at));
            let row = OutcomeShares { outcome: names[0].to_owned(), reports: shares.len(), five_numbers };
            (!shares.is_empty()).then_some(row)
        });
        FrameworkCheck {
            framework: framework.to_owned(),
            reports: points.len(),
            spearman: estimate(0),
            lexicon_spearman: estimate(1),
            outcomes: outcomes.collect(),
        }
    }
}

/// The quantile of sorted numbers, between neighbours by their distance (Hyndman and Fan's type 7); 0 of none.
fn quantile(sorted: &[f64], at: f64) -> f64 {
    let place = at * sorted.len().saturating_sub(1) as f64;
    let value = |i: usize| sorted.get(i).or(sorted.last()).copied().unwrap_or_default();
    let low = value(place.floor() as usize);
    low + (value(place.ceil() as usize) - low) * place.fract()
}

/// Spearman's rank correlation: Pearson's of the ranks, equal numbers at their mean rank. `None` where one side does not
/// vary.
fn spearman(a: &[f64], b: &[f64]) -> Option<f64> {
    let (a, b) = (ranks(a), ranks(b));
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (ma, mb) = (mean(&a), mean(&b));
    let products =
        |x: &[f64], mx: f64, y: &[f64], my: f64| -> f64 { x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum() };
    let spread = products(&a, ma, &a, ma) * products(&b, mb, &b, mb);
    (spread > 0.0).then(|| products(&a, ma, &b, mb) / spread.sqrt())
}

fn ranks(numbers: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    order.sort_by(|&i, &j| numbers[i].total_cmp(&numbers[j]));
    let mut ranks = vec![0.0; numbers.len()];
    let mut below = 0;
    for group in order.chunk_by(|&i, &j| numbers[i] == numbers[j]) {
        let mean = below as f64 + (group.len() as f64 + 1.0) / 2.0;
        group.iter().for_each(|&i| ranks[i] = mean);
        below += group.len();
    }
    ranks
}

impl ExternalReport {
    /// Correlations, then the five numbers of each outcome.
    pub fn sections(&self) -> Vec<Section> {
        let few = |n: usize| if n < FEW_REPORTS { " (*)" } else { "" };
        let rows = self.frameworks.iter().map(|f| {
            let name = format!("{}{}", f.framework, few(f.reports));
            [name, f.reports.to_string(), f.spearman.to_string(), f.lexicon_spearman.to_string()]
        });
        let note = format!(
            "Share of weaknesses among strengths, weaknesses and mixed findings, against the published outcome, worst \
             highest; 95% bootstrap intervals over reports. {} letters have no outcome to compare with.{}",
            self.left_out,
            match self.frameworks.iter().any(|f| f.reports < FEW_REPORTS) {
                true => format!(" (*) fewer than {FEW_REPORTS} reports: too few to read."),
                false => String::new(),
            }
        );
        let rho = Section::of_text("External check", ["framework", "reports", "Spearman's rho", "of a lexicon"], rows)
            .with_note(note);
        let rows = self.frameworks.iter().flat_map(|f| {
            f.outcomes.iter().map(|o| {
                let five = o.five_numbers.map(|n| format!("{n:.3}"));
                let [least, lower, median, upper, greatest] = five;
                [f.framework.clone(), o.outcome.clone(), o.reports.to_string(), least, lower, median, upper, greatest]
            })
        });
        let header =
            ["framework", "outcome", "reports", "least", "lower quartile", "median", "upper quartile", "greatest"];
        vec![rho, Section::of_text("Share of weaknesses by outcome", header, rows)]
    }

    /// The shares by outcome as box plots: an SVG that stands alone, with its numbers as text.
    pub fn box_plot(&self) -> String {
        plot::svg(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomy::ThemeId;

    fn finding(letter: &str, polarity: Polarity, boilerplate: bool) -> ReadFinding {
        ReadFinding {
            letter: letter.to_owned(),
            framework: String::new(),
            sentence: String::new(),
            polarity,
            themes: vec![ThemeId(0)],
            boilerplate,
        }
    }

    fn report(report: &str, outcome: &str) -> Report {
        Report { report: report.to_owned(), framework: "send".to_owned(), outcome: outcome.to_owned() }
    }

    #[test]
    fn spearman_by_hand_with_ties() {
        // scipy.stats.spearmanr([1, 2, 2, 3], [10, 20, 30, 40]) = 0.9486832980505138
        let rho = spearman(&[1.0, 2.0, 2.0, 3.0], &[10.0, 20.0, 30.0, 40.0]).unwrap();
        assert!((rho - 0.948_683_298_050_513_8).abs() < 1e-12, "{rho}");
        assert_eq!(spearman(&[1.0, 1.0], &[1.0, 2.0]), None);
        assert_eq!(spearman(&[3.0, 2.0, 1.0], &[1.0, 2.0, 3.0]), Some(-1.0));
    }

    #[test]
    fn quartiles_lie_between_neighbours() {
        assert_eq!([0.0, 0.25, 0.5, 1.0].map(|at| quantile(&[1.0, 2.0, 3.0, 5.0], at)), [1.0, 1.75, 2.5, 5.0]);
        assert_eq!(quantile(&[], 0.5), 0.0);
    }

    #[test]
    fn shares_rise_with_the_outcome_and_the_rest_is_left_out() {
        use Polarity::{Neutral, Strength, Weakness};
        let mut findings = Vec::new();
        for (letter, weaknesses) in [("a.pdf", 1), ("b", 2), ("c.txt", 3)] {
            findings.extend((0..4).map(|i| finding(letter, if i < weaknesses { Weakness } else { Strength }, false)));
            findings.push(finding(letter, Weakness, true));
        }
        findings.push(finding("unknown.pdf", Weakness, false));
        findings.push(finding("d", Neutral, false));
        let reports = [
            report("a", "positive"),
            report("b", "inconsistent"),
            report("c", "systemic failings"),
            report("d", "positive"),
        ];
        let checked = check(&findings, &reports).unwrap();
        assert_eq!(checked.left_out, 2);
        let send = &checked.frameworks[0];
        assert_eq!((send.reports, send.spearman.value), (3, Some(1.0)));
        assert_eq!(send.outcomes.iter().map(|o| o.five_numbers[2]).collect::<Vec<_>>(), [0.25, 0.5, 0.75]);
        let svg = checked.box_plot();
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n") && svg.contains("systemic failings"), "{svg}");
        assert!(check(&findings, &[]).is_err());
    }

    #[test]
    fn an_unknown_outcome_has_no_rank() {
        let ilacs = order("ilacs").unwrap();
        assert_eq!(rank(ilacs, "2022-02-11"), None);
        assert_eq!(rank(ilacs, "Requires improvement to be good"), Some(2));
        assert_eq!(order("other"), None);
    }
}
