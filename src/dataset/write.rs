//! Writing a labelled CSV, so that a crash or a full disk never leaves half of one.

use std::io::Write;
use std::path::Path;

use super::read::{COLUMNS, LabelledFile};
use crate::error::{Error, Result};
use crate::finding::neutral;
use crate::taxonomy::Taxonomy;

/// Writes a labelled CSV, as [`to_csv`] makes it.
///
/// The file is written beside `path` and then renamed: `path` holds the old content or the new, never a part.
///
/// # Errors
/// When the folder does not exist or cannot be written to, or the disk is full.
pub fn write(path: &Path, file: &LabelledFile, taxonomy: &Taxonomy) -> Result<()> {
    replace(path, &to_csv(file, taxonomy))
}

/// The bytes of a labelled CSV: UTF-8, commas, [`COLUMNS`] first, then the file's extra columns.
///
/// Text that a spreadsheet would run as a formula has an apostrophe before it, which is taken away when it is read.
pub fn to_csv(file: &LabelledFile, taxonomy: &Taxonomy) -> Vec<u8> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    let extra = |i: usize, column: usize| file.extra.get(i).and_then(|row| row.get(column)).map_or("", String::as_str);
    let in_memory = "writing CSV to memory does not fail";
    let header = COLUMNS.into_iter().chain(file.extra_columns.iter().map(String::as_str));
    csv.write_record(header.map(|name| neutral(name).into_owned())).expect(in_memory);
    for (i, e) in file.examples.iter().enumerate() {
        let number = |n: Option<u32>| n.map(|n| n.to_string()).unwrap_or_default();
        let (index, page, themes) = (number(e.index), number(e.page), taxonomy.format_set(&e.themes));
        let known = [
            &e.letter,
            &index,
            &page,
            &e.heading,
            &e.previous,
            &e.sentence,
            e.polarity.id(),
            &themes,
            &e.annotator,
            &e.note,
        ];
        let cells = known.into_iter().chain((0..file.extra_columns.len()).map(|c| extra(i, c)));
        csv.write_record(cells.map(|cell| neutral(cell).into_owned())).expect(in_memory);
    }
    csv.into_inner().expect(in_memory)
}

/// Puts `bytes` in the place of the file at `path`, whole or not at all.
///
/// # Errors
/// When the folder does not exist or cannot be written to, or the disk is full.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |e: std::io::Error| Error::io("write the labels", path, e);
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".lettermark-").tempfile_in(folder).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    readable_like_others(file.as_file()).map_err(failed)?;
    file.persist(path).map_err(|e| failed(e.error))?;
    Ok(())
}

/// A temporary file is its owner's alone; what it becomes is an ordinary file.
#[cfg(unix)]
fn readable_like_others(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_like_others(_: &std::fs::File) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::tests::example;
    use crate::dataset::{read_file, sentence_hash};

    #[test]
    fn words_that_a_spreadsheet_would_run_are_neutralised_and_come_back() {
        let taxonomy = Taxonomy::default();
        let sentences = ["=1+1 is what they say.", "-5 days is the wait.", "@all of them", "Plans are late."];
        let file = LabelledFile {
            examples: sentences.iter().map(|s| example("-a.txt", s)).collect(),
            extra_columns: vec!["=own()".into()],
            extra: vec![vec!["+1".into()]; sentences.len()],
        };
        let text = String::from_utf8(to_csv(&file, &taxonomy)).unwrap();
        assert!(
            text.contains(",note,'=own()\n")
                && text.contains(",'=1+1 is")
                && text.contains(",'-5 days")
                && text.contains("\n'-a.txt,"),
            "{text}"
        );
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.csv");
        write(&path, &file, &taxonomy).unwrap();
        let back = read_file(&path, &taxonomy).unwrap();
        assert_eq!(back, file);
        assert_eq!(sentence_hash(&back.examples[1].sentence), sentence_hash(sentences[1]));
    }
}
