//! Word documents as Word-like programs write them.

use std::path::Path;

use lettermark::ingest::{BlockKind, Document, Input, Limits, read_path};

fn fixture(name: &str) -> Document {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/docx").join(name);
    match read_path(&path, &Limits::default()) {
        Ok(Input::Letter(document)) => document,
        other => panic!("{name}: {other:?}"),
    }
}

fn texts(document: &Document, wanted: fn(BlockKind) -> bool) -> Vec<&str> {
    document.blocks.iter().filter(|b| wanted(b.kind)).map(|b| document.block_text(b)).collect()
}

#[test]
fn the_kingston_letter_in_word_keeps_its_headings_and_lists() {
    let letter = fixture("kingston-2018-part.docx");
    assert_eq!(letter.name, "kingston-2018-part.docx");
    assert_eq!(letter.facts.authority.as_deref(), Some("Kingston upon Thames"));
    assert_eq!(letter.facts.published.as_deref(), Some("2018-10-23"));
    let headings = texts(&letter, |k| matches!(k, BlockKind::Heading { .. }));
    assert_eq!(headings, ["Joint local area SEND inspection in Kingston upon Thames", "Main findings"]);
    let introduced =
        letter.blocks.iter().position(|b| letter.block_text(b).ends_with("The main reasons for this are:"));
    let kinds: Vec<_> = letter.blocks[introduced.unwrap()..][..6].iter().map(|b| b.kind).collect();
    let (outer, inner) = (BlockKind::Item { depth: 1 }, BlockKind::Item { depth: 2 });
    assert_eq!(kinds, [outer, inner, inner, inner, inner, outer]);
    let asides = texts(&letter, |k| k == BlockKind::Aside);
    assert!(asides.contains(&"23 October 2018") && asides.contains(&"Dear Mr Henderson"), "{asides:?}");
    assert!(letter.pages.is_empty());
}

#[test]
fn the_words_of_the_letter_are_the_words_of_the_text() {
    let text = include_str!("../datasets/letters/kingston-2018-send-letter.txt");
    let words = |text: &str| text.split_whitespace().filter(|w| *w != "-").map(str::to_owned).collect::<Vec<_>>();
    let in_word = words(&fixture("kingston-2018-part.docx").text);
    assert!(in_word.len() > 700);
    assert_eq!(in_word, words(text)[..in_word.len()]);
}

#[test]
fn a_report_gives_its_grades_and_nothing_of_header_footer_or_deleted_text() {
    let report = fixture("grades-report.docx");
    let grades = [
        ("The experiences and progress of children in care".to_owned(), "Good".to_owned()),
        ("Overall effectiveness".to_owned(), "Requires improvement to be good".to_owned()),
    ];
    assert_eq!(report.facts.grades, grades);
    assert_eq!(report.facts.outcome.as_deref(), Some("requires improvement to be good"));
    assert!(report.text.ends_with("Leaders know their area well."), "{}", report.text);
    assert!(!report.text.contains("Running header") && !report.text.contains("Page 1"));
}

#[test]
fn a_letter_without_styles_is_read_by_its_looks() {
    let letter = fixture("bold-headings.docx");
    assert_eq!(texts(&letter, |k| matches!(k, BlockKind::Heading { .. })), ["Strengths", "Areas for improvement"]);
    assert_eq!(texts(&letter, |k| matches!(k, BlockKind::Item { .. })), ["Staff act quickly."]);
    assert_eq!(texts(&letter, |k| k == BlockKind::Aside), ["3 May 2024", "Dear Ms Sample", "Yours sincerely"]);
}
