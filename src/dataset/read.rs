//! The labelled CSV: reading it, and listing everything that is wrong with one.
//!
//! One row a sentence, with the columns [`COLUMNS`], of which only [`REQUIRED`] must be there, in any order. UTF-8,
//! with or without a byte order mark; comma, semicolon (as Excel writes in some countries) or tab between fields. The
//! apostrophe that keeps a spreadsheet from running a text as a formula is taken away.

use std::collections::HashMap;
use std::path::Path;

use csv::StringRecord;

use super::{Example, sentence_hash};
use crate::error::{Error, ErrorKind, Place, Result};
use crate::finding::shown;
use crate::taxonomy::{Polarity, Taxonomy};

/// The columns of a labelled CSV, in the order in which they are written.
pub const COLUMNS: [&str; 10] =
    ["letter", "index", "page", "heading", "previous", "sentence", "polarity", "themes", "annotator", "note"];

/// The columns that a labelled CSV must have.
pub const REQUIRED: [&str; 3] = ["sentence", "polarity", "themes"];

/// A labelled CSV as read, columns of the user's own included.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LabelledFile {
    /// The labelled sentences, in the file's order.
    pub examples: Vec<Example>,
    /// The names of the columns that are not among [`COLUMNS`], in the file's order.
    pub extra_columns: Vec<String>,
    /// For each example the values of these columns. May be shorter than `examples`; what is missing is empty.
    pub extra: Vec<Vec<String>>,
}

impl From<Vec<Example>> for LabelledFile {
    fn from(examples: Vec<Example>) -> Self {
        LabelledFile { examples, ..LabelledFile::default() }
    }
}

/// Reads the examples of a labelled CSV.
///
/// # Errors
/// As [`read_file`].
pub fn read(path: &Path, taxonomy: &Taxonomy) -> Result<Vec<Example>> {
    Ok(read_file(path, taxonomy)?.examples)
}

/// Reads a labelled CSV with its extra columns.
///
/// # Errors
/// At the first thing that is wrong, with file, line and column. Sentences that stand twice with different labels are
/// not an error here; [`check`] names them.
pub fn read_file(path: &Path, taxonomy: &Taxonomy) -> Result<LabelledFile> {
    let scan = Scan::of(path, taxonomy)?;
    match scan.problems.into_iter().next() {
        Some(problem) => Err(problem),
        None => Ok(scan.file),
    }
}

/// A labelled CSV read to its end, with everything that is wrong with it.
#[derive(Debug, Default)]
pub struct Checked {
    /// What is wrong, in the order of the lines.
    pub problems: Vec<Error>,
    /// The rows with which nothing is wrong by themselves.
    pub examples: Vec<Example>,
    /// The line on which each of them starts.
    pub lines: Vec<u64>,
}

/// Reads a labelled CSV to its end and lists everything that is wrong with it.
///
/// Besides what [`read`] refuses, names every sentence that one annotator labelled twice, differently, in the same
/// context (the same sentence before it).
pub fn check(path: &Path, taxonomy: &Taxonomy) -> Checked {
    let scan = match Scan::of(path, taxonomy) {
        Ok(scan) => scan,
        Err(error) => return Checked { problems: vec![error], ..Checked::default() },
    };
    let mut problems = scan.problems;
    let contradictions = contradictions(&scan.file.examples, &scan.lines, taxonomy);
    problems.extend(contradictions.into_iter().map(|e| e.in_file(path)));
    problems.sort_by_key(|e| match e.place() {
        Place::Line(line) | Place::Cell { line, .. } => line,
        _ => 0,
    });
    Checked { problems, examples: scan.file.examples, lines: scan.lines }
}

/// A file read to its end, whatever is wrong with it.
#[derive(Default)]
struct Scan {
    file: LabelledFile,
    /// The line on which each example starts.
    lines: Vec<u64>,
    problems: Vec<Error>,
}

impl Scan {
    fn of(path: &Path, taxonomy: &Taxonomy) -> Result<Scan> {
        let bytes = std::fs::read(path).map_err(|e| Error::io("read the labels", path, e))?;
        Scan::of_bytes(&bytes, taxonomy)
            .map(|mut scan| {
                scan.problems = scan.problems.into_iter().map(|e| e.in_file(path)).collect();
                scan
            })
            .map_err(|e| e.in_file(path))
    }

