//! Findings that `lettermark classify` wrote as CSV, read back to be counted.

use std::path::Path;

use csv::StringRecord;

use crate::error::{Error, ErrorKind, Place, Result};
use crate::finding::Finding;
use crate::taxonomy::{Polarity, Taxonomy, ThemeId};

/// What of a finding is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadFinding {
    /// The letter's name.
    pub letter: String,
    /// The framework's identifier; empty where unknown.
    pub framework: String,
    /// The sentence.
    pub sentence: String,
    /// Its polarity.
    pub polarity: Polarity,
    /// Its themes, the main one first.
    pub themes: Vec<ThemeId>,
    /// Whether it stands in another letter of its batch too.
    pub boilerplate: bool,
}

impl ReadFinding {
    /// A finding of this run. A theme that `taxonomy` has not is left out.
    pub fn of(finding: &Finding, taxonomy: &Taxonomy) -> Self {
        ReadFinding {
            letter: finding.letter.clone(),
            framework: finding.framework.to_owned(),
            sentence: finding.sentence.clone(),
            polarity: finding.polarity,
            themes: taxonomy.parse_set(&finding.themes.join(";")).unwrap_or_default(),
            boilerplate: finding.boilerplate,
        }
    }
}

const COLUMNS: [&str; 6] = ["letter", "framework", "sentence", "polarity", "themes", "boilerplate"];

/// Reads a CSV of findings.
///
/// # Errors
/// When the file cannot be read, lacks a column, holds no finding, or at the first label that is none, with its line.
pub fn read(path: &Path, taxonomy: &Taxonomy) -> Result<Vec<ReadFinding>> {
    let file = std::fs::File::open(path).map_err(|e| Error::io("read the findings", path, e))?;
    read_from(file, taxonomy).map_err(|e| e.in_file(path))
}

fn read_from(source: impl std::io::Read, taxonomy: &Taxonomy) -> Result<Vec<ReadFinding>> {
    let mut reader = csv::Reader::from_reader(source);
    let header = reader.headers().map_err(not_csv)?.clone();
    let places = COLUMNS.map(|name| header.iter().position(|c| c.trim_start_matches('\u{FEFF}') == name));
    if let Some((name, _)) = COLUMNS.iter().zip(places).find(|(_, place)| place.is_none()) {
        return Err(data(format!("no column {name:?}; name a CSV that `lettermark classify -o FILE.csv` wrote")));
    }
    let mut findings = Vec::new();
    for record in reader.records() {
        let record: StringRecord = record.map_err(not_csv)?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |column: usize| places[column].and_then(|place| record.get(place)).unwrap_or("");
        let at = |e: Error, column: &'static str| e.at(Place::Cell { line, column });
        findings.push(ReadFinding {
            letter: cell(0).to_owned(),
            framework: cell(1).to_owned(),
            sentence: cell(2).to_owned(),
            polarity: cell(3).parse().map_err(|e| at(e, "polarity"))?,
            themes: taxonomy.parse_set(cell(4)).map_err(|e| at(e, "themes"))?,
            boilerplate: cell(5).eq_ignore_ascii_case("true"),
        });
    }
    match findings.is_empty() {
        true => Err(data("holds no findings")),
        false => Ok(findings),
    }
}

fn data(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Data, message)
}

fn not_csv(e: csv::Error) -> Error {
    let line = e.position().map(csv::Position::line);
    let error = data(format!("not a CSV of findings: {e}")).caused_by(e);
    match line {
        Some(line) => error.at(Place::Line(line)),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "letter,framework,sentence,polarity,themes,boilerplate\n";

    fn read(rows: &str) -> Result<Vec<ReadFinding>> {
        read_from(format!("{HEADER}{rows}").as_bytes(), &Taxonomy::default())
    }

    #[test]
    fn what_is_counted_is_read() {
        let findings = read("a.pdf,send_2023,\"Plans, late.\",weakness,ehc_plans;timeliness,true\n");
        assert!(findings.unwrap_err().to_string().contains("is no theme"), "a theme of another taxonomy is refused");
        let findings = read("a.pdf,send_2023,\"Plans, late.\",weakness,ehc_plans;leadership,true\n").unwrap();
        assert_eq!((findings[0].themes.len(), findings[0].boilerplate), (2, true));
    }

    #[test]
    fn a_wrong_label_is_named_with_its_line_and_column() {
        let error = read("a,,b,strength,none,false\na,,b,bad,none,false\n").unwrap_err();
        assert_eq!(error.place(), Place::Cell { line: 3, column: "polarity" });
        assert!(read("").unwrap_err().to_string().contains("no findings"));
        let error = read_from("letter,sentence\n".as_bytes(), &Taxonomy::default()).unwrap_err();
        assert!(error.to_string().contains("no column \"framework\""), "{error}");
    }
}
