//! An Arrow stream being read: what is none is told from what is damaged, and what was cut off from what has ended.

use std::cell::Cell;
use std::io::{self, Chain, Cursor, Read};
use std::rc::Rc;

use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamReader;
use arrow_schema::{ArrowError, SchemaRef};

use crate::caught::caught;
use crate::error::{Error, ErrorKind, Result};

/// What every message of a stream begins with, since Arrow 0.15 of 2019.
const CONTINUES: [u8; 4] = [0xFF; 4];

/// A stream whose schema has been read.
pub(super) struct Input<R: Read> {
    reader: StreamReader<Watched<Chain<Cursor<Vec<u8>>, R>>>,
    /// Whether the bytes have ended.
    ended: Rc<Cell<bool>>,
    batches: u64,
}

impl<R: Read> Input<R> {
    /// Reads the schema.
    pub(super) fn open(mut input: R) -> Result<Self> {
        let mut head = Vec::new();
        input.by_ref().take(CONTINUES.len() as u64).read_to_end(&mut head).map_err(not_read)?;
        if head != CONTINUES {
            return Err(Error::new(ErrorKind::Format, no_stream(&head)));
        }
        let ended = Rc::new(Cell::new(false));
        let watched = Watched { inner: Cursor::new(head).chain(input), ended: ended.clone() };
        let opened = guarded(|| StreamReader::try_new(watched, None));
        let reader = opened.map_err(|e| broken(e, &ended, "its schema"))?;
        Ok(Input { reader, ended, batches: 0 })
    }

    pub(super) fn schema(&self) -> SchemaRef {
        self.reader.schema()
    }

    /// The next batch; `None` after the mark that ends the stream.
    pub(super) fn next(&mut self) -> Result<Option<RecordBatch>> {
        let place = format!("batch {}", self.batches + 1);
        let reader = &mut self.reader;
        let next = guarded(|| reader.next().transpose()).map_err(|e| broken(e, &self.ended, &place))?;
        if next.is_none() && self.ended.get() {
            // The format allows it, but then nobody can tell a writer that was stopped from one that had done.
            return Err(Error::new(
                ErrorKind::Unreadable,
                format!("the stream ends after {} batches without its end mark: was its writer stopped?", self.batches),
            ));
        }
        self.batches += 1;
        Ok(next)
    }

    /// Looks that nothing follows the stream.
    pub(super) fn expect_end(mut self) -> Result<()> {
        let mut more = [0];
        match self.reader.get_mut().read(&mut more).map_err(not_read)? {
            0 => Ok(()),
            _ => Err(Error::new(
                ErrorKind::Format,
                "more bytes follow the end of the stream, and were not read: give one stream at a time",
            )),
        }
    }
}

/// A reader that remembers whether it has come to the end.
struct Watched<R> {
    inner: R,
    ended: Rc<Cell<bool>>,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        if read == 0 && !buffer.is_empty() {
            self.ended.set(true);
        }
        Ok(read)
    }
}

/// A panic of the reader on bytes that hold no stream is an error of these bytes.
fn guarded<T>(read: impl FnOnce() -> std::result::Result<T, ArrowError>) -> std::result::Result<T, ArrowError> {
    caught(read).unwrap_or_else(|| Err(ArrowError::ParseError("it cannot be parsed".into())))
}

fn broken(error: ArrowError, ended: &Cell<bool>, place: &str) -> Error {
    if ended.get() {
        let message = format!("the stream ends in the middle of {place}: was its writer stopped?");
        return Error::new(ErrorKind::Unreadable, message).caused_by(error);
    }
    match error {
        ArrowError::IoError(_, e) => not_read(e),
        error => {
            let message = format!("the stream is damaged, or of a kind that is not read, at {place}: {error}");
            Error::new(ErrorKind::Unreadable, message).caused_by(error)
        }
    }
}

fn not_read(error: io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("could not read the stream: {error}")).caused_by(error)
}

fn no_stream(head: &[u8]) -> &'static str {
    match head {
        [] => "the stream is empty: not even a schema came",
        b"ARRO" => "this is an Arrow file (Feather), not a stream: write it in the streaming format",
        b"PAR1" => "this is a Parquet file, not an Arrow stream: name it as an input, without --ipc",
        _ => "this is no Arrow stream: it has to be in the IPC streaming format",
    }
}
