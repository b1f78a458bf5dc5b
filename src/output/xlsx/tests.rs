use std::io::{Cursor, Read};

use super::*;
use crate::output::sample;
use crate::taxonomy::Taxonomy;

fn taxonomy() -> Taxonomy {
    let mut taxonomy = Taxonomy::default();
    // The sample's second theme, which the default does not have; its identifier contains the other's.
    taxonomy.themes[0].id = "timeliness_access".into();
    taxonomy.themes[1].id = "timeliness".into();
    taxonomy
}

fn book() -> Book {
    Book::new(About { taxonomy: taxonomy(), model: "test-0123abcd".into() }).unwrap()
}

fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

fn sheet_of(letter: &LetterFindings) -> String {
    let mut book = book();
    book.letter(letter).unwrap();
    part(&book.finish().unwrap(), "xl/worksheets/sheet2.xml")
}

#[test]
fn the_same_findings_give_the_same_bytes() {
    let bytes = || {
        let mut book = book();
        book.letter(&sample::letter()).unwrap();
        book.unread("b.pdf: damaged".into());
        book.finish().unwrap()
    };
    assert_eq!(bytes(), bytes());
}

#[test]
fn no_text_is_a_formula_and_what_would_run_stays_text_when_edited() {
    let mut letter = sample::letter();
    for (finding, text) in letter.findings.iter_mut().zip(["=1+1", "@SUM(A1)", "-2+3"]) {
        finding.letter = text.into();
        finding.heading = text.into();
        finding.sentence = text.into();
    }
    letter.name = "=cmd|' /C calc'!A0".into();
    letter.facts.outcome = Some("=1".into());
    let mut book = book();
    book.letter(&letter).unwrap();
    book.unread("=2".into());
    let bytes = book.finish().unwrap();
    for sheet in [2, 3, 4] {
        let xml = part(&bytes, &format!("xl/worksheets/sheet{sheet}.xml"));
        assert!(!xml.contains("<f>"), "sheet {sheet}");
    }
    assert!(part(&bytes, "xl/worksheets/sheet2.xml").contains("<t>=1+1</t>"));
    assert!(part(&bytes, "xl/styles.xml").contains("quotePrefix=\"1\""));
}

#[test]
fn text_that_xml_forbids_and_text_that_is_too_long_are_held() {
    let mut letter = sample::letter();
    letter.findings[0].sentence = "a\u{0}b\u{1b}[2J </t><f>1</f> _x0041_ 😀".into();
    letter.findings[1].sentence = "x".repeat(40_000);
    let xml = sheet_of(&letter);
    assert!(xml.contains("a\u{FFFD}b\u{FFFD}[2J &lt;/t&gt;&lt;f&gt;1&lt;/f&gt; _x005F_x0041_ 😀"), "{xml}");
    assert!(xml.contains("(cut: a cell holds no more)"));
    let mut reader = quick_xml::Reader::from_str(&xml);
    while !matches!(reader.read_event().unwrap(), quick_xml::events::Event::Eof) {}
}

#[test]
fn a_theme_that_the_taxonomy_lacks_is_refused() {
    let mut letter = sample::letter();
    letter.findings[1].themes[1] = "unheard_of".into();
    let error = book().letter(&letter).unwrap_err().to_string();
    assert!(error.contains("newtown.pdf") && error.contains("\"unheard_of\" is no theme"), "{error}");
}

#[test]
fn more_findings_than_a_sheet_has_rows_are_refused() {
    let mut book = book();
    book.counted.sentences = MOST_FINDINGS - 2;
    let error = book.letter(&sample::letter()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert!(error.message().contains("1048575 findings"), "{error}");
}

#[test]
fn a_workbook_without_findings_opens() {
    let mut letter = sample::letter();
    letter.findings.clear();
    let mut book = book();
    book.letter(&letter).unwrap();
    let summary = part(&book.finish().unwrap(), "xl/worksheets/sheet1.xml");
    assert!(summary.contains("Findings!$F$2:$F$2"), "{summary}");
}
