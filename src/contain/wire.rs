//! What goes between a worker and who started it: frames of a length (8 bytes, little end first) and so many bytes.
//!
//! A worker first says [`HELLO`]. Then, for each letter, it gets two frames, the [`Request`] as JSON and the letter's bytes,
//! and gives one, the [`Reply`] as JSON.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Place};
use crate::ingest::Limits;
use crate::pipeline::Reading;

/// The first bytes of a worker. What stands before them in its output is passed over: a loader's or a test's own words.
pub(super) const HELLO: &[u8] = concat!("lettermark-reader ", env!("CARGO_PKG_VERSION"), "\n").as_bytes();

/// A letter to read; its bytes follow in the next frame.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) name: String,
    pub(super) limits: Limits,
}

/// What came of it.
pub(super) type Reply = std::result::Result<Reading, SentError>;

/// An [`Error`] without its file, which who asked knows, and without its cause, which its message tells.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SentError {
    kind: ErrorKind,
    message: String,
    place: SentPlace,
}

#[derive(Debug, Serialize, Deserialize)]
enum SentPlace {
    Whole,
    Page(u32),
    Line(u64),
    Cell(u64, String),
}

/// Columns that a reader names in its errors.
const COLUMNS: [&str; 5] = ["letter", "page", "heading", "previous", "sentence"];

impl From<&Error> for SentError {
    fn from(error: &Error) -> Self {
        let place = match error.place() {
            Place::Whole => SentPlace::Whole,
            Place::Page(page) => SentPlace::Page(page),
            Place::Line(line) => SentPlace::Line(line),
            Place::Cell { line, column } => SentPlace::Cell(line, column.to_owned()),
        };
        SentError { kind: error.kind(), message: error.message().to_owned(), place }
    }
}

impl From<SentError> for Error {
    fn from(error: SentError) -> Self {
        let place = match error.place {
            SentPlace::Whole => Place::Whole,
            SentPlace::Page(page) => Place::Page(page),
            SentPlace::Line(line) => Place::Line(line),
            SentPlace::Cell(line, column) => match COLUMNS.into_iter().find(|known| *known == column) {
                Some(column) => Place::Cell { line, column },
                None => Place::Line(line),
            },
        };
        Error::new(error.kind, error.message).at(place)
    }
}

/// Writes one frame.
pub(super) fn send(to: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    to.write_all(&(bytes.len() as u64).to_le_bytes())?;
    to.write_all(bytes)?;
    to.flush()
}

/// Reads one frame; `None` at the end of the stream.
pub(super) fn receive(from: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 8];
    match from.read_exact(&mut length) {
        Ok(()) => {}
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(e) => return Err(e),
    }
    let length = u64::from_le_bytes(length);
    // Not all at once: a length that is none must not take the memory of one.
    let mut bytes = Vec::new();
    match from.take(length).read_to_end(&mut bytes)? as u64 == length {
        true => Ok(Some(bytes)),
        false => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_as_they_were_sent_and_a_cut_one_is_none() {
        let mut stream = Vec::new();
        send(&mut stream, b"one").unwrap();
        send(&mut stream, b"").unwrap();
        send(&mut stream, b"three").unwrap();
        let mut from = &stream[..stream.len() - 1];
        assert_eq!(receive(&mut from).unwrap().unwrap(), b"one");
        assert_eq!(receive(&mut from).unwrap().unwrap(), b"");
        assert!(receive(&mut from).unwrap().is_none());
        assert!(receive(&mut from).unwrap().is_none());
    }

    #[test]
    fn an_error_keeps_kind_message_and_place() {
        for place in [Place::Whole, Place::Page(3), Place::Line(7), Place::Cell { line: 2, column: "page" }] {
            let error = Error::new(ErrorKind::Limit, "is too long").at(place);
            let sent = serde_json::to_vec(&SentError::from(&error)).unwrap();
            let back = Error::from(serde_json::from_slice::<SentError>(&sent).unwrap());
            assert_eq!((back.kind(), back.message(), back.place()), (error.kind(), error.message(), place));
        }
    }
}
