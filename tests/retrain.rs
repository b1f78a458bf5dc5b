//! Retraining as a user does it, with the program: labels in, a model of one's own out, scores, findings, comparisons.
//! Nothing but the repository is needed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
use std::time::Duration;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use lettermark::classify::Bundle;
use predicates::prelude::*;
use predicates::str::contains;

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Runs the program in a folder from which no corpus can be seen.
fn run(folder: &Path, arguments: &[&str]) -> Assert {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("lettermark"));
    command.current_dir(folder).env_remove("LETTERMARK_MODEL").env_remove("LETTERMARK_CORPUS");
    command.args(arguments).assert()
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

const TAXONOMY: &str = r#"name = "dogs"
version = "1.0.0"
[[theme]]
id = "walks"
name = "Walks"
definition = "Being taken out"
[[theme]]
id = "food"
name = "Food"
definition = "What is fed"
[[theme]]
id = "vets"
name = "Vets"
definition = "Being looked after"
[[theme]]
id = "training"
name = "Training"
definition = "What is taught"
[[theme]]
id = "none"
name = "None"
definition = "Nothing of these"
"#;

/// Sentences of six letters; `training` has eight, the others twelve.
fn dogs() -> String {
    let kinds = [
        ("The dogs are walked twice every day at kennel", "strength", "walks", 12),
        ("The food that is given to puppies is poor at kennel", "weakness", "food", 12),
        ("Visits of the vet are regular but recorded badly at kennel", "mixed", "vets", 12),
        ("Nobody teaches young dogs to sit at kennel", "weakness", "training", 8),
        ("The inspection took place in May at kennel", "neutral", "none", 12),
    ];
    let row = |i: usize| {
        kinds
            .iter()
            .filter(move |kind| i < kind.3)
            .map(move |(words, polarity, theme, _)| format!("report {},{words} {i}.,{polarity},{theme}\n", i % 6))
    };
    format!("letter,sentence,polarity,themes\n{}", (0..12).flat_map(row).collect::<String>())
}

#[test]
fn a_taxonomy_of_ones_own_goes_from_labels_to_findings() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("taxonomy.toml"), TAXONOMY).unwrap();
    fs::write(at.join("dogs.csv"), dogs()).unwrap();
    fs::write(at.join("new.csv"), "sentence\nThe dogs are walked daily.\nThe food of the puppies is poor.\n").unwrap();

    run(at, &["train", "--labels", "dogs.csv", "--taxonomy", "taxonomy.toml", "--curve", "-o", "dogs", "-q"])
        .success()
        .stdout(contains("56 sentences of 6 letters, 5 themes").and(contains("Learning curve")))
        .stderr(contains("\"training\" has 8 training sentences: too few to trust"));
    let curve = fs::read_to_string(at.join("dogs.curve.csv")).unwrap();
    assert_eq!(curve.lines().count(), 1 + 3 * 5 + 1, "{curve}");
    assert!(fs::read_to_string(at.join("dogs.curve.svg")).unwrap().starts_with("<svg"));
    // What its encoder reads with a sentence was learned before.
    let context = Bundle::open(&at.join("dogs")).unwrap().manifest().context;
    assert_eq!(context, Bundle::built_in().unwrap().manifest().context);

    run(at, &["evaluate", "--labels", "dogs.csv", "--model", "dogs"]).success().stdout(
        contains("walks").and(contains("Seen in training")).and(contains("of 56 sentences, 56 stand word for word")),
    );
    let output = run(at, &["classify", "new.csv", "--model", "dogs", "-o", "found.csv"]).success();
    drop(output);
    let found = fs::read_to_string(at.join("found.csv")).unwrap();
    let themes: Vec<String> = csv::Reader::from_reader(found.as_bytes())
        .records()
        .map(|record| record.unwrap()[11].split(';').next().unwrap().to_owned())
        .collect();
    assert_eq!(themes, ["walks", "food"], "{found}");
}

#[test]
fn kingston_alone_is_evaluated_on_croydon_and_the_reverse() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let labels = ["kingston", "croydon"].map(|name| repository(&format!("datasets/labels/{name}.csv")));
    for (model, on) in [(0, 1), (1, 0)] {
        let name = ["kingston-model", "croydon-model"][model];
        run(at, &["train", "--labels", path(&labels[model]), "-o", name, "-q"]).success();
        run(at, &["evaluate", "--labels", path(&labels[on]), "--model", name, "--format", "json"])
            .success()
            .stdout(contains("\"polarity_accuracy\"").and(contains("\"Seen in training\"")));
    }
    // Two models that learned from different letters do not say the same.
    run(at, &["model", "diff", "kingston-model", "croydon-model", "--on", path(&labels[1])]).success().stdout(
        contains("48 sentences; old: kingston-model-")
            .and(contains("Polarity, from old to new"))
            .and(contains("label ")),
    );
    let letter = repository("datasets/letters/croydon-2019-monitoring-visit.txt");
    let flips = run(
        at,
        &[
            "model",
            "diff",
            "kingston-model",
            "croydon-model",
            "--on",
            path(&letter),
            "--format",
            "csv",
            "-o",
            "flips.csv",
        ],
    );
    flips.success();
    let flips = fs::read_to_string(at.join("flips.csv")).unwrap();
    assert!(flips.starts_with("letter,sentence,old_polarity,new_polarity,") && flips.lines().count() > 1, "{flips}");
    run(at, &["model", "diff", "croydon-model", "croydon-model", "--on", path(&letter), "--format", "csv"])
        .success()
        .stdout(predicate::function(|out: &str| out.lines().count() == 1));
}

