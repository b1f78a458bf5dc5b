//! What `SECURITY.md` promises: no network, no steering of a terminal, no file outside the folder, no formula.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use assert_cmd::cargo::cargo_bin;
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const LETTER: &str = "# Main findings\n\nLeaders know their area well. Plans are often late and of poor quality.\n";

/// A sequence that names the terminal's window, one that clears it, the same with one character, and a turned line.
const STEERING: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}2J\u{202E}";

fn lettermark(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(cargo_bin!("lettermark"));
    command.current_dir(folder).args(args).stdin(Stdio::null()).env_remove("LETTERMARK_MODEL");
    command.output().unwrap()
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Every file below a folder, by its path there.
fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let entries = walkdir::WalkDir::new(folder).into_iter().map(|entry| entry.unwrap());
    entries.filter(|e| !e.file_type().is_dir()).map(|e| e.path().strip_prefix(folder).unwrap().to_owned()).collect()
}

/// Whether a tool is there and does `args` here; what it needs is named where not.
fn works(tool: &str, args: &[&str]) -> bool {
    let done = Command::new(tool).args(args).stdin(Stdio::null()).output();
    let works = done.is_ok_and(|output| output.status.success());
    if !works {
        println!("skipped: needs {tool} {}", args.join(" "));
    }
    works
}

/// What a user does every day, in an order in which each finds its inputs.
const EVERYDAY: [&[&str]; 9] = [
    &["classify", "a.md", "--quiet"],
    &["classify", "a.md", "--quiet", "--format", "html", "-o", "pages"],
    &["text", "a.md"],
    &["model", "verify"],
    &["review", "a.md", "--quiet", "-o", "review.html"],
    &["search", "plans", "f.csv", "--format", "csv"],
    &["compare", "f.csv", "-o", "compare.html"],
    &["explain", "f.csv", "--row", "2", "--labels", "labels.csv"],
    &["data", "check", "labels.csv"],
];
const FINDINGS: &str = "letter,authority,sentence,polarity,themes\na.md,Newtown,Plans are late.,weakness,ehc_plans\n";
const LABELS: &str = "sentence,polarity,themes\nPlans are late.,weakness,ehc_plans\n";

#[test]
fn without_a_network_everything_is_as_with_one() {
    let unshare = ["-r", "-n"];
    if !works("unshare", &[&unshare[..], &["true"]].concat()) {
        return;
    }
    let folder = folder(&[("a.md", LETTER), ("f.csv", FINDINGS), ("labels.csv", LABELS)]);
    for args in EVERYDAY {
        let with = lettermark(folder.path(), args);
        assert!(with.status.success(), "{args:?}: {}", String::from_utf8_lossy(&with.stderr));
        let mut command = Command::new("unshare");
        command.args(unshare).arg(cargo_bin!("lettermark")).args(args);
        let without = command.current_dir(folder.path()).stdin(Stdio::null()).output().unwrap();
        assert_eq!(without, with, "{args:?}");
    }
}

#[test]
fn no_socket_is_ever_asked_for() {
    let trace = ["-f", "-e", "trace=%network"];
    if !works("strace", &[&trace[..], &["true"]].concat()) {
        return;
    }
    let folder = folder(&[("a.md", LETTER), ("f.csv", FINDINGS), ("labels.csv", LABELS)]);
    let log = folder.path().join("strace.log");
    let traced = |program: &Path, args: &[&str]| {
        let mut command = Command::new("strace");
        command.args(trace).arg("-o").arg(&log).arg(program).args(args);
        let done = command.current_dir(folder.path()).stdin(Stdio::null()).output().unwrap();
        assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
        fs::read_to_string(&log).unwrap()
    };
    for args in EVERYDAY {
        let calls = traced(cargo_bin!("lettermark"), args);
        assert!(calls.contains("exited with 0"), "{calls}");
        assert!(!calls.contains("socket(") && !calls.contains("connect("), "{args:?}: {calls}");
    }
    // The trace would see it.
    if works("bash", &["-c", "true"]) {
        assert!(traced(Path::new("bash"), &["-c", "exec 3<>/dev/udp/127.0.0.1/9"]).contains("socket("));
    }
}

