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

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use crate::classify::{Classifier, Item, Judgement};
use crate::error::{Error, ErrorKind, Result};
use crate::finding::{Finding, LetterFindings};
use crate::ingest::Limits;
use crate::taxonomy::Taxonomy;

pub use batch::Batch;
use batch::Slot;
use prepare::{Prepared, Ready};

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
}

/// Reads, splits, encodes and judges letters.
pub struct Pipeline {
    classifier: Classifier,
    limits: Limits,
    threads: usize,
}

impl Pipeline {
    /// A pipeline with the default limits and a thread for each core.
    pub fn new(classifier: Classifier) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
        Pipeline { classifier, limits: Limits::default(), threads }
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
        self.limits = limits;
        self
    }

    /// What judges the sentences.
    pub fn classifier(&self) -> &Classifier {
        &self.classifier
    }

    /// Reads and splits every letter; `progress` is told how many are done. A letter that cannot be read is kept as
    /// its error until its turn.
    pub fn read(&self, sources: Vec<Source>, progress: &mut dyn FnMut(usize)) -> Batch {
        Batch::read(sources, &self.limits, self.threads, KEPT_TEXT, progress)
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
    ready: VecDeque<Result<LetterFindings>>,
}

fn findings(judge: &dyn Judge, batch: Batch, threads: usize) -> Findings<'_> {
    Findings { judge, threads, batch, ready: VecDeque::new() }
}

impl Iterator for Findings<'_> {
    type Item = Result<LetterFindings>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() {
            let group = self.batch.take(GROUP, self.threads)?;
            self.judge_group(group);
        }
        self.ready.pop_front()
    }
}

impl Findings<'_> {
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
                    self.ready.push_back(Err(error));
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
                self.ready.push_back(result);
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
