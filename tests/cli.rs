//! The command line as a user meets it: what comes out, where, and how the program ends.

#[path = "common/program.rs"]
mod program;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use predicates::prelude::*;
use predicates::str::{contains, starts_with};
use program::lettermark;
use tempfile::TempDir;

const HEADER: &str = "letter,authority,framework,published,page,start,end,heading,sentence,polarity,polarity_score,\
    themes,theme_scores,needs_review,boilerplate,truncated,model,inspected\r\n";

const KINGSTON: &str = "datasets/letters/kingston-2018-send-letter.txt";

/// A folder with these files in it.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

const LETTER: &str = "# Main findings\n\nLeaders know their area well. Plans are often late and of poor quality.\n";

#[test]
fn into_a_pipe_findings_are_csv_with_the_schema() {
    let folder = folder(&[("a.md", LETTER)]);
    lettermark()
        .args(["classify"])
        .arg(folder.path())
        .assert()
        .success()
        .stdout(starts_with(HEADER))
        .stdout(contains("a.md,,,,,15,44,Main findings,Leaders know their area well.,"))
        .stderr("");
}

#[test]
fn the_table_names_the_letter_its_facts_and_its_headings() {
    let output = lettermark().args(["classify", "--format", "table", KINGSTON]).env("NO_COLOR", "1").output().unwrap();
    let table = String::from_utf8(output.stdout).unwrap();
    let mut lines = table.lines();
    assert_eq!(lines.next(), Some("kingston-2018-send-letter.txt"));
    let facts = lines.next().unwrap();
    for fact in ["Kingston upon Thames", "send_2016", "published 2018-10-23"] {
        assert!(facts.contains(fact), "{facts}");
    }
    assert!(table.contains("Main findings\n"), "{table}");
    assert!(table.contains("\nall counted "), "{table}");
    assert!(!table.contains('\u{1b}'), "no colour into a pipe");
}

#[test]
fn the_format_follows_the_ending_of_the_output() {
    let folder = folder(&[("a.md", LETTER)]);
    let run = |output: &str| {
        let mut command = lettermark();
        command.current_dir(folder.path()).args(["classify", "a.md", "--quiet", "-o", output]);
        command.assert()
    };
    run("out.csv").success().stdout("").stderr("");
    run("out.jsonl").success();
    run("out.txt").success();
    run("out.docx").code(1).stderr(contains(".docx; name one with --format"));
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(read("out.csv").starts_with(HEADER));
    assert!(read("out.jsonl").starts_with("{\"letter\":\"a.md\","));
    assert!(read("out.txt").starts_with("a.md\n"));
    assert_eq!(names(folder.path()), ["a.md", "out.csv", "out.jsonl", "out.txt"], "no temporary file stays");
}

#[test]
fn one_unreadable_letter_is_named_and_stops_no_other() {
    let folder =
        folder(&[("a.md", LETTER), ("b.pdf", "<!doctype html><title>404</title>"), ("c.txt", ""), ("d.md", LETTER)]);
    lettermark()
        .arg("classify")
        .arg(folder.path())
        .arg("nosuch.pdf")
        .assert()
        .code(4)
        .stdout(contains("a.md,").and(contains("d.md,")))
        .stderr(contains("b.pdf: ").and(contains("c.txt: ")).and(contains("nosuch.pdf: ")))
        .stderr(contains("3 of 5 inputs could not be read"));
}

#[test]
fn where_nothing_can_be_read_nothing_is_written() {
    let folder = folder(&[("a.pdf", "<!doctype html><title>404</title>"), ("empty/note.exe", "x"), ("old.csv", "old")]);
    let old = folder.path().join("old.csv");
    for inputs in [vec!["a.pdf"], vec!["empty"], vec!["*.docx"], vec!["nosuch.pdf"]] {
        lettermark()
            .current_dir(folder.path())
            .arg("classify")
            .args(&inputs)
            .args(["-o", "old.csv"])
            .assert()
            .code(1)
            .stdout("")
            .stderr(contains(inputs[0]));
        assert_eq!(fs::read_to_string(&old).unwrap(), "old", "{inputs:?}");
    }
    lettermark().current_dir(folder.path()).args(["classify", "empty"]).assert().code(1).stdout("");
    assert_eq!(names(folder.path()), ["a.pdf", "empty", "old.csv"]);
}

