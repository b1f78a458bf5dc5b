//! A table of sentences that somebody has split already: CSV with a `sentence` column.

use ::csv::{ErrorKind as CsvError, ReaderBuilder, StringRecord};
use serde::{Deserialize, Serialize};

use super::document::{BlockKind, Builder};
use crate::error::{Error, ErrorKind, Place, Result};

/// One row of a table of sentences. What the table does not say is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ListedSentence {
    /// The line of the file on which the row starts; in a Parquet file, the row. Counted from one.
    pub line: u64,
    /// The letter it comes from.
    pub letter: String,
    /// The page, counted from one.
    pub page: Option<u32>,
    /// The headings above it.
    pub heading: String,
    /// The sentence before it.
    pub previous: String,
    /// The sentence; never empty.
    pub sentence: String,
}

/// The column that makes a table a table of sentences.
pub(super) const SENTENCE: &str = "sentence";
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// Reads a table, in its order. The delimiter (`,`, `;` or tab) is the one under which its first line has a `sentence`
/// column. Rows without any text are left out, as spreadsheets leave them at the end; white space is tidied.
pub(super) fn read(text: &str) -> Result<Vec<ListedSentence>> {
    let text = text.trim_start_matches('\u{FEFF}');
    let delimiter = delimiter(text);
    let mut reader = ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
    let columns = Columns::find(reader.headers().map_err(broken)?)?;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(broken)?;
        if record.iter().any(|field| !field.trim().is_empty()) {
            rows.push(columns.row(&record)?);
        }
    }
    match rows.is_empty() {
        true => Err(Error::new(ErrorKind::Unreadable, "the table has a header, but no sentences below it")),
        false => Ok(rows),
    }
}

/// Whether the first line of a text is the header of a table of sentences.
pub(super) fn has_header(text: &str) -> bool {
    let head = header(text, delimiter(text));
    head.len() > 1 && head.iter().any(|h| is(h, SENTENCE))
}

fn delimiter(text: &str) -> u8 {
    let score = |&d: &u8| {
        let head = header(text, d);
        (head.iter().any(|h| is(h, SENTENCE)), head.len())
    };
    // `max_by_key` takes the last of equals, so the comma stands last.
    DELIMITERS.into_iter().rev().max_by_key(score).unwrap_or(b',')
}

fn header(text: &str, delimiter: u8) -> StringRecord {
    let mut reader =
        ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    match reader.read_record(&mut record) {
        Ok(_) => record,
        Err(_) => StringRecord::new(),
    }
}

fn is(header: &str, name: &str) -> bool {
    header.trim().trim_start_matches('\u{FEFF}').eq_ignore_ascii_case(name)
}

struct Columns {
    sentence: usize,
    previous: Option<usize>,
    heading: Option<usize>,
    letter: Option<usize>,
    page: Option<usize>,
}

impl Columns {
    fn find(header: &StringRecord) -> Result<Self> {
        let find = |name: &str| {
            let mut at = header.iter().enumerate().filter(|(_, h)| is(h, name)).map(|(i, _)| i);
            match (at.next(), at.next()) {
                (_, Some(_)) => Err(Error::new(ErrorKind::Data, format!("two columns are named {name:?}"))),
                (first, None) => Ok(first),
            }
        };
        let sentence = find(SENTENCE)?.ok_or_else(|| {
            let names: Vec<&str> = header.iter().map(str::trim).collect();
            Error::new(
                ErrorKind::Data,
                format!(
                    "has no column {SENTENCE:?}; its columns are {names:?}: name the column with the sentences {SENTENCE:?}"
                ),
            )
            .at(Place::Line(1))
        })?;
        Ok(Columns {
            sentence,
            previous: find("previous")?,
            heading: find("heading")?,
            letter: find("letter")?,
            page: find("page")?,
        })
    }

