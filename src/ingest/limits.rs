//! How large, deep and long a file may be.

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Place, Result};

/// How large, deep and long a file may be before it is refused with [`ErrorKind::Limit`].
///
/// The defaults are far above any real letter (the longest of 474 published ones has 60 pages, the longest sentence of
/// 38,029 has 486 characters) and low enough that a hostile or mistaken file costs seconds and megabytes, not the
/// machine. A message that refuses a letter names the limit as the program's flags do: `--max-pages` is `max_pages`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Bytes of the file itself; 100 MiB.
    pub max_bytes: u64,
    /// Pages of a PDF; 2,000.
    pub max_pages: u32,
    /// Bytes that the read parts of a zip (`.docx`), or the contents of a PDF's pages, may unpack to, all together;
    /// 200 MiB. Counted while unpacking: what the file claims is not believed. A form that a PDF draws several times
    /// counts each time.
    pub max_expanded: u64,
    /// Files in a zip; 10,000.
    pub max_entries: usize,
    /// Elements within elements, in Word and HTML; 512, as in browsers. Forms within forms of a PDF are followed twelve
    /// deep, whatever the limit.
    pub max_depth: usize,
    /// Bytes of one paragraph, heading or list item, and of one line of a text; 1 MiB.
    pub max_block: usize,
    /// Bytes of one sentence; 10 KiB. What is longer is no sentence, and a model reads only its start.
    pub max_sentence: usize,
    /// Bytes of a letter's text, whatever it was written in; 16 MiB. A table of sentences is no letter: it has no such
    /// limit, nor the next.
    pub max_text: usize,
    /// Sentences of a letter; 100,000.
    pub max_sentences: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_bytes: 100 << 20,
            max_pages: 2_000,
            max_expanded: 200 << 20,
            max_entries: 10_000,
            max_depth: 512,
            max_block: 1 << 20,
            max_sentence: 10 << 10,
            max_text: 16 << 20,
            max_sentences: 100_000,
        }
    }
}

impl Limits {
    pub(super) fn check_bytes(&self, len: usize) -> Result<()> {
        match len as u64 > self.max_bytes {
            true => Err(limit(format!(
                "is larger than {}, too large for a letter; --max-bytes raises the limit",
                size(self.max_bytes)
            ))),
            false => Ok(()),
        }
    }

    /// Finds a line that cannot be a line of a letter before anything tries to split it into sentences.
    pub(super) fn check_lines(&self, text: &str) -> Result<()> {
        match (1u64..).zip(text.split('\n')).find(|(_, line)| line.len() > self.max_block) {
            Some((number, line)) => Err(self.long_block(line.len()).at(Place::Line(number))),
            None => Ok(()),
        }
    }

    pub(super) fn long_block(&self, len: usize) -> Error {
        limit(format!(
            "one paragraph of {} (at most {} are read): put each paragraph on a line of its own, or raise --max-block",
            size(len as u64),
            size(self.max_block as u64)
        ))
    }

    pub(super) fn too_deep(&self) -> Error {
        limit(format!(
            "elements stand more than {} deep in one another, which no letter needs; --max-depth raises the limit",
            self.max_depth
        ))
    }

    pub(super) fn too_expanded(&self) -> Error {
        limit(format!(
            "unpacks to more than {}: this is no letter, and may be meant to do harm; --max-expanded raises the limit",
            size(self.max_expanded)
        ))
    }

    pub(super) fn too_many_pages(&self) -> Error {
        limit(format!("has more than {} pages: split it, or raise --max-pages", self.max_pages))
    }

    /// Refuses a sentence that is none.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`], its place still to be named.
    pub fn check_sentence(&self, sentence: &str) -> Result<()> {
        match sentence.len() > self.max_sentence {
            true => Err(limit(format!(
                "one sentence of {} (at most {} are read): it may be a table that lost its lines; mend the letter, or \
                 raise --max-sentence",
                size(sentence.len() as u64),
                size(self.max_sentence as u64)
            ))),
            false => Ok(()),
        }
    }

