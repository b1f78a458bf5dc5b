//! The composition that the command and the library user call: letters in, findings out, letter by letter.
//!
//! It takes two steps, because a sentence is boilerplate when it stands in *another* letter of the batch too, and
//! that is known only when all letters have been read:
//!
//! 1. [`Pipeline::read`] reads and splits every letter, on all threads, and remembers a hash of each sentence.
//! 2. [`Pipeline::classify`] judges them, a group of letters at a time so that all threads have work, and gives them
//!    out one by one, in the order in which they were named.
//!
//! Memory stays bounded: read letters are kept until [`KEPT_TEXT`] bytes of text are held; those beyond are read again
//! when their turn comes. What is said of a letter does not depend on that, nor on the number of threads.

mod batch;
mod prepare;
mod reader;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::classify::{Classifier, Item, Judgement};
use crate::error::{Error, ErrorKind, Result};
use crate::finding::{Finding, LetterFindings};
use crate::ingest::{self, Limits};
use crate::taxonomy::Taxonomy;

use batch::{Access, Slot};
pub use batch::{Batch, Repeats};
use prepare::{Prepared, Ready};
pub use reader::{Here, Reader, Reading};

/// Text of read letters that is held between reading and judging, in bytes. The 474 reports of the corpus have 25 MB.
pub const KEPT_TEXT: usize = 128 << 20;

/// Sentences that are judged at a time: a second of work, so that results flow, and enough for every core.
const GROUP: usize = 1_000;

/// Where a letter, or a table of sentences, comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// What its findings call it, where the source itself does not say.
    pub name: String,
    /// Where its bytes are.
    pub origin: Origin,
}

/// Where bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In a file.
    File(PathBuf),
    /// Here; what came through standard input.
    Memory(Vec<u8>),
}

impl Source {
    /// A file under its own name.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let name = path.file_name().map_or_else(|| path.to_string_lossy(), |n| n.to_string_lossy()).into_owned();
        Source { name, origin: Origin::File(path) }
    }

    /// What a reader is told that it is called: the path, or the name.
    pub fn called(&self) -> Cow<'_, str> {
        self.path_or_name().to_string_lossy()
    }

    /// Its bytes, one more than [`Limits::max_bytes`] at most.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] where its file cannot be opened or read.
    pub fn bytes(&self, limits: &Limits) -> Result<Cow<'_, [u8]>> {
        match &self.origin {
            Origin::File(path) => ingest::load(path, limits).map(Cow::Owned),
            Origin::Memory(bytes) => Ok(Cow::Borrowed(bytes)),
        }
    }

    fn path_or_name(&self) -> &Path {
        match &self.origin {
            Origin::File(path) => path,
            Origin::Memory(_) => Path::new(&self.name),
        }
    }
}

/// Reads, splits, encodes and judges letters.
pub struct Pipeline {
    classifier: Classifier,
    access: Access,
    threads: usize,
}

impl Pipeline {
    /// A pipeline with the default limits and a thread for each core.
    pub fn new(classifier: Classifier) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
        Pipeline { classifier, access: Access::default(), threads }
    }

    /// The same pipeline with this many threads, at least one. It changes the time, never the result.
    #[must_use]
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.threads = threads.max(1);
        self
    }

    /// The same pipeline with other limits on what is read.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.access.limits = limits;
        self
    }

    /// The same pipeline with another reader; the usual one is [`Here`]. With
    /// [`Workers`](crate::contain::Workers) a letter that makes a reader crash or hang does no harm to the others.
    #[must_use]
    pub fn with_reader(mut self, reader: Arc<dyn Reader>) -> Self {
        self.access.reader = reader;
        self
    }

    /// The limits on what is read.
    pub fn limits(&self) -> &Limits {
        &self.access.limits
    }

    /// What judges the sentences.
    pub fn classifier(&self) -> &Classifier {
        &self.classifier
    }

    /// Reads and splits every letter; `progress` is told how many are done. A letter that cannot be read is kept as
    /// its error until its turn.
    pub fn read(&self, sources: Vec<Source>, progress: &mut dyn FnMut(usize)) -> Batch {
        Batch::read(sources, &self.access, self.threads, KEPT_TEXT, progress)
    }

    /// Judges the letters of a batch, in order; each is given out when its group is done.
    pub fn classify(&self, batch: Batch) -> Findings<'_> {
        findings(&self.classifier, batch, self.threads)
    }
}

