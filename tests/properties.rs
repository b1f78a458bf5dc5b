//! What holds for every letter and every table, tried on many that are made up by chance.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use lettermark::Model;
use lettermark::dataset::{self, Example, LabelledFile};
use lettermark::finding::{self, Finding, LetterFindings, Span};
use lettermark::ingest::{BlockKind, Facts, Framework, Input, Limits, read_bytes};
use lettermark::output::{About, Format, Renderer, TableStyle};
use lettermark::pipeline::{Origin, Pipeline, Source};
use lettermark::sentences::split;
use lettermark::taxonomy::{Polarity, Taxonomy, ThemeId};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// A piece of a letter: words as they stand there, and what makes splitting hard.
fn piece() -> impl Strategy<Value = String> {
    let usual = select(vec![
        "Leaders",
        "know",
        "the area’s",
        "plans.",
        "Plans are late.",
        "e.g.",
        "Mrs.",
        "p.m.",
        "3.5",
        "No. 5",
        "?",
        "!",
        "…",
        "“Quoted.”",
        "(see p. 4)",
        "• item",
        "- item",
        "1. item",
        "# Heading",
        "\n",
        "\n\n",
        "\r\n",
        "\t",
        "café",
        "日本語。",
        "\u{1F600}",
        "e\u{301}",
        "\u{AD}",
        "\u{FB01}",
        ";",
        ":",
        "A.B.C.",
        "http://a.b/c?d=e.",
        "| a | b |",
    ]);
    prop_oneof![8 => usual.prop_map(str::to_owned), 1 => "\\PC{0,8}", 1 => any::<char>().prop_map(String::from)]
}

fn letter_text() -> impl Strategy<Value = String> {
    vec((piece(), select(vec![" ", "", "\n"])), 1..60)
        .prop_map(|pieces| pieces.into_iter().map(|(piece, space)| piece + space).collect())
}

fn without_space(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spans_stand_in_the_text_on_character_boundaries_in_order(
        text in letter_text(),
        name in select(vec!["a.txt", "a.md", "a.html"]),
    ) {
        let Ok(Input::Letter(document)) = read_bytes(name, text.as_bytes(), &Limits::default()) else { return Ok(()) };
        let mut end = 0;
        for sentence in split(&document) {
            prop_assert!(sentence.span.start >= end, "{:?} begins before {end}", sentence.span);
            end = sentence.span.end;
            let words = document.text.get(sentence.span.clone());
            prop_assert!(words.is_some(), "{:?} of {:?}", sentence.span, document.text);
            prop_assert_eq!(words.map(str::trim), words);
            prop_assert!(!words.unwrap_or_default().is_empty());
        }
    }

    #[test]
    fn splitting_and_joining_loses_nothing_but_space(
        text in letter_text(),
        name in select(vec!["a.txt", "a.md", "a.html"]),
    ) {
        let Ok(Input::Letter(document)) = read_bytes(name, text.as_bytes(), &Limits::default()) else { return Ok(()) };
        let joined: String = split(&document).iter().map(|sentence| without_space(sentence.text(&document))).collect();
        let said = document.blocks.iter().filter(|b| !matches!(b.kind, BlockKind::Heading { .. } | BlockKind::Aside));
        let whole: String = said.map(|block| without_space(document.block_text(block))).collect();
        prop_assert_eq!(joined, whole);
    }

    #[test]
    fn labels_come_back_as_they_were_written(file in labels()) {
        let (taxonomy, folder) = (Taxonomy::default(), tempfile::tempdir()?);
        let path = folder.path().join("labels.csv");
        dataset::write(&path, &file, &taxonomy).unwrap();
        prop_assert_eq!(dataset::read_file(&path, &taxonomy).unwrap(), file);
    }

    #[test]
    fn findings_come_back_as_they_were_written(
        findings in vec(finding_of_anything(), 1..6),
        (format, ending) in select(vec![(Format::Csv, "csv"), (Format::Jsonl, "jsonl")]),
    ) {
        let about = About { taxonomy: Taxonomy::default(), model: "m".to_owned() };
        let mut renderer = Renderer::new(format, TableStyle::default(), about).unwrap();
        let (name, facts) = (String::new(), Facts::default());
        let letter = LetterFindings { name, facts, findings: findings.clone(), document: None };
        let folder = tempfile::tempdir()?;
        let path = folder.path().join(format!("findings.{ending}"));
        std::fs::write(&path, renderer.letter(&letter).unwrap())?;
        let back: Vec<Finding> = finding::read(&path).unwrap().into_iter().map(|located| located.finding).collect();
        prop_assert_eq!(back, findings);
    }

    #[test]
    fn no_cell_of_a_csv_begins_a_formula(findings in vec(finding_of_anything(), 1..6), file in labels()) {
        let about = About { taxonomy: Taxonomy::default(), model: "m".to_owned() };
        let mut renderer = Renderer::new(Format::Csv, TableStyle::default(), about).unwrap();
        let letter = LetterFindings { name: String::new(), facts: Facts::default(), findings, document: None };
        for bytes in [renderer.letter(&letter).unwrap(), dataset::to_csv(&file, &Taxonomy::default())] {
            let mut csv = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes.as_slice());
            for cell in csv.records().flat_map(|record| record.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()) {
                prop_assert!(!finding::would_run(&cell), "{cell:?}");
            }
        }
    }
}

/// Any text, often one that a spreadsheet would run or that a CSV has to quote.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => "\\PC{1,20}",
        1 => "'{0,2}[=+@＝-][a-z0-9(]{0,5}",
        1 => "[a-c,;\"'\r\n\t =-]{1,12}",
    ]
}