    fn of_bytes(bytes: &[u8], taxonomy: &Taxonomy) -> Result<Scan> {
        let text = utf8(bytes)?;
        let delimiter = delimiter(text);
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
        let header = reader.headers().map_err(not_csv)?.clone();
        let columns = Columns::of(&header)?;
        let extra_columns = columns.extra.iter().map(|&i| shown(header[i].trim()).to_owned()).collect();
        let mut scan = Scan { file: LabelledFile { extra_columns, ..Default::default() }, ..Default::default() };

        let mut last = StringRecord::new();
        for record in reader.records() {
            let record = record.map_err(not_csv)?;
            let line = record.position().map_or(0, |p| p.line());
            if record.len() != header.len() {
                scan.problems.push(ragged(&record, header.len(), delimiter).at(Place::Line(line)));
                last = record;
                continue;
            }
            match columns.example(&record, line, taxonomy) {
                Ok(example) => {
                    scan.file.extra.push(columns.extra.iter().map(|&i| shown(&record[i]).to_owned()).collect());
                    scan.file.examples.push(example);
                    scan.lines.push(line);
                }
                Err(problems) => scan.problems.extend(problems),
            }
            last = record;
        }
        if text.bytes().filter(|&b| b == b'"').count() % 2 == 1 && swallows(&last, header.len()) {
            let line = last.position().map_or(1, csv::Position::line);
            let message = "a quotation mark is opened and never closed, so the rest of the file reads as one field; \
                           close it, and write a quotation mark inside a field twice";
            scan.problems.push(data(message).at(Place::Line(line)));
        }
        Ok(scan)
    }
}

/// Where each column stands in a file.
struct Columns {
    /// The field of each of [`COLUMNS`].
    known: [Option<usize>; COLUMNS.len()],
    extra: Vec<usize>,
}

impl Columns {
    fn of(header: &StringRecord) -> Result<Columns> {
        let mut columns = Columns { known: [None; COLUMNS.len()], extra: Vec::new() };
        for (field, name) in header.iter().enumerate() {
            let name = name.trim();
            match COLUMNS.iter().position(|c| c.eq_ignore_ascii_case(name)) {
                Some(i) if columns.known[i].is_some() => {
                    return Err(data(format!("column {name:?} stands twice in the header")).at(Place::Line(1)));
                }
                Some(i) => columns.known[i] = Some(field),
                None => columns.extra.push(field),
            }
        }
        let missing: Vec<&str> = REQUIRED.into_iter().filter(|name| columns.field(name).is_none()).collect();
        if missing.is_empty() {
            return Ok(columns);
        }
        let found: Vec<&str> = header.iter().collect();
        let message = format!(
            "no column {}; the first line must name the columns {}, and names {}",
            missing.join(", "),
            REQUIRED.join(", "),
            if found.iter().all(|f| f.is_empty()) { "none".to_owned() } else { found.join(", ") }
        );
        Err(data(message).at(Place::Line(1)))
    }

    fn field(&self, name: &str) -> Option<usize> {
        COLUMNS.iter().position(|c| *c == name).and_then(|i| self.known[i])
    }

    /// The example of one record, or everything that is wrong with it.
    fn example(
        &self,
        record: &StringRecord,
        line: u64,
        taxonomy: &Taxonomy,
    ) -> std::result::Result<Example, Vec<Error>> {
        let cell = |name| shown(self.field(name).and_then(|i| record.get(i)).unwrap_or("").trim());
        let mut problems = Vec::new();
        let mut note = |column: &'static str, e: Error| problems.push(e.at(Place::Cell { line, column }));

        if cell("sentence").is_empty() {
            note("sentence", data("the sentence is empty; take the row out or fill it in"));
        }
        let polarity = cell("polarity").parse().map_err(|e| note("polarity", empty_or(cell("polarity"), e)));
        let themes = taxonomy.parse_set(cell("themes")).map_err(|e| note("themes", e));
        let index = number(cell("index")).map_err(|e| note("index", e));
        let page = number(cell("page")).map_err(|e| note("page", e));

        match (polarity, themes, index, page) {
            (Ok(polarity), Ok(themes), Ok(index), Ok(page)) if problems.is_empty() => Ok(Example {
                letter: cell("letter").to_owned(),
                index,
                page,
                heading: cell("heading").to_owned(),
                previous: cell("previous").to_owned(),
                sentence: cell("sentence").to_owned(),
                polarity,
                themes,
                annotator: cell("annotator").to_owned(),
                note: cell("note").to_owned(),
            }),
            _ => Err(problems),
        }
    }
}

