//! The pages, driven in a real browser by the scripts of `tests/browser`.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use common::browser::drive;

fn lettermark(arguments: &[&str]) {
    let mut command = Command::cargo_bin("lettermark").unwrap();
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).assert().success();
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn the_page_of_an_evaluation_can_be_read_by_anybody() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("evaluation.html");
    lettermark(&["evaluate", "--labels", "datasets/labels/croydon.csv", "--format", "html", "-o", text(&page)]);
    drive("evaluation.mjs", &[&page]);
}

const KINGSTON: &str = "datasets/letters/kingston-2018-send-letter.txt";

/// What a hostile letter holds: markup, a script, a mark that turns the writing direction, an emoji.
const HOSTILE: &str = "Dear <b>all</b>

Main <i>findings</i>

<script>alert(1)</script> Leaders know \u{202E}the area well & \"plan\" for it 🎓. </script><img src=x onerror=alert(1)> is not good enough.

- --><style>*{display:none}</style> Waits are too long.
";

/// A page's text between tags, as a browser shows it.
fn shown(html: &str) -> String {
    let mut text = String::new();
    for piece in html.split('<').skip(1) {
        text.push_str(piece.split_once('>').map_or("", |(_, text)| text));
    }
    [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")]
        .iter()
        .fold(text, |text, (escaped, plain)| text.replace(escaped, plain))
}

#[test]
fn every_sentence_of_the_kingston_letter_stands_once_in_its_page_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let (page, findings) = (folder.path().join("kingston.html"), folder.path().join("kingston.csv"));
    lettermark(&["classify", KINGSTON, "-o", text(&page)]);
    lettermark(&["classify", KINGSTON, "-o", text(&findings)]);
    let html = fs::read_to_string(&page).unwrap();
    assert!(html.len() <= 500_000, "{} bytes", html.len());

    let marked: Vec<String> = html
        .split("<span class=\"marked\">")
        .skip(1)
        .map(|rest| shown(&format!("<>{}", rest.split('<').next().unwrap())))
        .collect();
    let findings = lettermark::finding::read(&findings).unwrap();
    let sentences: Vec<&str> = findings.iter().map(|located| located.finding.sentence.as_str()).collect();
    assert_eq!(marked, sentences);
    for (number, located) in (1..).zip(&findings) {
        let tag = html.split(&format!("id=\"s{number}\"")).nth(1).unwrap();
        let label = format!("href=\"#s{number}\">{} ", located.finding.polarity);
        assert!(
            tag.split("</a>").next().unwrap().contains(&label),
            "sentence {number} is no {}",
            located.finding.polarity
        );
    }

    // And around them stands all the rest of the letter.
    let letter = Command::cargo_bin("lettermark")
        .unwrap()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["text", KINGSTON])
        .output();
    let letter = String::from_utf8(letter.unwrap().stdout).unwrap();
    let page = shown(&html);
    let mut from = 0;
    for heading in ["Dear Mr Henderson", "Main findings", "Strengths", "Yours sincerely"] {
        assert!(letter.contains(heading), "{heading}");
        // The list of headings comes first.
        let start = page.find("The letter").unwrap();
        let at = page[start.max(from)..].find(heading).unwrap_or_else(|| panic!("{heading} is not in order"));
        from = start.max(from) + at;
    }
}

#[test]
fn the_page_of_a_letter_works_as_a_person_uses_it() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("kingston.html");
    lettermark(&["classify", KINGSTON, "-o", text(&page)]);
    drive("letter.mjs", &[&page]);
}

