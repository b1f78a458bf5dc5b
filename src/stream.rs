//! Sentences that come as a stream of Arrow batches (the IPC streaming format), judged batch by batch.
//!
//! An engine that spreads work over many machines (Spark, Dask, Ray, DataFusion) starts one program for each of its tasks,
//! writes batches into it and reads the same batches back, one for one and in order, with columns appended. What the
//! stream has to hold and what comes back is said in `integrations/README.md`.
//!
//! A row is judged as the same row of a table of sentences is; what is said of it does not depend on the batch that it
//! stands in. Only boilerplate is not told: it would need all letters at once.
//!
//! Memory is bounded by the largest batch: rows are judged [`PART`] at a time, and fewer where their texts are long, since a
//! small batch can show one long text in every row. A batch is written when all of it has been
//! judged, in one piece, and the mark that ends a stream only when the input has ended with one: who reads the mark has
//! everything.

mod input;

use std::io::Write;
use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, Field, Schema, SchemaRef};

use crate::classify::{Classifier, Item, Judgement};
use crate::columns::{self, Texts, VERDICT, Verdict, VerdictColumns, provenance};
use crate::error::{Error, ErrorKind, Result};
use crate::ingest::{Limits, tidy};
use input::Input;

/// Rows that are judged at a time, at the most: some seconds of work, and enough for every core.
pub const PART: usize = 2_000;
/// Bytes of text of the rows that are judged at a time, but for the last of them.
const PART_BYTES: usize = 16 << 20;

const SENTENCE: &str = "sentence";

/// How a stream is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Threads to work with; they change the time, never the result.
    pub threads: usize,
    /// What stands before the names of the columns that are appended; nothing by default.
    pub prefix: String,
    /// The longest text of a row that is read, in bytes: the end of a longer one is cut off, and the row says so in its
    /// column `truncated`.
    pub max_text: usize,
}

impl Default for Options {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
        Options { threads, prefix: String::new(), max_text: Limits::default().max_block }
    }
}

/// What went through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Passed {
    /// Batches, empty ones too.
    pub batches: u64,
    /// Rows of the batches.
    pub rows: u64,
    /// Rows that had a sentence.
    pub judged: u64,
}

/// Judges the stream that comes from `input` and writes it to `output`, flushed after each batch.
///
/// # Errors
/// [`ErrorKind::Data`] when the schema has no column of sentences, one of another type, or one of the columns that are to
/// be appended; [`ErrorKind::Format`] when `input` is no Arrow stream; [`ErrorKind::Unreadable`] when it is damaged or ends
/// before its end; [`ErrorKind::Io`] when it cannot be read or `output` not written. Batches before the error have been
/// written whole; nothing of the one in which it stands.
pub fn judge(
    classifier: &Classifier,
    options: &Options,
    input: impl std::io::Read,
    output: impl Write,
) -> Result<Passed> {
    let mut input = Input::open(input)?;
    let stage = Stage::new(classifier, options, &input.schema())?;
    let mut output = Output::begin(output, &stage.schema)?;
    let mut passed = Passed::default();
    while let Some(batch) = input.next()? {
        let (batch, judged) = stage.judge(&batch)?;
        output.batch(&batch)?;
        passed.batches += 1;
        passed.rows += batch.num_rows() as u64;
        passed.judged += judged;
    }
    output.finish()?;
    input.expect_end()?;
    Ok(passed)
}

/// What turns a batch into one with findings.
struct Stage<'a> {
    classifier: &'a Classifier,
    options: &'a Options,
    /// Places of the columns that are read: sentence, previous, heading.
    places: [Option<usize>; 3],
    /// The schema of what comes out.
    schema: SchemaRef,
}

impl<'a> Stage<'a> {
    fn new(classifier: &'a Classifier, options: &'a Options, schema: &Schema) -> Result<Self> {
        let places = [SENTENCE, "previous", "heading"].map(|name| text_column(schema, name));
        let [sentence, previous, heading] = places;
        let places = [sentence?, previous?, heading?];
        if places[0].is_none() {
            let names = columns::names(schema);
            return Err(data(format!(
                "the stream has no column {SENTENCE:?}; its columns are {names:?}: name the column with the sentences \
                 {SENTENCE:?}"
            )));
        }
        let schema = Arc::new(with_verdict(schema, classifier, &options.prefix)?);
        Ok(Stage { classifier, options, places, schema })
    }

    /// The batch with its findings, and how many of its rows had a sentence.
    fn judge(&self, batch: &RecordBatch) -> Result<(RecordBatch, u64)> {
        let text = |place: Option<usize>| match place {
            Some(at) => {
                Texts::of(batch.column(at).as_ref()).ok_or_else(|| data("a column changed its type".to_owned()))
            }
            None => Ok(Texts::Absent),
        };
        let [sentence, previous, heading] = self.places.map(text);
        let texts = [sentence?, previous?, heading?];
        let mut verdicts = VerdictColumns::new();
        let mut judged = 0;
        let rows = batch.num_rows();
        let (mut part, mut held) = (Vec::new(), 0);
        for row in 0..rows {
            let read = self.row(&texts, row);
            held += read.bytes();
            part.push(read);
            if part.len() == PART || held >= PART_BYTES || row + 1 == rows {
                judged += self.judge_part(&part, &mut verdicts)?;
                part.clear();
                held = 0;
            }
        }
        let columns = batch.columns().iter().cloned().chain(verdicts.finish()).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(self.schema.clone(), columns, &options);
        Ok((batch.map_err(not_written)?, judged))
    }

