//! Where results go: to stdout, or to a file that appears only when it is complete.

use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use anyhow::{Context, Result};
use lettermark::beside::{self, NewFile};
use lettermark::output::printable_lines;

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
    Replace(NewFile),
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
            To::Replace(file) => file.write_all(bytes),
        };
        written.with_context(|| format!("could not write {}", self.name))
    }

    /// Ends the output; a file takes its place now.
    pub fn finish(self) -> Result<()> {
        let done = match self.to {
            To::Stream(mut out) => out.flush(),
            To::Terminal(mut out) => out.flush(),
            To::Replace(file) => file.put(),
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
            beside::sweep(beside::parent(&path));
            Ok(To::Replace(NewFile::create(&path)?))
        }
    }
}
