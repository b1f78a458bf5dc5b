//! All letters of a run, read: what they share, and the letters themselves as far as they are held.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use super::Source;
use super::prepare::{Prepared, fingerprint, identity, prepare};
use super::reader::{Here, Reader};
use crate::error::Result;
use crate::finding::LetterFindings;
use crate::ingest::Limits;

/// How letters are read.
#[derive(Clone)]
pub(super) struct Access {
    pub(super) limits: Limits,
    pub(super) reader: Arc<dyn Reader>,
}

impl Default for Access {
    fn default() -> Self {
        Access { limits: Limits::default(), reader: Arc::new(Here) }
    }
}

/// Letters that have been read and split, in the order in which they were named.
pub struct Batch {
    entries: VecDeque<Entry>,
    taken: usize,
    repeats: Repeats,
    access: Access,
}

/// A source with what is held of it.
#[derive(Debug)]
struct Entry {
    source: Source,
    sentences: usize,
    /// `None` where it has to be read again.
    letters: Option<Result<Vec<Prepared>>>,
}

/// A source whose turn has come.
pub(super) struct Slot {
    /// The place of the source among those of the batch.
    pub(super) at: usize,
    /// What errors call it.
    pub(super) named: PathBuf,
    pub(super) result: Result<Vec<Prepared>>,
}

impl Slot {
    pub(super) fn letters(&self) -> Option<&[Prepared]> {
        self.result.as_deref().ok()
    }
}

/// What is remembered of a letter whose text is not held.
struct Prints {
    name: String,
    /// The same for two copies of a letter; a table's letters have none.
    identity: Option<u64>,
    sentences: Vec<u64>,
}

impl Batch {
    /// Reads all sources on `threads` threads and holds about `keep` bytes of their text.
    pub(super) fn read(
        sources: Vec<Source>,
        access: &Access,
        threads: usize,
        keep: usize,
        progress: &mut dyn FnMut(usize),
    ) -> Batch {
        let mut prints: Vec<Vec<Prints>> = sources.iter().map(|_| Vec::new()).collect();
        let mut entries: Vec<Entry> =
            sources.iter().map(|s| Entry { source: s.clone(), sentences: 0, letters: None }).collect();
        let (mut held, mut done) = (0, 0);
        prepare_all(&sources, access, threads, &mut |at, letters| {
            done += 1;
            progress(done);
            let read = letters.as_deref().unwrap_or_default();
            prints[at] = read.iter().map(Prints::of).collect();
            entries[at].sentences = read.iter().map(|l| l.sentences.len()).sum();
            let size: usize = read.iter().map(Prepared::size).sum();
            if held + size <= keep {
                held += size;
                entries[at].letters = Some(letters);
            }
        });
        Batch { entries: entries.into(), taken: 0, repeats: Repeats::of(&prints), access: access.clone() }
    }

    /// How many sources there are still to come.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none is left.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many sentences there are still to judge.
    pub fn sentences(&self) -> usize {
        self.entries.iter().map(|e| e.sentences).sum()
    }

    /// Letters whose sentences are all those of an earlier one: the copy's name and the earlier one's. They are
    /// judged like any other, but do not make each other's sentences boilerplate.
    pub fn copies(&self) -> &[(String, String)] {
        &self.repeats.copies
    }

    pub(super) fn is_repeated(&self, sentence: &str) -> bool {
        self.repeats.holds(sentence)
    }

    /// The next sources, until they have `sentences` sentences; `None` when there are no more. What is not held is
    /// read again.
    pub(super) fn take(&mut self, sentences: usize, threads: usize) -> Option<Vec<Slot>> {
        let mut group: Vec<Entry> = Vec::new();
        let mut found = 0;
        while found < sentences
            && let Some(entry) = self.entries.pop_front()
        {
            found += entry.sentences;
            group.push(entry);
        }
        if group.is_empty() {
            return None;
        }
        let missing: Vec<usize> = (0..group.len()).filter(|&i| group[i].letters.is_none()).collect();
        let sources: Vec<Source> = missing.iter().map(|&i| group[i].source.clone()).collect();
        prepare_all(&sources, &self.access, threads, &mut |at, letters| group[missing[at]].letters = Some(letters));
        let first = self.taken;
        self.taken += group.len();
        Some((first..).zip(group).filter_map(|(at, entry)| entry.into_slot(at)).collect())
    }
}

