//! Files and folders that are written beside what they will become, and take its place when they are complete.
//!
//! Whatever ends the program, at the target there is what was there before or all of the new. What an ended program left
//! beside it is taken away by the next that writes there ([`sweep`]): each temporary is locked by who writes it, and a lock
//! ends with its process. Ctrl-C takes it away at once ([`abandon`]).
//!
//! A folder cannot be renamed over another. So the old one is moved into the temporary folder first, and where the program
//! ends between the two renames, [`sweep`] moves it back.

use std::fs::{self, File, TryLockError};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempPath;

const PREFIX: &str = ".lettermark-";
const SUFFIX: &str = ".tmp";

/// In a temporary folder: the file that is locked, the folder that is written, and the one that it replaces.
const LOCK: &str = "lock";
const NEW: &str = "new";
const OLD: &str = "old";

/// A name that another process swept before it was locked is not used; it will not happen so often.
const TRIES: usize = 100;

/// The temporaries of this process.
static LIVE: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn live() -> MutexGuard<'static, Vec<PathBuf>> {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A temporary that [`abandon`] takes away while this lives.
struct Live(PathBuf);

impl Live {
    fn new(path: &Path) -> Self {
        live().push(path.to_owned());
        Live(path.to_owned())
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        live().retain(|path| *path != self.0);
    }
}

/// Takes away what this process is writing and then does `then`, which should end the process: nothing is put in its place
/// meanwhile.
pub fn abandon(then: impl FnOnce()) {
    let live = live();
    for path in live.iter() {
        let _ = if path.is_dir() { restore(path).and_then(|()| discard(path, None)) } else { fs::remove_file(path) };
    }
    then();
}

/// Takes away what ended programs left in `folder`, and puts back what one of them had moved aside. What cannot be taken
/// away stays.
pub fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !name.starts_with(PREFIX) || !name.ends_with(SUFFIX) {
            continue;
        }
        let path = entry.path();
        let _ = match entry.file_type() {
            Ok(kind) if kind.is_file() => sweep_file(&path),
            Ok(kind) if kind.is_dir() => sweep_folder(&path),
            _ => Ok(()),
        };
    }
}

fn sweep_file(path: &Path) -> io::Result<()> {
    let file = File::open(path)?;
    match file.try_lock() {
        Ok(()) => fs::remove_file(path),
        Err(_) => Ok(()),
    }
}

fn sweep_folder(path: &Path) -> io::Result<()> {
    let lock = match File::open(path.join(LOCK)) {
        Ok(lock) => lock,
        // Ended, or still to go on, between the folder and its lock: only an empty folder can be removed so.
        Err(e) if e.kind() == ErrorKind::NotFound => return fs::remove_dir(path),
        Err(e) => return Err(e),
    };
    match lock.try_lock() {
        Ok(()) => restore(path).and_then(|()| discard(path, Some(lock))),
        Err(_) => Ok(()),
    }
}

/// Takes a temporary folder away, its lock last: where the program ends in the middle of it, the next [`sweep`] goes on.
fn discard(path: &Path, lock: Option<File>) -> io::Result<()> {
    let (new, old) = (path.join(NEW), path.join(OLD));
    if new.exists() {
        fs::remove_dir_all(&new)?;
    }
    if old.exists() {
        // Half of it must not be put back.
        fs::rename(&old, &new)?;
        fs::remove_dir_all(&new)?;
    }
    // Windows takes no open file away.
    drop(lock);
    fs::remove_file(path.join(LOCK))?;
    fs::remove_dir(path)
}

/// Moves what stands in the temporary folder's "old" back, unless there is something in its place.
fn restore(temporary: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(temporary.join(OLD)) {
        Ok(entries) => entries,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(e),
    };
    for entry in entries {
        let entry = entry?;
        let place = parent(temporary).join(entry.file_name());
        if place.symlink_metadata().is_err() {
            fs::rename(entry.path(), place)?;
        }
    }
    Ok(())
}

