//! Where results go: to stdout, or to a file that appears only when it is complete.

use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use lettermark::output::printable_lines;
use tempfile::{NamedTempFile, TempPath};

/// An open destination. Dropped before [`Sink::finish`], it leaves an old file as it was.
pub struct Sink {
    to: To,
    name: String,
}

enum To {
    /// Standard output, or something that is no file: `/dev/stderr`, a named pipe.
    Stream(Box<dyn Write>),
    /// Standard output that is a terminal. Names and texts of letters must not steer it, in whatever format.
    Terminal(io::Stdout),
    /// A temporary file beside the one that it will replace.
    Replace(BufWriter<File>, TempPath, PathBuf),
}

impl Sink {
    /// Standard output: byte for byte, except on a terminal, which gets no character that it would act on.
    pub fn stdout() -> Self {
        let to = match io::stdout().is_terminal() {
            true => To::Terminal(io::stdout()),
            false => To::Stream(Box::new(BufWriter::new(io::stdout()))),
        };
        Sink { to, name: "the results".into() }
    }

    /// Standard output for people: colours go where they are not wanted (`NO_COLOR`, a pipe).
    pub fn screen() -> Self {
        Sink { to: To::Stream(Box::new(anstream::stdout())), name: "the results".into() }
    }

    /// A file. It is opened now, so that a wrong path is known before the work.
    pub fn file(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let to = open(path).with_context(|| format!("could not write {name}"))?;
        Ok(Sink { to, name })
    }

    /// Writes bytes; of a text, whole characters.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let written = match &mut self.to {
            To::Stream(out) => out.write_all(bytes).and_then(|()| out.flush()),
            To::Terminal(out) => out.write_all(printable_lines(&String::from_utf8_lossy(bytes)).as_bytes()),
            To::Replace(out, ..) => out.write_all(bytes),
        };
        written.with_context(|| format!("could not write {}", self.name))
    }

    /// Ends the output; a file takes its place now.
    pub fn finish(self) -> Result<()> {
        let done = match self.to {
            To::Stream(mut out) => out.flush(),
            To::Terminal(mut out) => out.flush(),
            To::Replace(out, temporary, path) => replace(out, temporary, &path),
        };
        done.with_context(|| format!("could not write {}", self.name))
    }
}

fn open(path: &Path) -> io::Result<To> {
    // Through a link the file that it points to is replaced, not the link.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    match fs::metadata(&path) {
        Ok(there) if there.is_dir() => Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder; name a file")),
        Ok(there) if !there.is_file() => Ok(To::Stream(Box::new(File::options().write(true).open(&path)?))),
        Ok(there) if there.permissions().readonly() => {
            Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only"))
        }
        _ => {
            let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
            // Apart from its name, the file's errors do not tell the name, which means nothing to the user.
            let (file, temporary) = beside(folder)?.into_parts();
            Ok(To::Replace(BufWriter::new(file), temporary, path))
        }
    }
}

fn beside(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".lettermark-").suffix(".tmp");
    #[cfg(unix)]
    {
        // As any program would create it: the user's umask takes its part away.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder).map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => io::Error::new(e.kind(), "its folder does not exist"),
        // Without the temporary file's name.
        kind => io::Error::from(kind),
    })
}

fn replace(out: BufWriter<File>, temporary: TempPath, path: &Path) -> io::Result<()> {
    let file = out.into_inner().map_err(|e| e.into_error())?;
    file.sync_all()?;
    if let Ok(old) = fs::metadata(path) {
        file.set_permissions(old.permissions())?;
    }
    // Windows does not rename an open file.
    drop(file);
    temporary.persist(path).map_err(|e| e.error)
}
