//! A letter's file: all that is said of a source, as JSON.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::journal::Done;
use crate::beside::NewFile;
use crate::classify::hex_sha256;
use crate::error::{Error, ErrorKind, Result};
use crate::finding::{Finding, LetterFindings};
use crate::ingest::{Document, Facts};

#[derive(Serialize)]
struct Written<'a> {
    name: &'a str,
    facts: &'a Facts,
    findings: &'a [Finding],
    document: Option<&'a Document>,
}

#[derive(Deserialize)]
struct Read {
    name: String,
    facts: Facts,
    findings: Vec<Finding>,
    document: Option<Document>,
}

/// The name of a letter's file: what a person can read of the letter's, and enough of a hash to tell two apart.
pub(super) fn name(letter: &str) -> String {
    const READABLE: usize = 60;
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    let readable: String = letter.rsplit('/').next().unwrap_or_default().chars().take(READABLE).map(plain).collect();
    format!("{}-{}.json", readable.trim_matches('.'), &hex_sha256(letter.as_bytes())[..16])
}

/// The bytes of the file of a source's letters.
pub(super) fn write(letters: &[LetterFindings]) -> Result<Vec<u8>> {
    let written: Vec<Written<'_>> = letters
        .iter()
        .map(|l| Written { name: &l.name, facts: &l.facts, findings: &l.findings, document: l.document.as_deref() })
        .collect();
    serde_json::to_vec(&written)
        .map_err(|e| Error::new(ErrorKind::Internal, format!("the findings of a letter cannot be written: {e}")))
}

/// Puts the file in its place.
pub(super) fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    let written = NewFile::create(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.put()
    });
    written.map_err(|e| Error::io("write the findings of a letter", path, e))
}

/// The bytes of a letter's file, which have to be as the journal says.
pub(super) fn bytes(folder: &Path, done: &Done) -> Result<Vec<u8>> {
    // The journal is not to be trusted with paths.
    let path = folder.join(name(&done.letter));
    let bytes = fs::read(&path).map_err(|e| Error::io("read the findings of a letter", &path, e))?;
    match bytes.len() as u64 == done.bytes && hex_sha256(&bytes) == done.file_sha256 {
        true => Ok(bytes),
        false => {
            Err(Error::new(ErrorKind::Data, "is not as it was written; go on with the run by --resume").in_file(path))
        }
    }
}

/// The letters of a file.
pub(super) fn letters(folder: &Path, done: &Done) -> Result<Vec<LetterFindings>> {
    let read: Vec<Read> = serde_json::from_slice(&bytes(folder, done)?)
        .map_err(|e| Error::new(ErrorKind::Data, format!("is damaged: {e}")).in_file(folder.join(&done.file)))?;
    let letter = |l: Read| LetterFindings {
        name: l.name,
        facts: l.facts,
        findings: l.findings,
        document: l.document.map(Arc::new),
    };
    Ok(read.into_iter().map(letter).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::tests::finding;
    use crate::ingest::{Input, Limits, read_bytes};
    use crate::taxonomy::Polarity;

    #[test]
    fn names_stay_in_the_folder_and_apart() {
        for hostile in ["../../etc/passwd", "a/b.pdf", "C:\\x", "\u{1b}[2J", "..", "", "con", &"é".repeat(500)] {
            let name = name(hostile);
            assert!(!name.contains(['/', '\\', ':', '\u{1b}']) && name.len() < 100 && name != "..", "{name}");
        }
        assert_ne!(name("x/a.pdf"), name("y/a.pdf"));
        assert!(name("x/a.pdf").starts_with("a.pdf-"));
    }

    #[test]
    fn a_letter_comes_back_as_it_was() {
        let text = "# Ofsted – findings\n\nLeaders know the café well. Plans are late.\n";
        let Ok(Input::Letter(document)) = read_bytes("a.md", text.as_bytes(), &Limits::default()) else {
            panic!("a letter")
        };
        let mut said = finding("a.md", "Plans are late.", Polarity::Weakness);
        said.framework = "send_2016";
        // Every bit of a score has to survive: a workbook shows them all.
        let scores = (1..2000).map(|i| 1.0 / i as f32).chain([f32::MIN_POSITIVE, 0.1 + 0.2, 0.999_999_94]);
        said.theme_scores = scores.collect();
        let letters = vec![LetterFindings {
            name: "a.md".to_owned(),
            facts: document.facts.clone(),
            findings: vec![said],
            document: Some(Arc::new(document)),
        }];
        let folder = tempfile::tempdir().unwrap();
        let bytes = write(&letters).unwrap();
        let done = Done {
            letter: "a.md".to_owned(),
            sha256: String::new(),
            file: name("a.md"),
            bytes: bytes.len() as u64,
            file_sha256: hex_sha256(&bytes),
            findings: 1,
        };
        put(&folder.path().join(&done.file), &bytes).unwrap();
        assert_eq!(super::letters(folder.path(), &done).unwrap(), letters);
        fs::write(folder.path().join(&done.file), &bytes[1..]).unwrap();
        let error = super::letters(folder.path(), &done).unwrap_err();
        assert!(error.message().contains("--resume"), "{error}");
    }
}