#[test]
fn stdin_is_a_letter_named_dash() {
    lettermark().args(["classify", "-"]).write_stdin(LETTER).assert().success().stdout(contains("\n-,"));
}

#[test]
fn a_table_of_sentences_keeps_its_rows_and_their_context() {
    let folder = folder(&[(
        "s.csv",
        "letter,heading,previous,sentence\nx.pdf,Main,Staff know. They act.,This is not good. It is late.\ny.pdf,,,Good.\n",
    )]);
    lettermark()
        .current_dir(folder.path())
        .args(["classify", "s.csv"])
        .assert()
        .success()
        .stdout(contains("x.pdf,,,,,,,Main,This is not good. It is late.,").and(contains("y.pdf,,,,,,,,Good.,")));
}

#[test]
fn wrong_usage_ends_with_two() {
    for arguments in [vec!["classify"], vec!["classify", "a", "--nosuch"], vec!["classify", "a", "--jobs", "0"], vec![]]
    {
        lettermark().args(&arguments).assert().code(2);
    }
}

#[test]
fn order_and_bytes_do_not_depend_on_the_threads() {
    let letters: Vec<(String, String)> =
        (0..12).map(|i| (format!("{i:02}.md"), format!("{LETTER}Part {i} is weak.\n"))).collect();
    let files: Vec<(&str, &str)> = letters.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let folder = folder(&files);
    let run = |jobs| lettermark().arg("classify").arg(folder.path()).args(["--jobs", jobs]).output().unwrap().stdout;
    let one = run("1");
    assert_eq!(one, run("2"));
    assert_eq!(one, run("5"));
    let text = String::from_utf8(one).unwrap();
    let order: Vec<&str> = text.lines().skip(1).map(|l| &l[..5]).collect();
    assert!(order.is_sorted() && order.len() == 36, "{order:?}");
}