/// What a command shows on a terminal, stdout and stderr; `None` where there is no `script` to make one.
fn on_a_terminal(folder: &Path, args: &[&str]) -> Option<String> {
    if !works("script", &["-qec", "true", "/dev/null"]) {
        return None;
    }
    let quoted = |arg: &str| format!("'{}'", arg.replace('\'', "'\\''"));
    let program = cargo_bin!("lettermark").to_str().unwrap().to_owned();
    let line: Vec<String> = std::iter::once(program.as_str()).chain(args.iter().copied()).map(quoted).collect();
    let mut command = Command::new("script");
    command.args(["-qec", &line.join(" "), "/dev/null"]).current_dir(folder).stdin(Stdio::null());
    command.env("TERM", "xterm-256color").env_remove("NO_COLOR");
    let shown = command.output().unwrap().stdout;
    Some(String::from_utf8_lossy(&shown).into_owned())
}

#[test]
fn neither_letters_nor_names_steer_the_terminal() {
    let name = format!("a{STEERING}.md");
    let folder = folder(&[(&name, &LETTER.replace("Leaders", &format!("Leaders{STEERING}")))]);
    let labels = format!("sentence,polarity,themes\nPlans{STEERING} are late.,weakness,ehc_plans\n");
    let other = labels.replace("weakness", "mixed");
    // Findings of another program, with nothing cleaned.
    let findings = format!(
        "letter,sentence,heading,polarity,themes\nl{STEERING},Plans{STEERING} are late.,h{STEERING},weakness,t{STEERING}\n"
    );
    for (name, text) in [("labels.csv", &labels), ("other.csv", &other), ("f.csv", &findings)] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    fs::write(folder.path().join("wrong.csv"), labels.replace("weakness", STEERING)).unwrap();
    let missing = format!("missing{STEERING}.pdf");
    let option = format!("--no-such{STEERING}");
    let commands: [&[&str]; 13] = [
        &["classify", "--quiet", &name],
        &["classify", "--quiet", "--format", "csv", &name],
        &["classify", "--quiet", "--format", "jsonl", &name],
        &["classify", &missing],
        &["classify", &option],
        &["text", &name],
        &["text", &missing],
        &["search", "plans", "f.csv", "--format", "table"],
        &["search", "plans", "f.csv", "--format", "csv"],
        &["search", "plans", "f.csv", "--format", "jsonl"],
        &["explain", "f.csv", "--row", "2", "--labels", "labels.csv"],
        &["data", "check", "wrong.csv"],
        &["data", "agreement", "labels.csv", "other.csv"],
    ];
    for args in commands {
        let Some(shown) = on_a_terminal(folder.path(), args) else { return };
        assert!(!shown.trim().is_empty(), "{args:?} shows something");
        for bad in ["\u{1b}]", "\u{7}", "\u{1b}[2J", "\u{9b}", "\u{202E}"] {
            assert!(!shown.contains(bad), "{args:?} shows {bad:?}: {shown:?}");
        }
    }
}

#[test]
fn into_a_pipe_names_stay_as_they_are() {
    let name = "a\u{9b}2J.md";
    let folder = folder(&[(name, LETTER)]);
    let output = lettermark(folder.path(), &["classify", "--quiet", "--format", "csv", name]);
    assert!(String::from_utf8(output.stdout).unwrap().contains(&format!("\n{name},")));
}

