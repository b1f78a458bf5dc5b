//! Sentences as weighted words and pairs of words: TF-IDF as scikit-learn's `TfidfVectorizer` has it.

use std::collections::BTreeMap;

use super::logistic::SparseRow;

/// A term must stand in so many training sentences.
const LEAST_SENTENCES: u32 = 2;

/// The most terms that are kept, those that stand in the most sentences first.
const MOST_TERMS: usize = 20_000;

/// Terms with their place and their weight.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Vocabulary(BTreeMap<String, (u32, f32)>);

impl Vocabulary {
    /// The terms of training sentences, weighted by `ln((1 + n) / (1 + df)) + 1`.
    pub(super) fn of<'a>(sentences: impl Iterator<Item = &'a str>) -> Self {
        let mut frequencies: BTreeMap<String, u32> = BTreeMap::new();
        let mut n = 0u32;
        for sentence in sentences {
            n += 1;
            for (term, _) in counted(sentence) {
                *frequencies.entry(term).or_default() += 1;
            }
        }
        let mut kept: Vec<(String, u32)> = frequencies.into_iter().filter(|(_, df)| *df >= LEAST_SENTENCES).collect();
        kept.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        kept.truncate(MOST_TERMS);
        let weighted = kept.into_iter().enumerate().map(|(place, (term, df))| {
            let weight = (f64::from(1 + n) / f64::from(1 + df)).ln() + 1.0;
            (term, (place as u32, weight as f32))
        });
        Vocabulary(weighted.collect())
    }

    /// How many terms there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// A sentence as a row of length one; empty where it has no known term.
    pub(super) fn row(&self, sentence: &str) -> SparseRow {
        let known = counted(sentence)
            .into_iter()
            .filter_map(|(term, count)| self.0.get(&term).map(|&(place, weight)| (place, count as f32 * weight)));
        let mut row: SparseRow = known.collect();
        let length = row.iter().map(|(_, x)| x * x).sum::<f32>().sqrt();
        row.iter_mut().for_each(|(_, x)| *x /= length);
        row
    }
}

/// The words of a text in lower case: runs of letters, digits, hyphens and apostrophes, of two characters or more.
pub(super) fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase().replace('’', "'");
    let part = lower.split(|c: char| !(c.is_alphanumeric() || c == '-' || c == '\''));
    part.map(|word| word.trim_matches(['-', '\'']))
        .filter(|word| word.chars().nth(1).is_some())
        .map(str::to_owned)
        .collect()
}

/// Words and pairs of neighbouring words with how often each stands in the sentence.
fn counted(sentence: &str) -> BTreeMap<String, u32> {
    let words = words(sentence);
    let mut counts = BTreeMap::new();
    let pairs = words.windows(2).map(|pair| pair.join(" "));
    for term in words.iter().cloned().chain(pairs) {
        *counts.entry(term).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_lower_case_and_keep_their_hyphens() {
        assert_eq!(words("Leaders’ well-used ‘offer’ - a 2."), ["leaders", "well-used", "offer"]);
    }

    #[test]
    fn weights_are_those_worked_by_hand() {
        let vocabulary = Vocabulary::of(["plans late", "plans late", "plans good"].into_iter());
        assert_eq!(vocabulary.len(), 3, "plans, late, plans late; what stands once is left out");
        // idf: plans ln(4/4) + 1 = 1; late and "plans late" ln(4/3) + 1 = 1.287682.
        let row = vocabulary.row("plans late");
        let length = (1.0f32 + 2.0 * 1.287_682 * 1.287_682).sqrt();
        let by_place: BTreeMap<u32, f32> = row.into_iter().collect();
        assert!((by_place[&0] - 1.0 / length).abs() < 1e-5, "{by_place:?}");
        assert!((by_place[&1] - 1.287_682 / length).abs() < 1e-5, "{by_place:?}");
        assert!(vocabulary.row("nothing known").is_empty());
    }
}
