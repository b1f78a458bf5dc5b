use std::sync::Mutex;

use super::*;
use crate::taxonomy::{Polarity, ThemeId};

/// Judges by a word: "good" is a strength, "poor" a weakness, anything else neutral; the theme is the number of bytes
/// of the sentence before, modulo the themes. Panics at "PANIC". Remembers how many sentences it was given at a time.
struct WordJudge {
    taxonomy: Taxonomy,
    calls: Mutex<Vec<usize>>,
}

impl WordJudge {
    fn new() -> Self {
        WordJudge { taxonomy: Taxonomy::default(), calls: Mutex::default() }
    }
}

impl Judge for WordJudge {
    fn judge(&self, items: &[Item<'_>], _threads: usize) -> Vec<Judgement> {
        self.calls.lock().unwrap().push(items.len());
        items.iter().map(|item| self.one(item)).collect()
    }

    fn taxonomy(&self) -> &Taxonomy {
        &self.taxonomy
    }

    fn name(&self) -> &str {
        "words"
    }
}

impl WordJudge {
    fn one(&self, item: &Item<'_>) -> Judgement {
        assert!(!item.sentence.contains("PANIC"), "as asked");
        let polarity = match item.sentence {
            s if s.contains("good") => Polarity::Strength,
            s if s.contains("poor") => Polarity::Weakness,
            _ => Polarity::Neutral,
        };
        let mut polarity_scores = [0.1; 4];
        polarity_scores[polarity.index()] = 0.7;
        let theme = ThemeId((item.previous.map_or(0, str::len) % self.taxonomy.len()) as u16);
        Judgement { polarity, polarity_scores, themes: vec![(theme, 0.5)], needs_review: false, truncated: false }
    }
}

fn source(name: &str, text: &str) -> Source {
    Source { name: name.into(), origin: Origin::Memory(text.into()) }
}

fn run(sources: Vec<Source>, threads: usize, keep: usize) -> Vec<Result<LetterFindings>> {
    let batch = Batch::read(sources, &Access::default(), threads, keep, &mut |_| {});
    findings(&WordJudge::new(), batch, threads).collect()
}

fn boilerplate(letters: &[Result<LetterFindings>]) -> Vec<&str> {
    let all = letters.iter().flatten().flat_map(|l| &l.findings);
    all.filter(|f| f.boilerplate).map(|f| f.sentence.as_str()).collect()
}

#[test]
fn findings_come_in_the_order_of_the_letters_and_point_into_them() {
    let text = "# Findings – 2024\n\nThe offer is good. Plans are poor.\n\n## Next\n\nLeaders know this.\n";
    let letters = run(vec![source("a.md", text), source("b.md", "The café is good.\n")], 2, KEPT_TEXT);
    let a = letters[0].as_ref().unwrap();
    assert_eq!((a.name.as_str(), letters[1].as_ref().unwrap().name.as_str()), ("a.md", "b.md"));
    let words: Vec<_> = a.findings.iter().map(|f| (f.heading.as_str(), f.polarity)).collect();
    assert_eq!(
        words,
        [
            ("Findings – 2024", Polarity::Strength),
            ("Findings – 2024", Polarity::Weakness),
            ("Findings – 2024 > Next", Polarity::Neutral)
        ]
    );
    let crate::ingest::Input::Letter(document) =
        crate::ingest::read_bytes("a.md", text.as_bytes(), &Limits::default()).unwrap()
    else {
        panic!("a letter")
    };
    for finding in &a.findings {
        let span = finding.span.unwrap();
        let there: String = document.text.chars().skip(span.start).take(span.end - span.start).collect();
        assert_eq!(there, finding.sentence);
    }
    let before = "Plans are poor.".len();
    assert_eq!(a.findings[2].themes[0], Taxonomy::default().theme(ThemeId(before as u16 % 16)).id);
}

#[test]
fn sentences_follow_each_other_within_a_section_and_rows_of_a_table_stand_alone() {
    let follows = |name: &str, text: &str| {
        let letters = prepare::prepare(&source(name, text), &Access::default()).unwrap();
        letters[0].sentences.iter().map(|ready| ready.follows).collect::<Vec<_>>()
    };
    assert_eq!(
        follows("a.md", "# One\n\nA is good. B too.\n\nC is poor.\n\n# Two\n\nD is good. E too.\n"),
        [false, true, true, false, true]
    );
    assert_eq!(follows("t.csv", "previous,sentence\n,A is good.\nA is good.,B too.\n"), [false, false]);
}

#[test]
fn an_item_is_judged_with_the_line_that_introduces_its_list() {
    let intro = "The reasons for this are:";
    let text = format!("{intro}\n\n- Plans come late.\n- Staff leave early. Few stay.\n");
    let letters = run(vec![source("a.md", &text)], 1, KEPT_TEXT);
    let taxonomy = Taxonomy::default();
    let told_by = |before: &str| taxonomy.theme(ThemeId(before.len() as u16 % 16)).id.clone();
    let themes: Vec<_> = letters[0].as_ref().unwrap().findings.iter().map(|f| f.themes[0].clone()).collect();
    assert_eq!(themes, [told_by(""), told_by(intro), told_by(intro), told_by("Staff leave early.")]);
}

#[test]
fn a_sentence_of_two_letters_is_boilerplate_in_both() {
    let letters = run(
        vec![
            source("a.txt", "We inspected the local area together. The offer is good.\n"),
            source("b.txt", "Plans are poor. We inspected the Local area, together.\n"),
        ],
        1,
        KEPT_TEXT,
    );
    assert_eq!(
        boilerplate(&letters),
        ["We inspected the local area together.", "We inspected the Local area, together."]
    );
}

#[test]
fn a_letter_given_twice_is_a_copy_and_no_boilerplate() {
    let text = "We inspected the local area together. The offer is good now.\n";
    let sources = vec![source("a.txt", text), source("copy of a.txt", text)];
    let batch = Batch::read(sources.clone(), &Access::default(), 2, KEPT_TEXT, &mut |_| {});
    assert_eq!(batch.copies(), [("copy of a.txt".to_owned(), "a.txt".to_owned())]);
    assert_eq!(boilerplate(&run(sources, 2, KEPT_TEXT)), Vec::<&str>::new());
}

#[test]
fn letters_that_are_not_held_are_read_again_with_the_same_result() {
    let sources = || {
        let text = |i| format!("Letter {i} says that this is good. It is what all of them say.\n");
        let mut sources: Vec<Source> = (0..40).map(|i| source(&format!("{i}.txt"), &text(i))).collect();
        sources.insert(7, source("empty.txt", ""));
        sources
    };
    let show = |letters: Vec<Result<LetterFindings>>| format!("{letters:?}");
    let all_held = show(run(sources(), 1, KEPT_TEXT));
    assert_eq!(all_held, show(run(sources(), 3, 0)));
    assert_eq!(all_held, show(run(sources(), 2, 500)));
}

#[test]
fn small_letters_are_judged_together_and_no_more_of_them_than_make_a_group() {
    let table: String = (0..1_500).map(|i| format!("Row {i} is good.\n")).collect();
    let mut sources: Vec<Source> = (0..30).map(|i| source(&format!("{i}.txt"), "This is good.\n")).collect();
    sources.push(source("t.csv", &format!("sentence\n{table}")));
    sources.push(source("last.txt", "This is good.\n"));
    let judge = WordJudge::new();
    let batch = Batch::read(sources, &Access::default(), 1, KEPT_TEXT, &mut |_| {});
    assert_eq!(findings(&judge, batch, 1).count(), 32);
    assert_eq!(*judge.calls.lock().unwrap(), [1_530, 1]);
}

#[test]
fn a_letter_that_makes_the_judge_panic_is_an_error_of_its_own() {
    let letters = run(
        vec![source("a.txt", "This is good.\n"), source("b.txt", "PANIC now.\n"), source("c.txt", "This is poor.\n")],
        1,
        KEPT_TEXT,
    );
    assert_eq!(letters[0].as_ref().unwrap().findings.len(), 1);
    let error = letters[1].as_ref().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
    assert!(error.to_string().starts_with("b.txt: internal error"), "{error}");
    assert_eq!(letters[2].as_ref().unwrap().findings[0].polarity, Polarity::Weakness);
}

#[test]
fn a_letter_without_a_sentence_is_unreadable() {
    let letters = run(vec![source("a.md", "# Only a heading\n")], 1, KEPT_TEXT);
    assert_eq!(letters[0].as_ref().unwrap_err().kind(), ErrorKind::Unreadable);
}
