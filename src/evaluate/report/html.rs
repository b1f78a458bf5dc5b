//! As one page for people: the tables with bars, charts of calibration and of risk and coverage, the worst mistakes in
//! their place. Nothing is loaded and no script runs; `templates/evaluation.html` is its text.

use askama::Template;

use super::charts::{BAR, Bar, Reliability, Risk, bar, reliability, risk};
use super::sections::{CALIBRATION, COVERAGE, percent, sections, summary};
use super::{Cell, Report};
use crate::error::{Error, ErrorKind, Result};
use crate::evaluate::Mistake;
use crate::evaluate::gate::Verdict;

#[derive(Template)]
#[template(path = "evaluation.html")]
struct Page<'a> {
    report: &'a Report,
    summary: String,
    verdict: Option<Verdict>,
    tables: Vec<Table>,
    /// The share that is not marked for review, as text.
    unmarked: String,
}

/// A table with what stands above it.
struct Table {
    id: String,
    title: String,
    note: String,
    header: Vec<Head>,
    rows: Vec<Vec<Shown>>,
    reliability: Option<Reliability>,
    risk: Option<Risk>,
}

struct Head {
    name: String,
    is_number: bool,
}

/// A cell and how it is drawn.
struct Shown {
    text: String,
    is_number: bool,
    bar: Option<Bar>,
    /// For a part of a whole, from 0 to 10: how dark it is.
    shade: Option<u64>,
}

impl Shown {
    fn of(cell: &Cell) -> Self {
        Shown {
            // Where the column is narrow, the interval goes to the next line as a whole.
            text: if cell.is_number() { cell.to_string().replace(", ", ",\u{a0}") } else { cell.to_string() },
            is_number: cell.is_number(),
            bar: if let Cell::Estimate(estimate) = cell { bar(*estimate) } else { None },
            shade: match cell {
                Cell::Part(n, whole) => Some((n * 10).div_ceil(*whole.max(&1)).min(10)),
                _ => None,
            },
        }
    }
}

/// A report as a page.
///
/// # Errors
/// [`ErrorKind::Internal`] when the page cannot be put together, which is a fault of this program.
pub fn html(report: &Report) -> Result<String> {
    let page = Page {
        report,
        summary: summary(report),
        verdict: report.gate.as_ref().map(|gate| gate.verdict),
        tables: tables(report),
        unmarked: report
            .coverage
            .as_ref()
            .and_then(|c| c.unmarked.as_ref())
            .map_or_else(String::new, |kept| percent(kept.share)),
    };
    page.render().map_err(|e| {
        Error::new(ErrorKind::Internal, format!("internal error: the page could not be written: {e}")).caused_by(e)
    })
}

fn tables(report: &Report) -> Vec<Table> {
    let table = |(number, section): (usize, super::Section)| {
        let rows: Vec<Vec<Shown>> = section.rows.iter().map(|row| row.iter().map(Shown::of).collect()).collect();
        let head = |(c, name): (usize, &String)| Head {
            name: name.clone(),
            is_number: rows.iter().all(|row| row.get(c).is_some_and(|cell| cell.is_number)),
        };
        Table {
            id: format!("table-{}", number + 1),
            header: section.header.iter().enumerate().map(head).collect(),
            reliability: report.calibration.as_ref().filter(|_| section.title == CALIBRATION).map(reliability),
            risk: report.coverage.as_ref().filter(|_| section.title == COVERAGE).map(risk),
            title: section.title,
            note: section.note,
            rows,
        }
    };
    sections(report).into_iter().enumerate().map(table).collect()
}

/// What the template asks of a mistake.
impl Mistake {
    fn place(&self) -> String {
        let page = self.page.map_or_else(String::new, |page| format!(", page {page}"));
        format!("{}{page}", if self.letter.is_empty() { "letter not known" } else { &self.letter })
    }

    fn score_text(&self) -> String {
        percent(f64::from(self.score))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::tests::row;
    use crate::taxonomy::{Polarity, Taxonomy};

    fn report() -> Report {
        let mut hostile = row("<b>a</b>", "</p><script>alert(1)</script> & \"more\"", Polarity::Weakness, None);
        hostile.example.heading = "\"><img src=x onerror=alert(1)>".to_owned();
        hostile.example.note = "<i>".to_owned();
        let rows = [
            hostile,
            row("b", "Two.", Polarity::Strength, Some((Polarity::Weakness, 0.9))),
            row("b", "Three.", Polarity::Strength, Some((Polarity::Strength, 0.7))),
        ];
        Report::of(&rows, "<m>", &["l.csv".to_owned()], false, &Taxonomy::default()).unwrap()
    }

    #[test]
    fn what_letters_hold_is_text_on_the_page() {
        let page = html(&report()).unwrap();
        for bad in ["<script", "<img", "<b>", "<i>", "<m>"] {
            assert!(!page.contains(bad), "{bad} in {page}");
        }
        assert!(page.contains("&#60;script&#62;alert(1)"), "{page}");
    }

    #[test]
    fn the_page_is_whole_and_loads_nothing() {
        let page = html(&report()).unwrap();
        assert!(page.starts_with("<!doctype html>\n<html lang=\"en\">") && page.trim_end().ends_with("</html>"));
        for loads in ["http:", "https:", "src=\"", "<link", "<script", "@import", "url("] {
            assert!(!page.contains(loads), "{loads}");
        }
        for tag in ["table", "section", "svg", "ol", "figure", "main", "nav"] {
            let (opened, closed) =
                (page.matches(&format!("<{tag}")).count(), page.matches(&format!("</{tag}>")).count());
            assert_eq!(opened, closed, "{tag}");
        }
        let ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let links = page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next());
        assert!(links.clone().count() > 8);
        links.for_each(|link| assert_eq!(ids.iter().filter(|id| **id == link).count(), 1, "{link}"));
    }
}