fn zipped(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const DOCUMENT: &str = "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body><w:p>\
    <w:r><w:t>Plans are late.</w:t></w:r></w:p></w:body></w:document>";

fn relation(target: &str) -> String {
    format!("<Relationships><Relationship Id=\"a\" Type=\"x/officeDocument\" Target=\"{target}\"/></Relationships>")
}

#[test]
fn a_word_document_writes_nothing_and_reads_nothing_beside_itself() {
    let outer = tempfile::tempdir().unwrap();
    let inner = outer.path().join("a/b");
    fs::create_dir_all(&inner).unwrap();
    fs::write(outer.path().join("secret.xml"), DOCUMENT.replace("Plans are late", "Nobody may know")).unwrap();
    let hostile = ["../../evil.xml", "/tmp/evil.xml", "word/../../evil.xml", "C:\\evil.xml", "..\\evil.xml"];
    let parts: Vec<(&str, &str)> =
        hostile.iter().map(|name| (*name, "x")).chain([("word/document.xml", DOCUMENT)]).collect();
    fs::write(inner.join("entries.docx"), zipped(&parts)).unwrap();
    let before = files(outer.path());
    let output = lettermark(&inner, &["classify", "--quiet", "entries.docx"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("Plans are late."));
    assert_eq!(files(outer.path()), before);

    let secret = outer.path().join("secret.xml").to_str().unwrap().to_owned();
    for target in ["../../secret.xml", "/../../secret.xml", &secret, &format!("file://{secret}")] {
        let zip = zipped(&[("_rels/.rels", &relation(target)), ("word/other.xml", DOCUMENT)]);
        fs::write(inner.join("target.docx"), zip).unwrap();
        let output = lettermark(&inner, &["classify", "--quiet", "target.docx"]);
        assert_eq!(output.status.code(), Some(1), "{target}");
        let shown = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(!shown.contains("Nobody may know") && shown.contains("lacks its text"), "{shown}");
    }
}

#[test]
fn pages_of_letters_with_hostile_names_stay_in_their_folder() {
    let outer = tempfile::tempdir().unwrap();
    let inner = outer.path().join("a/b");
    fs::create_dir_all(&inner).unwrap();
    let names =
        ["../../evil", "/tmp/lettermark-evil", "..", "C:\\evil", "con", "a/../../../evil", "", "\u{1b}[2J", "..\\evil"];
    let rows: String = names.iter().map(|name| format!("\"{name}\",Plans are late.\n")).collect();
    fs::write(inner.join("letters.csv"), format!("letter,sentence\n{rows}")).unwrap();
    for name in ["x..\\..\\evil.md", "\u{1b}[2J.md", "x...md", " .md", "index.md"] {
        fs::write(inner.join(name), LETTER).unwrap();
    }
    let output = lettermark(&inner, &["classify", ".", "letters.csv", "--quiet", "--format", "html", "-o", "pages"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let made: BTreeSet<PathBuf> = files(outer.path()).into_iter().filter(|path| !is_input(path)).collect();
    // A page for each letter, the page that lists them, and the list of the files.
    assert_eq!(made.len(), names.len() + 5 + 2, "{made:?}");
    for path in made {
        assert_eq!(path.parent(), Some(Path::new("a/b/pages")), "{path:?}");
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)), "{name:?}");
    }
    assert!(!Path::new("/tmp/lettermark-evil.html").exists());
}

fn is_input(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "md" || e == "csv")
}

#[test]
fn what_is_found_in_hostile_findings_is_no_formula() {
    let findings = "letter,authority,published,sentence,heading,polarity,themes\n\
        =l(),+a(),@p(),=s() plans are late.,-h(),weakness,=t()\n";
    let folder = folder(&[("f.csv", findings)]);
    let output = lettermark(folder.path(), &["search", "plans", "f.csv", "--format", "csv"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut csv = csv::Reader::from_reader(output.stdout.as_slice());
    let row = csv.records().next().unwrap().unwrap();
    for cell in ["'=l()", "'+a()", "'@p()", "'=s() plans are late.", "'-h()", "'=t()"] {
        assert!(row.iter().any(|found| found == cell), "{cell}: {row:?}");
    }
}

#[test]
fn a_models_manifest_opens_no_file_but_the_models_and_its_name_is_harmless() {
    let seed = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/bundle/small")).unwrap();
    let end = seed.windows(6).position(|window| window == b"\n%%%%\n").unwrap();
    let mut manifest: serde_json::Value = serde_json::from_slice(&seed[..end]).unwrap();
    let folder = folder(&[]);
    let model = folder.path().join("model");
    fs::create_dir(&model).unwrap();
    // Opened for reading, it would wait for a writer without end.
    let fifo = folder.path().join("fifo");
    if !works("mkfifo", &[fifo.to_str().unwrap()]) {
        return;
    }
    manifest["files"] = serde_json::json!([{"name": "../fifo", "bytes": 0, "sha256": ""}]);
    manifest["name"] = STEERING.into();
    fs::write(model.join("manifest.json"), manifest.to_string()).unwrap();
    let output = lettermark(folder.path(), &["model", "verify", "model"]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("../fifo: missing or unreadable") && !stderr.contains('\u{1b}'), "{stderr:?}");
}
