//! Replays, without cargo-fuzz, what the fuzz targets start from and every input that once broke one of them.

#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::fs;
use std::path::{Path, PathBuf};

use targets::TARGETS;

/// The committed real files that a target starts from, beside `fuzz/seeds/` and `fuzz/regressions/`.
fn real_files(target: &str) -> &'static [(&'static str, &'static str)] {
    match target {
        "pdf" => &[("tests/fixtures", "pdf")],
        "docx" => &[("tests/fixtures/docx", "docx")],
        "text" | "sentences" => &[("datasets/letters", "txt")],
        "sentence_csv" => &[("tests/fixtures", "csv")],
        "labelled_csv" => &[("tests/fixtures/labelled", "csv"), ("datasets/labels", "csv")],
        "taxonomy" => &[("datasets", "toml")],
        _ => &[],
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

fn inputs(target: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut inputs: Vec<PathBuf> =
        ["seeds", "regressions"].iter().flat_map(|kind| files(&root.join("fuzz").join(kind).join(target))).collect();
    for (folder, extension) in real_files(target) {
        let real = files(&root.join(folder));
        // The large files of labels are read by other tests.
        let small = |path: &PathBuf| fs::metadata(path).unwrap().len() < 200_000;
        inputs.extend(real.into_iter().filter(|path| path.extension().is_some_and(|e| e == *extension)).filter(small));
    }
    inputs
}

fn replay(target: &str) {
    let (_, run) = TARGETS.iter().find(|(name, _)| *name == target).unwrap();
    let inputs = inputs(target);
    assert!(!inputs.is_empty(), "no seeds for {target}");
    run(b"");
    for path in inputs {
        println!("{}", path.display());
        run(&fs::read(&path).unwrap());
    }
}

macro_rules! replayed {
    ($($target:ident),*) => {
        $(#[test]
        fn $target() {
            replay(stringify!($target));
        })*

        #[test]
        fn every_target_is_replayed() {
            assert_eq!(TARGETS.map(|(name, _)| name), [$(stringify!($target)),*]);
        }
    };
}

replayed!(
    pdf,
    pdf_content,
    docx,
    docx_parts,
    html,
    text,
    sentence_csv,
    parquet,
    stream,
    sentences,
    labelled_csv,
    taxonomy,
    bundle,
    findings
);

#[test]
fn every_kept_input_belongs_to_a_target() {
    for kind in ["seeds", "regressions"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(kind);
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(TARGETS.iter().any(|(target, _)| *target == name), "{kind}/{name} is no target");
        }
    }
}
