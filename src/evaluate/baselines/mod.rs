//! Baselines: what simple methods reach on the same sentences, so that a model's score has something to stand beside.
//!
//! * *majority*: every sentence gets the commonest polarity and the commonest main theme of the training sentences;
//! * *lexicon*: pleasant and unpleasant words ([`lexicon`]); it knows no themes;
//! * *TF-IDF*: words and pairs of words with logistic regression;
//! * *frozen vectors*: logistic regression on the vectors of the base encoder, each sentence alone.
//!
//! All but the lexicon are fitted: on other labels where there are such, never on a letter or a sentence that is
//! evaluated; else on the evaluated letters themselves, each left out in turn (in fives, where there are more than
//! [`EACH_LEFT_OUT`]).

pub mod lexicon;
mod logistic;
mod tfidf;

use std::collections::{BTreeMap, BTreeSet};

use ndarray::Array2;
use serde::{Serialize, Serializer};

use super::report::Section;
use super::{Score, evaluate};
use crate::classify::{Item, Judgement};
use crate::dataset::{Example, fold_of, sentence_hash};
use crate::error::Result;
use crate::interval::{Estimate, SEED};
use crate::taxonomy::{Polarity, Taxonomy, ThemeId};
use logistic::{Logistic, SparseRow};
use tfidf::Vocabulary;

/// Up to so many letters each is left out by itself; more are left out in five parts.
pub const EACH_LEFT_OUT: usize = 10;
const PARTS: u32 = 5;

/// The scores of a row.
const SHOWN: [Score; 4] = [Score::PolarityAccuracy, Score::PolarityMacroF1, Score::MainThemeInSet, Score::ThemeMicroF1];

/// A model and the baselines on the same sentences.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BaselineReport {
    /// Labelled sentences.
    pub sentences: usize,
    /// What the baselines were fitted on, in words.
    pub fitted_on: String,
    /// The model first.
    pub rows: Vec<BaselineRow>,
}

/// How one method did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BaselineRow {
    /// The method.
    pub name: String,
    /// Its scores; not defined for themes where it knows none, and empty where it could not run.
    #[serde(serialize_with = "by_id")]
    pub scores: Vec<(Score, Estimate)>,
    /// Why it could not run; empty where it did.
    pub missing: String,
}

fn by_id<S: Serializer>(scores: &[(Score, Estimate)], serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.collect_map(scores.iter().map(|(score, estimate)| (score.id(), estimate)))
}

/// Turns sentences into vectors, one row each.
pub type Encode<'a> = dyn Fn(&[Item<'_>]) -> Array2<f32> + 'a;

/// What the baselines may use.
pub struct Means<'a> {
    /// Other labels to fit on, with their name.
    pub training: Option<(&'a str, &'a [Example])>,
    /// The base encoder, or why there is none.
    pub encode: std::result::Result<&'a Encode<'a>, String>,
}

/// Scores a model's judgements and the baselines' on the same `examples`.
///
/// # Errors
/// As [`evaluate`], or when a baseline cannot be fitted.
pub fn compare(
    model: (&str, &[Judgement]),
    examples: &[Example],
    means: &Means<'_>,
    taxonomy: &Taxonomy,
) -> Result<BaselineReport> {
    let (fitted_on, folds) = folds(examples, means.training);
    let mut rows = vec![row(model.0, examples, model.1, taxonomy, &SHOWN)?];
    let nothing = || "nothing to fit on: one letter, and no --simple-labels".to_owned();
    let fitted = |name: &str, method: &dyn Fn(&Fold<'_>) -> Result<Vec<Judgement>>| match folds.is_empty() {
        true => Ok(BaselineRow { name: name.to_owned(), scores: Vec::new(), missing: nothing() }),
        false => row(name, examples, &judged(examples, &folds, method)?, taxonomy, &SHOWN),
    };
    rows.push(fitted("majority class", &|fold| Ok(majority(fold)))?);
    let by_words: Vec<Judgement> =
        examples.iter().map(|e| judgement(lexicon::polarity(&e.sentence), taxonomy.none())).collect();
    rows.push(row("sentiment lexicon", examples, &by_words, taxonomy, &SHOWN[..2])?);
    rows.push(fitted("TF-IDF, logistic regression", &|fold| by_terms(fold, taxonomy.len()))?);
    let vectors = "frozen base vectors, logistic regression";
    rows.push(match &means.encode {
        Err(why) => BaselineRow { name: vectors.to_owned(), scores: Vec::new(), missing: why.clone() },
        Ok(encode) => fitted(vectors, &|fold| by_vectors(fold, taxonomy.len(), encode))?,
    });
    Ok(BaselineReport { sentences: examples.len(), fitted_on, rows })
}

/// Sentences to fit on and to judge, the latter with their places.
struct Fold<'a> {
    training: Vec<&'a Example>,
    held_out: Vec<(usize, &'a Example)>,
}