    fn row(&self, record: &StringRecord) -> Result<ListedSentence> {
        let line = record.position().map_or(0, |p| p.line());
        let cell = |column: Option<usize>| column.and_then(|i| record.get(i)).unwrap_or("");
        let sentence = tidy(cell(Some(self.sentence)));
        if sentence.is_empty() {
            return Err(Error::new(ErrorKind::Data, "the row has no sentence: write one, or delete the row")
                .at(Place::Cell { line, column: SENTENCE }));
        }
        Ok(ListedSentence {
            line,
            letter: tidy(cell(self.letter)),
            page: page(cell(self.page)).map_err(|e| e.at(Place::Cell { line, column: "page" }))?,
            heading: tidy(cell(self.heading)),
            previous: tidy(cell(self.previous)),
            sentence,
        })
    }
}

fn page(cell: &str) -> Result<Option<u32>> {
    match cell.trim() {
        "" => Ok(None),
        number => number.parse().ok().filter(|&n| n > 0).map(Some).ok_or_else(|| {
            Error::new(ErrorKind::Data, format!("{number:?} is no page number; write 1, 2, … or leave it empty"))
        }),
    }
}

/// Text as it would stand in a document: one space between words, no control characters.
pub fn tidy(cell: &str) -> String {
    let mut builder = Builder::default();
    builder.block(BlockKind::Paragraph, cell);
    builder.finish().text
}

fn broken(error: ::csv::Error) -> Error {
    let line = error.position().map(|p| p.line());
    let message = match error.kind() {
        CsvError::UnequalLengths { expected_len, len, .. } => format!(
            "the row has {len} fields, the header {expected_len}: put text with a delimiter in it between \"quotes\""
        ),
        _ => format!("is no CSV: {error}"),
    };
    let error = Error::new(ErrorKind::Data, message).caused_by(error);
    match line {
        Some(line) => error.at(Place::Line(line)),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_keep_their_order_and_context() {
        let rows = read(
            "\u{FEFF}Sentence,previous,page,colour\n\"Plans are weak,\nand late.\",Staff act.,3,red\nGood.,,,\n,,,\n",
        )
        .unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[0].sentence.as_str(), rows[0].previous.as_str()), ("Plans are weak, and late.", "Staff act."));
        assert_eq!((rows[0].page, rows[0].line), (Some(3), 2));
        assert_eq!((rows[1].sentence.as_str(), rows[1].page, rows[1].line), ("Good.", None, 4));
    }

    #[test]
    fn the_header_tells_the_delimiter() {
        for text in ["letter;sentence\nA;One, two; three\n", "letter\tsentence\nA\tOne, two; three\n"] {
            let text = text.replace("One, two; three", "\"One, two; three\"");
            let rows = read(&text).unwrap();
            assert_eq!((rows[0].letter.as_str(), rows[0].sentence.as_str()), ("A", "One, two; three"));
        }
        assert_eq!(read("sentence\nOne.\n").unwrap()[0].sentence, "One.");
    }

    #[test]
    fn wrong_tables_are_refused_with_their_place() {
        for (table, says, place) in [
            ("text,page\nOne.,1\n", "[\"text\", \"page\"]", Place::Line(1)),
            ("sentence,page\nOne.,1\nTwo.,x\n", "\"x\" is no page number", Place::Cell { line: 3, column: "page" }),
            ("sentence,page\n,1\n", "no sentence", Place::Cell { line: 2, column: "sentence" }),
            ("sentence,page\nOne, two.,1\n", "3 fields", Place::Line(2)),
            ("sentence,Sentence\nOne.,1\n", "two columns", Place::Whole),
        ] {
            let error = read(table).unwrap_err();
            assert_eq!((error.kind(), error.place()), (ErrorKind::Data, place), "{error}");
            assert!(error.message().contains(says), "{error}");
        }
        assert_eq!(read("sentence\n").unwrap_err().kind(), ErrorKind::Unreadable);
    }
}
