//! Labelled files: what is read, what is refused and with which words, and what survives a rewrite.

use std::path::{Path, PathBuf};

use lettermark::dataset::{Example, LabelledFile, agreement, check, read, read_file, write};
use lettermark::error::{ErrorKind, Result};
use lettermark::taxonomy::{Polarity, Taxonomy};
use serde_json::Value;

fn invented() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/labelled/invented.csv")
}

/// A file `labels.csv` with this content, in a folder that lives as long as what is returned.
fn file(content: impl AsRef<[u8]>) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.csv");
    std::fs::write(&path, content).unwrap();
    (folder, path)
}

fn read_text(content: impl AsRef<[u8]>) -> Result<Vec<Example>> {
    let (_folder, path) = file(content);
    read(&path, &Taxonomy::default())
}

/// What [`check`] says, without the folder's name.
fn complaints(content: impl AsRef<[u8]>) -> Vec<String> {
    let (folder, path) = file(content);
    let folder = format!("{}/", folder.path().display());
    check(&path, &Taxonomy::default()).problems.iter().map(|e| e.to_string().replace(&folder, "")).collect()
}

#[test]
fn a_file_is_read_in_full() {
    let file = read_file(&invented(), &Taxonomy::default()).unwrap();
    assert_eq!(file.examples.len(), 12);
    let e = &file.examples[3];
    assert_eq!((e.letter.as_str(), e.index, e.page), ("harbour", Some(3), Some(2)));
    assert_eq!(
        (e.heading.as_str(), e.sentence.as_str()),
        ("Areas to improve", "Too few schools use the \"local offer\".")
    );
    assert_eq!(e.polarity, Polarity::Weakness);
    assert_eq!(Taxonomy::default().format_set(&e.themes), "information_advice;education");
    assert_eq!(file.extra_columns, ["reviewed by"]);
    assert_eq!(file.extra[0], ["Sam"]);
    assert!(check(&invented(), &Taxonomy::default()).problems.is_empty());
}

#[test]
fn only_three_columns_are_needed_in_any_order() {
    let examples = read_text("Themes,Sentence,POLARITY\nEducation; workforce,Teachers stay.,Strength\n").unwrap();
    assert_eq!(examples[0].sentence, "Teachers stay.");
    assert_eq!((examples[0].letter.as_str(), examples[0].index), ("", None));
}

#[test]
fn what_excel_writes_is_read() {
    let row = ["sentence", "polarity", "themes", "note"].join(";") + "\r\n\"Good; really.\";strength;\"none\";\r\n";
    for content in [
        format!("\u{feff}{row}"),
        row.replace("\";", "\"\t")
            .replace("e;p", "e\tp")
            .replace("y;t", "y\tt")
            .replace("s;n", "s\tn")
            .replace("strength;", "strength\t"),
    ] {
        let examples = read_text(&content).unwrap_or_else(|e| panic!("{e} in {content:?}"));
        assert_eq!(examples[0].sentence, "Good; really.");
    }
}

#[test]
fn the_first_problem_is_named_with_its_place() {
    let (_folder, path) = file("sentence,polarity,themes\nA.,strength,none\n\"B\nc.\",strenght,none\n");
    let e = read(&path, &Taxonomy::default()).unwrap_err();
    let expected =
        format!("{}, line 3, column polarity: \"strenght\" is no polarity; did you mean \"strength\"?", path.display());
    assert_eq!(e.to_string(), expected);
}

#[test]
fn all_problems_are_listed_in_the_order_of_the_lines() {
    let content = "sentence,polarity,themes,index,page,annotator\n\
                   Good.,strength,education,1,1,a\n\
                   Bad.,weaknes,none;education,one,,a\n\
                   ,neutral,,,,a\n\
                   good,weakness,leadership,4,,a\n\
                   Good.,weakness,education,4,,b\n\
                   Bad, really bad.,weakness,education,5,,a\n\
                   Fair.,,educaton,6,-1,a\n";
    insta::assert_snapshot!(complaints(content).join("\n"));
}

