use super::*;
use crate::dataset::tests::example;
use crate::taxonomy::{Polarity, ThemeId};

fn row(annotator: &str, index: Option<u32>, sentence: &str, polarity: Polarity, themes: &[u16]) -> Example {
    Example {
        annotator: annotator.into(),
        index,
        polarity,
        themes: themes.iter().map(|&t| ThemeId(t)).collect(),
        ..example("a.txt", sentence)
    }
}

fn labels(name: &str, rows: Vec<Example>) -> Labels {
    Labels { name: name.into(), file: rows.into() }
}

fn merged(files: &[Labels], adjudicated: Option<&Labels>) -> Merged {
    merge(files, adjudicated, &Taxonomy::default()).unwrap()
}

use Polarity::{Strength, Weakness};

#[test]
fn what_readers_agree_on_becomes_one_row_and_the_rest_waits_for_a_decision() {
    let anna = labels(
        "anna.csv",
        vec![
            row("anna", Some(0), "Plans are late.", Weakness, &[5, 0]),
            row("anna", Some(1), "Leaders listen.", Strength, &[0]),
            row("anna", Some(2), "Only Anna.", Strength, &[0]),
        ],
    );
    let ben = labels(
        "ben.csv",
        vec![
            row("ben", Some(0), "plans are late", Weakness, &[5, 0]),
            row("ben", Some(1), "Leaders listen.", Weakness, &[0, 6]),
        ],
    );
    let both = merged(&[anna, ben], None);
    let kept: Vec<_> = both.labels.examples.iter().map(|e| (e.sentence.as_str(), e.annotator.as_str())).collect();
    assert_eq!(kept, [("Plans are late.", "anna; ben"), ("Only Anna.", "anna")]);
    let conflicts: Vec<_> = both.conflicts.examples.iter().map(|e| e.annotator.as_str()).collect();
    assert_eq!(conflicts, ["anna", "ben"]);
    assert_eq!(both.conflicts.extra_columns, [CONFLICT]);
    assert_eq!(both.conflicts.extra, [["polarity;themes"], ["polarity;themes"]]);
    assert_eq!((both.rows, both.single, both.agreed, both.differing), (5, 1, 1, 1));
    assert_eq!(both.agreements.len(), 1);
    assert_eq!(both.agreements[0].agreement.sentences, 2);
}

#[test]
fn another_main_theme_is_another_label_and_another_order_behind_it_is_not() {
    for (themes, conflicts) in [([5, 0, 1], 0), ([5, 1, 0], 0), ([0, 5, 1], 2)] {
        let one = labels("1", vec![row("anna", None, "Plans are late.", Weakness, &[5, 0, 1])]);
        let other = labels("2", vec![row("ben", None, "Plans are late.", Weakness, &themes)]);
        assert_eq!(merged(&[one, other], None).conflicts.examples.len(), conflicts, "{themes:?}");
    }
}

#[test]
fn equal_sentences_at_different_places_stay_apart() {
    let anna =
        labels("1", vec![row("anna", Some(3), "Good.", Strength, &[0]), row("anna", Some(9), "Good.", Weakness, &[0])]);
    let ben = labels("2", vec![row("ben", Some(9), "Good.", Weakness, &[0])]);
    // Without an index they come in the order of the letter.
    let cleo =
        labels("3", vec![row("cleo", None, "Good.", Strength, &[0]), row("cleo", None, "Good.", Weakness, &[0])]);
    let all = merged(&[anna, ben, cleo], None);
    let kept: Vec<_> = all.labels.examples.iter().map(|e| (e.index, e.annotator.as_str())).collect();
    assert_eq!(kept, [(Some(3), "anna; cleo"), (Some(9), "anna; ben; cleo")]);
    assert_eq!(all.agreements.len(), 3);
}

#[test]
fn no_row_is_lost_and_merging_again_changes_nothing() {
    let files: Vec<Labels> = (0..3u32)
        .map(|reader| {
            let rows = (0..40u32).filter(|i| i % (reader + 1) == 0).map(|i| {
                let polarity = if i % 7 == reader { Weakness } else { Strength };
                row(&format!("r{reader}"), Some(i), &format!("Sentence {}.", i % 10), polarity, &[(i % 3) as u16])
            });
            labels(&reader.to_string(), rows.collect())
        })
        .collect();
    let all = merged(&files, None);
    let names: usize = all.labels.examples.iter().map(|e| e.annotator.split(JOIN).count()).sum();
    assert_eq!(names + all.conflicts.examples.len(), all.rows);
    assert!(all.differing > 0 && all.agreed > 0 && all.single > 0);
    let again = [
        Labels { name: "m".into(), file: all.labels.clone() },
        Labels { name: "c".into(), file: all.conflicts.clone() },
    ];
    let again = merged(&again, None);
    assert_eq!((again.labels, again.conflicts), (all.labels, all.conflicts));
}

#[test]
fn an_adjudicated_row_overrules_and_two_that_differ_are_refused() {
    let anna = labels("1", vec![row("anna", Some(0), "Plans are late.", Weakness, &[5])]);
    let ben = labels("2", vec![row("ben", Some(0), "Plans are late.", Strength, &[5])]);
    let files = [anna, ben];
    let decided = Labels { name: "d.csv".into(), file: merged(&files, None).conflicts };
    let message = merge(&files, Some(&decided), &Taxonomy::default()).unwrap_err().to_string();
    assert!(message.contains("d.csv: says two things of \"Plans are late.\""), "{message}");
    let mut decided = decided;
    decided.file.examples.remove(1);
    let all = merged(&files, Some(&decided));
    assert_eq!((all.adjudicated, all.differing, all.rows), (1, 0, 2));
    assert_eq!(all.labels.examples[0].polarity, Weakness);
    assert!(all.labels.extra_columns.is_empty(), "the column of conflicts is ours, not the user's");
}

#[test]
fn columns_of_the_users_own_are_kept() {
    let mut anna = labels("1", vec![row("anna", Some(0), "Plans are late.", Weakness, &[5])]);
    anna.file.extra_columns = vec!["colour".into(), "queue".into()];
    anna.file.extra = vec![vec!["red".into(), "unsure".into()]];
    let mut ben = labels("2", vec![row("ben", Some(0), "Plans are late.", Weakness, &[5])]);
    ben.file.extra_columns = vec!["queue".into(), "size".into()];
    ben.file.extra = vec![vec!["unsure".into(), "big".into()]];
    let all = merged(&[anna, ben], None);
    assert_eq!(all.labels.extra_columns, ["colour", "queue", "size"]);
    assert_eq!(all.labels.extra, [["red", "unsure", "big"]]);
}
