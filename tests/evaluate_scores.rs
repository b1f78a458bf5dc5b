//! The scores: against scikit-learn's, and what must hold for any labels.

use lettermark::classify::Judgement;
use lettermark::dataset::Example;
use lettermark::evaluate::{self, Answer, Evaluation, LabelScores, Report, Score, Unit, evaluate, report, score};
use lettermark::interval::Estimate;
use lettermark::taxonomy::{Polarity, Taxonomy, ThemeId};
use proptest::prelude::*;
use serde_json::Value;

fn example(letter: &str, polarity: Polarity, themes: Vec<ThemeId>) -> Example {
    Example {
        letter: letter.to_owned(),
        index: None,
        page: None,
        heading: String::new(),
        previous: String::new(),
        sentence: "An invented sentence.".to_owned(),
        polarity,
        themes,
        annotator: String::new(),
        note: String::new(),
    }
}

fn judgement(polarity: Polarity, themes: &[ThemeId]) -> Judgement {
    Judgement {
        polarity,
        polarity_scores: [0.25; 4],
        themes: themes.iter().map(|&theme| (theme, 0.5)).collect(),
        needs_review: false,
        truncated: false,
    }
}

fn near(value: Option<f64>, expected: &Value, what: &str) {
    match (value, expected.as_f64()) {
        (Some(value), Some(expected)) => assert!((value - expected).abs() < 1e-9, "{what}: {value} is not {expected}"),
        (value, expected) => assert_eq!(value, expected, "{what}"),
    }
}

fn same_rows(ours: &[LabelScores], theirs: &Value) {
    assert_eq!(ours.len(), theirs.as_array().unwrap().len());
    for (row, expected) in ours.iter().zip(theirs.as_array().unwrap()) {
        near(row.precision.value, &expected[0], &format!("precision of {}", row.label));
        near(row.recall.value, &expected[1], &format!("recall of {}", row.label));
        near(row.f1.value, &expected[2], &format!("F1 of {}", row.label));
        assert_eq!(Some(row.support), expected[3].as_u64(), "support of {}", row.label);
    }
}

#[test]
fn scores_equal_scikit_learns() {
    let taxonomy = Taxonomy::default();
    let cases: Value = serde_json::from_str(include_str!("fixtures/scores/scikit_learn.json")).unwrap();
    for case in cases.as_array().unwrap() {
        let mut examples = Vec::new();
        let mut answers = Vec::new();
        for row in case["rows"].as_array().unwrap() {
            let cell = |i: usize| row[i].as_str().unwrap();
            examples.push(example(cell(0), cell(1).parse().unwrap(), taxonomy.parse_set(cell(2)).unwrap()));
            let given = || judgement(cell(3).parse().unwrap(), &taxonomy.parse_set(cell(4)).unwrap());
            answers.push((!cell(3).is_empty()).then(|| Answer::from(&given())));
        }
        let pairs: Vec<_> = examples.iter().zip(answers.iter().map(Option::as_ref)).collect();
        let ours = score(&pairs, &taxonomy).unwrap();
        for score in Score::ALL {
            near(ours.score(score).value, &case["scores"][score.id()], &format!("{}: {}", case["name"], score.id()));
        }
        assert_eq!(serde_json::json!(ours.confusion), case["confusion"]);
        same_rows(&ours.polarities, &case["polarities"]);
        same_rows(&ours.themes, &case["themes"]);
    }
}

fn all_estimates(evaluation: &Evaluation) -> Vec<Estimate> {
    let of_label = |l: &LabelScores| [l.precision, l.recall, l.f1];
    let labels = evaluation.polarities.iter().chain(&evaluation.themes).flat_map(of_label);
    evaluation.scores.iter().map(|(_, e)| *e).chain(labels).collect()
}