/// Text as the reader of labels keeps it: without space at its ends.
fn trimmed() -> impl Strategy<Value = String> {
    any_text().prop_map(|text| text.trim().to_owned())
}

fn polarity() -> impl Strategy<Value = Polarity> {
    select(Polarity::ALL.to_vec())
}

fn theme_set() -> impl Strategy<Value = Vec<ThemeId>> {
    let taxonomy = Taxonomy::default();
    let others: Vec<ThemeId> = taxonomy.ids().filter(|&id| id != taxonomy.none()).collect();
    let some = proptest::sample::subsequence(others, 1..4).prop_shuffle();
    prop_oneof![3 => some, 1 => Just(vec![taxonomy.none()])]
}

fn labels() -> impl Strategy<Value = LabelledFile> {
    let text = || prop_oneof![trimmed(), Just(String::new())];
    let example = (
        (text(), option::of(any::<u32>()), option::of(any::<u32>()), text(), text()),
        (trimmed(), polarity(), theme_set(), text(), text()),
    )
        .prop_filter("a label has a sentence", |(_, (sentence, ..))| !sentence.is_empty())
        .prop_map(|((letter, index, page, heading, previous), (sentence, polarity, themes, annotator, note))| {
            Example { letter, index, page, heading, previous, sentence, polarity, themes, annotator, note }
        });
    // Names of columns are a person's; what a hostile header does, the fuzz target tries.
    let own = (0..3_usize).prop_flat_map(|columns| vec("'?[=+-]?own[a-z ]{0,5}x", columns));
    (vec(example, 0..5), own).prop_flat_map(|(examples, extra_columns)| {
        let row = vec(any_text(), extra_columns.len());
        vec(row, examples.len()).prop_map(move |extra| LabelledFile {
            examples: examples.clone(),
            extra_columns: extra_columns.clone(),
            extra,
        })
    })
}

/// A finding of any texts; scores have the three decimals that are written.
fn finding_of_anything() -> impl Strategy<Value = Finding> {
    let score = || (0..=1000_u32).prop_map(|n| format!("{}.{:03}", n / 1000, n % 1000).parse::<f32>().unwrap());
    let framework = select(vec![Framework::Unknown, Framework::SendFrom2023, Framework::Other]);
    let themes = vec(("[a-z][a-z0-9_]{0,9}", score()), 1..4);
    (
        (
            any_text(),
            option::of(any_text()),
            framework,
            [option::of(any_text()), option::of(any_text())],
            option::of(1..5000_u32),
        ),
        (option::of((0..9999_usize, 0..9999_usize)), any_text(), any_text(), polarity(), score()),
        (themes, any::<[bool; 3]>(), any_text()),
    )
        .prop_map(
            |(
                (letter, authority, framework, [published, inspected], page),
                (span, heading, sentence, polarity, sure),
                rest,
            )| {
                let (themes, [needs_review, boilerplate, truncated], model) = rest;
                let (themes, theme_scores) = themes.into_iter().unzip();
                Finding {
                    letter,
                    authority,
                    framework: framework.id(),
                    published,
                    inspected,
                    page,
                    span: span.map(|(start, end)| Span { start, end }),
                    heading,
                    sentence,
                    polarity,
                    polarity_score: sure,
                    themes,
                    theme_scores,
                    needs_review,
                    boilerplate,
                    truncated,
                    model,
                }
            },
        )
}

/// The shipped model on one, two and three threads.
fn pipelines() -> &'static [Pipeline; 3] {
    static PIPELINES: OnceLock<[Pipeline; 3]> = OnceLock::new();
    PIPELINES.get_or_init(|| [1, 2, 3].map(|n| Model::default().unwrap().into_pipeline().with_threads(n)))
}

fn judged(pipeline: &Pipeline, sources: Vec<Source>) -> Vec<LetterFindings> {
    let batch = pipeline.read(sources, &mut |_| {});
    pipeline.classify(batch).map(|letter| letter.unwrap()).collect()
}

/// A short letter of sentences of which some stand in other letters too.
fn letter() -> impl Strategy<Value = String> {
    let sentence = select(vec![
        "Leaders know the area well.",
        "Plans are late and weak.",
        "Children wait too long for an assessment.",
        "Parents are very positive.",
        "The café is open on 3 days.",
        "This is not good enough.",
        "# Main findings\n\n",
    ]);
    vec(sentence, 1..5).prop_map(|sentences| format!("Dear reader\n\n{}\n\nThey read this.\n", sentences.join("\n\n")))
}

proptest! {
    // The encoder is what takes the time.
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn order_and_threads_change_no_finding(letters in vec(letter(), 1..5), start in any::<Index>(), turned in any::<bool>()) {
        let source = |(n, text): (usize, &String)| Source {
            name: format!("letter-{n}.md"),
            origin: Origin::Memory(text.clone().into_bytes()),
        };
        let sources: Vec<Source> = letters.iter().enumerate().map(source).collect();
        let [one, two, three] = pipelines();
        let first = judged(one, sources.clone());
        prop_assert_eq!(&judged(two, sources.clone()), &first);

        let mut shuffled = sources;
        let by = start.index(shuffled.len());
        shuffled.rotate_left(by);
        if turned {
            shuffled.reverse();
        }
        let by_name = |letters: Vec<LetterFindings>| -> BTreeMap<String, LetterFindings> {
            letters.into_iter().map(|letter| (letter.name.clone(), letter)).collect()
        };
        prop_assert_eq!(by_name(judged(three, shuffled)), by_name(first));
    }
}