#[test]
fn files_that_are_no_labels_say_why() {
    let cases: [(&[u8], &str); 9] = [
        (b"", "line 1: no column sentence, polarity, themes"),
        (b"text,label\nA,b\n", "names text, label"),
        (b"sentence,polarity\nA,strength\n", "no column themes"),
        (b"sentence,polarity,themes,sentence\n", "stands twice"),
        (b"sentence,polarity,themes\nA,strength,none\nIt\x92s,strength,none\n", "line 3: byte 0x92 is not UTF-8"),
        (b"\xff\xfes\0e\0n\0", "UTF-16"),
        (
            b"sentence,polarity,themes\n\"A,strength,none\nB,strength,none\n",
            "line 2: a quotation mark is opened and never",
        ),
        (b"sentence,polarity,themes\nA, b,strength,none\n", "line 2: 4 fields where the header has 3"),
        (b"sentence\tpolarity\tthemes\nA\tstrength\n", "must stand in quotation marks"),
    ];
    for (content, says) in cases {
        let found = complaints(content).join("\n");
        assert!(found.contains(says), "{:?}: {found:?}", String::from_utf8_lossy(content));
    }
}

#[test]
fn a_missing_file_is_named() {
    let e = read(Path::new("no/such/labels.csv"), &Taxonomy::default()).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Io);
    assert!(e.to_string().starts_with("no/such/labels.csv: could not read the labels"), "{e}");
}

#[test]
fn a_rewrite_keeps_every_row_and_the_users_columns() {
    let taxonomy = Taxonomy::default();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("again.csv");
    let before = read_file(&invented(), &taxonomy).unwrap();
    write(&path, &before, &taxonomy).unwrap();
    assert_eq!(read_file(&path, &taxonomy).unwrap(), before);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), std::fs::read_to_string(invented()).unwrap());
}

#[test]
fn a_rewrite_that_fails_leaves_the_old_file_and_nothing_else() {
    let taxonomy = Taxonomy::default();
    let folder = tempfile::tempdir().unwrap();
    let e = write(&folder.path().join("none/labels.csv"), &LabelledFile::default(), &taxonomy).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Io);
    let taken = folder.path().join("labels.csv");
    std::fs::create_dir(&taken).unwrap();
    write(&taken, &LabelledFile::default(), &taxonomy).unwrap_err();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn agreement_equals_scikit_learns_and_nltks() {
    let taxonomy = Taxonomy::default();
    let reference: Value = serde_json::from_str(include_str!("fixtures/agreement/reference.json")).unwrap();
    let side = |polarity: usize, themes: usize| -> Vec<Example> {
        let rows = reference["rows"].as_array().unwrap().iter().enumerate();
        let line = |(i, row): (usize, &Value)| {
            format!("Sentence {i}.,{},{}\n", row[polarity].as_str().unwrap(), row[themes].as_str().unwrap())
        };
        read_text("sentence,polarity,themes\n".to_owned() + &rows.map(line).collect::<String>()).unwrap()
    };
    let ours = agreement(&side(0, 1), &side(2, 3), &taxonomy).unwrap();
    let near = |value: Option<f64>, expected: &Value, what: &str| {
        let (value, expected) = (value.unwrap(), expected.as_f64().unwrap());
        assert!((value - expected).abs() < 1e-9, "{what}: {value} is not {expected}");
    };
    near(ours.polarity_kappa.value, &reference["polarity_kappa"], "polarity");
    near(ours.themes_alpha.value, &reference["themes_alpha"], "themes");
    for label in ours.labels.iter().filter(|l| reference["labels"].get(&l.label).is_some()) {
        near(label.kappa.value, &reference["labels"][&label.label], &label.label);
        assert!(label.kappa.interval.is_some_and(|i| i.low < i.high), "{}", label.label);
    }
}
