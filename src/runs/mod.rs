//! A run that is kept in a folder: it can be killed at any moment and go on, and be dealt to several machines.
//!
//! | in the folder | holds |
//! | --- | --- |
//! | `run.jsonl` | the journal: what the run is ([`Header`]), then a line for each letter that is done, or failed and why |
//! | `letters/` | a file for each letter that is done: all that is said of it |
//! | `run.lock` | nothing; locked while a program works in the folder |
//!
//! A letter's file is written beside and renamed, then its line is added to the journal. A line carries a checksum, so one that
//! was cut is known and its letter done again; nothing is counted twice, because a letter has one file and its last line
//! counts. A letter is done only as long as its bytes hash to what they did.
//!
//! # Shards
//!
//! [`Shard`] deals letters by a hash of their names. A name is known without reading the letter, so each machine reads its own
//! letters only; and it does not depend on the letters beside it, so a letter stays in its shard when others are added.
//!
//! Whether a sentence is boilerplate depends on all letters of the run. So a letter's file does not say it: [`Merge`] reads the
//! files of all shards, finds what they share, and gives the letters in the order of the run, the same as one run gives
//! them.

mod classify;
mod journal;
mod merge;
mod part;
mod shard;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::beside;
use crate::classify::hex_sha256;
use crate::error::{Error, ErrorKind, Result};
use crate::finding::LetterFindings;
use crate::ingest::Limits;
use crate::taxonomy::Taxonomy;

pub use classify::{Step, classify};
use journal::{Done, Entry, Failed, Journal};
pub use merge::{Merge, Merged};
pub use shard::Shard;

const LETTERS: &str = "letters";
const LOCK: &str = "run.lock";

/// What a run is: two that differ in it are not put together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Version of the program.
    pub program: String,
    /// The model as findings name it.
    pub model: String,
    /// The arithmetic that it is computed in; scores differ in their last digits from one to another.
    pub precision: String,
    /// The labels of the model.
    pub taxonomy: Taxonomy,
    /// What is read of a letter.
    pub limits: Limits,
    /// Which of the letters are this folder's.
    pub shard: Shard,
    /// What could not be looked into: a line each.
    pub problems: Vec<String>,
    /// The names of all letters of the run, those of other shards included, in their order.
    pub letters: Vec<String>,
}

impl Header {
    /// Says how a run that was begun as `before` cannot go on as this one.
    fn continues(&self, before: &Header) -> std::result::Result<(), String> {
        for (what, before, now) in [
            ("lettermark", &before.program, &self.program),
            ("the model", &before.model, &self.model),
            ("the arithmetic", &before.precision, &self.precision),
            ("shard", &before.shard.to_string(), &self.shard.to_string()),
        ] {
            if before != now {
                return Err(format!("was begun with {what} {before}, and this is {now}"));
            }
        }
        // Higher limits refuse nothing that was read, and what failed is tried again.
        match self.limits.lower_than(&before.limits)[..] {
            [] => Ok(()),
            [flag, ..] => Err(format!("was begun with a higher {flag}")),
        }
    }
}

/// An open folder of a run. Only one program works in it at a time.
pub struct Run {
    folder: PathBuf,
    header: Header,
    journal: Journal,
    done: BTreeMap<String, Done>,
    /// Held until the end.
    _lock: File,
}

impl Run {
    /// Begins a run in `folder`, or goes on with the one that is there. Letters that were added, changed or left out since are
    /// no hindrance: what is done stays done where the letter is the same.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] where the folder holds something else, or a run that this one cannot go on with;
    /// [`ErrorKind::Io`] where it cannot be written or another program works in it.
    pub fn open(folder: &Path, header: Header) -> Result<Self> {
        let mut names = BTreeSet::new();
        if let Some(twice) = header.letters.iter().find(|name| !names.insert(*name)) {
            return Err(Error::new(ErrorKind::Data, format!("two letters of the run are called {twice:?}")));
        }
        let failed = |e| Error::io("make the folder of the run", folder, e);
        fs::create_dir_all(folder).map_err(failed)?;
        only_a_run(folder)?;
        let lock = lock(folder)?;
        fs::create_dir_all(folder.join(LETTERS)).map_err(failed)?;
        beside::sweep(folder);
        beside::sweep(&folder.join(LETTERS));
        let done = match Journal::read(folder)? {
            None => BTreeMap::new(),
            Some(before) => {
                header.continues(&before.header).map_err(|why| {
                    let what = "name another folder, or remove this one to begin again";
                    Error::new(ErrorKind::Data, format!("the run in this folder {why}: {what}")).in_file(folder)
                })?;
                before.done()
            }
        };
        let kept: Vec<Entry> = done.values().cloned().map(Entry::Done).collect();
        let journal = Journal::begin(folder, &header, &kept)?;
        Ok(Run { folder: folder.to_owned(), header, journal, done, _lock: lock })
    }

    /// Whether the letter of this name and content is done, and its file whole.
    pub fn is_done(&self, name: &str, sha256: &str) -> bool {
        let done = self.done.get(name).filter(|done| done.sha256 == sha256);
        done.is_some_and(|done| part::bytes(&self.folder.join(LETTERS), done).is_ok())
    }

    /// How many findings there are of a letter that is done.
    fn findings_of(&self, name: &str) -> usize {
        self.done.get(name).map_or(0, |done| done.findings)
    }

    /// Keeps what is said of a letter, whose bytes hash to `sha256`.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] when it cannot be written.
    pub fn record(&mut self, name: &str, sha256: &str, letters: &[LetterFindings]) -> Result<()> {
        let bytes = part::write(letters)?;
        let done = Done {
            letter: name.to_owned(),
            sha256: sha256.to_owned(),
            file: part::name(name),
            bytes: bytes.len() as u64,
            file_sha256: hex_sha256(&bytes),
            findings: letters.iter().map(|letter| letter.findings.len()).sum(),
        };
        part::put(&self.folder.join(LETTERS).join(&done.file), &bytes)?;
        self.journal.add(&Entry::Done(done.clone()))?;
        self.done.insert(name.to_owned(), done);
        Ok(())
    }

    /// Notes that a letter could not be read; `why` is the line that tells it. It is tried again when the run goes on.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] when it cannot be written.
    pub fn record_failure(&mut self, name: &str, why: &str) -> Result<()> {
        self.done.remove(name);
        self.journal.add(&Entry::Failed(Failed { letter: name.to_owned(), why: why.to_owned() }))
    }
}

/// Refuses a folder that holds anything else than a run.
fn only_a_run(folder: &Path) -> Result<()> {
    let failed = |e| Error::io("look into the folder", folder, e);
    let is_run = folder.join(journal::NAME).exists();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let name = name.to_string_lossy();
        if !is_run && ![LETTERS, LOCK].contains(&&*name) && !name.starts_with(".lettermark-") {
            let message = format!("holds {name:?} and no run; name a new folder for the run");
            return Err(Error::new(ErrorKind::Data, message).in_file(folder));
        }
    }
    Ok(())
}

fn lock(folder: &Path) -> Result<File> {
    let path = folder.join(LOCK);
    let failed = |e| Error::io("lock the folder of the run", folder, e);
    let file = File::options().create(true).append(true).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let message = "another lettermark is working in this folder; wait for it, or name another folder";
            Err(Error::new(ErrorKind::Io, message).in_file(folder))
        }
        // A file system without locks, such as some that are mounted over a network.
        Err(TryLockError::Error(e)) if e.kind() == std::io::ErrorKind::Unsupported => Ok(file),
        Err(TryLockError::Error(e)) => Err(failed(e)),
    }
}

#[cfg(test)]
mod tests;