    fn judge_part(&self, part: &[Row], verdicts: &mut VerdictColumns) -> Result<u64> {
        let items: Vec<Item<'_>> = part.iter().filter_map(Row::item).collect();
        let judgements = self.classifier.judge(&items, self.options.threads);
        if judgements.len() != items.len() {
            return Err(Error::new(ErrorKind::Internal, "the model did not judge every sentence; please report it"));
        }
        let mut judgements = judgements.iter();
        for row in part {
            match row.item().and_then(|_| judgements.next()) {
                Some(judgement) => self.push(judgement, row.cut, verdicts),
                None => verdicts.push_null(),
            }
        }
        Ok(items.len() as u64)
    }

    fn push(&self, judgement: &Judgement, cut: bool, verdicts: &mut VerdictColumns) {
        let taxonomy = self.classifier.taxonomy();
        let themes: Vec<(&str, f32)> =
            judgement.themes.iter().map(|&(id, score)| (taxonomy.theme(id).id.as_str(), score)).collect();
        verdicts.push(&Verdict {
            polarity: judgement.polarity.id(),
            polarity_score: judgement.polarity_scores[judgement.polarity.index()],
            themes: &themes,
            needs_review: judgement.needs_review,
            truncated: judgement.truncated || cut,
            model: self.classifier.model_id(),
        });
    }

    fn row(&self, texts: &[Texts<'_>; 3], row: usize) -> Row {
        let text = |column: usize| {
            let whole = texts[column].get(row).unwrap_or_default();
            let end = whole.floor_char_boundary(self.options.max_text);
            (tidy(&whole[..end]), end < whole.len())
        };
        let (sentence, cut) = text(0);
        Row { sentence, previous: text(1).0, heading: text(2).0, cut }
    }
}

/// A row's texts, tidied as those of a table of sentences are.
struct Row {
    /// Empty where there is nothing to judge.
    sentence: String,
    previous: String,
    heading: String,
    /// Whether the sentence's end was cut off.
    cut: bool,
}

impl Row {
    fn bytes(&self) -> usize {
        self.sentence.len() + self.previous.len() + self.heading.len()
    }

    fn item(&self) -> Option<Item<'_>> {
        let previous = Some(self.previous.as_str()).filter(|text| !text.is_empty());
        (!self.sentence.is_empty()).then_some(Item {
            sentence: &self.sentence,
            previous,
            heading: &self.heading,
            ..Item::default()
        })
    }
}

/// The place of a column of text; `None` where there is none of this name.
fn text_column(schema: &Schema, name: &str) -> Result<Option<usize>> {
    let Some(at) = columns::find(schema, name)? else { return Ok(None) };
    let (field, is) = (schema.field(at).name(), schema.field(at).data_type());
    match columns::is_text(is) {
        true => Ok(Some(at)),
        false => {
            Err(data(format!("the column {field:?} of the stream holds no text (its type is {is}): cast it to Utf8")))
        }
    }
}

/// The schema with the columns of findings behind its own, and what its metadata says of the model.
fn with_verdict(schema: &Schema, classifier: &Classifier, prefix: &str) -> Result<Schema> {
    let named = VERDICT.map(|name| format!("{prefix}{name}"));
    for name in &named {
        // Engines that tell no case apart (Spark) could not tell such columns apart either.
        if schema.fields().iter().any(|field| field.name().eq_ignore_ascii_case(name)) {
            return Err(data(format!(
                "the stream has a column {name:?} already, and one of this name is to be appended: rename it, or put \
                 something before the appended names (--prefix)"
            )));
        }
    }
    let appended = VerdictColumns::fields(true).into_iter().zip(named).map(|(field, name)| field.with_name(name));
    let fields: Vec<Arc<Field>> = schema.fields().iter().cloned().chain(appended.map(Arc::new)).collect();
    let taxonomy = classifier.taxonomy();
    let mut metadata = schema.metadata().clone();
    for (key, value) in provenance(classifier.model_id(), &format!("{} {}", taxonomy.name, taxonomy.version)) {
        metadata.insert(key, value);
    }
    Ok(Schema::new_with_metadata(fields, metadata))
}

/// A stream being written: each message in one piece.
struct Output<W> {
    writer: StreamWriter<Vec<u8>>,
    output: W,
}

impl<W: Write> Output<W> {
    /// Writes the schema, so that who reads knows the columns before the first batch.
    fn begin(output: W, schema: &Schema) -> Result<Self> {
        let writer = StreamWriter::try_new(Vec::new(), schema).map_err(not_written)?;
        let mut output = Output { writer, output };
        output.give_out()?;
        Ok(output)
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<()> {
        self.writer.write(batch).map_err(not_written)?;
        self.give_out()
    }

    /// Writes the mark that ends the stream.
    fn finish(&mut self) -> Result<()> {
        self.writer.finish().map_err(not_written)?;
        self.give_out()
    }

    fn give_out(&mut self) -> Result<()> {
        let bytes = std::mem::take(self.writer.get_mut());
        let written = self.output.write_all(&bytes).and_then(|()| self.output.flush());
        written.map_err(|e| Error::new(ErrorKind::Io, format!("could not write the stream: {e}")).caused_by(e))
    }
}

fn not_written(error: ArrowError) -> Error {
    Error::new(ErrorKind::Data, format!("could not write a batch of these columns: {error}")).caused_by(error)
}

fn data(message: String) -> Error {
    Error::new(ErrorKind::Data, message)
}

#[cfg(test)]
mod tests;