/// An unlabelled row gets a message of its own.
fn empty_or(polarity: &str, error: Error) -> Error {
    match polarity {
        "" => {
            let all: Vec<&str> = Polarity::ALL.iter().map(|p| p.id()).collect();
            data(format!("no polarity; write one of {}", all.join(", ")))
        }
        _ => error,
    }
}

fn number(cell: &str) -> Result<Option<u32>> {
    match cell {
        "" => Ok(None),
        _ => cell
            .parse()
            .map(Some)
            .map_err(|_| data(format!("{cell:?} is no whole number; correct it or leave it empty"))),
    }
}

fn ragged(record: &StringRecord, expected: usize, delimiter: u8) -> Error {
    data(format!(
        "{} fields where the header has {expected}; a field with a {} in it must stand in quotation marks",
        record.len(),
        match delimiter {
            b'\t' => "tab",
            b';' => "semicolon",
            _ => "comma",
        }
    ))
}

/// Whether a file's last record looks as if an open quotation mark had run to the end of the file.
fn swallows(last: &StringRecord, fields: usize) -> bool {
    last.len() != fields || last.iter().any(|field| field.contains('\n'))
}

/// The text of a file without its byte order mark.
fn utf8(bytes: &[u8]) -> Result<&str> {
    const ADVICE: &str = "save it as \"CSV UTF-8\"";
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(data(format!("this is UTF-16, not UTF-8; {ADVICE}")));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|e| {
        let at = e.valid_up_to();
        let line = 1 + bytes[..at].iter().filter(|&&b| b == b'\n').count() as u64;
        data(format!(
            "byte 0x{:02X} is not UTF-8 (a curly quote or an accent saved in another encoding?); {ADVICE}",
            bytes[at]
        ))
        .at(Place::Line(line))
        .caused_by(e)
    })
}

/// The delimiter under which the first line names the most known columns; comma when in doubt.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or("");
    let known = |delimiter: u8| {
        let names = header.split(char::from(delimiter)).map(|name| name.trim().trim_matches('"'));
        names.filter(|name| COLUMNS.iter().any(|c| c.eq_ignore_ascii_case(name))).count()
    };
    // The last of several greatest wins.
    [b'\t', b';', b','].into_iter().max_by_key(|&d| known(d)).unwrap_or(b',')
}

/// Rows that repeat an earlier row's sentence, context and annotator with other labels.
fn contradictions(examples: &[Example], lines: &[u64], taxonomy: &Taxonomy) -> Vec<Error> {
    let mut first: HashMap<(String, String, &str), usize> = HashMap::new();
    let mut problems = Vec::new();
    for (i, example) in examples.iter().enumerate() {
        let key = (sentence_hash(&example.sentence), sentence_hash(&example.previous), example.annotator.as_str());
        let earlier = *first.entry(key).or_insert(i);
        let other = &examples[earlier];
        let mut differs = |column: &'static str, before: String, now: String| {
            let message =
                format!("the same sentence has {before:?} on line {} and {now:?} here; settle on one", lines[earlier]);
            problems.push(data(message).at(Place::Cell { line: lines[i], column }));
        };
        if example.polarity != other.polarity {
            differs("polarity", other.polarity.to_string(), example.polarity.to_string());
        }
        if example.themes != other.themes {
            differs("themes", taxonomy.format_set(&other.themes), taxonomy.format_set(&example.themes));
        }
    }
    problems
}

fn data(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Data, message)
}

fn not_csv(e: csv::Error) -> Error {
    let line = e.position().map(csv::Position::line);
    let error = data(format!("not a CSV: {e}")).caused_by(e);
    match line {
        Some(line) => error.at(Place::Line(line)),
        None => error,
    }
}