/// What judges sentences; the tests put a documented fake in its place.
trait Judge: Sync {
    fn judge(&self, items: &[Item<'_>], threads: usize) -> Vec<Judgement>;
    fn taxonomy(&self) -> &Taxonomy;
    /// What findings call the model.
    fn name(&self) -> &str;
}

impl Judge for Classifier {
    fn judge(&self, items: &[Item<'_>], threads: usize) -> Vec<Judgement> {
        Classifier::judge(self, items, threads)
    }

    fn taxonomy(&self) -> &Taxonomy {
        Classifier::taxonomy(self)
    }

    fn name(&self) -> &str {
        self.model_id()
    }
}

/// Findings of a batch, one letter after the other, an error for each that could not be read.
pub struct Findings<'a> {
    judge: &'a dyn Judge,
    threads: usize,
    batch: Batch,
    /// Each with the place of its source in the batch.
    ready: VecDeque<(usize, Result<LetterFindings>)>,
}

fn findings(judge: &dyn Judge, batch: Batch, threads: usize) -> Findings<'_> {
    Findings { judge, threads, batch, ready: VecDeque::new() }
}

impl Iterator for Findings<'_> {
    type Item = Result<LetterFindings>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_of_source().map(|(_, letter)| letter)
    }
}

impl Findings<'_> {
    /// The next letter with the place of its source among those of the batch: a table gives several.
    pub fn next_of_source(&mut self) -> Option<(usize, Result<LetterFindings>)> {
        while self.ready.is_empty() {
            let group = self.batch.take(GROUP, self.threads)?;
            self.judge_group(group);
        }
        self.ready.pop_front()
    }

    fn judge_group(&mut self, group: Vec<Slot>) {
        let letters = group.iter().filter_map(Slot::letters).flatten();
        let items: Vec<Item<'_>> = letters.flat_map(|l| &l.sentences).map(item).collect();
        // Where something in the group makes the judge panic, each letter is tried alone, so that only that one is lost.
        let together = self.judge(&items);
        drop(items);
        let mut judgements = together.map(Vec::into_iter);
        for slot in group {
            let letters = match slot.result {
                Ok(letters) => letters,
                Err(error) => {
                    self.ready.push_back((slot.at, Err(error)));
                    continue;
                }
            };
            for letter in letters {
                let judged = match &mut judgements {
                    Some(all) => Some(all.by_ref().take(letter.sentences.len()).collect()),
                    None => self.judge(&letter.sentences.iter().map(item).collect::<Vec<_>>()),
                };
                let result = match judged {
                    Some(judged) => Ok(self.letter(letter, judged)),
                    None => Err(internal_error("judging its sentences").in_file(&slot.named)),
                };
                self.ready.push_back((slot.at, result));
            }
        }
    }

    /// The judgements of `items`; `None` where the judge panicked.
    fn judge(&self, items: &[Item<'_>]) -> Option<Vec<Judgement>> {
        let judged = catch_unwind(AssertUnwindSafe(|| self.judge.judge(items, self.threads))).ok()?;
        (judged.len() == items.len()).then_some(judged)
    }

    fn letter(&self, letter: Prepared, judgements: Vec<Judgement>) -> LetterFindings {
        let finding = |(ready, judgement): (Ready, Judgement)| {
            let themes = judgement.themes.iter().map(|&(id, _)| self.judge.taxonomy().theme(id).id.clone());
            Finding {
                letter: letter.name.clone(),
                authority: letter.facts.authority.clone(),
                framework: letter.facts.framework.id(),
                published: letter.facts.published.clone(),
                page: ready.page,
                span: ready.span,
                heading: ready.heading.to_string(),
                polarity: judgement.polarity,
                polarity_score: judgement.polarity_scores[judgement.polarity.index()],
                themes: themes.collect(),
                theme_scores: judgement.themes.iter().map(|&(_, score)| score).collect(),
                needs_review: judgement.needs_review,
                boilerplate: self.batch.is_repeated(&ready.sentence),
                truncated: judgement.truncated,
                sentence: ready.sentence.to_string(),
                model: self.judge.name().to_owned(),
                inspected: letter.facts.inspected.as_ref().map(|(_, last)| last.clone()),
            }
        };
        let findings = letter.sentences.into_iter().zip(judgements).map(finding).collect();
        LetterFindings { name: letter.name, facts: letter.facts, findings, document: letter.document }
    }
}

fn item(ready: &Ready) -> Item<'_> {
    Item {
        sentence: &ready.sentence,
        previous: ready.previous.as_deref(),
        heading: &ready.heading,
        follows: ready.follows,
    }
}

fn internal_error(doing: &str) -> Error {
    Error::new(ErrorKind::Internal, format!("internal error while {doing}; please report it with the letter"))
}

#[cfg(test)]
mod tests;
