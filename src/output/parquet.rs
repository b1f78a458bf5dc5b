//! A Parquet file: the findings as a typed table for pandas, R, DuckDB, Polars, Spark.
//!
//! Lists are lists, unknown is null, dates are dates, text stands as it is. The file's metadata names program, model and
//! taxonomy under keys that begin with `lettermark.`. The same findings give the same bytes.
//!
//! A row group is written when it has [`ROW_GROUP`] findings, so that memory does not grow with the batch. Compression is
//! Snappy: every reader of Parquet knows it.

use std::io::{self, Write};
use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Date32Builder, Int32Builder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use super::About;
use crate::columns::{Verdict, VerdictColumns, provenance};
use crate::error::{Error, ErrorKind, Result};
use crate::finding::{COLUMNS, Finding, LetterFindings};

/// The most findings of a row group: some 10 MB in memory, and enough that compression pays.
const ROW_GROUP: usize = 50_000;

/// A file that takes letters in and gives its bytes out as its row groups fill.
pub(super) struct File {
    writer: ArrowWriter<Pending>,
    schema: SchemaRef,
}

/// Bytes that were written and not yet given out.
#[derive(Default)]
struct Pending(Vec<u8>);

impl Write for Pending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl File {
    /// An empty file.
    pub(super) fn new(about: &About) -> Result<Self> {
        let taxonomy = format!("{} {}", about.taxonomy.name, about.taxonomy.version);
        let provenance = provenance(&about.model, &taxonomy);
        // Twice: readers of Arrow look only into the schema, all others only into the file's own metadata.
        let schema: SchemaRef = Arc::new(schema().with_metadata(provenance.clone()));
        let metadata = provenance.map(|(key, value)| KeyValue { key, value: Some(value) });
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_max_row_group_row_count(Some(ROW_GROUP))
            .set_key_value_metadata(Some(metadata.to_vec()))
            .build();
        let writer = ArrowWriter::try_new(Pending::default(), schema.clone(), Some(properties)).map_err(failed)?;
        Ok(File { writer, schema })
    }

    /// Takes one more letter in; gives the bytes of the row groups that are full.
    pub(super) fn letter(&mut self, letter: &LetterFindings) -> Result<Vec<u8>> {
        let mut rows = Rows::new();
        for finding in &letter.findings {
            rows.push(finding).map_err(|e| e.in_file(&letter.name))?;
        }
        let batch = rows.finish(self.schema.clone()).map_err(|e| failed(e.into()))?;
        self.writer.write(&batch).map_err(failed)?;
        self.written()
    }

    /// The last row group and the index of them all.
    pub(super) fn finish(mut self) -> Result<Vec<u8>> {
        self.writer.finish().map_err(failed)?;
        self.written()
    }

    fn written(&mut self) -> Result<Vec<u8>> {
        self.writer.sync().map_err(|e| failed(e.into()))?;
        Ok(std::mem::take(&mut self.writer.inner_mut().0))
    }
}

/// The columns of every output, typed.
fn schema() -> Schema {
    let verdict = VerdictColumns::fields(false);
    let field = |name: &str| {
        let own = |data_type, nullable| Field::new(name, data_type, nullable);
        match name {
            "authority" | "framework" => own(DataType::Utf8, true),
            "published" | "inspected" => own(DataType::Date32, true),
            "page" => own(DataType::Int32, true),
            "start" | "end" => own(DataType::Int64, true),
            "boilerplate" => own(DataType::Boolean, false),
            _ => match verdict.iter().find(|field| field.name() == name) {
                Some(field) => field.clone(),
                None => own(DataType::Utf8, false),
            },
        }
    };
    Schema::new(COLUMNS.map(field).to_vec())
}

/// Columns being filled.
struct Rows {
    letter: StringBuilder,
    authority: StringBuilder,
    framework: StringBuilder,
    published: Date32Builder,
    inspected: Date32Builder,
    page: Int32Builder,
    start: Int64Builder,
    end: Int64Builder,
    heading: StringBuilder,
    sentence: StringBuilder,
    boilerplate: BooleanBuilder,
    verdict: VerdictColumns,
}

