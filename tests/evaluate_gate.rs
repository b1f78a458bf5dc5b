//! The gate: what it lets through, what it stops, and when it says that it cannot tell.

use lettermark::classify::Judgement;
use lettermark::dataset::{Example, read};
use lettermark::evaluate::gate::{Gates, Verdict};
use lettermark::evaluate::{Report, evaluate, report};
use lettermark::taxonomy::{Polarity, Taxonomy};
use std::path::Path;

fn labelled() -> Vec<Example> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/labelled/invented.csv");
    let written = read(&path, &Taxonomy::default()).unwrap();
    // The file has 12 sentences; a gate wants more.
    written.iter().cycle().take(written.len() * 15).cloned().collect()
}

fn shipped_gates() -> Gates {
    Gates::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("eval/gates.toml")).unwrap()
}

fn verdict(examples: &[Example], answer: impl Fn(&Example) -> Polarity) -> Verdict {
    let judgements: Vec<Judgement> = examples
        .iter()
        .map(|e| Judgement {
            polarity: answer(e),
            polarity_scores: [0.25; 4],
            themes: e.themes.iter().map(|&theme| (theme, 0.9)).collect(),
            needs_review: false,
            truncated: false,
        })
        .collect();
    let evaluation = evaluate(examples, &judgements, &Taxonomy::default()).unwrap();
    let gate = shipped_gates().judge(&evaluation);
    let mut report = Report::of_scores(evaluation, "test", &[]);
    report.gate = Some(gate.clone());
    let table = report::table(&report);
    assert!(table.ends_with(&format!("gate: {}\n", gate.verdict)), "{table}");
    gate.verdict
}

fn swapped(example: &Example) -> Polarity {
    match example.polarity {
        Polarity::Strength => Polarity::Weakness,
        Polarity::Weakness => Polarity::Strength,
        other => other,
    }
}

#[test]
fn right_answers_pass_the_shipped_gate() {
    assert_eq!(verdict(&labelled(), |e| e.polarity), Verdict::Pass);
}

#[test]
fn swapped_polarities_fail_the_shipped_gate() {
    assert_eq!(verdict(&labelled(), swapped), Verdict::Fail);
}

#[test]
fn a_dozen_sentences_cannot_tell_either_way() {
    let few = &labelled()[..12];
    assert_eq!(verdict(few, |e| e.polarity), Verdict::CannotTell);
    assert_eq!(verdict(few, swapped), Verdict::CannotTell);
}