fn folds<'a>(examples: &'a [Example], training: Option<(&str, &'a [Example])>) -> (String, Vec<Fold<'a>>) {
    let letters: BTreeSet<&str> = examples.iter().map(|e| e.letter.as_str()).collect();
    let all = examples.iter().enumerate();
    if let Some((name, others)) = training {
        let seen: BTreeSet<String> = examples.iter().map(|e| sentence_hash(&e.sentence)).collect();
        let foreign = |e: &&Example| {
            (e.letter.is_empty() || !letters.contains(e.letter.as_str())) && !seen.contains(&sentence_hash(&e.sentence))
        };
        let training: Vec<&Example> = others.iter().filter(foreign).collect();
        let left_out = others.len() - training.len();
        let fitted_on = format!(
            "{name}, {} sentences, after leaving out {left_out} that are evaluated or of an evaluated letter",
            training.len()
        );
        let fold = Fold { held_out: all.collect(), training };
        return (fitted_on, if fold.training.is_empty() { Vec::new() } else { vec![fold] });
    }
    let part_of: BTreeMap<&str, u32> = match letters.len() {
        0 | 1 => return ("nothing".to_owned(), Vec::new()),
        n if n <= EACH_LEFT_OUT => letters.into_iter().zip(0..).collect(),
        _ => letters.into_iter().map(|letter| (letter, fold_of(letter, PARTS, SEED))).collect(),
    };
    let parts: BTreeSet<u32> = part_of.values().copied().collect();
    let fold = |part: u32| {
        let (held_out, training): (Vec<_>, Vec<_>) =
            all.clone().partition(|(_, e)| part_of.get(e.letter.as_str()) == Some(&part));
        Fold { training: training.into_iter().map(|(_, e)| e).collect(), held_out }
    };
    let folds = parts.into_iter().map(fold).filter(|f| !f.training.is_empty() && !f.held_out.is_empty()).collect();
    ("the other evaluated letters, each letter left out".to_owned(), folds)
}

