//! How far people agree with the labels: what a model can be expected to reach.
//!
//! A second annotator's labels are scored as if a model had given them, on the sentences that both labelled; the model's
//! scores on the same sentences stand beside. Where the labels were settled with the second annotator's in sight, the
//! agreement is an upper bound.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::shares::share;
use super::{Answer, Pair, Row, Score, letter_key, score};
use crate::dataset::{Example, sentence_hash};
use crate::error::{Error, ErrorKind, Result};
use crate::interval::Estimate;
use crate::taxonomy::Taxonomy;

/// What other annotators say of the evaluated sentences.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ceiling {
    /// Each second annotator against the labels, by name.
    pub annotators: Vec<Annotator>,
    /// Sentences that every second annotator labelled.
    pub shared: usize,
    /// On these, the share where the model's polarity is that of the labels or of any annotator.
    pub polarity_of_any: Estimate,
    /// On these, the share where the model's main theme is the main theme of the labels or of any annotator.
    pub main_theme_of_any: Estimate,
    /// On these, the share where the model's main theme is among the themes of the labels or of any annotator.
    pub main_theme_among_any: Estimate,
}

/// One second annotator, and the model on the same sentences.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Annotator {
    /// Who it is: the name that stands in the labels, or the file's.
    pub name: String,
    /// Sentences that have both labels.
    pub sentences: usize,
    /// The annotator's scores, in the order of [`Score::ALL`].
    #[serde(serialize_with = "super::by_id")]
    pub annotator: Vec<(Score, Estimate)>,
    /// The model's, on the same sentences.
    #[serde(serialize_with = "super::by_id")]
    pub model: Vec<(Score, Estimate)>,
}

/// A second annotator's labels.
#[derive(Debug, Clone, PartialEq)]
pub struct SecondLabels {
    /// The file's name; the annotator's where the labels name none.
    pub file: String,
    /// The labels.
    pub examples: Vec<Example>,
}

/// Scores second annotators against the labels of `rows`.
///
/// Sentences are the same when letter and [`sentence_hash`] are; one that stands several times is told by its index,
/// else by its order. If one side names no letters, letters are not looked at.
///
/// # Errors
/// When an annotator labelled none of the sentences, or as [`score`].
pub fn ceiling(rows: &[Row], second: &[SecondLabels], taxonomy: &Taxonomy) -> Result<Ceiling> {
    let mut annotators = Vec::new();
    let mut labels: Vec<Vec<Option<&Example>>> = Vec::new();
    for (name, examples) in by_annotator(second) {
        let found = partners(rows, &examples);
        let answers: Vec<Option<Answer>> = found.iter().map(|e| e.map(Answer::from)).collect();
        let theirs: Vec<Pair<'_>> =
            rows.iter().zip(&answers).filter_map(|(row, a)| Some((&row.example, Some(a.as_ref()?)))).collect();
        if theirs.is_empty() {
            let message =
                format!("{name} labelled none of the evaluated sentences; letters and sentences must be the same");
            return Err(Error::new(ErrorKind::Data, message));
        }
        let models: Vec<Pair<'_>> =
            rows.iter().zip(&found).filter(|(_, e)| e.is_some()).map(|(row, _)| row.pair()).collect();
        annotators.push(Annotator {
            name,
            sentences: theirs.len(),
            annotator: score(&theirs, taxonomy)?.scores,
            model: score(&models, taxonomy)?.scores,
        });
        labels.push(found);
    }
    let shared: Vec<(&Row, Vec<&Example>)> = rows
        .iter()
        .enumerate()
        .filter_map(|(i, row)| Some((row, labels.iter().map(|found| found[i]).collect::<Option<Vec<_>>>()?)))
        .collect();
    let any = |same: fn(&Answer, &Example) -> bool| {
        share(shared.iter().map(|(row, others)| {
            let right = |a: &Answer| same(a, &row.example) || others.iter().any(|e| same(a, e));
            (row.example.letter.as_str(), row.answer.as_ref().is_some_and(right))
        }))
    };
    Ok(Ceiling {
        annotators,
        shared: shared.len(),
        polarity_of_any: any(|a, e| a.polarity == e.polarity),
        main_theme_of_any: any(|a, e| a.themes.first() == e.themes.first()),
        main_theme_among_any: any(|a, e| a.themes.first().is_some_and(|main| e.themes.contains(main))),
    })
}

/// The labels of each annotator, by name, over all files.
fn by_annotator(second: &[SecondLabels]) -> BTreeMap<String, Vec<&Example>> {
    let mut annotators: BTreeMap<String, Vec<&Example>> = BTreeMap::new();
    for labels in second {
        for example in &labels.examples {
            let name = if example.annotator.is_empty() { &labels.file } else { &example.annotator };
            annotators.entry(name.clone()).or_default().push(example);
        }
    }
    annotators
}

