//! The journal of a run: lines of JSON that are only ever added.
//!
//! `{"check":"0123456789abcdef","entry":…}`: the first half of the SHA-256 of the entry's bytes, cut at 16 digits, then the entry. A
//! line that does not match was cut when the program or the machine ended; it is as if it were not there.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Header;
use crate::beside::NewFile;
use crate::classify::hex_sha256;
use crate::error::{Error, ErrorKind, Result};

/// The journal's name in the folder of its run.
pub(super) const NAME: &str = "run.jsonl";

/// The version of the journal and of the letters' files.
const VERSION: u32 = 1;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Entry {
    /// The first line.
    Run {
        version: u32,
        header: Header,
    },
    Done(Done),
    Failed(Failed),
}

/// A letter that is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Done {
    pub(super) letter: String,
    /// Of the letter.
    pub(super) sha256: String,
    /// Its name in the folder of letters' files.
    pub(super) file: String,
    pub(super) bytes: u64,
    pub(super) file_sha256: String,
    pub(super) findings: usize,
}

/// A letter that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Failed {
    pub(super) letter: String,
    pub(super) why: String,
}

/// What became of a letter last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    Done(Done),
    Failed(Failed),
}

/// A journal that was read.
#[derive(Debug)]
pub(super) struct Past {
    pub(super) header: Header,
    /// By the letters' names.
    pub(super) letters: BTreeMap<String, Fate>,
}

impl Past {
    /// The letters that are done.
    pub(super) fn done(self) -> BTreeMap<String, Done> {
        let done = |(name, fate)| match fate {
            Fate::Done(done) => Some((name, done)),
            Fate::Failed(_) => None,
        };
        self.letters.into_iter().filter_map(done).collect()
    }
}

/// A journal that is being written.
pub(super) struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    /// What the journal in `folder` says; `None` where there is none.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] where its first line is damaged or of another version.
    pub(super) fn read(folder: &Path) -> Result<Option<Past>> {
        let path = folder.join(NAME);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Error::io("read the journal of the run", &path, e)),
        };
        let damaged = |message: &str| Err(Error::new(ErrorKind::Data, message).in_file(&path));
        // Lines are cut at bytes: what is no UTF-8 is a damaged line and not a damaged journal.
        let mut entries = text.split(|&byte| byte == b'\n').map(entry);
        let header = match entries.next().flatten() {
            Some(Entry::Run { version: VERSION, header }) => header,
            Some(Entry::Run { version, .. }) => {
                return damaged(&format!("is of version {version}, and this program reads {VERSION}"));
            }
            _ => {
                return damaged(
                    "is no journal of a run, or its first line is damaged; remove the folder to begin again",
                );
            }
        };
        let mut letters = BTreeMap::new();
        for entry in entries.flatten() {
            match entry {
                Entry::Done(done) => letters.insert(done.letter.clone(), Fate::Done(done)),
                Entry::Failed(failed) => letters.insert(failed.letter.clone(), Fate::Failed(failed)),
                Entry::Run { .. } => None,
            };
        }
        Ok(Some(Past { header, letters }))
    }

    /// Writes a new journal in place of the old one, with what stays of it.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    pub(super) fn begin(folder: &Path, header: &Header, kept: &[Entry]) -> Result<Self> {
        let path = folder.join(NAME);
        let failed = |e| Error::io("write the journal of the run", &path, e);
        let first = Entry::Run { version: VERSION, header: header.clone() };
        let mut new = NewFile::create(&path).map_err(failed)?;
        for entry in std::iter::once(&first).chain(kept) {
            new.write_all(line(entry)?.as_bytes()).map_err(failed)?;
        }
        new.put().map_err(failed)?;
        let file = File::options().append(true).open(&path).map_err(failed)?;
        Ok(Journal { file, path })
    }

    /// Adds a line; it is on the disk when this returns.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    pub(super) fn add(&mut self, entry: &Entry) -> Result<()> {
        let line = line(entry)?;
        let written = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data());
        written.map_err(|e| Error::io("write the journal of the run", &self.path, e))
    }
}

const CHECK: &str = "{\"check\":\"";
const ENTRY: &str = "\",\"entry\":";
const DIGITS: usize = 16;

fn line(entry: &Entry) -> Result<String> {
    let json = serde_json::to_string(entry)
        .map_err(|e| Error::new(ErrorKind::Internal, format!("a line of the journal cannot be written: {e}")))?;
    Ok(format!("{CHECK}{}{ENTRY}{json}}}\n", &hex_sha256(json.as_bytes())[..DIGITS]))
}

fn entry(line: &[u8]) -> Option<Entry> {
    let rest = std::str::from_utf8(line).ok()?.strip_prefix(CHECK)?;
    let (check, json) = (rest.get(..DIGITS)?, rest.get(DIGITS..)?.strip_prefix(ENTRY)?.strip_suffix('}')?);
    (check == &hex_sha256(json.as_bytes())[..DIGITS]).then(|| serde_json::from_str(json).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::tests::header;

    fn failed(letter: &str) -> Entry {
        Entry::Failed(Failed { letter: letter.to_owned(), why: "no text".to_owned() })
    }

    #[test]
    fn a_cut_line_is_as_if_it_were_not_there_and_the_last_of_a_letter_counts() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Journal::read(folder.path()).unwrap().is_none());
        let mut journal = Journal::begin(folder.path(), &header(&["a", "b", "c"]), &[failed("a")]).unwrap();
        journal.add(&failed("b")).unwrap();
        drop(journal);
        let path = folder.path().join(NAME);
        let whole = fs::read(&path).unwrap();
        let second = whole.len() - line(&failed("b")).unwrap().len();
        for cut in second..whole.len() - 1 {
            fs::write(&path, &whole[..cut]).unwrap();
            let letters = Journal::read(folder.path()).unwrap().unwrap().letters;
            assert_eq!(letters.keys().collect::<Vec<_>>(), ["a"], "cut at {cut}");
        }
        let mut broken = whole.clone();
        broken[second + 60] ^= 1;
        fs::write(&path, &broken).unwrap();
        assert_eq!(Journal::read(folder.path()).unwrap().unwrap().letters.len(), 1);
    }

    #[test]
    fn a_journal_without_its_first_line_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["", "{}\n", "{\"check\":\"0000000000000000\",\"entry\":{}}\n"] {
            fs::write(folder.path().join(NAME), text).unwrap();
            let error = Journal::read(folder.path()).unwrap_err();
            assert!(error.to_string().contains("run.jsonl: is no journal of a run"), "{error}");
        }
    }
}
