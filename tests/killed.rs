//! The program killed at any moment, interrupted, and before a full or a read-only disk: no half file, nothing lost, nothing
//! twice.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use lettermark::classify::Bundle;
use tempfile::TempDir;

fn program() -> PathBuf {
    assert_cmd::cargo::cargo_bin!("lettermark").to_owned()
}

fn lettermark(at: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    command.current_dir(at).env_remove("LETTERMARK_MODEL").args(arguments);
    command
}

fn done(at: &Path, arguments: &[&str]) -> Output {
    let output = lettermark(at, arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn start(at: &Path, arguments: &[&str]) -> Child {
    lettermark(at, arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn signal(child: &Child, signal: &str) {
    // One that has ended meanwhile cannot be signalled, and need not.
    let _ = Command::new("kill").args([signal, &child.id().to_string()]).stderr(Stdio::null()).status().unwrap();
}

/// Moments between nothing and one, the same in each run of the test (an xorshift generator).
fn moments(seed: u64) -> impl Iterator<Item = f64> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 53) as f64
    })
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn leftovers(folder: &Path) -> Vec<String> {
    names(folder).into_iter().filter(|name| name.starts_with(".lettermark-")).collect()
}

/// A folder "letters" with so many of them, which share a sentence.
fn letters(count: usize) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("letters")).unwrap();
    for i in 0..count {
        let text = format!("# Findings\n\nWe visited the local area last week. Plans of part {i} are late and poor.\n");
        fs::write(folder.path().join(format!("letters/{i:02}.md")), text).unwrap();
    }
    folder
}

/// How often the journal of a run calls each letter done; a last line that was cut does not count.
fn journal(run: &Path) -> BTreeMap<String, usize> {
    let mut done = BTreeMap::new();
    for line in fs::read_to_string(run.join("run.jsonl")).unwrap_or_default().lines() {
        let Ok(line) = serde_json::from_str::<serde_json::Value>(line) else { continue };
        if let Some(name) = line["entry"]["done"]["letter"].as_str() {
            *done.entry(name.to_owned()).or_default() += 1;
        }
    }
    done
}

#[test]
fn a_run_killed_at_twenty_moments_loses_nothing_and_counts_nothing_twice() {
    const LETTERS: usize = 12;
    let folder = letters(LETTERS);
    let at = folder.path();
    let resume = |run: &str| {
        ["classify", "letters", "--resume", "-q", "-o"].map(str::to_owned).into_iter().chain([run.to_owned()])
    };
    let begun = Instant::now();
    done(at, &["classify", "letters", "-q", "-o", "one.csv"]);
    let whole = begun.elapsed();
    let mut moments = moments(20);
    let mut stopped_in_the_middle = 0;
    for round in 0..4 {
        let run = format!("run{round}");
        let arguments: Vec<String> = resume(&run).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut before = BTreeMap::new();
        for (kill, moment) in moments.by_ref().take(5).enumerate() {
            let mut child = start(at, &arguments);
            if kill % 2 == 0 {
                thread::sleep(whole.mul_f64(moment));
            } else {
                // Most of a short run is its start: every other kill waits for a letter to be done.
                let letter = 1 + (moment * (LETTERS - 1) as f64) as usize;
                while journal(&at.join(&run)).len() < letter && child.try_wait().unwrap().is_none() {
                    thread::sleep(Duration::from_micros(200));
                }
            }
            signal(&child, "-KILL");
            child.wait().unwrap();
            let after = journal(&at.join(&run));
            assert!(before.keys().all(|name| after.contains_key(name)), "what was done is lost: {before:?}, {after:?}");
            assert!(after.values().all(|&times| times == 1), "{after:?}");
            stopped_in_the_middle += usize::from(!after.is_empty() && after.len() < LETTERS);
            for name in fs::read_dir(at.join(&run).join("letters")).into_iter().flatten() {
                let path = name.unwrap().path();
                if path.extension().is_some_and(|extension| extension == "json") {
                    let text = fs::read(&path).unwrap();
                    assert!(serde_json::from_slice::<serde_json::Value>(&text).is_ok(), "{} is half", path.display());
                }
            }
            before = after;
        }
        done(at, &arguments);
        assert_eq!(journal(&at.join(&run)).len(), LETTERS);
        assert!(leftovers(&at.join(&run)).is_empty() && leftovers(&at.join(&run).join("letters")).is_empty());
        done(at, &["merge", &run, "-q", "-o", "merged.csv"]);
        assert_eq!(fs::read(at.join("merged.csv")).unwrap(), fs::read(at.join("one.csv")).unwrap(), "round {round}");
    }
    println!("{stopped_in_the_middle} of 20 kills fell between the first letter and the last");
}

