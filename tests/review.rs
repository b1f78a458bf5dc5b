//! Reviewing as a user does it: a page made, labelled in a real browser by the keyboard, exported, merged, trained on.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use common::browser::drive;
use lettermark::dataset::{self, sentence_hash};
use lettermark::taxonomy::Taxonomy;
use predicates::prelude::*;
use predicates::str::contains;

const KINGSTON: &str = "datasets/letters/kingston-2018-send-letter.txt";
const READERS: [&str; 2] = ["datasets/labels/kingston.reader-a.csv", "datasets/labels/kingston.reader-b.csv"];

/// A letter whose name and text mean harm.
const HOSTILE_NAME: &str = "\"><img src=x onerror=alert(1)>.txt";
const HOSTILE: &str = "Main findings\n\nPlans are late. <script>alert(1)</script> & \"quoted\", again </script> <!-- said \
                       leaders.\n\n=HYPERLINK(\"http://x.example\",\"click\") is what parents were sent.\n\n-5 days is the wait \
                       that leaders report.\n\n@everyone waits too long for a plan.\n\n{{ 7 * 7 }} ${alert(1)} \
                       </noscript><img src=x onerror=alert(1)> is what a letter should not say.\n";

fn lettermark(arguments: &[&str]) -> Assert {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("lettermark"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("LETTERMARK_MODEL").args(arguments).assert()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn rows(path: &Path) -> Vec<dataset::Example> {
    dataset::read(path, &Taxonomy::default()).unwrap()
}

#[test]
fn a_person_labels_by_keyboard_exports_merges_and_trains() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let letter = at(HOSTILE_NAME);
    fs::write(&letter, HOSTILE).unwrap();
    let pages = ["review.html", "blind.html", "hostile.html"].map(at);
    lettermark(&["review", KINGSTON, "-q", "-o", text(&pages[0])]).success().stdout("");
    lettermark(&["review", KINGSTON, "-q", "-o", text(&pages[1]), "--blind"]).success();
    lettermark(&["review", text(&letter), "-q", "-o", text(&pages[2])]).success();
    let arguments: Vec<PathBuf> = pages.into_iter().chain([folder.path().to_owned()]).collect();
    drive("review.mjs", &arguments);
    if !at("anna.csv").exists() {
        return;
    }

    // Words that a spreadsheet would run are the same words when they are read again.
    let hashes: Vec<String> = rows(&at("hostile.csv")).iter().map(|e| sentence_hash(&e.sentence)).collect();
    let sentences = HOSTILE.split("\n\n").skip(2).map(str::trim);
    assert!(sentences.clone().all(|s| hashes.contains(&sentence_hash(s))), "{hashes:?}");
    assert!(rows(&at("hostile.csv")).iter().any(|e| e.sentence.starts_with("-5 days")));
    assert!(rows(&at("hostile.csv")).iter().all(|e| e.letter == HOSTILE_NAME && e.annotator == "=Eve"));

    let [anna, ben, merged, model] = ["anna.csv", "ben.csv", "merged.csv", "model"].map(at);
    lettermark(&["data", "check", text(&anna), text(&ben), "--no-model"]).success();
    lettermark(&["review", "merge", text(&anna), text(&ben), "-o", text(&merged)])
        .success()
        .stdout(contains("polarity, Cohen's kappa"));
    let conflicts = rows(&at("merged-conflicts.csv"));
    let readers: usize = rows(&merged).iter().map(|e| e.annotator.split("; ").count()).sum();
    assert_eq!(readers + conflicts.len(), rows(&anna).len() + rows(&ben).len(), "no row is lost");
    lettermark(&["train", "--labels", text(&merged), "-o", text(&model), "-q"]).success();
    lettermark(&["model", "verify", text(&model)]).success();
}

#[test]
fn two_readings_are_merged_and_the_adjudicated_one_decides() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (merged, conflicts) = (at("merged.csv"), at("open.csv"));
    lettermark(&["review", "merge", READERS[0], READERS[1], "-o", text(&merged), "--conflicts", text(&conflicts)])
        .success()
        .stdout(contains("464 rows of 2 files").and(contains("theme sets, Krippendorff's alpha (MASI)")))
        .stderr(contains("are labelled differently").and(contains("--adjudicated")));
    for file in [&merged, &conflicts] {
        assert!(fs::read(file).unwrap().starts_with(b"\xEF\xBB\xBF"), "Excel needs the mark");
    }
    assert_eq!(rows(&merged).len() * 2 + rows(&conflicts).len(), 464);
    lettermark(&["data", "check", text(&merged), "--no-model"]).success();

    let adjudicated = "datasets/labels/kingston.csv";
    let arguments = ["-o", text(&merged), "--conflicts", text(&conflicts), "--adjudicated", adjudicated];
    lettermark(&[&["review", "merge", READERS[0], READERS[1]][..], &arguments].concat()).success();
    assert!(rows(&conflicts).is_empty(), "what was in conflict before must not stay");
    let labels = |path: &Path| rows(path).into_iter().map(|e| (e.index, e.polarity, e.themes)).collect::<Vec<_>>();
    assert_eq!(labels(&merged), labels(&Path::new(env!("CARGO_MANIFEST_DIR")).join(adjudicated)));
}

#[test]
fn conflicts_that_nobody_settled_do_not_pass_as_adjudicated() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let merged = at("merged.csv");
    lettermark(&["review", "merge", READERS[0], READERS[1], "-o", text(&merged)]).success();
    let unsettled = at("merged-conflicts.csv");
    let arguments = ["-o", text(&merged), "--adjudicated", text(&unsettled)];
    lettermark(&[&["review", "merge", READERS[0], READERS[1]][..], &arguments].concat())
        .code(1)
        .stderr(contains("merged-conflicts.csv: says two things of"));
    let same = ["-o", text(&merged), "--conflicts", text(&merged)];
    lettermark(&[&["review", "merge", READERS[0], READERS[1]][..], &same].concat())
        .code(1)
        .stderr(contains("name another with --conflicts"));
}

#[test]
fn a_page_is_written_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("review.html");
    lettermark(&["review", KINGSTON, "--labels", "datasets/labels/kingston.csv", "-o", text(&page)])
        .code(1)
        .stderr(contains("every sentence of these letters has a label already"));
    lettermark(&["review", "no-such-letter.txt", "-o", text(&page)])
        .code(1)
        .stderr(contains("none of the inputs could be read"));
    assert!(!page.exists());
    let letter = folder.path().join("short.txt");
    fs::write(&letter, "Main findings\n\nPlans are late. Leaders listen to parents.\n").unwrap();
    lettermark(&["review", text(&letter), "no-such-letter.txt", "-o", text(&page)])
        .code(4)
        .stderr(contains("2 sentences of 1 letter to label"));
    assert!(page.exists());
    lettermark(&["review", text(&letter)]).code(2);
    lettermark(&["review", text(&letter), "-o", text(&page), "--every", "0"]).code(2);
}