/// The judgements of all folds in the order of the examples.
fn judged(
    examples: &[Example],
    folds: &[Fold<'_>],
    method: &dyn Fn(&Fold<'_>) -> Result<Vec<Judgement>>,
) -> Result<Vec<Judgement>> {
    let mut placed = BTreeMap::new();
    for fold in folds {
        let judgements = method(fold)?;
        placed.extend(fold.held_out.iter().map(|(place, _)| *place).zip(judgements));
    }
    debug_assert_eq!(placed.len(), examples.len(), "every example is held out once");
    Ok(placed.into_values().collect())
}

fn row(
    name: &str,
    examples: &[Example],
    judgements: &[Judgement],
    taxonomy: &Taxonomy,
    known: &[Score],
) -> Result<BaselineRow> {
    let evaluation = evaluate(examples, judgements, taxonomy)?;
    let estimate = |score: &Score| if known.contains(score) { evaluation.score(*score) } else { Estimate::default() };
    let scores = SHOWN.iter().map(|score| (*score, estimate(score))).collect();
    Ok(BaselineRow { name: name.to_owned(), scores, missing: String::new() })
}

fn majority(fold: &Fold<'_>) -> Vec<Judgement> {
    let mut polarities = [0; Polarity::ALL.len()];
    let mut themes: BTreeMap<ThemeId, usize> = BTreeMap::new();
    for example in &fold.training {
        polarities[example.polarity.index()] += 1;
        if let Some(main) = example.themes.first() {
            *themes.entry(*main).or_default() += 1;
        }
    }
    // The first of several as common ones.
    let commonest = Polarity::ALL.into_iter().rev().max_by_key(|p| polarities[p.index()]).unwrap_or(Polarity::Neutral);
    let theme = themes.into_iter().rev().max_by_key(|(_, n)| *n).map_or(ThemeId(0), |(theme, _)| theme);
    vec![judgement(commonest, theme); fold.held_out.len()]
}

fn judgement(polarity: Polarity, theme: ThemeId) -> Judgement {
    let mut polarity_scores = [0.0; 4];
    polarity_scores[polarity.index()] = 1.0;
    Judgement { polarity, polarity_scores, themes: vec![(theme, 1.0)], needs_review: false, truncated: false }
}

fn by_terms(fold: &Fold<'_>, themes: usize) -> Result<Vec<Judgement>> {
    let vocabulary = Vocabulary::of(fold.training.iter().map(|e| e.sentence.as_str()));
    let rows: Vec<SparseRow> = fold.training.iter().map(|e| vocabulary.row(&e.sentence)).collect();
    let fitted = Logistic::fit(&rows, vocabulary.len(), &fold.training, themes)?;
    Ok(fold.held_out.iter().map(|(_, e)| fitted.judge(&vocabulary.row(&e.sentence))).collect())
}

fn by_vectors(fold: &Fold<'_>, themes: usize, encode: &Encode<'_>) -> Result<Vec<Judgement>> {
    let rows = |examples: &mut dyn Iterator<Item = &Example>| -> Vec<SparseRow> {
        let items: Vec<Item<'_>> = examples.map(|e| Item { sentence: &e.sentence, ..Item::default() }).collect();
        let vectors = encode(&items);
        vectors.outer_iter().map(|row| (0..).zip(row.iter().copied()).collect()).collect()
    };
    let training = rows(&mut fold.training.iter().copied());
    let features = training.first().map_or(0, Vec::len);
    let fitted = Logistic::fit(&training, features, &fold.training, themes)?;
    let held_out = rows(&mut fold.held_out.iter().map(|(_, e)| *e));
    Ok(held_out.iter().map(|row| fitted.judge(row)).collect())
}

impl BaselineReport {
    /// One table: a row a method, the model first.
    pub fn sections(&self) -> Vec<Section> {
        let rows = self.rows.iter().map(|row| {
            let score =
                |i: usize| row.scores.get(i).map_or_else(|| "-".to_owned(), |(_, estimate)| estimate.to_string());
            [row.name.clone(), score(0), score(1), score(2), score(3)]
        });
        let [a, b, c, d] = SHOWN.map(Score::name);
        let missing: String = self
            .rows
            .iter()
            .filter(|r| !r.missing.is_empty())
            .map(|r| format!(" {}: {}.", r.name, r.missing))
            .collect();
        let note = format!(
            "{} sentences. Fitted on {}. The lexicon is fitted on nothing and knows no themes.{missing}",
            self.sentences, self.fitted_on
        );
        vec![Section::of_text("Baselines", ["method", a, b, c, d], rows).with_note(note)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Example;

    fn example(letter: &str, sentence: &str, polarity: Polarity, theme: u16) -> Example {
        Example { polarity, themes: vec![ThemeId(theme)], ..crate::dataset::tests::example(letter, sentence) }
    }

    /// Two letters; in each, plans are late and schools are good.
    fn examples() -> Vec<Example> {
        let pair = |letter: &str, i: usize| {
            [
                example(letter, &format!("Plans are late again {i}"), Polarity::Weakness, 5),
                example(letter, &format!("Schools are good places {i}"), Polarity::Strength, 10),
                example(letter, &format!("Some other schools are good {i}"), Polarity::Strength, 10),
            ]
        };
        ["a", "b"].into_iter().flat_map(|letter| (0..6).flat_map(move |i| pair(letter, i))).collect()
    }

    fn accuracy(report: &BaselineReport, row: usize) -> Option<f64> {
        report.rows[row].scores.first().and_then(|(_, estimate)| estimate.value)
    }

    #[test]
    fn each_method_does_what_it_can() {
        let (examples, taxonomy) = (examples(), Taxonomy::default());
        let right: Vec<Judgement> = examples.iter().map(|e| judgement(e.polarity, e.themes[0])).collect();
        let encode = |items: &[Item<'_>]| {
            Array2::from_shape_fn((items.len(), 2), |(i, j)| {
                f32::from((j == 0) == items[i].sentence.starts_with("Plans"))
            })
        };
        let means = Means { training: None, encode: Ok(&encode) };
        let report = compare(("model", &right), &examples, &means, &taxonomy).unwrap();
        assert_eq!(accuracy(&report, 0), Some(1.0));
        assert_eq!(accuracy(&report, 1), Some(2.0 / 3.0), "the commonest polarity is strength");
        assert_eq!(accuracy(&report, 2), Some(1.0), "late is unpleasant and good is pleasant");
        assert_eq!(report.rows[2].scores[2].1, Estimate::default(), "a lexicon knows no themes");
        assert_eq!((accuracy(&report, 3), accuracy(&report, 4)), (Some(1.0), Some(1.0)));
        assert_eq!(report.fitted_on, "the other evaluated letters, each letter left out");
    }

    #[test]
    fn nothing_evaluated_is_fitted_on() {
        let examples = examples();
        let mut others = examples.clone();
        others.push(example("c", "Something else", Polarity::Neutral, 15));
        others.push(example("c", "Plans are late, again: 0.", Polarity::Neutral, 15));
        let (_, folds) = folds(&examples, Some(("others.csv", &others)));
        let kept: Vec<&str> = folds[0].training.iter().map(|e| e.sentence.as_str()).collect();
        assert_eq!(kept, ["Something else"]);
    }

    #[test]
    fn what_cannot_run_says_why() {
        let examples: Vec<Example> = examples().into_iter().filter(|e| e.letter == "a").collect();
        let right: Vec<Judgement> = examples.iter().map(|e| judgement(e.polarity, e.themes[0])).collect();
        let means = Means { training: None, encode: Err("no encoder was named".to_owned()) };
        let report = compare(("model", &right), &examples, &means, &Taxonomy::default()).unwrap();
        let missing: Vec<&str> = report.rows.iter().map(|r| r.missing.as_str()).collect();
        let one = "nothing to fit on: one letter, and no --simple-labels";
        assert_eq!(missing, ["", one, "", one, "no encoder was named"]);
        assert!(report.sections()[0].note.contains("no encoder was named"));
    }
}