impl Rows {
    fn new() -> Self {
        Rows {
            letter: StringBuilder::new(),
            authority: StringBuilder::new(),
            framework: StringBuilder::new(),
            published: Date32Builder::new(),
            inspected: Date32Builder::new(),
            page: Int32Builder::new(),
            start: Int64Builder::new(),
            end: Int64Builder::new(),
            heading: StringBuilder::new(),
            sentence: StringBuilder::new(),
            boilerplate: BooleanBuilder::new(),
            verdict: VerdictColumns::new(),
        }
    }

    fn push(&mut self, f: &Finding) -> Result<()> {
        self.letter.append_value(&f.letter);
        self.authority.append_option(f.authority.as_deref());
        self.framework.append_option(Some(f.framework).filter(|id| !id.is_empty()));
        self.published.append_option(f.published.as_deref().map(days_since_1970).transpose()?);
        self.inspected.append_option(f.inspected.as_deref().map(days_since_1970).transpose()?);
        self.page.append_option(f.page.map(|page| number(page as usize)).transpose()?);
        self.start.append_option(f.span.map(|span| number(span.start)).transpose()?);
        self.end.append_option(f.span.map(|span| number(span.end)).transpose()?);
        self.heading.append_value(&f.heading);
        self.sentence.append_value(&f.sentence);
        self.boilerplate.append_value(f.boilerplate);
        let themes: Vec<(&str, f32)> =
            f.themes.iter().map(String::as_str).zip(f.theme_scores.iter().copied()).collect();
        self.verdict.push(&Verdict {
            polarity: f.polarity.id(),
            polarity_score: f.polarity_score,
            themes: &themes,
            needs_review: f.needs_review,
            truncated: f.truncated,
            model: &f.model,
        });
        Ok(())
    }

    fn finish(mut self, schema: SchemaRef) -> std::result::Result<RecordBatch, ArrowError> {
        let verdict = VerdictColumns::fields(false).into_iter().zip(self.verdict.finish()).collect::<Vec<_>>();
        let mut column = |name: &str| -> ArrayRef {
            match name {
                "letter" => Arc::new(self.letter.finish()),
                "authority" => Arc::new(self.authority.finish()),
                "framework" => Arc::new(self.framework.finish()),
                "published" => Arc::new(self.published.finish()),
                "inspected" => Arc::new(self.inspected.finish()),
                "page" => Arc::new(self.page.finish()),
                "start" => Arc::new(self.start.finish()),
                "end" => Arc::new(self.end.finish()),
                "heading" => Arc::new(self.heading.finish()),
                "sentence" => Arc::new(self.sentence.finish()),
                "boilerplate" => Arc::new(self.boilerplate.finish()),
                _ => match verdict.iter().find(|(field, _)| field.name() == name) {
                    Some((_, array)) => array.clone(),
                    None => arrow_array::new_empty_array(&DataType::Null),
                },
            }
        };
        RecordBatch::try_new(schema, COLUMNS.map(&mut column).to_vec())
    }
}

/// Days from 1970-01-01 to an ISO 8601 date (Howard Hinnant, "days_from_civil").
fn days_since_1970(date: &str) -> Result<i32> {
    let no_date = || Error::new(ErrorKind::Data, format!("{date:?} is no date; a date is YYYY-MM-DD"));
    let lengths = date.split('-').map(str::len);
    if !lengths.eq([4, 2, 2]) || !date.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
        return Err(no_date());
    }
    let part = |range: std::ops::Range<usize>| date[range].parse::<i32>().map_err(|_| no_date());
    let (year, month, day) = (part(0..4)?, part(5..7)?, part(8..10)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i32::from(leap),
        1..=12 => 31,
        _ => 0,
    };
    if !(1..=days).contains(&day) {
        return Err(no_date());
    }
    // A year that begins in March has its leap day at the end.
    let year = year - i32::from(month <= 2);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Ok(365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719_468)
}

fn number<T: TryFrom<usize>>(n: usize) -> Result<T> {
    T::try_from(n).map_err(|_| Error::new(ErrorKind::Limit, format!("{n} is too large a number for the file")))
}

fn failed(error: ParquetError) -> Error {
    Error::new(ErrorKind::Io, format!("could not build the Parquet file: {error}")).caused_by(error)
}

#[cfg(test)]
mod tests;
