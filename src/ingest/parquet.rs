//! A table of sentences that somebody has split already: a Parquet file with a `sentence` column.
//!
//! The columns are those of the CSV, and mean the same. Only they are read, whatever else the file holds. Text is looked at
//! where the file's pages hold it and copied row by row, so that a small file which unpacks to a large one is refused
//! before it fills the memory.

use ::bytes::Bytes;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;

use super::Limits;
use super::csv::{ListedSentence, SENTENCE, tidy};
use super::limits::{limit, size};
use crate::caught::caught;
use crate::columns::{self, Texts};
use crate::error::{Error, ErrorKind, Result};

/// Rows that are looked at together.
const ROWS: usize = 1_024;

/// Reads a table, in its order. Rows without any text are left out; white space is tidied.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Vec<ListedSentence>> {
    let bytes = Bytes::copy_from_slice(bytes);
    // What Arrow types the writer had in mind does not matter; those of Parquet are fewer.
    let options = || ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let found = guarded(|| ArrowReaderMetadata::load(&bytes, options()))?;
    let columns = Columns::find(found.schema())?;
    let wanted = options().with_schema(columns.as_views(found.schema()).into());
    let found = guarded(|| ArrowReaderMetadata::try_new(found.metadata().clone(), wanted))?;
    let mask = ProjectionMask::roots(found.parquet_schema(), columns.places());
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(bytes, found).with_projection(mask);
    let mut reader = guarded(|| reader.with_batch_size(ROWS).build())?;
    let mut table = Table { sentences: Vec::new(), rows: 0, held: 0, most: limits.max_expanded };
    while let Some(batch) = guarded(|| Ok(reader.next().transpose()?))? {
        table.add(&batch)?;
    }
    match table.sentences.is_empty() {
        true => Err(Error::new(ErrorKind::Unreadable, "the table has no row with a sentence")),
        false => Ok(table.sentences),
    }
}

/// The names of columns of text, beside the sentence's.
const AROUND: [&str; 3] = ["previous", "heading", "letter"];
const PAGE: &str = "page";

/// Where the columns stand in the file that are read.
struct Columns {
    texts: Vec<usize>,
    page: Option<usize>,
}

impl Columns {
    fn find(schema: &Schema) -> Result<Self> {
        let sentence = columns::find(schema, SENTENCE)?.ok_or_else(|| {
            let names = columns::names(schema);
            data(format!(
                "has no column {SENTENCE:?}; its columns are {names:?}: name the column with the sentences {SENTENCE:?}"
            ))
        })?;
        let mut texts = vec![sentence];
        for name in AROUND {
            texts.extend(columns::find(schema, name)?);
        }
        for field in texts.iter().map(|&at| schema.field(at)) {
            // Old writers of Parquet mark no text as text.
            if !columns::is_text(field.data_type()) && *field.data_type() != DataType::Binary {
                let (name, is) = (field.name(), field.data_type());
                return Err(data(format!("the column {name:?} holds no text (its type is {is}): write it as strings")));
            }
        }
        let page = columns::find(schema, PAGE)?;
        if let Some(field) = page.map(|at| schema.field(at)).filter(|f| !f.data_type().is_numeric()) {
            let is = field.data_type();
            return Err(data(format!("the column {PAGE:?} holds no numbers (its type is {is}): write whole numbers")));
        }
        Ok(Columns { texts, page })
    }

    fn places(&self) -> impl Iterator<Item = usize> {
        self.texts.iter().copied().chain(self.page)
    }

    /// The schema under which texts stay where the file's pages hold them.
    fn as_views(&self, schema: &Schema) -> Schema {
        let field = |(at, field): (usize, &std::sync::Arc<Field>)| match self.texts.contains(&at) {
            true => field.as_ref().clone().with_data_type(DataType::Utf8View),
            false => field.as_ref().clone(),
        };
        Schema::new(schema.fields().iter().enumerate().map(field).collect::<Vec<_>>())
    }
}