#[test]
fn a_folder_of_pages_has_a_list_that_leads_to_each_and_names_what_could_not_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("pages");
    let broken = folder.path().join("broken.pdf");
    fs::write(&broken, "%PDF-1.7 and no more").unwrap();
    let run = Command::cargo_bin("lettermark")
        .unwrap()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["classify", "datasets/letters/*.txt", text(&broken), "--format", "html", "-o", text(&pages)])
        .assert();
    run.code(4);
    let names = names(&pages);
    assert_eq!(
        names,
        [
            "croydon-2017-inspection.html",
            "croydon-2019-monitoring-visit.html",
            "index.html",
            "kingston-2018-send-letter.html",
            "lettermark-files.txt"
        ]
    );
    let index = fs::read_to_string(pages.join("index.html")).unwrap();
    assert!(index.contains("Not read") && index.contains("broken.pdf"), "{index}");
    drive("index.mjs", &[pages.join("index.html")]);
}

#[test]
fn counts_have_intervals_where_labels_tell_what_the_model_confuses() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("pages");
    let labels = ["--counts-by", "datasets/labels/kingston.csv"];
    let arguments = ["classify", "datasets/letters/*.txt", "--quiet", "--format", "html", "-o", text(&pages)];
    lettermark(&[&arguments[..], &labels].concat());
    let (letter, index) = (pages.join("kingston-2018-send-letter.html"), pages.join("index.html"));
    // The same counts as without labels, and none is trained on: the letter is only ever evaluated on.
    let alone = folder.path().join("kingston.html");
    lettermark(&["classify", KINGSTON, "-o", text(&alone)]);
    let tiles = |path: &Path| -> Vec<String> {
        let html = fs::read_to_string(path).unwrap();
        html.split("<strong>").skip(1).take(4).map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
    };
    assert_eq!(tiles(&letter).len(), 4);
    assert!(fs::read_to_string(&letter).unwrap().len() <= 500_000);
    assert!(!fs::read_to_string(&alone).unwrap().contains("class=\"range\""));
    drive("intervals.mjs", &[letter, index]);
}

#[test]
fn a_hostile_letter_with_a_hostile_name_does_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let letters: Vec<PathBuf> =
        ["\"><img src=x onerror=alert(1)>\u{202E}.txt", "<script>alert(1)<.md", "A.txt", "a.txt"]
            .iter()
            .map(|name| folder.path().join(name))
            .collect();
    for letter in &letters {
        if fs::write(letter, HOSTILE).is_err() {
            println!("skipped: needs a file system that takes such names");
            return;
        }
    }
    let rows = folder.path().join("rows.csv");
    let row = "\"</script><script>alert(1)</script>\",\"<script>alert(1)</script> \u{202E}is bad.\"\n";
    fs::write(&rows, format!("letter,sentence\n{row}")).unwrap();
    let pages = folder.path().join("pages");
    let mut arguments = vec!["classify", "--format", "html", "-o", text(&pages), text(&rows)];
    arguments.extend(letters.iter().map(|letter| text(letter)));
    lettermark(&arguments);
    let files: Vec<PathBuf> =
        names(&pages).iter().filter(|name| name.ends_with(".html")).map(|name| pages.join(name)).collect();
    assert_eq!(files.len(), 6, "{files:?}");
    drive("hostile.mjs", &files);
}

#[test]
fn pages_of_several_letters_need_a_folder_and_replace_only_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let says = |arguments: &[&str], said: &str| {
        let mut command = Command::cargo_bin("lettermark").unwrap();
        command
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(arguments)
            .assert()
            .code(1)
            .stderr(predicates::str::contains(said));
    };
    says(&["classify", "datasets/letters", "--format", "html"], "name a folder");
    let page = folder.path().join("one.html");
    says(&["classify", "datasets/letters", "-o", text(&page)], "name a folder");
    let rows = folder.path().join("rows.csv");
    fs::write(&rows, "letter,sentence\na,Plans are late.\nb,Plans are good.\n").unwrap();
    says(&["classify", text(&rows), "-o", text(&page)], "name a folder");
    assert!(!page.exists());
    says(&["classify", KINGSTON, "--format", "html", "-o", "datasets"], "name another folder");
    assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/letters").is_dir());
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
