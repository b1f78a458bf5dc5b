//! How alike two sentences are in what they are about, whatever they say of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ndarray::{Array1, Array2};

use crate::classify::Linear;
use crate::vectors::Vectors;
use crate::words::words;

/// Sentences, ready to be held against each other.
pub(super) struct Likeness {
    /// Vectors without what tells polarity, of unit length.
    meaning: Array2<f32>,
    /// Words by number with their weights, in order; unit length.
    words: Vec<Vec<(u32, f32)>>,
}

impl Likeness {
    /// Of `texts` and their vectors. `everything` tells how rare a word is; `polarity` is the head of the same model.
    pub(super) fn of<'a>(
        vectors: &Vectors,
        texts: &[&str],
        everything: impl Iterator<Item = &'a str>,
        polarity: &Linear,
    ) -> Self {
        let mut meaning = vectors.rows().clone();
        for direction in directions(polarity) {
            for mut row in meaning.rows_mut() {
                let along = row.dot(&direction);
                row.scaled_add(-along, &direction);
            }
        }
        for mut row in meaning.rows_mut() {
            let length = row.dot(&row).sqrt();
            if length > 0.0 {
                row /= length;
            }
        }
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let mut with_word: Vec<f32> = Vec::new();
        let mut all = 0.0f32;
        for text in everything {
            all += 1.0;
            for word in words(text).collect::<BTreeSet<String>>() {
                let number = *numbers.entry(word).or_insert(with_word.len() as u32);
                match with_word.get_mut(number as usize) {
                    Some(n) => *n += 1.0,
                    None => with_word.push(1.0),
                }
            }
        }
        let weights = |text: &&str| {
            let mut counts: BTreeMap<u32, f32> = BTreeMap::new();
            for number in words(text).filter_map(|word| numbers.get(&word)) {
                *counts.entry(*number).or_default() += 1.0;
            }
            let mut weights: Vec<(u32, f32)> = counts
                .into_iter()
                .map(|(number, n)| (number, (1.0 + n.ln()) * (all / with_word[number as usize]).ln()))
                .collect();
            let length = weights.iter().map(|(_, w)| w * w).sum::<f32>().sqrt();
            if length > 0.0 {
                weights.iter_mut().for_each(|(_, w)| *w /= length);
            }
            weights
        };
        Likeness { meaning, words: texts.iter().map(weights).collect() }
    }

    /// The mean of the two cosines, from -1 to 1.
    pub(super) fn between(&self, a: usize, b: usize) -> f32 {
        (self.meaning.row(a).dot(&self.meaning.row(b)) + in_common(&self.words[a], &self.words[b])) / 2.0
    }
}

/// The product of two sparse vectors.
fn in_common(a: &[(u32, f32)], b: &[(u32, f32)]) -> f32 {
    let (mut i, mut j, mut sum) = (0, 0, 0.0);
    while let (Some((x, v)), Some((y, w))) = (a.get(i), b.get(j)) {
        match x.cmp(y) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                sum += v * w;
                i += 1;
                j += 1;
            }
        }
    }
    sum
}

/// An orthonormal basis of the directions in which the head tells polarities from each other (Gram and Schmidt): of each
/// polarity's weights, less their mean.
fn directions(head: &Linear) -> Vec<Array1<f32>> {
    let Some(mean) = head.weights.mean_axis(ndarray::Axis(0)) else { return Vec::new() };
    let mut basis: Vec<Array1<f32>> = Vec::new();
    for weights in head.weights.rows() {
        let mut direction = &weights - &mean;
        let before = direction.dot(&direction).sqrt();
        for known in &basis {
            let along = direction.dot(known);
            direction.scaled_add(-along, known);
        }
        let length = direction.dot(&direction).sqrt();
        // The last is the others' sum but for rounding.
        if length > 1e-3 * before {
            basis.push(direction / length);
        }
    }
    basis
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::{CachedEncoder, Passage};
    use crate::vectors::tests::LetterCounts;

    fn likeness(texts: &[&str], weights: Array2<f32>) -> Likeness {
        let passages: Vec<Passage<'_>> = texts.iter().map(|text| Passage::single(text)).collect();
        let encoder = CachedEncoder::in_memory(&LetterCounts);
        let vectors = Vectors::of(&passages, &encoder, 1, &mut |_| {}).unwrap();
        let head = Linear { bias: Array1::zeros(weights.nrows()), weights };
        Likeness::of(&vectors, texts, texts.iter().copied(), &head)
    }

    #[test]
    fn what_tells_polarity_is_taken_out() {
        // The head looks at the letter "a" alone; without it "ab" and "b" are one.
        let head = ndarray::array![[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]];
        assert_eq!(directions(&Linear { weights: head.clone(), bias: Array1::zeros(4) }).len(), 1);
        let with = likeness(&["aaab", "b", "c"], head);
        assert!((with.between(0, 1) - 0.5).abs() < 1e-6 && with.between(0, 2).abs() < 1e-6);
        let without = likeness(&["aaab", "b", "c"], Array2::zeros((4, 3)));
        assert!(without.between(0, 1) < 0.2);
    }

    #[test]
    fn rare_words_in_common_make_alike() {
        let texts = ["plans are late", "plans are good", "autism is late", "are plans"];
        let likeness = likeness(&texts, Array2::zeros((4, 3)));
        let words = |a: usize, b: usize| in_common(&likeness.words[a], &likeness.words[b]);
        assert!(words(0, 2) > words(0, 1), "{} {}", words(0, 2), words(0, 1));
        assert!((words(3, 3) - 1.0).abs() < 1e-6);
    }
}