fn labels() -> impl Strategy<Value = (Polarity, Vec<ThemeId>)> {
    let some = proptest::sample::subsequence((0..15).map(ThemeId).collect::<Vec<_>>(), 1..=3).prop_shuffle();
    let themes = prop_oneof![9 => some, 1 => Just(vec![ThemeId(15)])];
    (proptest::sample::select(Polarity::ALL.to_vec()), themes)
}

/// Letter, what the labels say, what the model says.
type Row = (u8, (Polarity, Vec<ThemeId>), (Polarity, Vec<ThemeId>));

fn rows() -> impl Strategy<Value = Vec<Row>> {
    proptest::collection::vec((0u8..8, labels(), labels()), 1..40)
}

fn evaluated(rows: &[Row]) -> Evaluation {
    let examples: Vec<_> = rows.iter().map(|(l, (p, t), _)| example(&l.to_string(), *p, t.clone())).collect();
    let judgements: Vec<_> = rows.iter().map(|(_, _, (p, t))| judgement(*p, t)).collect();
    evaluate(&examples, &judgements, &Taxonomy::default()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_order_of_the_sentences_changes_nothing(rows in rows(), seed: u64) {
        let mut shuffled = rows.clone();
        let mut random = lettermark::interval::Random::new(seed);
        (1..shuffled.len()).for_each(|i| shuffled.swap(i, random.below(i + 1)));
        prop_assert_eq!(evaluated(&rows), evaluated(&shuffled));
    }

    #[test]
    fn the_order_of_the_rows_changes_nothing_in_the_report(rows in rows(), seed: u64) {
        // Few scores, so that many are the same; some sentences without an answer.
        let labelled = |(i, (letter, (polarity, themes), (given, given_themes))): (usize, &Row)| {
            let mut row = evaluate::Row::new(example(&letter.to_string(), *polarity, themes.clone()));
            row.example.sentence = format!("Sentence {i} of some length.");
            let answer = Answer { polarity_score: (i % 4) as f32 / 4.0, ..Answer::from(&judgement(*given, given_themes)) };
            row.answer = (i % 5 > 0).then_some(answer);
            row
        };
        let mut rows: Vec<evaluate::Row> = rows.iter().enumerate().map(labelled).collect();
        let report = |rows: &[evaluate::Row]| {
            let mut report = Report::of(rows, "test", &[], false, &Taxonomy::default()).unwrap();
            report.recorded.answers.sort_by(|a, b| a.1.cmp(&b.1));
            report
        };
        let before = report(&rows);
        let mut random = lettermark::interval::Random::new(seed);
        (1..rows.len()).for_each(|i| rows.swap(i, random.below(i + 1)));
        prop_assert_eq!(before, report(&rows));
    }

    #[test]
    fn every_score_lies_in_its_interval_and_in_range(rows in rows()) {
        for estimate in all_estimates(&evaluated(&rows)) {
            let (Some(value), Some(interval)) = (estimate.value, estimate.interval) else {
                prop_assert!(estimate.interval.is_none());
                continue;
            };
            prop_assert!((-1.0..=1.0).contains(&value));
            prop_assert!(interval.low <= interval.high, "{}", estimate);
        }
    }

    #[test]
    fn right_answers_score_one_and_are_still_not_certain(rows in rows()) {
        let right: Vec<Row> = rows.into_iter().map(|(l, gold, _)| (l, gold.clone(), gold)).collect();
        let evaluation = evaluated(&right);
        for (score, estimate) in &evaluation.scores {
            let one_class = evaluation.polarities.iter().filter(|p| p.support > 0).count() == 1;
            if *score == Score::PolarityMcc && one_class {
                continue; // Nothing correlates with a constant.
            }
            prop_assert!((estimate.value.unwrap() - 1.0).abs() < 1e-12, "{}: {estimate}", score.id());
            prop_assert!(estimate.interval.unwrap().low < 1.0, "{}: {estimate}", score.id());
        }
    }

    #[test]
    fn wrong_answers_score_nothing(rows in rows()) {
        let turn = |p: Polarity| Polarity::ALL[(p.index() + 1) % 4];
        let shift = |t: &[ThemeId]| vec![ThemeId((0..16).find(|i| !t.contains(&ThemeId(*i))).unwrap())];
        let wrong: Vec<Row> =
            rows.into_iter().map(|(l, (p, t), _)| (l, (p, t.clone()), (turn(p), shift(&t)))).collect();
        for (score, estimate) in evaluated(&wrong).scores {
            prop_assert!(estimate.value.unwrap() <= 0.0, "{}: {estimate}", score.id());
        }
    }

    #[test]
    fn polarities_by_other_names_score_the_same(rows in rows(), by in 1usize..4) {
        let turn = |p: Polarity| Polarity::ALL[(p.index() + by) % 4];
        let renamed: Vec<Row> = rows
            .iter()
            .map(|(l, (p, t), (q, u))| (*l, (turn(*p), t.clone()), (turn(*q), u.clone())))
            .collect();
        for ((score, a), (_, b)) in evaluated(&rows).scores.iter().zip(evaluated(&renamed).scores) {
            prop_assert!((a.value.unwrap() - b.value.unwrap()).abs() < 1e-12, "{}: {a} and {b}", score.id());
        }
    }
}

/// Letters in which everything is right, and as many in which everything is wrong.
fn uneven_letters(letters: u8) -> Vec<Row> {
    let gold = (Polarity::Strength, vec![ThemeId(0)]);
    let other = (Polarity::Weakness, vec![ThemeId(1)]);
    (0..letters * 20)
        .map(|i| (i / 20, gold.clone(), if i / 20 % 2 == 0 { gold.clone() } else { other.clone() }))
        .collect()
}

#[test]
fn several_letters_are_drawn_as_wholes_and_widen_the_interval() {
    let clustered = evaluated(&uneven_letters(8));
    assert_eq!(clustered.drawn, Unit::Letter);
    let width = |e: &Evaluation, score| e.score(score).interval.map(|i| i.high - i.low).unwrap();
    let single: Vec<Row> = uneven_letters(8).into_iter().map(|(_, gold, given)| (0, gold, given)).collect();
    let alone = evaluated(&single);
    assert_eq!(alone.drawn, Unit::Sentence);
    for score in [Score::PolarityAccuracy, Score::ThemeMicroF1] {
        assert!(width(&clustered, score) > 3.0 * width(&alone, score), "{}", score.id());
    }
}

#[test]
fn nothing_to_compare_is_an_error() {
    let taxonomy = Taxonomy::default();
    let one = [example("a", Polarity::Strength, vec![ThemeId(0)])];
    let says = |examples: &[Example], judgements: &[Judgement]| {
        evaluate(examples, judgements, &taxonomy).unwrap_err().to_string()
    };
    assert!(says(&[], &[]).contains("no labelled sentences"));
    assert!(says(&one, &[]).contains("1 sentences but 0 judgements"));
    assert!(says(&one, &[judgement(Polarity::Strength, &[ThemeId(16)])]).contains("same taxonomy"));
}

#[test]
fn the_reports_hold_the_scores() {
    let report = Report::of_scores(evaluated(&uneven_letters(2)), "test", &["labels.csv".to_owned()]);
    let table = report::table(&report);
    insta::assert_snapshot!(table.lines().take(20).collect::<Vec<_>>().join("\n"));
    let markdown = report::markdown(&report);
    assert!(markdown.contains("| polarity accuracy | 0.500 [0.352, 0.648] |"), "{markdown}");
    let json: Value = serde_json::from_str(&report::json(&report)).unwrap();
    assert_eq!(json["scores"]["polarity_accuracy"]["value"], 0.5);
    assert_eq!(json["confusion"][0], serde_json::json!([20, 20, 0, 0]));
    assert_eq!(json["polarities"][2]["recall"]["value"], Value::Null);
}