#[test]
fn sentences_of_two_letters_are_boilerplate() {
    let folder = folder(&[
        ("a.txt", "We visited the local area last week. Plans are late.\n"),
        ("b.txt", "We visited the local area last week. Plans are good here.\n"),
    ]);
    let output = lettermark().args(["classify", "--format", "jsonl"]).arg(folder.path()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let marked: Vec<bool> = text.lines().map(|line| line.contains("\"boilerplate\":true")).collect();
    assert_eq!(marked, [true, false, true, false], "{text}");
}

#[test]
fn spans_point_into_the_text_that_the_text_command_prints() {
    let text = String::from_utf8(lettermark().args(["text", KINGSTON]).output().unwrap().stdout).unwrap();
    let text: Vec<char> = text.chars().collect();
    let findings = lettermark().args(["classify", "--format", "jsonl", KINGSTON]).output().unwrap().stdout;
    let findings = String::from_utf8(findings).unwrap();
    assert!(findings.lines().count() > 100);
    for line in findings.lines() {
        let finding: serde_json::Value = serde_json::from_str(line).unwrap();
        let at = |key: &str| finding[key].as_u64().unwrap() as usize;
        let there: String = text[at("start")..at("end")].iter().collect();
        assert_eq!(finding["sentence"], there);
    }
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let mut child = Process::new(assert_cmd::cargo::cargo_bin!("lettermark"))
        .args(["classify", KINGSTON])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn an_output_that_cannot_be_written_is_said_before_the_work() {
    let folder = folder(&[("a.md", LETTER)]);
    for (output, says) in
        [("a.md/out.csv", "could not write a.md/out.csv"), ("nosuch/out.csv", "folder does not exist")]
    {
        lettermark()
            .current_dir(folder.path())
            .args(["classify", "a.md", "-o", output])
            .assert()
            .code(1)
            .stderr(contains(says));
    }
    let itself = folder.path().to_owned();
    lettermark()
        .args(["classify", KINGSTON, "--format", "csv", "-o"])
        .arg(itself)
        .assert()
        .code(1)
        .stderr(contains("is a folder"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure_with_its_reason() {
    let full = || fs::File::options().write(true).open("/dev/full").unwrap();
    let output = Process::new(assert_cmd::cargo::cargo_bin!("lettermark"))
        .args(["classify", KINGSTON])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdout(full())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("No space left on device"));
    lettermark()
        .args(["classify", KINGSTON, "--format", "csv", "-o", "/dev/full"])
        .assert()
        .code(1)
        .stderr(contains("could not write /dev/full: No space left on device"));
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_fails_half_way_leaves_the_old_one() {
    let folder = folder(&[("old.csv", "old")]);
    let old = folder.path().join("old.csv");
    // A limit on the size of files, with its signal ignored, fails as a full disk does: in the middle of writing.
    let script = format!(
        "trap '' XFSZ; ulimit -f 4; exec {:?} classify {KINGSTON} -o {:?}",
        assert_cmd::cargo::cargo_bin!("lettermark"),
        old
    );
    let output = Process::new("sh").args(["-c", &script]).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("old.csv: File too large") && !stderr.contains(".lettermark-"), "{stderr}");
    assert_eq!(fs::read_to_string(&old).unwrap(), "old");
    assert_eq!(names(folder.path()), ["old.csv"]);
}

#[test]
fn a_damaged_model_is_refused_and_its_file_named() {
    let folder = folder(&[("m/manifest.json", "{\"format\":\"something\"}")]);
    for command in [vec!["model", "verify", "m"], vec!["model", "show", "m"]] {
        lettermark()
            .current_dir(folder.path())
            .args(&command)
            .assert()
            .code(1)
            .stdout("")
            .stderr(contains("manifest.json: not the manifest of a model"));
    }
    lettermark()
        .args(["classify", KINGSTON])
        .env("LETTERMARK_MODEL", folder.path().join("m"))
        .assert()
        .code(1)
        .stderr(contains("manifest.json"));
}

fn labels(rows: usize, polarity: &str) -> String {
    let row = |i| {
        format!(
            "l{},\"In area {i} the early help offer is excellent and children thrive.\",{polarity},early_help\n",
            i % 8
        )
    };
    format!("letter,sentence,polarity,themes\n{}", (0..rows).map(row).collect::<String>())
}

#[test]
fn a_gate_that_is_missed_ends_with_three() {
    let folder = folder(&[
        ("wrong.csv", &labels(60, "mixed")),
        ("gate.toml", "minimum_sentences = 10\n[minimum]\npolarity_accuracy = 0.9\n"),
        ("large.toml", "minimum_sentences = 1000\n[minimum]\npolarity_accuracy = 0.9\n"),
    ]);
    let run = |gate: &str| {
        let mut command = lettermark();
        command.current_dir(folder.path()).args([
            "evaluate",
            "--labels",
            "wrong.csv",
            "--gate",
            gate,
            "--format",
            "json",
        ]);
        command.assert()
    };
    run("gate.toml").code(3).stdout(contains("\"verdict\": \"fail\""));
    run("large.toml").code(0).stdout(contains("\"verdict\": \"cannot_tell\"")).stderr(contains("cannot tell"));
    run("nosuch.toml").code(1).stderr(contains("nosuch.toml"));
}

#[test]
fn labels_are_checked_and_compared() {
    let folder = folder(&[
        ("a.csv", &labels(12, "strength")),
        ("b.csv", &labels(12, "neutral")),
        ("bad.csv", "sentence,polarity,themes\nOne.,strenght,early_help\nTwo.,neutral,nosuch\n"),
    ]);
    let run = |arguments: &[&str]| {
        let mut command = lettermark();
        command.current_dir(folder.path()).arg("data").args(arguments);
        command.assert()
    };
    run(&["check", "a.csv"]).success().stdout(contains("nothing is wrong"));
    run(&["check", "bad.csv"])
        .code(1)
        .stdout(contains("bad.csv, line 2, column polarity").and(contains("bad.csv, line 3, column themes")))
        .stderr(contains("2 things"));
    run(&["agreement", "a.csv", "b.csv"])
        .success()
        .stdout(contains("12 sentences in both files").and(contains("first:  strength early_help")));
}

/// The examples that a command's help shows.
fn examples(command: &[&str]) -> Vec<String> {
    let help = lettermark().args(command).arg("--help").output().unwrap();
    assert!(help.status.success(), "{command:?}");
    let help = String::from_utf8(help.stdout).unwrap();
    let start = help.find("Example").unwrap_or_else(|| panic!("no example in {command:?}"));
    help[start..].lines().filter_map(|line| line.strip_prefix("  lettermark ")).map(str::to_owned).collect()
}

#[cfg(unix)]
#[test]
fn the_examples_of_every_help_work() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let here = tempfile::tempdir().unwrap();
    for folder in ["datasets", "eval"] {
        std::os::unix::fs::symlink(repository.join(folder), here.path().join(folder)).unwrap();
    }
    let mut run = Vec::new();
    for command in [
        vec![],
        vec!["classify"],
        vec!["merge"],
        vec!["compare"],
        vec!["search"],
        vec!["explain"],
        vec!["text"],
        vec!["model"],
        vec!["model", "show"],
        vec!["model", "verify"],
        vec!["model", "diff"],
        vec!["evaluate"],
        vec!["train"],
        vec!["data"],
        vec!["data", "check"],
        vec!["data", "agreement"],
        vec!["data", "join"],
        vec!["review"],
        vec!["review", "merge"],
    ] {
        let examples = examples(&command);
        assert!(!examples.is_empty(), "{command:?}");
        run.extend(examples);
    }
    run.sort();
    run.dedup();
    let mut path = vec![PathBuf::from(assert_cmd::cargo::cargo_bin!("lettermark")).parent().unwrap().to_owned()];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    for example in run {
        if example.contains("../shared") {
            println!("skipped: {example} needs the corpus (LETTERMARK_CORPUS)");
            continue;
        }
        let output = Process::new("sh")
            .args(["-c", &format!("lettermark {example}")])
            .env("PATH", std::env::join_paths(&path).unwrap())
            .env_remove("LETTERMARK_MODEL")
            .current_dir(here.path())
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "lettermark {example}: {stderr}");
    }
}

#[test]
fn hostile_names_do_not_reach_the_terminal_as_they_are() {
    let output = lettermark().args(["classify", "a\u{1b}[2Jb.pdf"]).output().unwrap();
    assert!(!output.stderr.contains(&0x1b), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn what_was_encoded_once_is_not_encoded_again() {
    let letters = folder(&[("a.md", "# Findings\n\nPlans are late. Leaders know this well.\n")]);
    let cache = letters.path().join("vectors");
    let kept = || -> Vec<(PathBuf, Vec<u8>)> {
        let files = fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap().path());
        files.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
    };
    let findings = |options: &[&str]| {
        let classify = lettermark().arg("classify").arg(letters.path().join("a.md")).args(options).assert().success();
        String::from_utf8(classify.get_output().stdout.clone()).unwrap()
    };
    let cached = ["--cache", cache.to_str().unwrap()];
    let without = findings(&[]);
    assert_eq!(findings(&cached), without);
    let learned = kept();
    assert_eq!(learned.len(), 1);
    assert_eq!(findings(&cached), without);
    assert!(kept() == learned, "nothing was encoded again");
    assert_eq!(findings(&["--jobs", "1", "--cache", cached[1]]), without);

    fs::write(letters.path().join("a.md"), "# Findings\n\nFamilies wait too long.\n").unwrap();
    assert_eq!(findings(&cached), findings(&[]));
    assert_eq!(kept().len(), 2);
}

#[test]
fn a_cache_that_cannot_be_made_is_named() {
    let letters = folder(&[("a.md", "Plans are late.\n"), ("file", "")]);
    let mut classify = lettermark();
    classify.arg("classify").arg(letters.path().join("a.md")).arg("--cache").arg(letters.path().join("file"));
    classify.assert().code(1).stdout("").stderr(contains("make the cache folder").and(contains("file")));
}