/// For each row the example of the same sentence, each example once.
fn partners<'a>(rows: &[Row], examples: &[&'a Example]) -> Vec<Option<&'a Example>> {
    let letters_named =
        rows.iter().any(|r| !r.example.letter.is_empty()) && examples.iter().any(|e| !e.letter.is_empty());
    let key =
        |e: &Example| (if letters_named { letter_key(&e.letter) } else { String::new() }, sentence_hash(&e.sentence));
    let mut waiting: HashMap<(String, String), Vec<&'a Example>> = HashMap::new();
    for &example in examples {
        waiting.entry(key(example)).or_default().push(example);
    }
    let partner = |row: &Row| {
        let same = waiting.get_mut(&key(&row.example)).filter(|same| !same.is_empty())?;
        let at = same.iter().position(|e| row.example.index.is_some() && e.index == row.example.index).unwrap_or(0);
        Some(same.remove(at))
    };
    rows.iter().map(partner).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::tests::example;
    use crate::evaluate::tests::row;
    use crate::taxonomy::Polarity::{Mixed, Strength, Weakness};
    use crate::taxonomy::ThemeId;

    fn second(examples: Vec<Example>) -> Vec<SecondLabels> {
        vec![SecondLabels { file: "b.csv".to_owned(), examples }]
    }

    #[test]
    fn an_annotator_stands_beside_the_model_on_the_same_sentences() {
        let rows = [
            row("a", "One.", Strength, Some((Weakness, 0.9))),
            row("a", "Two.", Strength, Some((Strength, 0.9))),
            row("a", "Three.", Strength, Some((Mixed, 0.9))),
        ];
        let other = Example { polarity: Weakness, ..example("A.txt", "one") };
        let ceiling = ceiling(&rows, &second(vec![example("a", "Two."), other]), &Taxonomy::default()).unwrap();
        let b = &ceiling.annotators[0];
        assert_eq!((b.name.as_str(), b.sentences, ceiling.shared), ("b.csv", 2, 2));
        assert_eq!((b.annotator[0].1.value, b.model[0].1.value), (Some(0.5), Some(0.5)));
        assert_eq!(ceiling.polarity_of_any.value, Some(1.0), "the annotator says weakness too");
        assert_eq!(ceiling.main_theme_of_any.value, Some(1.0));
    }

    #[test]
    fn a_repeated_sentence_is_told_by_its_index() {
        let mut rows = [row("a", "So.", Strength, None), row("a", "So.", Weakness, None)];
        (rows[0].example.index, rows[1].example.index) = (Some(3), Some(7));
        let at = |index, polarity| Example { index: Some(index), polarity, ..example("a", "So.") };
        let ceiling = ceiling(&rows, &second(vec![at(7, Weakness), at(3, Strength)]), &Taxonomy::default()).unwrap();
        assert_eq!(ceiling.annotators[0].annotator[0].1.value, Some(1.0));
    }

    #[test]
    fn annotators_are_told_apart_and_any_of_them_may_have_the_models_theme() {
        let mut answered = row("a", "One.", Strength, Some((Strength, 0.9)));
        answered.example.themes = vec![ThemeId(1)];
        let against = |labels: &[(&str, &[u16])]| {
            let by = |&(name, themes): &(&str, &[u16])| Example {
                annotator: name.to_owned(),
                themes: themes.iter().map(|&theme| ThemeId(theme)).collect(),
                ..example("a", "One.")
            };
            let labels = second(labels.iter().map(by).collect());
            ceiling(std::slice::from_ref(&answered), &labels, &Taxonomy::default()).unwrap()
        };
        let with_main = against(&[("x", &[0]), ("y", &[2])]);
        let names: Vec<_> = with_main.annotators.iter().map(|a| a.name.as_str()).collect();
        assert_eq!((names, with_main.main_theme_of_any.value), (vec!["x", "y"], Some(1.0)));
        let as_second = against(&[("x", &[2, 0])]);
        assert_eq!((as_second.main_theme_of_any.value, as_second.main_theme_among_any.value), (Some(0.0), Some(1.0)));
        assert_eq!(against(&[("x", &[2])]).main_theme_among_any.value, Some(0.0));
    }

    #[test]
    fn an_annotator_of_other_sentences_is_refused() {
        let rows = [row("a", "One.", Strength, None)];
        let e = ceiling(&rows, &second(vec![example("b", "One.")]), &Taxonomy::default()).unwrap_err();
        assert!(e.to_string().contains("b.csv"), "{e}");
    }
}