/// The folder that `path` stands in.
pub fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Locks a new temporary; `false` where another process took it for one that was left behind.
fn lock(file: &File, path: &Path) -> bool {
    match file.try_lock() {
        Ok(()) => path.exists(),
        Err(TryLockError::WouldBlock) => false,
        // Where there are no locks, nothing is swept.
        Err(TryLockError::Error(_)) => true,
    }
}

fn swept() -> io::Error {
    io::Error::new(ErrorKind::AlreadyExists, "no temporary name is left beside it")
}

/// What went wrong, without the temporary's name, which means nothing to the user.
fn plain(error: io::Error) -> io::Error {
    match error.kind() {
        ErrorKind::NotFound => io::Error::new(ErrorKind::NotFound, "its folder does not exist"),
        kind => error.raw_os_error().map_or_else(|| kind.into(), io::Error::from_raw_os_error),
    }
}

/// A file being written. Dropped before [`NewFile::put`], it leaves an old one as it was.
pub struct NewFile {
    out: BufWriter<File>,
    path: TempPath,
    target: PathBuf,
    live: Live,
}

impl NewFile {
    /// Begins what will be `target`.
    ///
    /// # Errors
    /// When nothing can be written beside it.
    pub fn create(target: &Path) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX).suffix(SUFFIX);
        #[cfg(unix)]
        {
            // As any program would create it: the user's umask takes its part away.
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        for _ in 0..TRIES {
            let (file, path) = builder.tempfile_in(parent(target)).map_err(plain)?.into_parts();
            if lock(&file, &path) {
                let live = Live::new(&path);
                return Ok(NewFile { out: BufWriter::new(file), path, target: target.to_owned(), live });
            }
        }
        Err(swept())
    }

    /// Puts the file in its place, with the permissions of the old one.
    ///
    /// # Errors
    /// When the rest cannot be written or the name not be taken.
    pub fn put(self) -> io::Result<()> {
        let NewFile { out, path, target, live } = self;
        let file = out.into_inner().map_err(|e| e.into_error())?;
        file.sync_all()?;
        if let Ok(old) = fs::metadata(&target) {
            file.set_permissions(old.permissions())?;
        }
        // Windows does not rename an open file; elsewhere it stays locked until it has its name.
        let held = (!cfg!(windows)).then_some(file);
        path.persist(&target).map_err(|e| plain(e.error))?;
        drop((held, live));
        Ok(())
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A folder being written. Dropped before [`NewFolder::put`], it leaves an old one as it was.
pub struct NewFolder {
    temporary: Temporary,
    target: PathBuf,
}

/// A temporary folder, locked; dropped, it goes.
struct Temporary {
    path: PathBuf,
    lock: Option<File>,
    _live: Live,
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // What cannot be taken away is nothing that the caller could mend; an old folder that cannot be put back stays for the
        // next sweep to try.
        let _ = restore(&self.path).and_then(|()| discard(&self.path, self.lock.take()));
    }
}

