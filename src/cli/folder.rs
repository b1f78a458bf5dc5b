//! A folder of results that appears only when it is complete, and replaces none but an older one of its kind.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use lettermark::beside::{self, NewFolder};

/// Lists the files of the folder, so that it is known which of them a person put there.
pub const MARKER: &str = "lettermark-files.txt";
const MARKER_HEAD: &str = "lettermark made these files; where there are no others it may replace the folder";

/// A folder being written beside the one that it will become. Dropped before [`Folder::finish`], it leaves an old one as
/// it was.
pub struct Folder {
    new: NewFolder,
    path: PathBuf,
    files: BTreeSet<String>,
}

impl Folder {
    /// Begins a folder. One that is there already and holds what lettermark did not write is an error now, before the
    /// work.
    pub fn create(path: &Path) -> Result<Self> {
        // Through a link the folder that it points to is replaced, not the link.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        beside::sweep(beside::parent(&path));
        check_replaceable(&path)?;
        let new = NewFolder::create(&path).with_context(|| format!("could not write {}", path.display()))?;
        Ok(Folder { new, path, files: BTreeSet::new() })
    }

    /// Writes a file of the folder. `name` names no other folder.
    pub fn write(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        let written = fs::write(self.new.path().join(name), bytes);
        written.with_context(|| format!("could not write {}", self.path.join(name).display()))?;
        self.files.insert(name.to_owned());
        Ok(())
    }

    /// Puts the folder in its place.
    pub fn finish(mut self) -> Result<()> {
        let files: String = self.files.iter().map(|name| format!("{name}\n")).collect();
        self.write(MARKER, format!("{MARKER_HEAD}\n{files}").as_bytes())?;
        // Again, because what a person put there while letters were read is as dear.
        check_replaceable(&self.path)?;
        let Folder { new, path, .. } = self;
        new.put().with_context(|| format!("could not write {}", path.display()))
    }
}

/// An error unless there is nothing at `path`, or a folder in which lettermark wrote everything.
fn check_replaceable(path: &Path) -> Result<()> {
    let name = path.display();
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
        Err(e) if e.kind() == ErrorKind::NotADirectory => bail!("{name} is a file; name a folder for the pages"),
        Err(e) => return Err(e).with_context(|| format!("could not look into {name}")),
    };
    let marker = match fs::read_to_string(path.join(MARKER)) {
        Ok(marker) => marker,
        Err(e) if e.kind() == ErrorKind::NotFound => String::new(),
        Err(e) => return Err(e).with_context(|| format!("could not read {}", path.join(MARKER).display())),
    };
    let made: BTreeSet<&str> = marker.strip_prefix(MARKER_HEAD).unwrap_or_default().lines().collect();
    for entry in entries {
        let entry = entry.with_context(|| format!("could not look into {name}"))?.file_name();
        let entry = entry.to_string_lossy();
        if entry != MARKER && !made.contains(&*entry) {
            bail!("{name} holds {entry:?}, which lettermark did not write there; name another folder, or move it away");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, files: &[&str]) -> Result<()> {
        let mut folder = Folder::create(path)?;
        for name in files {
            folder.write(name, name.as_bytes())?;
        }
        folder.finish()
    }

    fn names(path: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(path).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn an_older_folder_of_its_kind_is_replaced_as_a_whole() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("pages");
        write(&path, &["a.html", "index.html"]).unwrap();
        write(&path, &["b.html", "index.html"]).unwrap();
        assert_eq!(names(&path), ["b.html", "index.html", MARKER]);
        assert_eq!(names(root.path()), ["pages"]);
    }

    #[test]
    fn what_a_person_put_there_is_never_taken_away() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("pages");
        write(&path, &["index.html"]).unwrap();
        fs::write(path.join("my notes.txt"), "x").unwrap();
        let error = write(&path, &["index.html"]).unwrap_err().to_string();
        assert!(error.contains("\"my notes.txt\"") && error.contains("name another folder"), "{error}");
        assert!(write(root.path(), &["index.html"]).unwrap_err().to_string().contains("\"pages\""));
        assert_eq!(names(&path), ["index.html", MARKER, "my notes.txt"]);
    }

    #[test]
    fn an_empty_folder_is_filled_and_a_file_is_none() {
        let root = tempfile::tempdir().unwrap();
        write(root.path().join("pages").as_path(), &[]).unwrap();
        fs::create_dir(root.path().join("empty")).unwrap();
        write(&root.path().join("empty"), &["a.html"]).unwrap();
        fs::write(root.path().join("file"), "x").unwrap();
        assert!(write(&root.path().join("file"), &[]).unwrap_err().to_string().contains("is a file"));
        assert!(format!("{:#}", write(&root.path().join("no/such"), &[]).unwrap_err()).contains("does not exist"));
    }

    #[test]
    fn a_folder_that_is_not_finished_leaves_nothing() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("pages");
        write(&path, &["old.html"]).unwrap();
        let mut folder = Folder::create(&path).unwrap();
        folder.write("new.html", b"x").unwrap();
        drop(folder);
        assert_eq!(
            (names(&path), names(root.path())),
            (vec![MARKER.to_owned(), "old.html".into()], vec!["pages".into()])
        );
    }
}
