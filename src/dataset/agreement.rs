//! How far two annotators of the same sentences agree.
//!
//! * Polarity: Cohen's kappa (Cohen, 1960).
//! * Sets of themes: Krippendorff's alpha (2004) with the MASI distance (Passonneau, 2006), so that sets that share a
//!   theme agree in part.
//! * Each label: Cohen's kappa of "has it" against "has it not".
//!
//! Intervals are bootstrapped over the sentences. Where chance alone explains everything (both gave one and the same
//! label throughout), kappa and alpha are not defined.

use std::collections::{BTreeMap, HashMap};

use super::{Example, sentence_hash};
use crate::error::{Error, ErrorKind, Result};
use crate::interval::{Estimate, SEED, bootstrap};
use crate::taxonomy::{Polarity, Taxonomy, ThemeId};

/// How far two annotators agree, and where they do not.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreement {
    /// How many sentences both labelled.
    pub sentences: usize,
    /// How many only the first labelled.
    pub only_first: usize,
    /// How many only the second labelled.
    pub only_second: usize,
    /// Share of sentences with the same polarity.
    pub same_polarity: Estimate,
    /// Cohen's kappa of the polarity.
    pub polarity_kappa: Estimate,
    /// Share of sentences with the same main theme.
    pub same_main_theme: Estimate,
    /// Krippendorff's alpha of the sets of themes, with the MASI distance.
    pub themes_alpha: Estimate,
    /// One row for each polarity, then one for each theme of the taxonomy.
    pub labels: Vec<LabelAgreement>,
    /// The sentences that got other labels (another polarity or another set of themes), in the first file's order.
    pub disagreements: Vec<Disagreement>,
}

/// How far two annotators agree on one label.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelAgreement {
    /// The label's identifier.
    pub label: String,
    /// How many sentences the first gave it.
    pub first: u64,
    /// How many sentences the second gave it.
    pub second: u64,
    /// How many sentences both gave it.
    pub both: u64,
    /// Cohen's kappa of "has it".
    pub kappa: Estimate,
}

/// A sentence on which two annotators differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Disagreement {
    /// As the first labelled it.
    pub first: Example,
    /// As the second labelled it.
    pub second: Example,
}

/// Compares two annotators' labels of the same sentences.
///
/// Sentences are paired by letter and by [`sentence_hash`]; where one stands several times in a letter, in order of
/// appearance. If one side names no letters at all, letters are not looked at.
///
/// # Errors
/// When no sentence stands on both sides.
pub fn agreement(first: &[Example], second: &[Example], taxonomy: &Taxonomy) -> Result<Agreement> {
    let pairs = pair(first, second);
    if pairs.is_empty() {
        let message =
            "no sentence stands in both files; they must hold the same sentences, under the same letter names";
        return Err(Error::new(ErrorKind::Data, message));
    }
    let items = Items::of(&pairs, taxonomy);
    let everything: Vec<usize> = (0..pairs.len()).collect();
    let values = items.statistics(&everything);
    let intervals = bootstrap(pairs.len(), values.len(), SEED, |drawn| items.statistics(drawn));
    let mut estimates =
        values.into_iter().zip(intervals).map(|(value, interval)| Estimate { value, interval: value.and(interval) });
    let mut next = || estimates.next().unwrap_or_default();

    let count = |same: fn(&(&Example, &Example)) -> bool| pairs.iter().filter(|p| same(p)).count() as u64;
    let total = pairs.len() as u64;
    let (polarity_kappa, themes_alpha) = (next(), next());
    let labels = items.names.iter().enumerate().map(|(label, name)| {
        let having =
            |side: fn(&Item) -> &[usize]| items.rows.iter().filter(|r| side(r).contains(&label)).count() as u64;
        LabelAgreement {
            label: name.clone(),
            first: having(|r| &r.first),
            second: having(|r| &r.second),
            both: items.rows.iter().filter(|r| r.first.contains(&label) && r.second.contains(&label)).count() as u64,
            kappa: next(),
        }
    });
    let labels = labels.collect();
    Ok(Agreement {
        sentences: pairs.len(),
        only_first: first.len() - pairs.len(),
        only_second: second.len() - pairs.len(),
        same_polarity: Estimate::proportion(count(|(a, b)| a.polarity == b.polarity), total),
        polarity_kappa,
        same_main_theme: Estimate::proportion(count(|(a, b)| a.themes.first() == b.themes.first()), total),
        themes_alpha,
        labels,
        disagreements: pairs
            .iter()
            .filter(|(a, b)| a.polarity != b.polarity || set(&a.themes) != set(&b.themes))
            .map(|&(a, b)| Disagreement { first: a.clone(), second: b.clone() })
            .collect(),
    })
}