impl NewFolder {
    /// Begins what will be `target`.
    ///
    /// # Errors
    /// When nothing can be written beside it.
    pub fn create(target: &Path) -> io::Result<Self> {
        for _ in 0..TRIES {
            let made =
                tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).tempdir_in(parent(target)).map_err(plain)?;
            let path = made.path().join(LOCK);
            let lock_file = match File::create(&path) {
                Ok(file) => file,
                Err(e) if e.kind() == ErrorKind::NotFound => continue,
                Err(e) => return Err(plain(e)),
            };
            if lock(&lock_file, &path) {
                let live = Live::new(made.path());
                let temporary = Temporary { path: made.keep(), lock: Some(lock_file), _live: live };
                fs::create_dir(temporary.path.join(NEW)).map_err(plain)?;
                return Ok(NewFolder { temporary, target: target.to_owned() });
            }
        }
        Err(swept())
    }

    /// Where its files are to be written.
    pub fn path(&self) -> PathBuf {
        self.temporary.path.join(NEW)
    }

    /// Puts the folder in its place; an old one that is there goes.
    ///
    /// # Errors
    /// When the folders cannot be renamed; the old one is back in its place then.
    pub fn put(self) -> io::Result<()> {
        let NewFolder { temporary, target } = self;
        // Ctrl-C waits for the two renames.
        let held = self::live();
        let old = temporary.path.join(OLD);
        if target.symlink_metadata().is_ok() {
            let name = target.file_name().ok_or(io::Error::from(ErrorKind::InvalidInput))?;
            fs::create_dir(&old)?;
            fs::rename(&target, old.join(name))?;
        }
        if let Err(e) = fs::rename(temporary.path.join(NEW), &target) {
            restore(&temporary.path)?;
            return Err(e);
        }
        drop(held);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_an_ended_program_left_goes_and_what_is_being_written_stays() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        fs::write(at(".lettermark-a1.tmp"), "half").unwrap();
        fs::create_dir_all(at(".lettermark-b2.tmp/new")).unwrap();
        fs::write(at(".lettermark-b2.tmp/lock"), "").unwrap();
        fs::create_dir(at(".lettermark-c3.tmp")).unwrap();
        fs::write(at(".lettermark-notes.txt"), "mine").unwrap();
        let (file, folder) = (NewFile::create(&at("f")).unwrap(), NewFolder::create(&at("d")).unwrap());
        assert_eq!(names(root.path()).len(), 6);
        sweep(root.path());
        assert_eq!(names(root.path()).len(), 3);
        file.put().unwrap();
        folder.put().unwrap();
        assert_eq!(names(root.path()), [".lettermark-notes.txt", "d", "f"]);
    }

    #[test]
    fn a_folder_that_was_moved_aside_when_the_program_ended_comes_back() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        // As it stands between the two renames of `put`.
        fs::create_dir_all(at(".lettermark-a1.tmp/old/model")).unwrap();
        fs::create_dir_all(at(".lettermark-a1.tmp/new")).unwrap();
        fs::write(at(".lettermark-a1.tmp/lock"), "").unwrap();
        fs::write(at(".lettermark-a1.tmp/old/model/manifest.json"), "old").unwrap();
        sweep(root.path());
        assert_eq!(names(root.path()), ["model"]);
        assert_eq!(fs::read_to_string(at("model/manifest.json")).unwrap(), "old");
    }

    #[test]
    fn what_was_half_taken_away_when_the_program_ended_goes_and_never_comes_back() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        // As it stands in the middle of `discard`: nothing has the name of the old folder any more.
        fs::create_dir_all(at(".lettermark-a1.tmp/new/model")).unwrap();
        fs::write(at(".lettermark-a1.tmp/new/model/half"), "old").unwrap();
        fs::write(at(".lettermark-a1.tmp/lock"), "").unwrap();
        // And at its end.
        fs::create_dir_all(at(".lettermark-b2.tmp")).unwrap();
        sweep(root.path());
        assert!(names(root.path()).is_empty(), "{:?}", names(root.path()));
    }

    #[test]
    fn a_temporary_folder_loses_its_lock_last() {
        let root = tempfile::tempdir().unwrap();
        let new = NewFolder::create(&root.path().join("d")).unwrap();
        // A folder in the lock's place cannot be removed as a file: all else is gone when it comes to that.
        let temporary = new.temporary.path.clone();
        fs::write(new.path().join("file"), "half").unwrap();
        fs::remove_file(temporary.join(LOCK)).unwrap();
        fs::create_dir(temporary.join(LOCK)).unwrap();
        drop(new);
        assert_eq!(names(&temporary), [LOCK]);
    }

    #[test]
    fn an_old_folder_or_file_is_replaced_as_a_whole() {
        let root = tempfile::tempdir().unwrap();
        let (folder, file) = (root.path().join("d"), root.path().join("f"));
        for round in ["one", "two"] {
            let new = NewFolder::create(&folder).unwrap();
            fs::write(new.path().join(round), round).unwrap();
            new.put().unwrap();
            let mut new = NewFile::create(&file).unwrap();
            new.write_all(round.as_bytes()).unwrap();
            new.put().unwrap();
        }
        assert_eq!((names(&folder), fs::read_to_string(&file).unwrap().as_str()), (vec!["two".to_owned()], "two"));
        drop((NewFolder::create(&folder).unwrap(), NewFile::create(&file).unwrap()));
        assert_eq!(names(root.path()), ["d", "f"]);
    }
}