/// The rows that were read so far.
struct Table {
    sentences: Vec<ListedSentence>,
    /// All rows, those without text too.
    rows: u64,
    /// Bytes of text, and one for each row, since a row without text costs time too.
    held: u64,
    most: u64,
}

impl Table {
    fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        let schema = batch.schema();
        let text = |name: &str| -> Result<Texts<'_>> {
            Ok(match columns::find(&schema, name)? {
                Some(at) => Texts::of(batch.column(at).as_ref()).unwrap_or(Texts::Absent),
                None => Texts::Absent,
            })
        };
        let texts = [text(SENTENCE)?, text(AROUND[0])?, text(AROUND[1])?, text(AROUND[2])?];
        let pages = columns::find(&schema, PAGE)?.map(|at| batch.column(at));
        for row in 0..batch.num_rows() {
            self.rows += 1;
            let cells = [0, 1, 2, 3].map(|column: usize| texts[column].get(row).unwrap_or_default());
            self.held += 1 + cells.iter().map(|cell| cell.len() as u64).sum::<u64>();
            if self.held > self.most {
                let most = size(self.most);
                return Err(limit(format!(
                    "holds more than {most} of text: split it into smaller files, or pipe it as an Arrow stream into \
                     `lettermark classify --ipc`, which has no such limit"
                )));
            }
            let [sentence, previous, heading, letter] = cells.map(tidy);
            let page = pages.and_then(|pages| number(pages.as_ref(), row));
            if sentence.is_empty() {
                if page.is_none() && [previous, heading, letter].iter().all(String::is_empty) {
                    continue;
                }
                return Err(self.row("has no sentence: write one, or leave the row out"));
            }
            let page = page.map(|n| self.page(n)).transpose()?;
            self.sentences.push(ListedSentence { line: self.rows, letter, page, heading, previous, sentence });
        }
        Ok(())
    }

    fn page(&self, number: f64) -> Result<u32> {
        match number.fract() == 0.0 && (1.0..=f64::from(u32::MAX)).contains(&number) {
            true => Ok(number as u32),
            false => Err(self.row(&format!("has {number} for a page; write 1, 2, … or leave it empty"))),
        }
    }

    fn row(&self, message: &str) -> Error {
        data(format!("row {} {message}", self.rows))
    }
}

/// The number in a row; `None` where it is null. Data frames have floating-point numbers where some are missing.
fn number(array: &dyn Array, row: usize) -> Option<f64> {
    if array.is_null(row) {
        return None;
    }
    macro_rules! value {
        ($kind:ty) => {
            array.as_primitive::<$kind>().value(row) as f64
        };
    }
    let number = match array.data_type() {
        DataType::Int8 => value!(Int8Type),
        DataType::Int16 => value!(Int16Type),
        DataType::Int32 => value!(Int32Type),
        DataType::Int64 => value!(Int64Type),
        DataType::UInt8 => value!(UInt8Type),
        DataType::UInt16 => value!(UInt16Type),
        DataType::UInt32 => value!(UInt32Type),
        DataType::UInt64 => value!(UInt64Type),
        DataType::Float32 => value!(Float32Type),
        DataType::Float64 => value!(Float64Type),
        // A decimal, of which no page number is made.
        _ => f64::INFINITY,
    };
    (!number.is_nan()).then_some(number)
}

fn data(message: String) -> Error {
    Error::new(ErrorKind::Data, message)
}

/// What the library reads; a panic of it on bytes that hold no table is an error of these bytes.
fn guarded<T>(read: impl FnOnce() -> std::result::Result<T, ParquetError>) -> Result<T> {
    caught(read).unwrap_or_else(|| Err(ParquetError::General("it cannot be parsed".to_owned()))).map_err(broken)
}

fn broken(error: ParquetError) -> Error {
    let message = format!("is a Parquet file, but cut off, damaged or of a kind that is not read: {error}");
    Error::new(ErrorKind::Unreadable, message).caused_by(error)
}

#[cfg(test)]
mod tests;
