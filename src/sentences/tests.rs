use super::{Sentence, split};
use crate::ingest::{BlockKind, Document, of_blocks};
use BlockKind::{Aside, Grade, Heading, Item, Paragraph};

fn texts<'d>(document: &'d Document, sentences: &[Sentence]) -> Vec<&'d str> {
    sentences.iter().map(|s| s.text(document)).collect()
}

#[test]
fn headings_and_asides_give_no_sentences_but_paths() {
    let document = of_blocks(&[
        (Aside, "Dear Ms Jones."),
        (Heading { level: 1 }, "Visit"),
        (Heading { level: 2 }, "Findings"),
        (Heading { level: 3 }, "Strengths"),
        (Paragraph, "Staff know. Leaders act."),
        (Heading { level: 2 }, "Grades"),
        (Grade, "Overall effectiveness: Good"),
    ]);
    let sentences = split(&document);
    assert_eq!(texts(&document, &sentences), ["Staff know.", "Leaders act.", "Overall effectiveness: Good"]);
    let paths: Vec<_> = sentences.iter().map(|s| s.heading_path(&document)).collect();
    assert_eq!(paths, ["Visit > Findings > Strengths", "Visit > Findings > Strengths", "Visit > Grades"]);
}

#[test]
fn items_know_the_sentence_that_introduces_them() {
    let document = of_blocks(&[
        (Paragraph, "Plans are weak. The reasons are:"),
        (Item { depth: 1 }, "no checks, which shows in:"),
        (Item { depth: 2 }, "outcomes. They are late"),
        (Item { depth: 1 }, "no staff"),
        (Paragraph, "Other text."),
        (Item { depth: 1 }, "An item."),
    ]);
    let sentences = split(&document);
    let introduced: Vec<_> = sentences.iter().map(|s| s.introduced_by).collect();
    assert_eq!(introduced, [None, None, Some(1), Some(2), Some(2), Some(1), None, None]);
}