    /// Refuses a text that is longer than any letter.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`].
    pub fn check_text(&self, text: &str) -> Result<()> {
        match text.len() > self.max_text {
            true => Err(limit(format!(
                "holds {} of text (at most {} are read): split it into letters, or raise --max-text",
                size(text.len() as u64),
                size(self.max_text as u64)
            ))),
            false => Ok(()),
        }
    }

    /// Refuses a letter of more sentences than any has.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`].
    pub fn check_sentences(&self, sentences: usize) -> Result<()> {
        match sentences > self.max_sentences {
            true => Err(limit(format!(
                "has {sentences} sentences (at most {} are read): split it into letters, or raise --max-sentences",
                self.max_sentences
            ))),
            false => Ok(()),
        }
    }

    /// The names of the limits that are lower here than in `other`, as flags.
    pub fn lower_than(&self, other: &Limits) -> Vec<&'static str> {
        let pairs = [
            ("--max-bytes", self.max_bytes, other.max_bytes),
            ("--max-pages", self.max_pages.into(), other.max_pages.into()),
            ("--max-expanded", self.max_expanded, other.max_expanded),
            ("--max-entries", self.max_entries as u64, other.max_entries as u64),
            ("--max-depth", self.max_depth as u64, other.max_depth as u64),
            ("--max-block", self.max_block as u64, other.max_block as u64),
            ("--max-sentence", self.max_sentence as u64, other.max_sentence as u64),
            ("--max-text", self.max_text as u64, other.max_text as u64),
            ("--max-sentences", self.max_sentences as u64, other.max_sentences as u64),
        ];
        pairs.into_iter().filter(|(_, here, there)| here < there).map(|(name, ..)| name).collect()
    }
}

pub(super) fn limit(message: String) -> Error {
    Error::new(ErrorKind::Limit, message)
}

/// A number of bytes as people say it: "100 MiB".
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..0x10_0000 => format!("{} KiB", bytes >> 10),
        0x4000_0000.. if bytes.is_multiple_of(1 << 30) => format!("{} GiB", bytes >> 30),
        _ => format!("{} MiB", bytes >> 20),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_named_by_its_number() {
        let limits = Limits { max_block: 10, ..Limits::default() };
        let error = limits.check_lines("short\nlonger than ten bytes\n").unwrap_err();
        assert_eq!((error.kind(), error.place()), (ErrorKind::Limit, Place::Line(2)));
        assert!(limits.check_lines("short\nshort\n").is_ok());
    }

    #[test]
    fn sizes_read_as_people_say_them() {
        assert_eq!([size(12), size(2048), size(100 << 20), size(2 << 30)], ["12 bytes", "2 KiB", "100 MiB", "2 GiB"]);
    }

    #[test]
    fn a_lower_limit_is_told_by_its_flag() {
        let (usual, more) = (Limits::default(), Limits { max_pages: 3_000, max_depth: 9, ..Limits::default() });
        assert_eq!(usual.lower_than(&more), ["--max-pages"]);
        assert_eq!(more.lower_than(&usual), ["--max-depth"]);
    }

    #[test]
    fn a_letter_longer_than_any_is_refused() {
        let limits = Limits { max_text: 20, max_sentences: 2, ..Limits::default() };
        assert!(limits.check_text("Plans are weak.").is_ok() && limits.check_sentences(2).is_ok());
        for (error, flag) in [
            (limits.check_text(&"weak ".repeat(5)).unwrap_err(), "--max-text"),
            (limits.check_sentences(3).unwrap_err(), "--max-sentences"),
        ] {
            assert!(error.kind() == ErrorKind::Limit && error.message().contains(flag), "{error}");
        }
    }

    #[test]
    fn a_sentence_without_end_is_refused() {
        let limits = Limits { max_sentence: 20, ..Limits::default() };
        assert!(limits.check_sentence("Plans are weak.").is_ok());
        let error = limits.check_sentence(&"weak ".repeat(5)).unwrap_err();
        assert!(error.kind() == ErrorKind::Limit && error.message().contains("--max-sentence"), "{error}");
    }
}