/// The sentences that stand on both sides, in the first side's order.
fn pair<'a>(first: &'a [Example], second: &'a [Example]) -> Vec<(&'a Example, &'a Example)> {
    let letters_named = |side: &[Example]| side.iter().any(|e| !e.letter.is_empty());
    let by_letter = letters_named(first) && letters_named(second);
    let key = |e: &'a Example| (if by_letter { e.letter.as_str() } else { "" }, sentence_hash(&e.sentence));
    let mut waiting: HashMap<_, std::collections::VecDeque<&Example>> = HashMap::new();
    for e in second {
        waiting.entry(key(e)).or_default().push_back(e);
    }
    let partner = |e| waiting.get_mut(&key(e)).and_then(|queue| queue.pop_front());
    let mut partner = partner;
    first.iter().filter_map(|e| Some((e, partner(e)?))).collect()
}

fn set(themes: &[ThemeId]) -> Vec<ThemeId> {
    let mut set = themes.to_vec();
    set.sort_unstable();
    set
}

/// One sentence: the labels that each side gave it, as indices into [`Items::names`], and its sets of themes, as
/// indices into [`Items::distances`].
struct Item {
    first: Vec<usize>,
    second: Vec<usize>,
    sets: (usize, usize),
}

/// All sentences, ready to be drawn from.
struct Items {
    rows: Vec<Item>,
    /// Polarities, then themes.
    names: Vec<String>,
    /// MASI distance of every two of the sets that occur.
    distances: Vec<Vec<f64>>,
}

impl Items {
    fn of(pairs: &[(&Example, &Example)], taxonomy: &Taxonomy) -> Items {
        let polarities = Polarity::ALL.len();
        let labels = |e: &Example| {
            let themes = e.themes.iter().map(|t| polarities + usize::from(t.0));
            std::iter::once(e.polarity.index()).chain(themes).collect()
        };
        let mut sets: BTreeMap<Vec<ThemeId>, usize> = BTreeMap::new();
        for e in pairs.iter().flat_map(|&(a, b)| [a, b]) {
            sets.insert(set(&e.themes), 0);
        }
        sets.values_mut().enumerate().for_each(|(i, place)| *place = i);
        let rows = pairs.iter().map(|(a, b)| Item {
            first: labels(a),
            second: labels(b),
            sets: (sets[&set(&a.themes)], sets[&set(&b.themes)]),
        });
        let names = Polarity::ALL.iter().map(|p| p.id().to_owned());
        Items {
            rows: rows.collect(),
            names: names.chain(taxonomy.ids().map(|id| taxonomy.theme(id).id.clone())).collect(),
            distances: sets.keys().map(|a| sets.keys().map(|b| masi_distance(a, b)).collect()).collect(),
        }
    }

