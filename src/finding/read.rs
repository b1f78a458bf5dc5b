//! Findings that `lettermark classify` wrote, read back: CSV, or JSON lines.

use std::io::BufRead;
use std::path::Path;

use csv::StringRecord;
use serde::Deserialize;

use super::{COLUMNS, Finding, Span, shown};
use crate::error::{Error, ErrorKind, Place, Result};
use crate::ingest::Framework;
use crate::taxonomy::Polarity;

/// What has to stand in the file; what else is missing is unknown.
const REQUIRED: [&str; 4] = ["letter", "sentence", "polarity", "themes"];

/// A finding and the line on which its record starts.
#[derive(Debug, Clone, PartialEq)]
pub struct Located {
    /// Counted from one.
    pub line: u64,
    /// What stands there.
    pub finding: Finding,
}

/// Reads findings from a CSV, or from JSON lines where the name ends in `.jsonl` or `.ndjson`.
///
/// The apostrophe that the CSV has before what would be a formula is taken away again. Themes are not compared with a
/// taxonomy.
///
/// # Errors
/// When the file cannot be read, lacks a column, or holds no finding; at the first value that is none, with its place.
pub fn read(path: &Path) -> Result<Vec<Located>> {
    let file = std::fs::File::open(path).map_err(|e| Error::io("read the findings", path, e))?;
    let is_json = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("jsonl") || e.eq_ignore_ascii_case("ndjson"));
    let findings = match is_json {
        true => json_lines(std::io::BufReader::new(file)),
        false => csv(file),
    };
    match findings {
        Ok(findings) if findings.is_empty() => Err(data("holds no findings").in_file(path)),
        Ok(findings) => Ok(findings),
        Err(e) => Err(e.in_file(path)),
    }
}

fn csv(source: impl std::io::Read) -> Result<Vec<Located>> {
    let mut reader = csv::Reader::from_reader(source);
    let header = reader.headers().map_err(not_csv)?.clone();
    let places = COLUMNS.map(|name| header.iter().position(|c| c.trim_start_matches('\u{FEFF}') == name));
    let mut columns = COLUMNS.iter().zip(places);
    if let Some((name, _)) = columns.find(|(name, place)| place.is_none() && REQUIRED.contains(name)) {
        return Err(data(format!("no column {name:?}; name a CSV that `lettermark classify -o FILE.csv` wrote")));
    }
    let place = |name: &str| COLUMNS.iter().position(|c| *c == name).and_then(|i| places[i]);
    let located = |record: csv::Result<StringRecord>| {
        let record = record.map_err(not_csv)?;
        let line = record.position().map_or(0, csv::Position::line);
        let row = Row { line, cell: &|name| place(name).and_then(|i| record.get(i)).unwrap_or_default() };
        Ok(Located { line, finding: row.finding()? })
    };
    reader.records().map(located).collect()
}

/// One record, its cells by the names of the columns.
struct Row<'a> {
    line: u64,
    cell: &'a dyn Fn(&str) -> &'a str,
}

impl Row<'_> {
    fn finding(&self) -> Result<Finding> {
        let text = |name| shown(self.cell(name)).to_owned();
        let known = |name| Some(text(name)).filter(|text| !text.is_empty());
        let polarity = self.cell("polarity").parse().map_err(|e: Error| self.at(e, "polarity"))?;
        let (start, end) = (self.number("start")?, self.number("end")?);
        let scores = split(self.cell("theme_scores")).map(|score| self.score(score, "theme_scores"));
        Ok(Finding {
            letter: text("letter"),
            authority: known("authority"),
            framework: Framework::from_id(self.cell("framework")).id(),
            published: known("published"),
            page: self.number("page")?,
            span: start.zip(end).map(|(start, end)| Span { start, end }),
            heading: text("heading"),
            sentence: text("sentence"),
            polarity,
            polarity_score: match self.cell("polarity_score") {
                "" => 0.0,
                score => self.score(score, "polarity_score")?,
            },
            themes: split(self.cell("themes")).map(str::to_owned).collect(),
            theme_scores: scores.collect::<Result<_>>()?,
            needs_review: self.flag("needs_review")?,
            boilerplate: self.flag("boilerplate")?,
            truncated: self.flag("truncated")?,
            model: text("model"),
            inspected: known("inspected"),
        })
    }

    fn cell(&self, name: &str) -> &str {
        (self.cell)(name)
    }

    fn number<T: std::str::FromStr>(&self, column: &'static str) -> Result<Option<T>> {
        match self.cell(column) {
            "" => Ok(None),
            text => self.parsed(text, column).map(Some),
        }
    }

    fn parsed<T: std::str::FromStr>(&self, text: &str, column: &'static str) -> Result<T> {
        text.parse().map_err(|_| self.at(data(format!("{text:?} is no number")), column))
    }

    fn score(&self, text: &str, column: &'static str) -> Result<f32> {
        score(self.parsed(text, column)?).map_err(|e| self.at(e, column))
    }

    /// Spreadsheets write `TRUE`.
    fn flag(&self, column: &'static str) -> Result<bool> {
        match self.cell(column).to_ascii_lowercase().as_str() {
            "true" => Ok(true),
            "false" | "" => Ok(false),
            other => Err(self.at(data(format!("{other:?} is neither true nor false")), column)),
        }
    }

    fn at(&self, error: Error, column: &'static str) -> Error {
        error.at(Place::Cell { line: self.line, column })
    }
}

