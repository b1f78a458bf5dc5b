//! A comparison as a table for statistics programs: one row an area and theme.

use super::{Comparison, Counts, Funnel, Section};
use crate::output::neutral;
use crate::taxonomy::Polarity;

/// The theme that stands for all sentences.
pub const ALL: &str = "all";

const COLUMNS: [&str; 17] = [
    "framework",
    "area",
    "letters",
    "theme",
    "strength",
    "weakness",
    "mixed",
    "neutral",
    "judged",
    "faulted",
    "share",
    "pooled_share",
    "low_95",
    "high_95",
    "low_99_8",
    "high_99_8",
    "standing",
];

/// One row an area and theme, the theme `all` first. `share` is empty where too few sentences judge; the limits and the
/// standing are empty where there is no funnel.
pub fn csv(comparison: &Comparison) -> Vec<u8> {
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(Vec::new());
    let mut write =
        |row: &[String]| writer.write_record(row).expect("writing to memory cannot fail, rows are equally long");
    write(&COLUMNS.map(str::to_owned));
    for section in &comparison.sections {
        let themes = std::iter::once(None).chain((0..comparison.themes.len()).map(Some));
        let funnels: Vec<(Option<usize>, Option<Funnel>)> =
            themes.map(|theme| (theme, comparison.funnel(section, theme))).collect();
        for place in 0..section.rows.len() {
            for (theme, funnel) in &funnels {
                write(&row(comparison, section, place, *theme, funnel.as_ref()));
            }
        }
    }
    writer.into_inner().expect("writing to memory cannot fail")
}

fn row(
    comparison: &Comparison,
    section: &Section,
    place: usize,
    theme: Option<usize>,
    funnel: Option<&Funnel>,
) -> Vec<String> {
    let row = &section.rows[place];
    let tally = |counts: &Counts| theme.map_or(counts.all, |theme| counts.themes[theme]);
    let counts = tally(&row.counts);
    let number = |share: f64| format!("{share:.4}");
    let name = &comparison.letters.areas[row.area].name;
    let mut cells = vec![
        section.framework.to_owned(),
        neutral(name).into_owned(),
        row.letters.len().to_string(),
        theme.map_or(ALL.to_owned(), |theme| neutral(&comparison.themes[theme].id).into_owned()),
    ];
    cells.extend(Polarity::ALL.map(|polarity| counts.of(polarity).to_string()));
    cells.extend([counts.judged().to_string(), counts.faulted().to_string()]);
    cells.push(counts.share(comparison.least).map(number).unwrap_or_default());
    cells.push(tally(&section.pooled).share(comparison.least).map(number).unwrap_or_default());
    match funnel.and_then(|funnel| funnel.points.iter().find(|point| point.observed.area == row.area)) {
        Some(point) => {
            let (inner, outer) = (point.limits.inner, point.limits.outer);
            cells.extend([inner.0, inner.1, outer.0, outer.1].map(number));
            cells.push(point.standing.words().to_owned());
        }
        None => cells.extend(std::iter::repeat_n(String::new(), 5)),
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::super::tests::{finding, letters};
    use super::*;
    use crate::taxonomy::Polarity::{Mixed, Strength};
    use crate::taxonomy::Taxonomy;

    #[test]
    fn one_row_an_area_and_theme_that_no_spreadsheet_runs() {
        let mut hostile = finding("a", "One.", Mixed);
        hostile.authority = Some("=1+1".into());
        let mut other = finding("b", "Two.", Strength);
        other.themes = vec!["none".into()];
        let comparison = Comparison::of(letters(vec![hostile, other]), &Taxonomy::default(), 1);
        let text = String::from_utf8(csv(&comparison)).unwrap();
        let rows: Vec<&str> = text.split("\r\n").skip(1).collect();
        assert_eq!(rows[0], ",'=1+1,1,all,0,0,1,0,1,1,1.0000,0.5000,,,,,");
        assert_eq!(rows[3], ",b,1,leadership,0,0,0,0,0,0,,1.0000,,,,,");
    }
}
