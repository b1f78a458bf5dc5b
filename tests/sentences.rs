//! Letters to sentences, against lists written by reading the letters.
//!
//! Boundary F1: the sentences found and those of the list are aligned in order (longest common subsequence of equal
//! sentences, white space normalised; of equal hashes where the list holds only hashes). A sentence is right when it has
//! a partner, that is when both its boundaries are right. Precision is over the sentences found, recall over the list.

use std::path::{Path, PathBuf};

use lettermark::dataset::sentence_hash;
use lettermark::ingest::{BlockKind, Document, Input, Limits, read_bytes, read_path};
use lettermark::sentences::{Sentence, split};
use proptest::prelude::*;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn letter(path: &Path) -> (Document, Vec<Sentence>) {
    let Input::Letter(document) = read_path(path, &Limits::default()).expect("the letter can be read") else {
        panic!("{} is no letter", path.display())
    };
    let sentences = split(&document);
    (document, sentences)
}

/// Records of a CSV of `tests/fixtures`, by the named columns.
fn fixture(name: &str, columns: &[&str]) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_path(root().join("tests/fixtures").join(name)).expect("the list is there");
    let header = reader.headers().expect("it has a header").clone();
    let places: Vec<usize> =
        columns.iter().map(|c| header.iter().position(|h| h == *c).expect("the column is there")).collect();
    let record = |r: csv::Result<csv::StringRecord>| {
        let r = r.expect("the record is whole");
        places.iter().map(|&p| r[p].to_owned()).collect()
    };
    reader.records().map(record).collect()
}

