//! The modules' arrows, held by reading the `crate::` paths of the source: what a module may use is written here.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A module and the modules that it may use. The flow goes one way; `dataset`, `train` and `evaluate` stand beside it, and
/// `train` and `evaluate` meet only in the saved model. `compare`, `search` and `explain` work on findings that are there,
/// with vectors of their own; nothing uses them. `columns` is all that formats and the stream share of Arrow.
const MAY_USE: [(&str, &[&str]); 27] = [
    ("error", &[]),
    ("beside", &[]),
    ("caught", &[]),
    ("interval", &[]),
    ("taxonomy", &["error"]),
    ("columns", &["error"]),
    ("ingest", &["error", "caught", "columns"]),
    ("sentences", &["error", "ingest"]),
    ("encode", &["error"]),
    ("classify", &["error", "beside", "taxonomy", "ingest", "encode"]),
    ("finding", &["error", "taxonomy", "ingest"]),
    ("pipeline", &["error", "taxonomy", "ingest", "sentences", "classify", "finding"]),
    ("contain", &["error", "ingest", "pipeline"]),
    ("runs", &["error", "beside", "taxonomy", "ingest", "classify", "finding", "pipeline"]),
    // Its tests put an encoder of their own in place.
    ("stream", &["error", "caught", "ingest", "encode", "classify", "columns"]),
    ("model", &["error", "encode", "classify", "finding", "pipeline"]),
    ("output", &["error", "taxonomy", "ingest", "finding", "columns"]),
    ("dataset", &["error", "taxonomy", "interval", "ingest", "sentences", "finding"]),
    ("train", &["error", "taxonomy", "interval", "encode", "classify", "dataset"]),
    ("evaluate", &["error", "taxonomy", "interval", "ingest", "classify", "finding", "output", "dataset"]),
    ("review", &["error", "taxonomy", "interval", "ingest", "sentences", "classify", "finding", "pipeline", "dataset"]),
    ("words", &[]),
    ("vectors", &["error", "encode"]),
    (
        "compare",
        &["error", "taxonomy", "ingest", "encode", "classify", "finding", "output", "dataset", "vectors", "words"],
    ),
    ("search", &["error", "taxonomy", "encode", "finding", "dataset", "vectors", "words"]),
    ("explain", &["error", "taxonomy", "encode", "classify", "dataset", "vectors"]),
    ("lib", &[]),
];

#[test]
fn modules_use_only_what_stands_before_them() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for file in rust_files(&src) {
        let inside = file.strip_prefix(&src).unwrap();
        let module = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        if module == "cli" || module == "main" {
            continue;
        }
        let Some((_, may_use)) = MAY_USE.iter().find(|(name, _)| *name == module) else {
            panic!("{module} is not in the table: say which modules it may use");
        };
        seen.insert(module.to_owned());
        for used in used_modules(&fs::read_to_string(&file).unwrap()) {
            if used != module && !may_use.contains(&used.as_str()) {
                wrong.push(format!("{}: {module} uses {used}", inside.display()));
            }
        }
    }
    assert!(seen.len() > 10, "the source was not found: {seen:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_library_is_not_named_by_the_command_line_from_inside() {
    // `src/cli` belongs to the program, which uses the library as any other program does.
    for file in rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli")) {
        let text = fs::read_to_string(&file).unwrap();
        assert!(!text.contains("crate::"), "{} uses crate::", file.display());
        assert!(!text.contains("unsafe"), "{} is unsafe", file.display());
    }
}

/// The modules that a file's `crate::` paths name. What the crate's root re-exports belongs to `error` and `model`.
fn used_modules(text: &str) -> BTreeSet<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut used = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with(|c: char| c == '$' || c == '_' || c.is_alphanumeric()) {
            continue;
        }
        let name: String =
            code[at + "crate::".len()..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        used.insert(match name.as_str() {
            "Error" | "ErrorKind" | "Result" => "error".to_owned(),
            "Model" => "model".to_owned(),
            _ => name,
        });
    }
    used
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files
}

#[test]
fn paths_are_found_wherever_they_stand() {
    let text = "use crate::error::Error;\n// crate::output\nlet x = crate::Result::Ok(());\nuse lettermark_crate::y;";
    assert_eq!(used_modules(text), BTreeSet::from(["error".to_owned()]));
}
