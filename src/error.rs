//! The one error type of the library: what kind of thing went wrong, in which file, at which place.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A result whose error is [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// Something that could not be done, with the file and the place where it stands.
///
/// The message says what is wrong and what to do about it; [`Error::kind`] is for programs.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    message: String,
    path: Option<PathBuf>,
    place: Place,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What kind of failure an [`Error`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A file could not be opened, read or written.
    Io,
    /// A file is there, but no letter can be read from it: empty, encrypted, damaged, only pictures.
    Unreadable,
    /// A file is of a format that is not read, or not of the format that its name says.
    Format,
    /// A file is larger, deeper or longer than the limits allow.
    Limit,
    /// A label, taxonomy or labelled data that does not hold together.
    Data,
    /// A model bundle that is incomplete, damaged or made for something else.
    Bundle,
    /// A fault of this program; the letter it happened on is worth a report.
    Internal,
}

/// Where in a file something stands. All are counted from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Place {
    /// The file as a whole.
    #[default]
    Whole,
    /// A page of a paged document.
    Page(u32),
    /// A line of a text.
    Line(u64),
    /// A line and a column (1-based field) of a CSV.
    Cell {
        /// Line of the file on which the record starts.
        line: u64,
        /// Name of the column.
        column: &'static str,
    },
}

impl Error {
    /// An error of `kind` with a message that says what is wrong and what to do.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Error(Box::new(Inner { kind, message: message.into(), path: None, place: Place::Whole, source: None }))
    }

    /// An I/O failure; `doing` completes "could not …", for example "read the letter".
    pub fn io(doing: &str, path: &Path, source: std::io::Error) -> Self {
        Error::new(ErrorKind::Io, format!("could not {doing}: {source}")).in_file(path).caused_by(source)
    }

    /// The same error, naming the file that it is about. A file already named stays.
    #[must_use]
    pub fn in_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.0.path.get_or_insert_with(|| path.into());
        self
    }

    /// The same error, naming the place in the file.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.0.place = place;
        self
    }

    /// The same error with the error that caused it.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The file it is about, where there is one.
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }

    /// The place in that file.
    pub fn place(&self) -> Place {
        self.0.place
    }

    /// The message without file and place.
    pub fn message(&self) -> &str {
        &self.0.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.0.path {
            write!(f, "{}", path.display())?;
            match self.0.place {
                Place::Whole => {}
                Place::Page(page) => write!(f, ", page {page}")?,
                Place::Line(line) => write!(f, ", line {line}")?,
                Place::Cell { line, column } => write!(f, ", line {line}, column {column}")?,
            }
            write!(f, ": ")?;
        }
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|e| e as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_names_file_and_place() {
        let e = Error::new(ErrorKind::Data, "\"strenght\" is no polarity; did you mean \"strength\"?")
            .in_file("labels.csv")
            .at(Place::Cell { line: 7, column: "polarity" });
        assert_eq!(
            e.to_string(),
            "labels.csv, line 7, column polarity: \"strenght\" is no polarity; did you mean \"strength\"?"
        );
    }

    #[test]
    fn the_file_named_first_stays() {
        let e = Error::new(ErrorKind::Format, "no PDF").in_file("a.pdf").in_file("b.pdf");
        assert_eq!(e.path(), Some(Path::new("a.pdf")));
    }
}
