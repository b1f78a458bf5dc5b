//! The shards of a run, put together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::journal::{Fate, Journal, Past};
use super::{Header, LETTERS, part};
use crate::error::{Error, ErrorKind, Result};
use crate::finding::LetterFindings;
use crate::pipeline::Repeats;

/// All shards of a run that is done.
#[derive(Debug)]
pub struct Merge {
    header: Header,
    folders: Vec<PathBuf>,
    /// For each letter of the run, in order, its shard's place among the folders, and what became of it.
    letters: Vec<(usize, Fate)>,
    repeats: Repeats,
}

/// What a run says of one of its sources.
#[derive(Debug, Clone, PartialEq)]
pub enum Merged {
    /// Its letters: one, or those of a table.
    Letters(Vec<LetterFindings>),
    /// It could not be read: the line that says so.
    Unread(String),
}

impl Merge {
    /// Opens the folders of all shards of one run, and finds what its letters share.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] where they are not all of one run, one is missing, a letter is not done, or a file is damaged;
    /// [`ErrorKind::Io`] where one cannot be read.
    pub fn open(folders: &[PathBuf]) -> Result<Self> {
        let mut shards: Vec<Past> = Vec::new();
        for folder in folders {
            let no_run = || Error::new(ErrorKind::Data, "holds no run of classify --resume").in_file(folder);
            shards.push(Journal::read(folder)?.ok_or_else(no_run)?);
        }
        let Some(first) = shards.first() else {
            return Err(Error::new(ErrorKind::Data, "no folder of a run is named"));
        };
        let header = first.header.clone();
        for (folder, shard) in folders.iter().zip(&shards) {
            same_run(&shard.header, &header, folder, &folders[0])?;
        }
        let places = places(&header, &shards, folders)?;
        let mut letters = Vec::with_capacity(header.letters.len());
        for name in &header.letters {
            let Some(&at) = places.iter().find(|&&at| shards[at].header.shard.holds(name)) else { continue };
            let Some(fate) = shards[at].letters.remove(name) else {
                let message = format!("{name:?} is not done yet; run the same command again, with --resume");
                return Err(Error::new(ErrorKind::Data, message).in_file(&folders[at]));
            };
            letters.push((at, fate));
        }
        let mut merge = Merge { header, folders: folders.to_vec(), letters, repeats: Repeats::default() };
        let findings = merge.letters.iter().map(|letter| match merge.read(letter)? {
            Merged::Letters(letters) => Ok(letters),
            Merged::Unread(_) => Ok(Vec::new()),
        });
        merge.repeats = Repeats::of_findings::<Error>(findings)?;
        Ok(merge)
    }

    /// What the run is.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Letters whose sentences are all those of an earlier one, as [`Batch::copies`](crate::pipeline::Batch::copies).
    pub fn copies(&self) -> &[(String, String)] {
        self.repeats.copies()
    }

    /// How many findings there are.
    pub fn findings(&self) -> usize {
        let findings = |fate: &Fate| if let Fate::Done(done) = fate { done.findings } else { 0 };
        self.letters.iter().map(|(_, fate)| findings(fate)).sum()
    }

    /// What the run says of each source, in its order.
    pub fn sources(&self) -> impl Iterator<Item = Result<Merged>> {
        self.letters.iter().map(|letter| {
            let mut merged = self.read(letter)?;
            if let Merged::Letters(letters) = &mut merged {
                for finding in letters.iter_mut().flat_map(|letter| &mut letter.findings) {
                    finding.boilerplate = self.repeats.holds(&finding.sentence);
                }
            }
            Ok(merged)
        })
    }

    fn read(&self, (at, fate): &(usize, Fate)) -> Result<Merged> {
        match fate {
            Fate::Done(done) => Ok(Merged::Letters(part::letters(&self.folders[*at].join(LETTERS), done)?)),
            Fate::Failed(failed) => Ok(Merged::Unread(failed.why.clone())),
        }
    }
}

/// Refuses two headers that differ in more than their shards.
fn same_run(one: &Header, other: &Header, folder: &Path, other_folder: &Path) -> Result<()> {
    let differ = |what: String| {
        let message = format!("{what}, {} another: they are not of one run", other_folder.display());
        Err(Error::new(ErrorKind::Data, message).in_file(folder))
    };
    for (what, one, other) in [
        ("version of lettermark", &one.program, &other.program),
        ("model", &one.model, &other.model),
        ("arithmetic (the processors differ)", &one.precision, &other.precision),
    ] {
        if one != other {
            return differ(format!("has one {what}: {one}"));
        }
    }
    let (lower, higher) = (one.limits.lower_than(&other.limits), other.limits.lower_than(&one.limits));
    if let Some(flag) = lower.first().or(higher.first()) {
        return differ(format!("has one {flag}"));
    }
    if one.letters != other.letters || one.problems != other.problems {
        let absent = one.letters.iter().find(|name| !other.letters.contains(name));
        let absent = absent.or_else(|| other.letters.iter().find(|name| !one.letters.contains(name)));
        let example = absent.map(|name| format!(" ({name:?} is in only one)")).unwrap_or_default();
        return differ(format!("has one list of letters{example}"));
    }
    Ok(())
}

/// The place of each shard among the folders, in the order of the shards.
fn places(header: &Header, shards: &[Past], folders: &[PathBuf]) -> Result<Vec<usize>> {
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for (at, shard) in shards.iter().enumerate() {
        if let Some(before) = found.insert(shard.header.shard.to_string(), at) {
            let message =
                format!("is shard {} as {} is; name each once", shard.header.shard, folders[before].display());
            return Err(Error::new(ErrorKind::Data, message).in_file(&folders[at]));
        }
    }
    let all: Vec<String> = header.shard.all().map(|shard| shard.to_string()).collect();
    if let Some(shard) = found.keys().find(|shard| !all.contains(shard)) {
        let message =
            format!("is shard {shard}, {} is {}: they are not of one run", folders[0].display(), header.shard);
        return Err(Error::new(ErrorKind::Data, message).in_file(&folders[found[shard]]));
    }
    all.iter()
        .map(|shard| {
            let missing = || Error::new(ErrorKind::Data, format!("shard {shard} is missing; name its folder too"));
            found.get(shard).copied().ok_or_else(missing)
        })
        .collect()
}