fn normal(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn f1(found: &[String], expected: &[String]) -> f64 {
    let mut common = vec![vec![0_usize; expected.len() + 1]; found.len() + 1];
    for (i, a) in found.iter().enumerate() {
        for (j, b) in expected.iter().enumerate() {
            common[i + 1][j + 1] = if a == b { common[i][j] + 1 } else { common[i][j + 1].max(common[i + 1][j]) };
        }
    }
    2.0 * common[found.len()][expected.len()] as f64 / (found.len() + expected.len()) as f64
}

fn golden_list_holds(letter_file: &str, list: &str) {
    let (document, sentences) = letter(&root().join("datasets/letters").join(letter_file));
    let list = fixture(list, &["sentence", "heading", "page"]);
    let found: Vec<String> = sentences.iter().map(|s| normal(s.text(&document))).collect();
    let expected: Vec<String> = list.iter().map(|r| normal(&r[0])).collect();
    let score = f1(&found, &expected);
    println!("{letter_file}: {} sentences, boundary F1 {score:.4}", found.len());
    assert!(score >= 0.99, "boundary F1 {score:.4}");
    for (sentence, text) in sentences.iter().zip(&found) {
        let record = list.iter().find(|r| normal(&r[0]) == *text).expect("every sentence found is in the list");
        assert_eq!(sentence.heading_path(&document), record[1], "heading of {text:?}");
        assert_eq!(sentence.page.map(|p| p.to_string()).unwrap_or_default(), record[2], "page of {text:?}");
    }
}

#[test]
fn kingston_is_split_as_a_reader_splits_it() {
    golden_list_holds("kingston-2018-send-letter.txt", "kingston.sentences.csv");
}

#[test]
fn croydon_2017_is_split_as_a_reader_splits_it() {
    golden_list_holds("croydon-2017-inspection.txt", "croydon-2017.sentences.csv");
}

#[test]
fn croydon_2019_is_split_as_a_reader_splits_it() {
    golden_list_holds("croydon-2019-monitoring-visit.txt", "croydon-2019.sentences.csv");
}

#[test]
fn kingston_items_know_what_introduces_them() {
    let (document, sentences) = letter(&root().join("datasets/letters/kingston-2018-send-letter.txt"));
    let introduced = |begins: &str| {
        let item = sentences.iter().find(|s| s.text(&document).starts_with(begins)).expect("the item is there");
        item.introduced_by.map(|at| sentences[at].text(&document))
    };
    assert_eq!(introduced("a consistent lack of outcomes"), Some("The main reasons for this are:"));
    assert_eq!(introduced("This means that, at times, there is a disregard"), Some("The main reasons for this are:"));
    assert_eq!(introduced("proportion of young people who complete"), Some("For example, in the:"));
    assert_eq!(introduced("Inspectors found numerous examples"), None);
}

#[test]
fn a_report_in_pdf_is_split_as_a_reader_splits_it() {
    let corpus = std::env::var_os("LETTERMARK_CORPUS").map_or_else(|| root().join("../shared"), PathBuf::from);
    let pdf = corpus.join("corpus/pdf/ilacs-2024-01-30-peterborough.pdf");
    if !pdf.exists() {
        println!("skipped: needs the corpus (LETTERMARK_CORPUS)");
        return;
    }
    let (document, sentences) = letter(&pdf);
    let list = fixture("ilacs-2024-01-30-peterborough.sentences.hashes.csv", &["sha256_16", "page"]);
    let found: Vec<String> = sentences.iter().map(|s| sentence_hash(s.text(&document))).collect();
    let expected: Vec<String> = list.iter().map(|r| r[0].clone()).collect();
    let score = f1(&found, &expected);
    println!("peterborough: {} sentences, boundary F1 {score:.4}", found.len());
    assert!(score >= 0.97, "boundary F1 {score:.4}");
    for (sentence, hash) in sentences.iter().zip(&found) {
        let Some(record) = list.iter().find(|r| r[0] == *hash) else { continue };
        assert_eq!(sentence.page.map(|p| p.to_string()).unwrap_or_default(), record[1], "page of {:?}", sentence.span);
    }
}

/// Texts made of what letters are made of, in any order.
fn letter_like() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("Leaders know their area. "),
        Just("needs e.g. Year 3. "),
        Just("Main findings\n"),
        Just("\n\n"),
        Just("\n"),
        Just("\u{c}"),
        Just("- "),
        Just(" – "),
        Just("■ "),
        Just("1.\n\n"),
        Just("(see p. 5) "),
        Just("‘It helps.’ "),
        Just("Dr. "),
        Just("Dear Ms Jones\n"),
        Just("Grade\n\nGood\n\n"),
        Just("é\u{301}ß漢\u{AD}字。"),
        Just("7"),
        Just("… "),
        Just("# "),
        Just("**"),
        Just("[a](b"),
    ];
    let any = proptest::string::string_regex("\\PC{0,12}").expect("a valid pattern");
    proptest::collection::vec(prop_oneof![4 => part.prop_map(str::to_owned), 1 => any], 0..60).prop_map(|p| p.concat())
}

proptest! {
    #[test]
    fn spans_are_whole_ordered_and_lose_nothing(text in letter_like()) {
        let Ok(Input::Letter(document)) = read_bytes("letter.txt", text.as_bytes(), &Limits::default()) else {
            return Ok(());
        };
        let sentences = split(&document);
        let mut end = 0;
        for sentence in &sentences {
            prop_assert!(sentence.span.start >= end && sentence.span.start < sentence.span.end);
            prop_assert!(document.text.get(sentence.span.clone()).is_some_and(|t| t.trim() == t));
            prop_assert!(sentence.introduced_by.is_none_or(|at| sentences[at].span.end <= sentence.span.start));
            end = sentence.span.end;
        }
        let bare = |t: &str| t.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let bearing = document.blocks.iter().filter(|b| !matches!(b.kind, BlockKind::Heading { .. } | BlockKind::Aside));
        let expected: String = bearing.map(|b| bare(document.block_text(b))).collect();
        let found: String = sentences.iter().map(|s| bare(s.text(&document))).collect();
        prop_assert_eq!(found, expected);
    }
}