const LABELS: &str = "datasets/labels/croydon.csv";

fn repository(path: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path).to_str().unwrap().to_owned()
}

#[test]
fn a_training_killed_at_any_moment_leaves_the_old_model_or_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let labels = repository(LABELS);
    let train = |seed: &str| {
        ["train", "--labels", &labels, "--cache", "cache", "--seed", seed, "-o", "model", "-q"].map(str::to_owned)
    };
    let run = |seed: &str, then: &mut dyn FnMut(&mut Child)| {
        let arguments = train(seed);
        let mut child = start(at, &arguments.each_ref().map(String::as_str));
        then(&mut child);
        child.wait().unwrap();
    };
    run("1", &mut |_| {});
    let begun = Instant::now();
    run("1", &mut |_| {});
    let whole = begun.elapsed();
    let old = Bundle::open(&at.join("model")).unwrap().manifest().id.clone();
    for (seed, moment) in (2..).zip(moments(6).take(20)) {
        run(&seed.to_string(), &mut |child| {
            if seed % 3 == 0 {
                thread::sleep(whole.mul_f64(moment));
            } else {
                // The writing is short beside the fitting: it begins when the first file appears.
                let writes = || leftovers(at).iter().any(|name| at.join(name).join("new/encoder.safetensors").exists());
                while !writes() && child.try_wait().unwrap().is_none() {
                    thread::sleep(Duration::from_millis(1));
                }
                thread::sleep(Duration::from_millis(60).mul_f64(moment));
            }
            signal(child, "-KILL");
        });
        let model = Bundle::open(&at.join("model")).unwrap();
        assert!(Bundle::verify(&at.join("model")).unwrap().is_empty(), "seed {seed}");
        assert!(model.manifest().id.starts_with("model-"), "{} after {old}", model.manifest().id);
    }
    run("99", &mut |_| {});
    assert_eq!(names(at), ["cache", "model"], "the next training takes away what the killed ones left");
}

#[test]
fn labels_killed_while_they_are_merged_are_the_old_or_the_new_ones() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let readers = ["datasets/labels/kingston.reader-a.csv", "datasets/labels/kingston.reader-b.csv"].map(repository);
    let merge = ["review", "merge", &readers[0], &readers[1], "-o", "merged.csv"];
    let begun = Instant::now();
    done(at, &merge);
    let whole = begun.elapsed();
    let files = ["merged.csv", "merged-conflicts.csv"];
    let new: Vec<Vec<u8>> = files.iter().map(|name| fs::read(at.join(name)).unwrap()).collect();
    for moment in moments(7).take(20) {
        files.iter().for_each(|name| fs::write(at.join(name), "old").unwrap());
        let mut child = start(at, &merge);
        thread::sleep(whole.mul_f64(moment * 1.2));
        signal(&child, "-KILL");
        child.wait().unwrap();
        for (name, new) in files.iter().zip(&new) {
            let there = fs::read(at.join(name)).unwrap();
            assert!(there == b"old" || there == *new, "{name} is {} bytes", there.len());
        }
    }
    done(at, &merge);
    assert_eq!(names(at), ["merged-conflicts.csv", "merged.csv"]);
}

