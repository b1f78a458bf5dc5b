//! What users hand back: labelled sentences, findings, a taxonomy.

use std::path::PathBuf;
use std::sync::OnceLock;

use lettermark::dataset;
use lettermark::finding::{Finding, LetterFindings, read};
use lettermark::ingest::Facts;
use lettermark::output::{About, Format, Renderer, TableStyle};
use lettermark::taxonomy::Taxonomy;
use tempfile::TempDir;

/// A labelled CSV: read, checked, written and read again.
pub fn labelled_csv(data: &[u8]) {
    let taxonomy = Taxonomy::default();
    let path = file("labels.csv", data);
    let checked = dataset::check(&path, &taxonomy);
    assert_eq!(checked.examples.len(), checked.lines.len(), "each example has its line");
    match dataset::read_file(&path, &taxonomy) {
        Ok(labels) => {
            dataset::write(&path, &labels, &taxonomy).expect("a file in a folder of ours");
            let again = dataset::read_file(&path, &taxonomy).expect("what was written is read");
            assert_eq!(again.examples, labels.examples, "labels come back as written");
            assert_eq!(again.extra_columns, labels.extra_columns, "columns come back as written");
        }
        Err(error) => assert!(!error.to_string().is_empty() && !checked.problems.is_empty()),
    }
}

/// Findings as CSV, and the same bytes as JSON lines: read, written and read again.
pub fn findings(data: &[u8]) {
    for (name, format) in [("findings.csv", Format::Csv), ("findings.jsonl", Format::Jsonl)] {
        let found = match read(&file(name, data)) {
            Ok(found) => found.into_iter().map(|located| located.finding).collect::<Vec<_>>(),
            Err(error) => {
                assert!(!error.to_string().is_empty());
                continue;
            }
        };
        let once = rewritten(found, name, format);
        let twice = rewritten(once.clone(), name, format);
        assert_eq!(once, twice, "findings come back as written");
    }
}

/// Findings written and read back.
fn rewritten(findings: Vec<Finding>, name: &str, format: Format) -> Vec<Finding> {
    let about = About { taxonomy: Taxonomy::default(), model: String::new() };
    let mut renderer = Renderer::new(format, TableStyle::default(), about).expect("a text format");
    let letter = LetterFindings { name: String::new(), facts: Facts::default(), findings, document: None };
    let bytes = renderer.letter(&letter).expect("a text format");
    let located = read(&file(name, &bytes)).expect("what was written is read");
    located.into_iter().map(|located| located.finding).collect()
}

/// A taxonomy and, after the mark between parts, a set of its themes.
pub fn taxonomy(data: &[u8]) {
    let [toml, set] = super::parts::<2>(data).map(|part| String::from_utf8_lossy(part).into_owned());
    let taxonomy = match Taxonomy::from_toml(&toml) {
        Ok(taxonomy) => taxonomy,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let ids: Vec<_> = taxonomy.ids().collect();
    assert_eq!(ids.len(), taxonomy.len());
    assert_eq!(taxonomy.theme(taxonomy.none()).id, "none");
    for &id in &ids {
        assert_eq!(taxonomy.find(&taxonomy.theme(id).id).expect("a theme of the taxonomy"), id);
    }
    if let Ok(themes) = taxonomy.parse_set(&set) {
        assert_eq!(taxonomy.parse_set(&taxonomy.format_set(&themes)).expect("a set as it is written"), themes);
    }
}

/// A file of this name with these bytes, in a folder of this process, in memory where the system has such a place.
pub(super) fn file(name: &str, data: &[u8]) -> PathBuf {
    let path = folder().join(name);
    std::fs::write(&path, data).expect("a folder of ours");
    path
}

/// A folder for each thread of the process that asks.
fn folder() -> PathBuf {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let memory = std::path::Path::new("/dev/shm");
        let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        made.expect("a temporary folder")
    });
    let own = folder.path().join(format!("{:?}", std::thread::current().id()));
    std::fs::create_dir_all(&own).expect("a folder of ours");
    own
}
