//! Ranking by words: BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009) over stemmed words.

use std::collections::{BTreeMap, HashMap};

use crate::words::words;

/// How soon a word that comes again stops adding.
const K1: f64 = 1.2;

/// How much long texts are held against short ones.
const B: f64 = 0.75;

/// Texts by their words.
#[derive(Debug, Clone, Default)]
pub struct Bm25 {
    /// For each word the texts that hold it, in order, and how often.
    postings: HashMap<String, Vec<(usize, u32)>>,
    /// Words of each text.
    lengths: Vec<u32>,
}

impl Bm25 {
    /// An index of texts.
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut index = Bm25::default();
        for (place, text) in texts.into_iter().enumerate() {
            let mut counts: BTreeMap<String, u32> = BTreeMap::new();
            words(text).for_each(|word| *counts.entry(word).or_default() += 1);
            index.lengths.push(counts.values().sum());
            for (word, count) in counts {
                index.postings.entry(word).or_default().push((place, count));
            }
        }
        index
    }

    /// The texts that hold a word of `query`, best first; of equals the first.
    pub fn rank(&self, query: &str) -> Vec<(usize, f64)> {
        let mean = self.lengths.iter().map(|&n| f64::from(n)).sum::<f64>() / self.lengths.len().max(1) as f64;
        let mut scores: BTreeMap<usize, f64> = BTreeMap::new();
        for word in words(query) {
            let Some(texts) = self.postings.get(&word) else { continue };
            let (all, with) = (self.lengths.len() as f64, texts.len() as f64);
            let rarity = ((all - with + 0.5) / (with + 0.5)).ln_1p();
            for &(place, count) in texts {
                let count = f64::from(count);
                let length = 1.0 - B + B * f64::from(self.lengths[place]) / mean;
                *scores.entry(place).or_default() += rarity * count * (K1 + 1.0) / (count + K1 * length);
            }
        }
        let mut ranked: Vec<(usize, f64)> = scores.into_iter().collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        ranked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_words_count_more_and_plurals_are_one_word() {
        let texts = [
            "Children wait too long for assessments.",
            "The assessment of autism is late.",
            "Children like school.",
            "Children and children and children.",
        ];
        let index = Bm25::new(texts);
        let places = |query: &str| index.rank(query).into_iter().map(|(place, _)| place).collect::<Vec<_>>();
        assert_eq!(places("autism assessment"), [1, 0]);
        assert_eq!(places("children’s schools")[0], 2);
        assert!(places("xyz").is_empty() && places("").is_empty());
    }

    #[test]
    fn no_text_ranks_nothing() {
        assert!(Bm25::new([]).rank("a").is_empty());
        assert!(Bm25::new(["", "…"]).rank("a").is_empty());
    }
}