#[test]
fn heads_that_were_trained_elsewhere_are_taken_as_they_are_and_calibrated() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let labels = ["kingston", "croydon"].map(|name| repository(&format!("datasets/labels/{name}.csv")));
    let labels = labels.each_ref().map(|labels| path(labels));
    let (base, heads) = (repository("models/default"), repository("models/default/heads.safetensors"));
    let train = ["train", "--base", path(&base), "--heads", path(&heads), "-q"];
    let output = ["-o", "taken"];
    fs::write(at.join("valid.txt"), "croydon-2017-inspection.txt\ncroydon-2019-monitoring-visit.txt\n").unwrap();

    run(at, &[&train[..], &["--labels", labels[0], labels[1], "--valid-letters", "valid.txt"], &output].concat())
        .success()
        .stdout(
            contains("232 sentences of 1 letters").and(contains("on letters held out from training (48 sentences)")),
        );
    let (given, taken) = (Bundle::open(&base).unwrap(), Bundle::open(&at.join("taken")).unwrap());
    assert_eq!(taken.heads(), given.heads());
    assert_eq!(taken.manifest().context, given.manifest().context);
    assert_ne!(taken.manifest().calibration, given.manifest().calibration);
    assert_eq!(taken.manifest().training.method, "Encoder and heads trained elsewhere");

    // Heads of another taxonomy are refused, and nothing is left.
    fs::write(at.join("taxonomy.toml"), TAXONOMY).unwrap();
    fs::write(at.join("dogs.csv"), dogs()).unwrap();
    let dogs = ["--labels", "dogs.csv", "--taxonomy", "taxonomy.toml", "-o", "dogs"];
    run(at, &[&train[..], &dogs].concat()).code(1).stderr(contains("16 × 384 weights"));
    assert!(!at.join("dogs").exists());
}

#[test]
fn a_doubt_is_no_error_and_an_error_is() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    // Line 2 and line 3 are one template; a third of its uses is labelled otherwise.
    let row = |i: usize| {
        let polarity = if i % 15 == 4 { "weakness" } else { "strength" };
        format!(
            "letter {},Leaders in area {i} know every child and plan very well for them.,{polarity},leadership\n",
            i % 7
        )
    };
    let labels = format!("letter,sentence,polarity,themes\n{}", (0..60).map(row).collect::<String>());
    fs::write(at.join("labels.csv"), &labels).unwrap();
    run(at, &["data", "check", "labels.csv", "--no-model"])
        .success()
        .stdout(
            contains("nothing is wrong").and(contains("60 times nearly")).and(contains("weakness: labels.csv, line 6")),
        )
        .stdout(contains("confident learning").not());
    run(at, &["data", "check", "labels.csv", "-q"])
        .success()
        .stdout(contains("confident learning").and(contains("rather strength")));
    fs::write(at.join("bad.csv"), labels.replacen("strength", "strenght", 1)).unwrap();
    run(at, &["data", "check", "labels.csv", "bad.csv", "--no-model"])
        .code(1)
        .stdout(contains("bad.csv, line 2, column polarity"))
        .stderr(contains("1 thing to put right"));
}

#[test]
fn too_few_letters_for_a_curve_are_said_and_the_model_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("dogs.csv"), dogs().replace("report 4", "report 0").replace("report 5", "report 1")).unwrap();
    fs::write(at.join("taxonomy.toml"), TAXONOMY).unwrap();
    run(at, &["train", "--labels", "dogs.csv", "--taxonomy", "taxonomy.toml", "--curve", "-o", "dogs", "-q"])
        .success()
        .stderr(contains("a learning curve needs 5 letters or more").and(contains("4 are named")));
    assert!(at.join("dogs/manifest.json").exists() && !at.join("dogs.curve.svg").exists());
}

#[cfg(unix)]
#[test]
fn an_interrupted_training_leaves_the_old_model_whole() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let labels = repository("datasets/labels/croydon.csv");
    run(at, &["train", "--labels", path(&labels), "-o", "model", "-q"]).success();
    let before = Bundle::open(&at.join("model")).unwrap();
    // Whenever it is stopped: while it reads, encodes, fits or writes.
    for wait in [20, 200, 500, 1000, 2000] {
        let mut training = Process::new(assert_cmd::cargo::cargo_bin!("lettermark"))
            .current_dir(at)
            .args(["train", "--labels", path(&labels), "--seed", "2", "-o", "model", "-q"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(wait));
        let _ = Process::new("kill").args(["-INT", &training.id().to_string()]).stderr(Stdio::null()).status().unwrap();
        training.wait().unwrap();
        let after = Bundle::open(&at.join("model")).unwrap();
        assert_eq!(after.taxonomy(), before.taxonomy(), "stopped after {wait} ms");
        assert!(Bundle::verify(&at.join("model")).unwrap().is_empty(), "stopped after {wait} ms");
    }
}

#[test]
fn a_letter_to_leave_out_that_no_label_is_of_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("apart.txt"), "kingston-2018-send-leter.txt\n").unwrap();
    let labels = repository("datasets/labels/kingston.csv");
    run(at, &["train", "--labels", path(&labels), "--without-letters", "apart.txt", "-o", "model"])
        .code(1)
        .stderr(contains("apart.txt").and(contains("kingston-2018-send-leter.txt")));
    assert!(!at.join("model").exists());
}