    /// Kappa of the polarity, alpha of the sets, then kappa of each label.
    fn statistics(&self, drawn: &[usize]) -> Vec<Option<f64>> {
        const POLARITIES: usize = Polarity::ALL.len();
        let mut polarity = [[0u64; POLARITIES]; POLARITIES];
        let mut having = vec![[[0u64; 2]; 2]; self.names.len()];
        for row in drawn.iter().map(|&i| &self.rows[i]) {
            polarity[row.first[0]][row.second[0]] += 1;
            for &label in &row.first {
                having[label][1][usize::from(row.second.contains(&label))] += 1;
            }
            for &label in row.second.iter().filter(|l| !row.first.contains(l)) {
                having[label][0][1] += 1;
            }
        }
        for table in &mut having {
            table[0][0] = drawn.len() as u64 - table[0][1] - table[1][0] - table[1][1];
        }
        [cohens_kappa(&polarity), self.alpha(drawn)].into_iter().chain(having.iter().map(cohens_kappa)).collect()
    }

    /// Krippendorff's alpha for two annotators without gaps: one minus observed over expected disagreement.
    fn alpha(&self, drawn: &[usize]) -> Option<f64> {
        let mut used = vec![0u64; self.distances.len()];
        let mut observed = 0.0;
        for row in drawn.iter().map(|&i| &self.rows[i]) {
            observed += self.distances[row.sets.0][row.sets.1];
            used[row.sets.0] += 1;
            used[row.sets.1] += 1;
        }
        let occurring: Vec<usize> = (0..used.len()).filter(|&i| used[i] > 0).collect();
        let mut expected = 0.0;
        for (n, &a) in occurring.iter().enumerate() {
            for &b in &occurring[..n] {
                expected += 2.0 * (used[a] * used[b]) as f64 * self.distances[a][b];
            }
        }
        let values = 2.0 * drawn.len() as f64;
        observed /= drawn.len() as f64;
        expected /= values * (values - 1.0);
        (expected > 0.0).then(|| 1.0 - observed / expected)
    }
}

/// Cohen's kappa of a square table of counts: first annotator in rows, second in columns.
fn cohens_kappa<const N: usize>(table: &[[u64; N]; N]) -> Option<f64> {
    let total = table.iter().flatten().sum::<u64>() as f64;
    let same = (0..N).map(|i| table[i][i]).sum::<u64>() as f64 / total;
    let by_chance: f64 = (0..N)
        .map(|i| {
            let first = table[i].iter().sum::<u64>() as f64;
            let second = table.iter().map(|row| row[i]).sum::<u64>() as f64;
            first * second / (total * total)
        })
        .sum();
    (by_chance < 1.0).then(|| (same - by_chance) / (1.0 - by_chance))
}

