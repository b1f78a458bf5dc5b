//! How large, deep and long a file may be.

use crate::error::{Error, ErrorKind, Place, Result};

/// How large, deep and long a file may be before it is refused with [`ErrorKind::Limit`].
///
/// The defaults are far above any real letter (the longest of 474 published ones has 60 pages) and low enough that
/// a hostile or mistaken file costs seconds and megabytes, not the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file itself; 100 MiB.
    pub max_bytes: u64,
    /// Pages of a PDF; 2,000.
    pub max_pages: u32,
    /// Bytes that the read parts of a zip (`.docx`) may unpack to, all together; 200 MiB. Counted while unpacking:
    /// what the zip claims is not believed.
    pub max_expanded: u64,
    /// Files in a zip; 10,000.
    pub max_entries: usize,
    /// Elements within elements, in Word and HTML; 512, as in browsers.
    pub max_depth: usize,
    /// Bytes of one paragraph, heading or list item, and of one line of a text; 1 MiB.
    pub max_block: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_bytes: 100 << 20,
            max_pages: 2_000,
            max_expanded: 200 << 20,
            max_entries: 10_000,
            max_depth: 512,
            max_block: 1 << 20,
        }
    }
}

impl Limits {
    pub(super) fn check_bytes(&self, len: usize) -> Result<()> {
        match len as u64 > self.max_bytes {
            true => Err(limit(format!("is larger than {}, too large for a letter", size(self.max_bytes)))),
            false => Ok(()),
        }
    }

    /// Finds a line that cannot be a line of a letter before anything tries to split it into sentences.
    pub(super) fn check_lines(&self, text: &str) -> Result<()> {
        match (1u64..).zip(text.split('\n')).find(|(_, line)| line.len() > self.max_block) {
            Some((number, line)) => Err(self.long_block(line.len()).at(Place::Line(number))),
            None => Ok(()),
        }
    }

    pub(super) fn long_block(&self, len: usize) -> Error {
        limit(format!(
            "one paragraph of {} (at most {} are read): put each paragraph on a line of its own",
            size(len as u64),
            size(self.max_block as u64)
        ))
    }

    pub(super) fn too_deep(&self) -> Error {
        limit(format!("elements stand more than {} deep in one another, which no letter needs", self.max_depth))
    }
}

pub(super) fn limit(message: String) -> Error {
    Error::new(ErrorKind::Limit, message)
}

/// A number of bytes as people say it: "100 MiB".
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..0x10_0000 => format!("{} KiB", bytes >> 10),
        _ => format!("{} MiB", bytes >> 20),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_named_by_its_number() {
        let limits = Limits { max_block: 10, ..Limits::default() };
        let error = limits.check_lines("short\nlonger than ten bytes\n").unwrap_err();
        assert_eq!((error.kind(), error.place()), (ErrorKind::Limit, Place::Line(2)));
        assert!(limits.check_lines("short\nshort\n").is_ok());
    }

    #[test]
    fn sizes_read_as_people_say_them() {
        assert_eq!([size(12), size(2048), size(100 << 20)], ["12 bytes", "2 KiB", "100 MiB"]);
    }
}
