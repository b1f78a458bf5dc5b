//! Labels whose text may not be kept: they are stored with a hash of the sentence. [`join`](super::join) finds the text
//! again where the corpus is at hand.

use std::path::Path;

use super::hash::{from_hex, hex, value};
use super::write::replace;
use crate::error::{Error, ErrorKind, Place, Result};
use crate::finding::{neutral, shown};
use crate::taxonomy::{Polarity, Taxonomy, ThemeId};

/// The columns of a file of hashed labels.
const COLUMNS: [&str; 7] = ["report", "index", "hash", "previous_hash", "polarity", "themes", "sample"];

/// The label of a sentence that is known by its hash.
#[derive(Debug, Clone, PartialEq)]
pub struct HashedLabel {
    /// The report's id in the corpus.
    pub report: String,
    /// The sentence's place in its report, as it was split when it was labelled.
    pub index: u32,
    /// The sentence's [`sentence_hash`](super::sentence_hash), as the number that its digits write.
    pub hash: u64,
    /// That of the sentence before it.
    pub previous_hash: u64,
    /// Its polarity.
    pub polarity: Polarity,
    /// Its themes, the main one first.
    pub themes: Vec<ThemeId>,
    /// How it was chosen: `sequence`, `random` or `selected`.
    pub sample: String,
}

/// Reads labels that stand beside their sentences, and keeps the hashes: a CSV with the columns `report`, `index`,
/// `previous`, `sentence`, `polarity`, `themes`, `sample`.
///
/// # Errors
/// When the file cannot be read, a column is missing, or a row is wrong; with its line and column.
pub fn hash_labels(path: &Path, taxonomy: &Taxonomy) -> Result<Vec<HashedLabel>> {
    const TEXT: [&str; 7] = ["report", "index", "sentence", "previous", "polarity", "themes", "sample"];
    read_rows(path, TEXT, |sentence| Ok(value(sentence)), taxonomy)
}

/// Reads hashed labels.
///
/// # Errors
/// When the file cannot be read, a column is missing, or a row is wrong; with its line and column.
pub fn read_hashed(path: &Path, taxonomy: &Taxonomy) -> Result<Vec<HashedLabel>> {
    let hash = |cell: &str| {
        let wrong = || Error::new(ErrorKind::Data, format!("{cell:?} is no hash of 16 hexadecimal digits"));
        from_hex(cell).ok_or_else(wrong)
    };
    read_rows(path, COLUMNS, hash, taxonomy)
}

fn read_rows(
    path: &Path,
    columns: [&'static str; 7],
    hash: impl Fn(&str) -> Result<u64>,
    taxonomy: &Taxonomy,
) -> Result<Vec<HashedLabel>> {
    let data = |message: String| Error::new(ErrorKind::Data, message).in_file(path);
    let not_csv = |e: csv::Error| data(format!("not a CSV in UTF-8: {e}"));
    let bytes = std::fs::read(path).map_err(|e| Error::io("read the labels", path, e))?;
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let header = reader.headers().map_err(not_csv)?.clone();
    let mut fields = [0; 7];
    for (field, name) in fields.iter_mut().zip(columns) {
        let found = header.iter().position(|h| h == name);
        *field = found.ok_or_else(|| data(format!("no column {name}")).at(Place::Line(1)))?;
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(not_csv)?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |i: usize| &record[fields[i]];
        let at = |i: usize| move |e: Error| e.in_file(path).at(Place::Cell { line, column: columns[i] });
        let number = cell(1).parse().map_err(|_| Error::new(ErrorKind::Data, format!("{:?} is no number", cell(1))));
        rows.push(HashedLabel {
            report: shown(cell(0)).to_owned(),
            index: number.map_err(at(1))?,
            hash: hash(cell(2)).map_err(at(2))?,
            previous_hash: hash(cell(3)).map_err(at(3))?,
            polarity: cell(4).parse().map_err(at(4))?,
            themes: taxonomy.parse_set(cell(5)).map_err(at(5))?,
            sample: shown(cell(6)).to_owned(),
        });
    }
    Ok(rows)
}

/// Writes hashed labels, whole or not at all.
///
/// # Errors
/// When the file cannot be written.
pub fn write_hashed(path: &Path, labels: &[HashedLabel], taxonomy: &Taxonomy) -> Result<()> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    let in_memory = "writing CSV to memory does not fail";
    csv.write_record(COLUMNS).expect(in_memory);
    for l in labels {
        let (index, themes) = (l.index.to_string(), taxonomy.format_set(&l.themes));
        let row = [&l.report, &index, &hex(l.hash), &hex(l.previous_hash), l.polarity.id(), &themes, &l.sample];
        csv.write_record(row.map(|cell| neutral(cell).into_owned())).expect(in_memory);
    }
    replace(path, &csv.into_inner().expect(in_memory))
}
