//! The behaviour suite with a judge whose answers are written here, so that each kind of test passes and fails.

use std::path::PathBuf;

use assert_cmd::Command;
use lettermark::classify::{Item, Judgement};
use lettermark::evaluate::behaviour::{Aspect, BehaviourReport, Kind, Suite};
use lettermark::taxonomy::{Polarity, Taxonomy};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn fixtures() -> PathBuf {
    root().join("tests/fixtures/behaviour")
}

/// Judges a sentence by the words that follow: `weakness` with the probability, and the main theme.
type Judge = fn(&str) -> (Polarity, f32, &'static str);

fn report(judge: Judge) -> BehaviourReport {
    let taxonomy = Taxonomy::default();
    let suite = Suite::read(&fixtures(), &taxonomy).unwrap();
    let judged = |item: &Item<'_>| {
        let (polarity, weakness, theme) = judge(item.sentence);
        let mut polarity_scores = [(1.0 - weakness) / 3.0; 4];
        polarity_scores[Polarity::Weakness.index()] = weakness;
        let themes = vec![(taxonomy.find(theme).unwrap(), 0.75)];
        Judgement { polarity, polarity_scores, themes, needs_review: false, truncated: false }
    };
    let judgements: Vec<_> = suite.items().iter().map(judged).collect();
    suite.report(&judgements, &taxonomy).unwrap()
}

fn right(sentence: &str) -> (Polarity, f32, &'static str) {
    match sentence {
        s if s.starts_with("Parents") => (Polarity::Weakness, 0.9, "information_advice"),
        s if s.starts_with("Few") => (Polarity::Weakness, 0.8, "ehc_plans"),
        s if s.starts_with("Plans are late") => (Polarity::Weakness, 0.8, "ehc_plans"),
        _ => (Polarity::Strength, 0.1, "leadership"),
    }
}

#[test]
fn right_answers_pass_every_kind_of_test() {
    let report = report(right);
    assert_eq!((report.cases, report.failed), (5, 0));
    let kinds: Vec<_> = report.kinds.iter().map(|k| (k.kind, k.cases, k.failed)).collect();
    assert_eq!(kinds, [(Kind::MinimumFunctionality, 2, 0), (Kind::Invariance, 2, 0), (Kind::Direction, 1, 0)]);
    assert_eq!(report.sections().len(), 2, "without failures there is no table of examples");
}

#[test]
fn a_wrong_polarity_and_a_wrong_theme_are_told_apart() {
    let report = report(|s| match s {
        s if s.starts_with("Parents") => (Polarity::Weakness, 0.9, "education"),
        s if s.starts_with("No child") => (Polarity::Neutral, 0.3, "leadership"),
        s => right(s),
    });
    let negation = &report.capabilities[0];
    assert_eq!((negation.cases, negation.failed, negation.failed_polarity, negation.failed_theme), (3, 2, 1, 1));
    let told: Vec<_> = negation.failures.iter().map(|f| (f.line, f.aspect, &*f.expected, &*f.got)).collect();
    assert_eq!(
        told,
        [(8, Aspect::Theme, "information_advice", "education"), (13, Aspect::Polarity, "strength or mixed", "neutral"),]
    );
}

#[test]
fn the_variant_that_flips_is_named() {
    let report = report(|s| match s {
        s if s.contains('\n') => (Polarity::Weakness, 0.7, "leadership"),
        s if s.contains('–') => (Polarity::Weakness, 0.8, "education"),
        s => right(s),
    });
    let typography = &report.capabilities[1];
    assert_eq!((typography.failed, typography.failed_theme), (1, 0), "the second case keeps only the polarity");
    let flipped = &typography.failures[0];
    assert_eq!((flipped.variant, flipped.sentence.as_str()), (Some(3), "Leaders’ plans\nare clear."));
    assert_eq!((flipped.expected.as_str(), flipped.got.as_str()), ("strength as variant 1", "weakness"));
    let table = lettermark::evaluate::report::plain(&[report.sections().pop().unwrap()]);
    assert!(table.contains("invariance, variant 3"), "{table}");
    assert!(table.contains("weakness (0.70)") && table.contains("plans⏎are"), "{table}");
}

#[test]
fn a_probability_that_stays_or_falls_fails_its_direction() {
    for after in [0.8, 0.7] {
        let judge: Judge = match after {
            0.8 => |s| (Polarity::Weakness, 0.8, if s.starts_with("Parents") { "information_advice" } else { "none" }),
            _ => |s| {
                if s.starts_with("Few") { (Polarity::Weakness, 0.7, "none") } else { (Polarity::Weakness, 0.8, "none") }
            },
        };
        let report = report(judge);
        let failure = report.capabilities[0].failures.iter().find(|f| f.kind == Kind::Direction).unwrap();
        assert_eq!((failure.expected.as_str(), failure.score), ("weakness over 0.800", after));
    }
}

#[test]
fn rates_have_intervals_that_small_capabilities_make_wide() {
    let report = report(|_| (Polarity::Neutral, 0.25, "none"));
    let typography = &report.capabilities[1];
    assert_eq!(typography.failed, 0);
    let interval = typography.failure_rate.interval.unwrap();
    assert!(interval.low == 0.0 && interval.high > 0.5, "{interval:?}");
}

#[test]
fn judgements_that_do_not_fit_the_suite_are_refused() {
    let taxonomy = Taxonomy::default();
    let suite = Suite::read(&fixtures(), &taxonomy).unwrap();
    assert!(suite.report(&[], &taxonomy).unwrap_err().to_string().contains("sentences of behaviour cases"));
}

#[test]
fn the_command_runs_the_suite_without_labels_in_every_format() {
    let run = |format: &str| {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("lettermark"));
        command.args(["evaluate", "--format", format, "--behaviour"]).arg(fixtures());
        String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap()
    };
    assert!(run("table").starts_with("Behaviour suite\n"));
    assert!(run("md").starts_with("### Behaviour suite\n"));
    let json: serde_json::Value = serde_json::from_str(&run("json")).unwrap();
    assert_eq!(json["behaviour"]["cases"], 5);
    assert!(json["behaviour"]["capabilities"][0]["failures"].is_array());
}

#[test]
fn a_wrong_case_is_named_with_its_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wrong.toml");
    let text = "[[capability]]\nid = \"a\"\nname = \"A\"\nabout = \"b\"\n[[capability.case]]\nsentence = \"a\"\npolarity = \"bad\"\n";
    std::fs::write(&file, text).unwrap();
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("lettermark"));
    let assert = command.args(["evaluate", "--behaviour"]).arg(folder.path()).assert().code(1);
    let told = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    assert!(told.contains(&format!("{}, line 5: \"bad\" is no polarity", file.display())), "{told}");
}