/// The MASI distance of two sets, both sorted: 1 − Jaccard × monotonicity, where monotonicity is 1 for equal sets, 2/3
/// where one holds the other, 1/3 where they only overlap, 0 where they share nothing.
fn masi_distance(a: &[ThemeId], b: &[ThemeId]) -> f64 {
    let shared = a.iter().filter(|t| b.contains(t)).count();
    let either = a.len() + b.len() - shared;
    let monotonicity = match shared {
        _ if a == b => return 0.0,
        0 => return 1.0,
        _ if shared == a.len() || shared == b.len() => 2.0 / 3.0,
        _ => 1.0 / 3.0,
    };
    1.0 - shared as f64 / either as f64 * monotonicity
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::tests::example;

    fn near(value: Option<f64>, expected: f64) {
        assert!(value.is_some_and(|v| (v - expected).abs() < 1e-9), "{value:?} is not {expected}");
    }

    #[test]
    fn kappa_by_hand() {
        // 20 + 15 of 50 the same; by chance (25·30 + 25·20) / 2500 = 0.5; (0.7 − 0.5) / 0.5.
        near(cohens_kappa(&[[20, 5], [10, 15]]), 0.4);
        near(cohens_kappa(&[[0, 5], [5, 0]]), -1.0);
        assert_eq!(cohens_kappa(&[[9, 0], [0, 0]]), None);
    }

    #[test]
    fn masi_by_hand() {
        let d = |a: &[u16], b: &[u16]| {
            let ids = |x: &[u16]| x.iter().map(|&i| ThemeId(i)).collect::<Vec<_>>();
            masi_distance(&ids(a), &ids(b))
        };
        near(Some(d(&[1, 2], &[1, 2])), 0.0);
        near(Some(d(&[1], &[1, 2])), 1.0 - 0.5 * 2.0 / 3.0);
        near(Some(d(&[1, 2], &[2, 3])), 1.0 - 1.0 / 3.0 / 3.0);
        near(Some(d(&[1], &[2])), 1.0);
    }

    /// Four sentences; polarity differs in one, themes in two (one set holds the other; nothing shared).
    fn two_readers() -> (Vec<Example>, Vec<Example>) {
        let label = |n: usize, polarity, themes: &[u16]| Example {
            polarity,
            themes: themes.iter().map(|&t| ThemeId(t)).collect(),
            ..example("a", &format!("Sentence {n}."))
        };
        use Polarity::{Strength, Weakness};
        let first = vec![
            label(1, Strength, &[0]),
            label(2, Strength, &[0, 1]),
            label(3, Weakness, &[1]),
            label(4, Weakness, &[2]),
        ];
        let second = vec![
            label(4, Strength, &[1]),
            label(3, Weakness, &[1]),
            label(2, Strength, &[0]),
            label(1, Strength, &[0]),
        ];
        (first, second)
    }

    #[test]
    fn two_readers_by_hand() {
        let (first, second) = two_readers();
        let a = agreement(&first, &second, &Taxonomy::default()).unwrap();
        assert_eq!((a.sentences, a.only_first, a.only_second), (4, 0, 0));
        near(a.same_polarity.value, 0.75);
        // By chance (2·3 + 2·1) / 16 = 0.5.
        near(a.polarity_kappa.value, 0.5);
        near(a.same_main_theme.value, 0.75);
        // Sets {0}: 3, {0,1}: 1, {1}: 3, {2}: 1. Distances: {0}{01} and {01}{1} 2/3, all else 1.
        // Observed (2/3 + 1) / 4; expected 2·(3·1·2/3 + 3·3 + 3·1 + 1·3·2/3 + 1·1 + 3·1) / 56.
        near(a.themes_alpha.value, 1.0 - (5.0 / 12.0) / (40.0 / 56.0));
        let differing: Vec<_> = a.disagreements.iter().map(|d| d.first.sentence.as_str()).collect();
        assert_eq!(differing, ["Sentence 2.", "Sentence 4."]);
        let strength = &a.labels[0];
        assert_eq!((strength.label.as_str(), strength.first, strength.second, strength.both), ("strength", 2, 3, 2));
        assert!(a.labels.iter().find(|l| l.label == "none").is_some_and(|l| l.kappa == Estimate::default()));
    }

    #[test]
    fn a_reader_agrees_with_herself() {
        let (first, _) = two_readers();
        let a = agreement(&first, &first, &Taxonomy::default()).unwrap();
        near(a.polarity_kappa.value, 1.0);
        near(a.themes_alpha.value, 1.0);
        assert!(a.disagreements.is_empty());
    }

    #[test]
    fn sentences_are_paired_within_their_letter_and_in_order() {
        let twice = [example("a", "Good."), example("b", "Good."), example("a", "Good."), example("a", "Alone.")];
        let mut other = vec![example("a", "good"), example("a", "GOOD."), example("c", "Good.")];
        other[1].polarity = Polarity::Neutral;
        let a = agreement(&twice, &other, &Taxonomy::default()).unwrap();
        assert_eq!((a.sentences, a.only_first, a.only_second), (2, 2, 1));
        assert_eq!(a.disagreements[0].first, twice[2]);
        other.iter_mut().for_each(|e| e.letter.clear());
        assert_eq!(agreement(&twice, &other, &Taxonomy::default()).unwrap().sentences, 3);
    }

    #[test]
    fn files_without_a_common_sentence_are_refused() {
        let e = agreement(&[example("a", "One.")], &[example("a", "Two.")], &Taxonomy::default()).unwrap_err();
        assert!(e.to_string().contains("same sentences"), "{e}");
    }
}
