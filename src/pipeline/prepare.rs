//! One source to letters whose sentences are ready to be judged.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::batch::Access;
use super::reader::Reading;
use super::{Source, internal_error};
use crate::error::{Error, ErrorKind, Result};
use crate::finding::Span;
use crate::ingest::{Document, Facts, HEADING_JOIN, ListedSentence};
use crate::sentences::{self, Sentence};

/// A letter that has been read and split.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Prepared {
    pub(super) name: String,
    pub(super) facts: Facts,
    pub(super) sentences: Vec<Ready>,
    /// `None` for the rows of a table.
    pub(super) document: Option<Arc<Document>>,
}

/// A sentence with what the judge and the finding need of its surroundings.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ready {
    pub(super) sentence: Arc<str>,
    pub(super) previous: Option<Arc<str>>,
    pub(super) heading: Arc<str>,
    /// Whether it stands right after the sentence before it, under the same headings.
    pub(super) follows: bool,
    pub(super) page: Option<u32>,
    pub(super) span: Option<Span>,
}

/// Reads a source and splits it. A panic in a reader is this letter's error and nobody else's.
///
/// A table of sentences gives a letter for each run of rows that name the same one.
pub(super) fn prepare(source: &Source, access: &Access) -> Result<Vec<Prepared>> {
    let read = || access.reader.read(&source.called(), &source.bytes(&access.limits)?, &access.limits);
    let prepared = || {
        Ok(match read()? {
            Reading::Letter { document, sentences } => vec![letter(source, document.into(), &sentences)],
            Reading::Listed(rows) => listed(&source.name, rows),
        })
    };
    let letters = catch_unwind(AssertUnwindSafe(prepared)).unwrap_or_else(|_| Err(internal_error("reading it")))?;
    match letters.iter().all(|l| l.sentences.is_empty()) {
        true => Err(Error::new(ErrorKind::Unreadable, "has text, but not one sentence; is it a letter?")),
        false => Ok(letters),
    }
}

fn letter(source: &Source, document: Arc<Document>, split: &[Sentence]) -> Prepared {
    let mut spans = Characters::new(&document.text);
    let mut ready: Vec<Ready> = Vec::new();
    let mut headings: (Vec<usize>, Arc<str>) = (Vec::new(), "".into());
    for (at, sentence) in split.iter().enumerate() {
        let follows = at > 0 && sentence.headings == headings.0;
        if sentence.headings != headings.0 {
            let texts = sentence.headings.iter().map(|&h| document.block_text(&document.blocks[h]));
            let joined = texts.collect::<Vec<_>>().join(HEADING_JOIN);
            headings = (sentence.headings.clone(), joined.into());
        }
        let previous = sentences::previous(split, at);
        ready.push(Ready {
            sentence: document.text[sentence.span.clone()].into(),
            previous: previous.and_then(|i| ready.get(i)).map(|before| before.sentence.clone()),
            heading: headings.1.clone(),
            follows,
            page: sentence.page,
            span: Some(Span { start: spans.before(sentence.span.start), end: spans.before(sentence.span.end) }),
        });
    }
    Prepared { name: source.name.clone(), facts: document.facts.clone(), sentences: ready, document: Some(document) }
}

fn listed(file: &str, rows: Vec<ListedSentence>) -> Vec<Prepared> {
    let mut letters: Vec<Prepared> = Vec::new();
    for row in rows {
        let name = if row.letter.is_empty() { file } else { &row.letter };
        if letters.last().is_none_or(|l| l.name != name) {
            let name = name.to_owned();
            letters.push(Prepared { name, facts: Facts::default(), sentences: Vec::new(), document: None });
        }
        // Rows are judged one by one, so that what is said of one does not depend on how a table is cut.
        let ready = Ready {
            sentence: row.sentence.into(),
            previous: (!row.previous.is_empty()).then(|| row.previous.into()),
            heading: row.heading.into(),
            follows: false,
            page: row.page,
            span: None,
        };
        letters.last_mut().expect("one was pushed").sentences.push(ready);
    }
    letters
}

/// Turns byte offsets into character offsets, in one walk over the text where they come in order.
struct Characters<'a> {
    text: &'a str,
    byte: usize,
    character: usize,
}

impl<'a> Characters<'a> {
    fn new(text: &'a str) -> Self {
        Characters { text, byte: 0, character: 0 }
    }

    /// How many characters stand before `byte`.
    fn before(&mut self, byte: usize) -> usize {
        if byte < self.byte {
            (self.byte, self.character) = (0, 0);
        }
        self.character += self.text[self.byte..byte].chars().count();
        self.byte = byte;
        self.character
    }
}

impl Prepared {
    /// Bytes of text that it holds.
    pub(super) fn size(&self) -> usize {
        let text = self.document.as_ref().map_or(0, |document| document.text.len());
        text + self.sentences.iter().map(|s| s.sentence.len()).sum::<usize>()
    }

    /// The same for two copies of a letter, whatever their names; `None` for the rows of a table.
    pub(super) fn identity(&self) -> Option<u64> {
        if self.sentences.iter().any(|s| s.span.is_none()) {
            return None;
        }
        Some(identity(self.sentences.iter().map(|s| &*s.sentence)))
    }
}

/// The same for two letters of the same sentences.
pub(super) fn identity<'a>(sentences: impl Iterator<Item = &'a str>) -> u64 {
    let mut hasher = DefaultHasher::new();
    sentences.for_each(|sentence| sentence.hash(&mut hasher));
    hasher.finish()
}

/// What is the same in two sentences that differ only in case, spaces and punctuation; `None` under four words, which
/// letters share by chance ("This is not good enough." is four of them).
pub(super) fn fingerprint(sentence: &str) -> Option<u64> {
    const FEWEST_WORDS: usize = 4;
    let words = sentence.split_whitespace().filter(|w| w.chars().any(char::is_alphanumeric));
    if words.count() < FEWEST_WORDS {
        return None;
    }
    let mut hasher = DefaultHasher::new();
    for c in sentence.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase) {
        c.hash(&mut hasher);
    }
    Some(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_count_characters_in_whatever_order() {
        let mut spans = Characters::new("é–b");
        assert_eq!([spans.before(2), spans.before(6), spans.before(5), spans.before(0)], [1, 3, 2, 0]);
    }

    #[test]
    fn a_fingerprint_is_blind_to_case_spaces_and_marks() {
        assert_eq!(fingerprint("The plans are not good."), fingerprint("the plans  are ‘not’ good"));
        assert_ne!(fingerprint("The plans are not good."), fingerprint("The plans are now good."));
        assert_eq!(fingerprint("Yours - sincerely, Jo"), None);
    }

    #[test]
    fn a_table_is_cut_where_its_letter_changes() {
        let row = |letter: &str, sentence: &str| ListedSentence {
            letter: letter.into(),
            sentence: sentence.into(),
            ..ListedSentence::default()
        };
        let letters = listed("t.csv", vec![row("a", "1"), row("a", "2"), row("", "3"), row("a", "4")]);
        let shape: Vec<_> = letters.iter().map(|l| (l.name.as_str(), l.sentences.len())).collect();
        assert_eq!(shape, [("a", 2), ("t.csv", 1), ("a", 1)]);
    }
}