#[test]
fn an_interrupted_program_leaves_nothing_behind() {
    let folder = letters(12);
    let at = folder.path();
    for arguments in [
        &["classify", "letters", "-q", "--format", "html", "-o", "pages"][..],
        &["classify", "letters", "-q", "-o", "findings.csv"],
        &["review", "letters", "-q", "-o", "review.html"],
    ] {
        let mut child = start(at, arguments);
        while leftovers(at).is_empty() && child.try_wait().unwrap().is_none() {
            thread::sleep(Duration::from_millis(1));
        }
        signal(&child, "-INT");
        let status = child.wait().unwrap();
        match status.code() {
            Some(130) => assert_eq!(names(at), ["letters"], "{arguments:?}"),
            // It was done before the signal came.
            code => assert_eq!((code, leftovers(at)), (Some(0), Vec::new()), "{arguments:?}"),
        }
        for name in names(at).into_iter().filter(|name| name != "letters") {
            let path = at.join(name);
            if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
        }
    }
}

/// Runs the program where no file can be larger than so many kilobytes: writing fails in the middle, as on a full disk.
fn on_a_full_disk(at: &Path, kilobytes: usize, arguments: &[&str]) -> Output {
    let quoted: Vec<String> = arguments.iter().map(|argument| format!("'{argument}'")).collect();
    let script =
        format!("trap '' XFSZ; ulimit -f {}; exec '{}' {}", 2 * kilobytes, program().display(), quoted.join(" "));
    Command::new("sh").args(["-c", &script]).current_dir(at).env_remove("LETTERMARK_MODEL").output().unwrap()
}