/// A score is a probability.
fn score(number: f32) -> Result<f32> {
    match (0.0..=1.0).contains(&number) {
        true => Ok(number),
        false => Err(data(format!("{number} is no score: write a number from 0 to 1"))),
    }
}

/// The parts of a list, none where it is empty.
fn split(list: &str) -> impl Iterator<Item = &str> {
    list.split(';').map(str::trim).filter(|part| !part.is_empty())
}

/// A finding as the JSON lines hold it.
#[derive(Deserialize)]
struct Record {
    letter: String,
    #[serde(default)]
    authority: Option<String>,
    #[serde(default)]
    framework: Option<String>,
    #[serde(default)]
    published: Option<String>,
    #[serde(default)]
    page: Option<u32>,
    #[serde(default)]
    start: Option<usize>,
    #[serde(default)]
    end: Option<usize>,
    #[serde(default)]
    heading: String,
    sentence: String,
    polarity: String,
    #[serde(default)]
    polarity_score: f32,
    themes: Vec<String>,
    #[serde(default)]
    theme_scores: Vec<f32>,
    #[serde(default)]
    needs_review: bool,
    #[serde(default)]
    boilerplate: bool,
    #[serde(default)]
    truncated: bool,
    #[serde(default)]
    model: String,
    #[serde(default)]
    inspected: Option<String>,
}

fn json_lines(source: impl BufRead) -> Result<Vec<Located>> {
    let mut findings = Vec::new();
    for (line, text) in (1..).zip(source.lines()) {
        let at = |e: Error| e.at(Place::Line(line));
        let text = text.map_err(|e| at(data(format!("not text: {e}")).caused_by(e)))?;
        if text.trim().is_empty() {
            continue;
        }
        let r: Record =
            serde_json::from_str(&text).map_err(|e| at(data(format!("not a finding: {e}")).caused_by(e)))?;
        let polarity: Polarity = r.polarity.parse().map_err(at)?;
        r.theme_scores.iter().chain([&r.polarity_score]).try_for_each(|&s| score(s).map(|_| ())).map_err(at)?;
        let finding = Finding {
            letter: r.letter,
            authority: r.authority,
            framework: Framework::from_id(&r.framework.unwrap_or_default()).id(),
            published: r.published,
            page: r.page,
            span: r.start.zip(r.end).map(|(start, end)| Span { start, end }),
            heading: r.heading,
            sentence: r.sentence,
            polarity,
            polarity_score: r.polarity_score,
            themes: r.themes,
            theme_scores: r.theme_scores,
            needs_review: r.needs_review,
            boilerplate: r.boilerplate,
            truncated: r.truncated,
            model: r.model,
            inspected: r.inspected,
        };
        findings.push(Located { line, finding });
    }
    Ok(findings)
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

    const HEADER: &str = "letter,sentence,polarity,themes,boilerplate,start,end,theme_scores\n";

    fn one(row: &str) -> Result<Finding> {
        csv(format!("{HEADER}{row}").as_bytes()).map(|mut all| all.remove(0).finding)
    }

    #[test]
    fn a_row_is_read_with_what_it_lacks_unknown() {
        let finding = one("'-a.pdf,\"Plans, late.\",weakness,ehc_plans; leadership,TRUE,3,9,0.5;0.25\n").unwrap();
        assert_eq!((finding.letter.as_str(), finding.sentence.as_str()), ("-a.pdf", "Plans, late."));
        assert_eq!((finding.themes.len(), finding.theme_scores), (2, vec![0.5, 0.25]));
        assert_eq!((finding.boilerplate, finding.span), (true, Some(Span { start: 3, end: 9 })));
        assert_eq!((finding.page, finding.authority, finding.framework), (None, None, ""));
    }

    #[test]
    fn a_wrong_value_is_named_with_its_line_and_column() {
        for (row, column) in [
            ("a,b,bad,none,false,,,\n", "polarity"),
            ("a,b,strength,none,perhaps,,,\n", "boilerplate"),
            ("a,b,strength,none,false,x,2,\n", "start"),
            ("a,b,strength,none,false,,,much\n", "theme_scores"),
            ("a,b,strength,none,false,,,0.5;nan\n", "theme_scores"),
            ("a,b,strength,none,false,,,1.5\n", "theme_scores"),
        ] {
            assert_eq!(one(row).unwrap_err().place(), Place::Cell { line: 2, column });
        }
        let error = csv("letter,sentence\n".as_bytes()).unwrap_err();
        assert!(error.to_string().contains("no column \"polarity\""), "{error}");
        let scored = r#"{"letter":"a","sentence":"b","polarity":"strength","polarity_score":-1,"themes":["none"]}"#;
        let error = json_lines(scored.as_bytes()).unwrap_err();
        assert!(error.to_string().contains("-1 is no score") && error.place() == Place::Line(1), "{error}");
        let error = json_lines("\n{\"letter\":\"a\"}\n".as_bytes()).unwrap_err();
        assert_eq!(error.place(), Place::Line(2));
    }
}