impl Entry {
    fn into_slot(self, at: usize) -> Option<Slot> {
        let named = self.source.path_or_name().to_owned();
        let result = self.letters?.map_err(|e| e.in_file(&named));
        Some(Slot { at, named, result })
    }
}

impl Prints {
    fn of(letter: &Prepared) -> Prints {
        let sentences = letter.sentences.iter().filter_map(|s| fingerprint(&s.sentence)).collect();
        Prints { name: letter.name.clone(), identity: letter.identity(), sentences }
    }

    fn of_findings(letter: &LetterFindings) -> Prints {
        let texts = || letter.findings.iter().map(|f| f.sentence.as_str());
        let sentences = texts().filter_map(fingerprint).collect();
        let is_table = letter.findings.iter().any(|f| f.span.is_none());
        Prints { name: letter.name.clone(), identity: (!is_table).then(|| identity(texts())), sentences }
    }
}

/// Prepares every source and hands each to `done` on the calling thread, in whatever order they finish.
fn prepare_all(
    sources: &[Source],
    access: &Access,
    threads: usize,
    done: &mut dyn FnMut(usize, Result<Vec<Prepared>>),
) {
    let next = AtomicUsize::new(0);
    // As many finished letters wait as there are threads: a slow caller holds the readers back.
    let (send, receive) = mpsc::sync_channel(threads);
    let worker = |send: mpsc::SyncSender<_>| {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(source) = sources.get(at) else { return };
            if send.send((at, prepare(source, access))).is_err() {
                return;
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads.min(sources.len()) {
            let send = send.clone();
            scope.spawn(|| worker(send));
        }
        drop(send);
        for (at, letters) in receive {
            done(at, letters);
        }
    });
}

/// What the letters of a run share.
#[derive(Debug, Default)]
pub struct Repeats {
    /// The sentences that stand in two different letters.
    repeated: HashSet<u64>,
    /// The letters that are copies of an earlier one, and that one.
    copies: Vec<(String, String)>,
}

impl Repeats {
    fn of(prints: &[Vec<Prints>]) -> Self {
        let (repeated, copies) = compare(prints);
        Repeats { repeated, copies }
    }

    /// What letters share that were judged before, source by source in the order of their run. Of each only hashes are
    /// remembered. The same as [`Batch`] finds when it reads them all at once.
    pub fn of_findings<E>(
        sources: impl Iterator<Item = std::result::Result<Vec<LetterFindings>, E>>,
    ) -> std::result::Result<Self, E> {
        let prints = |letters: Vec<LetterFindings>| letters.iter().map(Prints::of_findings).collect();
        let prints: Vec<Vec<Prints>> =
            sources.map(|letters| letters.map(prints)).collect::<std::result::Result<_, E>>()?;
        Ok(Repeats::of(&prints))
    }

    /// Whether a sentence stands in two different letters.
    pub fn holds(&self, sentence: &str) -> bool {
        fingerprint(sentence).is_some_and(|print| self.repeated.contains(&print))
    }

    /// As [`Batch::copies`].
    pub fn copies(&self) -> &[(String, String)] {
        &self.copies
    }
}

/// The sentences that stand in two different letters, and the letters that are copies of an earlier one.
///
/// A letter is told by its source and its name: runs of one table that name the same letter are one.
fn compare(sources: &[Vec<Prints>]) -> (HashSet<u64>, Vec<(String, String)>) {
    let mut first_with: HashMap<u64, (usize, &str)> = HashMap::new();
    let mut owner: HashMap<u64, (usize, &str)> = HashMap::new();
    let mut repeated = HashSet::new();
    let mut copies = Vec::new();
    for (at, letter) in sources.iter().enumerate().flat_map(|(at, letters)| letters.iter().map(move |l| (at, l))) {
        let this = (at, letter.name.as_str());
        let original = letter.identity.map_or(this, |identity| *first_with.entry(identity).or_insert(this));
        if original != this {
            copies.push((letter.name.clone(), original.1.to_owned()));
        }
        for &print in &letter.sentences {
            if *owner.entry(print).or_insert(original) != original {
                repeated.insert(print);
            }
        }
    }
    (repeated, copies)
}
