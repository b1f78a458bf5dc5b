//! Runs that are kept in a folder: shards and resumed runs give the bytes of one run, in every format.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use predicates::prelude::*;
use predicates::str::contains;
use tempfile::TempDir;

fn lettermark(at: &Path, arguments: &[&str]) -> Assert {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("lettermark"));
    command.current_dir(at).env_remove("LETTERMARK_MODEL").args(arguments).assert()
}

/// Letters that share a sentence, one that is a copy of another, a table of two letters, and one that cannot be read.
fn letters() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let letters = folder.path().join("letters");
    fs::create_dir(&letters).unwrap();
    for name in ["a", "b", "c", "d", "e"] {
        let text =
            format!("# Findings\n\nWe visited the local area last week. Plans of part {name} are late and poor.\n");
        fs::write(letters.join(name).with_extension("md"), text).unwrap();
    }
    fs::copy(letters.join("a.md"), letters.join("copy.md")).unwrap();
    fs::write(letters.join("scan.pdf"), "<!doctype html><title>404</title>").unwrap();
    let table = "letter,sentence\nx,We visited the local area last week.\ny,Families wait too long for help.\n";
    fs::write(folder.path().join("table.csv"), table).unwrap();
    folder
}

const INPUTS: [&str; 2] = ["letters", "table.csv"];

/// What stands in a file, or in the files of a folder.
fn bytes(path: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    match fs::read_dir(path) {
        Err(_) => vec![(PathBuf::new(), fs::read(path).unwrap())],
        Ok(entries) => {
            let mut files: Vec<_> = entries
                .map(|entry| entry.unwrap().path())
                .map(|path| (path.file_name().unwrap().into(), fs::read(&path).unwrap()))
                .collect();
            files.sort();
            files
        }
    }
}

#[test]
fn shards_and_a_resumed_run_merge_into_the_bytes_of_one_run() {
    let folder = letters();
    let at = folder.path();
    let classify = |more: &[&str]| {
        let arguments = [&["classify"][..], &INPUTS, more].concat();
        lettermark(at, &arguments).code(4).stderr(contains("scan.pdf: is a web page"))
    };
    classify(&["--resume", "-o", "whole"]).stderr(contains("findings of 7 inputs are in whole"));
    // Again: nothing is judged twice, what failed is tried again.
    classify(&["--resume", "-o", "whole"]).stderr(contains("findings of 7 inputs, 7 of them from before are in whole"));
    for shard in ["1/3", "2/3", "3/3"] {
        let output = format!("shard{}", &shard[..1]);
        let arguments = [&["classify"][..], &INPUTS, &["--shard", shard, "-q", "-o", &*output]].concat();
        let ended = lettermark(at, &arguments).get_output().status.code();
        assert!(matches!(ended, Some(0 | 4)), "{shard}: {ended:?}");
    }
    for name in ["findings.csv", "findings.jsonl", "findings.txt", "findings.xlsx", "findings.qdpx", "pages"] {
        let format: &[&str] = if name == "pages" { &["--format", "html"] } else { &[] };
        let [one, resumed, sharded] = ["one", "resumed", "sharded"].map(|kind| format!("{kind}-{name}"));
        classify(&[&["-o", &*one][..], format].concat());
        for (folders, output) in [(&["whole"][..], &resumed), (&["shard2", "shard3", "shard1"], &sharded)] {
            let arguments = [&["merge"][..], folders, &["-o", output], format].concat();
            lettermark(at, &arguments)
                .code(4)
                .stderr(contains("scan.pdf: is a web page").and(contains("1 of 9 inputs could not be read")))
                .stderr(contains("copy.md has the same text as a.md"));
            assert!(bytes(&at.join(&one)) == bytes(&at.join(output)), "{output} is not as {one}");
        }
    }
    let csv = fs::read_to_string(at.join("sharded-findings.csv")).unwrap();
    assert!(csv.contains("true") && csv.contains("\nx,"), "{csv}");
}

#[test]
fn only_new_and_changed_letters_are_judged_again() {
    let folder = letters();
    let at = folder.path();
    let resume = || lettermark(at, &["classify", "letters", "--resume", "-o", "run"]);
    resume().code(4).stderr(contains("6 inputs are in run"));
    fs::write(at.join("letters/a.md"), "Plans are good now, and leaders know it.\n").unwrap();
    fs::write(at.join("letters/new.md"), "Families wait too long for help.\n").unwrap();
    fs::remove_file(at.join("letters/b.md")).unwrap();
    fs::write(at.join("letters/scan.pdf"), "").unwrap();
    resume().code(4).stderr(contains("6 inputs, 4 of them from before").and(contains("scan.pdf: is empty")));
    lettermark(at, &["classify", "letters", "-o", "one.csv"]).code(4);
    lettermark(at, &["merge", "run", "-o", "merged.csv"]).code(4);
    assert_eq!(bytes(&at.join("one.csv")), bytes(&at.join("merged.csv")));
}

#[test]
fn a_run_does_not_go_on_as_another_and_is_not_merged_half() {
    let folder = letters();
    let at = folder.path();
    lettermark(at, &["classify", "letters", "--shard", "1/2", "-q", "-o", "run"]);
    lettermark(at, &["classify", "letters", "--shard", "2/2", "-q", "-o", "run"])
        .code(1)
        .stderr(contains("was begun with shard 1/2, and this is 2/2").and(contains("name another folder")));
    lettermark(at, &["classify", "letters", "--shard", "1/2", "--max-pages", "9", "-q", "-o", "run"])
        .code(1)
        .stderr(contains("was begun with a higher --max-pages"));
    lettermark(at, &["merge", "run"]).code(1).stdout("").stderr(contains("shard 2/2 is missing"));
    lettermark(at, &["merge", "letters"]).code(1).stdout("").stderr(contains("holds no run"));
    lettermark(at, &["classify", "letters", "--resume", "-o", "letters"]).code(1).stderr(contains("and no run"));
    for wrong in [&["--resume"][..], &["--shard", "3/2", "-o", "x"], &["--resume", "--format", "csv", "-o", "x"]] {
        lettermark(at, &[&["classify", "letters"][..], wrong].concat()).code(2);
    }
}
