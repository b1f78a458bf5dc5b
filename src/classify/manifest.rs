//! `manifest.json`: what a bundle is made of, what it was trained on, how it scored, and the hashes that prove it.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Calibration, Context};
use crate::error::{Error, ErrorKind, Result};

/// The word by which a manifest is known.
pub const FORMAT: &str = "lettermark-bundle";

/// The version of the bundle's format that this program writes and reads.
pub const VERSION: u32 = 1;

/// Hexadecimal digits of the hash in a model's identifier.
const ID_DIGITS: usize = 12;

/// The contents of `manifest.json`. It holds no time and no place, so the same training writes the same bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The name of the format, the same in every manifest.
    pub format: String,
    /// The version of the format.
    pub version: u32,
    /// The model as findings name it: the name and the first digits of a hash over all that decides a judgement.
    pub id: String,
    /// The model's name.
    pub name: String,
    /// Version of the program that trained it.
    pub code_version: String,
    /// What the heads read beside the sentence.
    pub context: Context,
    /// Length of the encoder's vectors.
    pub dimension: usize,
    /// Temperature, thresholds and review cut.
    pub calibration: Calibration,
    /// How and on what it was trained.
    pub training: Training,
    /// Scores, each with what it was measured on.
    pub scores: Vec<Score>,
    /// The other files of the bundle.
    pub files: Vec<FileEntry>,
}

/// How and on what a bundle was trained.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// What was fitted, in words.
    pub method: String,
    /// Seed of all that was drawn by chance.
    pub seed: u64,
    /// Settings by name, in a fixed order.
    pub settings: Vec<(String, f64)>,
    /// The files of labels.
    pub inputs: Vec<InputEntry>,
    /// Training rows of each polarity.
    pub polarities: Vec<(String, usize)>,
    /// Training rows of each theme.
    pub themes: Vec<(String, usize)>,
    /// What a reader of the scores should know, in words.
    pub warnings: Vec<String>,
}

/// One file of labels that went into a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputEntry {
    /// The file's name without its folder.
    pub name: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Labelled sentences.
    pub rows: usize,
    /// Different letters.
    pub letters: usize,
}

/// One measured number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// What was measured: "polarity accuracy", "theme micro-F1".
    pub name: String,
    /// On what it was measured.
    pub on: String,
    /// The number.
    pub value: f64,
    /// Its 95% interval, where one was made.
    pub interval: Option<(f64, f64)>,
    /// How many sentences it stands on.
    pub rows: usize,
}

/// One file of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Its name in the bundle's folder.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

impl FileEntry {
    /// The entry of a file with these contents.
    pub fn of(name: &str, contents: &[u8]) -> Self {
        FileEntry { name: name.to_owned(), bytes: contents.len() as u64, sha256: hex_sha256(contents) }
    }

    /// What is wrong with `contents`, if anything.
    pub fn difference(&self, contents: &[u8]) -> Option<Difference> {
        let now = FileEntry::of(&self.name, contents);
        (now != *self).then(|| Difference {
            file: self.name.clone(),
            what: if now.bytes == self.bytes {
                DifferenceKind::Contents
            } else {
                DifferenceKind::Size { recorded: self.bytes, found: now.bytes }
            },
        })
    }
}

/// SHA-256 in hexadecimal, as every hash of a bundle is written.
pub fn hex_sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A file of a bundle that is not as the manifest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The file's name in the bundle's folder.
    pub file: String,
    /// How it differs.
    pub what: DifferenceKind,
}

/// How a file differs from what the manifest says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DifferenceKind {
    /// It is not there or cannot be read.
    Missing,
    /// It is longer or shorter.
    Size {
        /// Bytes in the manifest.
        recorded: u64,
        /// Bytes on disk.
        found: u64,
    },
    /// It has the right size and other contents.
    Contents,
    /// The manifest does not name it.
    Unlisted,
    /// The manifest's own numbers do not give the identifier that it holds.
    Identifier,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.file)?;
        match self.what {
            DifferenceKind::Missing => write!(f, "missing or unreadable"),
            DifferenceKind::Size { recorded, found } => write!(f, "{found} bytes where the manifest says {recorded}"),
            DifferenceKind::Contents => write!(f, "other contents than the manifest's hash says"),
            DifferenceKind::Unlisted => write!(f, "not named by the manifest"),
            DifferenceKind::Identifier => write!(f, "its numbers were changed after it was written"),
        }
    }
}

impl Manifest {
    /// Reads the text of a `manifest.json`.
    ///
    /// # Errors
    /// [`ErrorKind::Bundle`] naming `path` when it is no manifest or of another version.
    pub fn parse(text: &[u8], path: &Path) -> Result<Self> {
        let bad = |message: String| Error::new(ErrorKind::Bundle, message).in_file(path);
        let value: serde_json::Value =
            serde_json::from_slice(text).map_err(|e| bad(format!("not the manifest of a model: {e}")))?;
        if value["format"] != FORMAT {
            return Err(bad(format!("not the manifest of a model: its format is not {FORMAT:?}")));
        }
        if value["version"] != VERSION {
            return Err(bad(format!(
                "a model of format version {} where this program reads {VERSION}; use the program that wrote it, or \
                 train the model again",
                value["version"]
            )));
        }
        serde_json::from_value(value).map_err(|e| bad(format!("the manifest is damaged: {e}")))
    }

    /// The text of `manifest.json`.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a manifest has only names and numbers");
        text.push('\n');
        text
    }

    /// The identifier that the manifest's own contents give: the name and a hash over context, calibration and the
    /// files that decide a judgement (`deciding`).
    pub fn expected_id(&self, deciding: &[&str]) -> String {
        let files: Vec<_> = self.files.iter().filter(|f| deciding.contains(&f.name.as_str())).collect();
        let decides = serde_json::json!({
            "version": self.version, "context": self.context, "calibration": self.calibration, "files": files,
        });
        format!("{}-{}", self.name, &hex_sha256(decides.to_string().as_bytes())[..ID_DIGITS])
    }
}
