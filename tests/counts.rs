//! Corrected counts: what a known confusion does to a batch, and what the intervals hold.

use lettermark::classify::Judgement;
use lettermark::dataset::Example;
use lettermark::evaluate::counts::count;
use lettermark::evaluate::findings::ReadFinding;
use lettermark::interval::Random;
use lettermark::taxonomy::{Polarity, Taxonomy, ThemeId};

/// A judge that calls a fifth of the weaknesses strengths and is right otherwise.
fn judged(labelled: Polarity, random: &mut Random) -> Polarity {
    match labelled {
        Polarity::Weakness if random.below(5) == 0 => Polarity::Strength,
        other => other,
    }
}

fn labelled(letters: usize, random: &mut Random) -> (Vec<Example>, Vec<Judgement>) {
    let mut examples = Vec::new();
    let mut judgements = Vec::new();
    for i in 0..letters * 20 {
        let polarity = if random.below(2) == 0 { Polarity::Weakness } else { Polarity::Strength };
        let theme = ThemeId(random.below(3) as u16);
        examples.push(Example {
            letter: format!("letter {}", i % letters),
            index: None,
            page: None,
            heading: String::new(),
            previous: String::new(),
            sentence: format!("Sentence {i}."),
            polarity,
            themes: vec![theme],
            annotator: String::new(),
            note: String::new(),
        });
        judgements.push(Judgement {
            polarity: judged(polarity, random),
            polarity_scores: [0.25; 4],
            themes: vec![(theme, 0.9)],
            needs_review: false,
            truncated: false,
        });
    }
    (examples, judgements)
}

/// A batch with this many weaknesses among `sentences`, and its true count of weaknesses.
fn batch(sentences: usize, weaknesses: usize, random: &mut Random) -> Vec<ReadFinding> {
    let one = |i: usize| ReadFinding {
        letter: "batch".to_owned(),
        framework: String::new(),
        sentence: String::new(),
        polarity: judged(if i < weaknesses { Polarity::Weakness } else { Polarity::Strength }, random),
        themes: vec![ThemeId((i % 3) as u16)],
        boilerplate: false,
    };
    (0..sentences).map(one).collect()
}

#[test]
fn what_a_known_confusion_hides_is_put_back() {
    let random = &mut Random::new(7);
    let (examples, judgements) = labelled(40, random);
    // Two in three are weaknesses where the labels have one in two.
    let findings = batch(900, 600, random);
    let report = count(&findings, &examples, &judgements, &[], &Taxonomy::default()).unwrap();
    let weakness = &report.polarities[Polarity::Weakness.index()];
    assert!((420..520).contains(&weakness.counted), "{weakness:?}");
    assert!((weakness.corrected - 600.0).abs() < (weakness.counted as f64 - 600.0).abs() / 2.0, "{weakness:?}");
    let interval = weakness.interval.unwrap();
    assert!(interval.low < 600.0 && 600.0 < interval.high, "{weakness:?}");
    assert!(interval.high - interval.low < 200.0, "{weakness:?}");
    let sum: f64 = report.polarities.iter().map(|p| p.corrected).sum();
    assert!((sum - 900.0).abs() < 1e-6, "polarities still sum to the batch: {sum}");
}

#[test]
fn the_order_of_labels_and_findings_does_not_matter() {
    let random = &mut Random::new(8);
    let (mut examples, mut judgements) = labelled(12, random);
    let mut findings = batch(100, 30, random);
    let first = count(&findings, &examples, &judgements, &[], &Taxonomy::default()).unwrap();
    examples.reverse();
    judgements.reverse();
    findings.reverse();
    assert_eq!(count(&findings, &examples, &judgements, &[], &Taxonomy::default()).unwrap(), first);
}

#[test]
fn boilerplate_is_shown_apart_and_picked_labels_are_left_out() {
    let random = &mut Random::new(9);
    let (examples, judgements) = labelled(3, random);
    let mut findings = batch(10, 10, random);
    findings[0].boilerplate = true;
    let mut picked = vec![false; examples.len()];
    picked[..20].fill(true);
    let report = count(&findings, &examples, &judgements, &picked, &Taxonomy::default()).unwrap();
    assert_eq!((report.findings, report.boilerplate, report.labelled), (9, 1, [40, 3]));
    assert_eq!(report.polarities.iter().map(|p| p.boilerplate).sum::<u64>(), 1);
    let tables = report.sections();
    assert!(tables[0].note.contains("what differs between letters is not in them"), "{}", tables[0].note);
    picked.fill(true);
    let error = count(&findings, &examples, &judgements, &picked, &Taxonomy::default()).unwrap_err();
    assert!(error.to_string().contains("not picked"), "{error}");
}

#[test]
fn more_labels_make_narrower_intervals() {
    let width = |letters: usize| {
        let random = &mut Random::new(10);
        let (examples, judgements) = labelled(letters, random);
        let findings = batch(600, 300, random);
        let report = count(&findings, &examples, &judgements, &[], &Taxonomy::default()).unwrap();
        let interval = report.polarities[Polarity::Weakness.index()].interval.unwrap();
        interval.high - interval.low
    };
    assert!(width(80) < width(8), "{} {}", width(80), width(8));
}

#[test]
fn what_the_labels_hardly_hold_has_no_interval() {
    let random = &mut Random::new(9);
    let (examples, judgements) = labelled(12, random);
    let report = count(&batch(200, 80, random), &examples, &judgements, &[], &Taxonomy::default()).unwrap();
    let known: Vec<bool> = report.polarities.iter().map(|row| row.interval.is_some()).collect();
    assert_eq!(known, [true, true, false, false], "no labelled sentence is mixed or neutral");
    assert!(report.themes[0].all.interval.is_some() && report.themes[0].polarities[0].interval.is_some());
    assert!(report.themes[5].all.interval.is_none() && report.themes[5].polarities[0].interval.is_none());
}
