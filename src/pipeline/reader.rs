//! Who reads: bytes to a document and its sentences, in this process or in another.

use serde::{Deserialize, Serialize};

use crate::error::{Place, Result};
use crate::ingest::{self, Document, Input, Limits, ListedSentence};
use crate::sentences::{self, Sentence};

/// What has been read, and split where it is a letter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(clippy::large_enum_variant, reason = "there is one a file, and it moves once")]
pub enum Reading {
    /// A letter.
    Letter {
        /// Its text and structure.
        document: Document,
        /// Its sentences, as [`sentences::split`] gives them.
        sentences: Vec<Sentence>,
    },
    /// Sentences that somebody had split already.
    Listed(Vec<ListedSentence>),
}

/// Reads letters. The findings do not depend on which reader does it.
pub trait Reader: Send + Sync {
    /// Reads and splits what `bytes` hold; `name` is a path or a file's name, and errors name it.
    ///
    /// # Errors
    /// As [`ingest::read_bytes`], and [`ErrorKind::Limit`](crate::ErrorKind::Limit) for a text or a sentence that is too
    /// long, and for too many sentences.
    fn read(&self, name: &str, bytes: &[u8], limits: &Limits) -> Result<Reading>;
}

/// The reader in this process. A panic is the caller's to catch; against overflows of the stack and endless loops there
/// is no help within a process.
#[derive(Debug, Clone, Copy, Default)]
pub struct Here;

impl Reader for Here {
    fn read(&self, name: &str, bytes: &[u8], limits: &Limits) -> Result<Reading> {
        match ingest::read_bytes(name, bytes, limits)? {
            Input::Letter(document) => {
                limits.check_text(&document.text).map_err(|e| e.in_file(name))?;
                let sentences = sentences::split(&document);
                limits.check_sentences(sentences.len()).map_err(|e| e.in_file(name))?;
                for sentence in &sentences {
                    let place = sentence.page.map_or(Place::Whole, Place::Page);
                    limits.check_sentence(sentence.text(&document)).map_err(|e| e.at(place).in_file(name))?;
                }
                Ok(Reading::Letter { document, sentences })
            }
            Input::Sentences(rows) => {
                for row in &rows {
                    limits.check_sentence(&row.sentence).map_err(|e| e.at(Place::Line(row.line)).in_file(name))?;
                }
                Ok(Reading::Listed(rows))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_without_end_is_refused_with_its_place() {
        let limits = Limits { max_sentence: 20, ..Limits::default() };
        for (name, text, place) in [
            ("a.txt", "Plans are weak. They are very late in most of the area.", Place::Whole),
            ("a.csv", "sentence\nPlans are weak.\nThey are very late in most of the area.\n", Place::Line(3)),
        ] {
            let error = Here.read(name, text.as_bytes(), &limits).unwrap_err();
            assert_eq!(error.place(), place, "{error}");
            assert!(error.to_string().starts_with(name), "{error}");
            assert!(Here.read(name, text.as_bytes(), &Limits::default()).is_ok());
        }
    }
}