#[test]
fn a_full_disk_is_an_error_that_names_the_file_and_leaves_no_half_of_it() {
    let folder = letters(1);
    let at = folder.path();
    let long: String = (0..60).map(|i| format!("Plans of part {i} are late and poor. ")).collect();
    fs::write(at.join("letters/long.md"), &long).unwrap();
    // Labels without conflicts: a file of conflicts is written first, and is whole where the labels fail.
    let (labels, others) = (repository(LABELS), repository("datasets/labels/kingston.csv"));
    let findings = format!("letter,sentence,polarity,themes\n{}", "a,Plans are late.,weakness,ehc_plans\n".repeat(200));
    fs::write(at.join("letters/findings.csv"), findings).unwrap();
    for arguments in [
        &["classify", "letters/long.md", "-q", "-o", "new"][..],
        &["classify", "letters/long.md", "-q", "--format", "html", "-o", "new"],
        &["classify", "letters/long.md", "-q", "-o", "new.xlsx"],
        &["classify", "letters/long.md", "-q", "-o", "new.parquet"],
        &["classify", "letters/long.md", "-q", "-o", "new.qdpx"],
        &["review", "letters/long.md", "-q", "-o", "new"],
        &["review", "merge", &labels, &others, "-o", "new"],
        &["compare", "letters/findings.csv", "-o", "new.html"],
        &["train", "--labels", &labels, "-q", "-o", "new"],
    ] {
        let output = on_a_full_disk(at, 2, arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {stderr}");
        // A workbook grows in a temporary file of its library.
        let named = stderr.contains("new") || stderr.contains("the workbook could not be written");
        assert!(named && stderr.contains("File too large"), "{arguments:?}: {stderr}");
        assert!(!stderr.contains("internal error"), "{arguments:?}: {stderr}");
        assert!(!stderr.contains(".lettermark-"), "{stderr}");
        assert_eq!(names(at), ["letters"], "{arguments:?}");
    }
}

#[test]
fn a_run_on_a_full_disk_keeps_what_is_done_and_goes_on_when_there_is_room() {
    // Of twelve letters the second is too long for the disk; of forty, the journal.
    for (count, long) in [(12, "01.md"), (40, "")] {
        let folder = letters(count);
        let at = folder.path();
        if !long.is_empty() {
            let text: String = (0..800).map(|i| format!("Plans of part {i} are late and poor. ")).collect();
            fs::write(at.join("letters").join(long), text).unwrap();
        }
        let resume = ["classify", "letters", "--resume", "--jobs", "1", "-q", "-o", "run"];
        let output = on_a_full_disk(at, 8, &resume);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        let named = if long.is_empty() { "run.jsonl" } else { long };
        assert!(stderr.contains(named) && stderr.contains("File too large"), "{stderr}");
        let before = journal(&at.join("run"));
        assert!(!before.is_empty() && before.len() < count, "{before:?}");
        assert!(leftovers(&at.join("run")).is_empty() && leftovers(&at.join("run/letters")).is_empty());

        done(at, &resume);
        let after = journal(&at.join("run"));
        assert!(before.keys().all(|name| after.contains_key(name)), "{before:?}, {after:?}");
        assert!(after.len() == count && after.values().all(|&times| times == 1), "{after:?}");
        done(at, &["merge", "run", "-q", "-o", "merged.csv"]);
        done(at, &["classify", "letters", "-q", "-o", "one.csv"]);
        assert_eq!(fs::read(at.join("merged.csv")).unwrap(), fs::read(at.join("one.csv")).unwrap());
    }
}

/// A program that runs another without the powers of root; `None` where there is none.
fn without_powers() -> Option<Vec<&'static str>> {
    let probe = |command: &[&'static str]| {
        let output = Command::new(command[0]).args(&command[1..]).args(["id", "-u"]).output().ok()?;
        (output.status.success() && output.stdout != b"0\n").then(|| command.to_vec())
    };
    probe(&["env"]).or_else(|| probe(&["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]))
}

#[test]
fn a_folder_that_cannot_be_written_is_said_and_stays_as_it_is() {
    use std::os::unix::fs::PermissionsExt;
    let Some(user) = without_powers() else {
        println!("skipped: needs setpriv (util-linux), or a user that is not root");
        return;
    };
    let folder = letters(1);
    let at = folder.path();
    fs::create_dir(at.join("closed")).unwrap();
    fs::write(at.join("closed/old.csv"), "old").unwrap();
    // A run that cannot go on: its letters have changed, and nothing can be written to it.
    done(at, &["classify", "letters", "--resume", "-q", "-o", "begun"]);
    fs::write(at.join("letters/new.md"), "Families wait too long for help.\n").unwrap();
    let run = || {
        ["begun", "begun/letters"]
            .map(|folder| (names(&at.join(folder)), fs::read(at.join("begun/run.jsonl")).unwrap()))
    };
    let before = run();
    for (path, mode) in [
        ("closed", 0o555),
        ("closed/old.csv", 0o444),
        ("begun", 0o555),
        ("begun/letters", 0o555),
        ("begun/run.jsonl", 0o444),
        ("", 0o755),
        ("letters", 0o755),
    ] {
        fs::set_permissions(at.join(path), fs::Permissions::from_mode(mode)).unwrap();
    }
    if !Command::new(user[0]).args(&user[1..]).arg(program()).arg("--version").output().unwrap().status.success() {
        println!("skipped: the program stands where only root can read it");
        return;
    }
    let (labels, reader) = (repository(LABELS), repository("datasets/labels/croydon.reader-a.csv"));
    for (folder, arguments) in [
        ("closed", &["classify", "letters", "-q", "-o", "closed/old.csv"][..]),
        ("closed", &["classify", "letters", "-q", "-o", "closed/new.csv"]),
        ("closed", &["classify", "letters", "-q", "--format", "html", "-o", "closed/pages"]),
        ("closed", &["classify", "letters", "-q", "--resume", "-o", "closed/run"]),
        ("begun", &["classify", "letters", "-q", "--resume", "-o", "begun"]),
        ("closed", &["review", "merge", &labels, &reader, "-o", "closed/merged.csv"]),
        ("closed", &["train", "--labels", &labels, "-q", "-o", "closed/model"]),
    ] {
        let output = Command::new(user[0])
            .args(&user[1..])
            .arg(program())
            .args(arguments)
            .current_dir(at)
            .env_remove("LETTERMARK_MODEL")
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).to_lowercase();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {stderr}");
        assert!(stderr.contains(folder) && !stderr.contains(".lettermark-"), "{arguments:?}: {stderr}");
        assert!(stderr.contains("permission denied") || stderr.contains("read-only"), "{arguments:?}: {stderr}");
        assert_eq!(names(&at.join("closed")), ["old.csv"], "{arguments:?}");
    }
    assert_eq!(fs::read_to_string(at.join("closed/old.csv")).unwrap(), "old");
    assert_eq!(run(), before);
    for path in ["closed", "begun", "begun/letters"] {
        fs::set_permissions(at.join(path), fs::Permissions::from_mode(0o755)).unwrap();
    }
}
