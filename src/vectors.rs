//! Texts as unit vectors, and which of them lie near to one.

use ndarray::{Array2, ArrayView1};

use crate::encode::{CachedEncoder, Encoder, Passage};
use crate::error::Result;

/// Texts encoded between two reports of progress.
const CHUNK: usize = 512;

/// One vector a text, each of unit length.
#[derive(Debug, Clone, PartialEq)]
pub struct Vectors(Array2<f32>);

/// A text that is near to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    /// Its place.
    pub place: usize,
    /// The cosine of the angle between the two vectors, from -1 to 1.
    pub similarity: f32,
}

impl Vectors {
    /// Encodes passages of one wanted text each. `progress` is told how many are done.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`] when the cache cannot be written.
    pub fn of(
        passages: &[Passage<'_>],
        encoder: &CachedEncoder<'_>,
        threads: usize,
        progress: &mut dyn FnMut(usize),
    ) -> Result<Self> {
        let mut rows = Array2::zeros((passages.len(), encoder.dimension()));
        for (number, chunk) in passages.chunks(CHUNK).enumerate() {
            progress(number * CHUNK);
            let embeddings = encoder.encode(chunk, threads);
            for (place, embedding) in (number * CHUNK..).zip(embeddings.iter().map(|wanted| &wanted[0])) {
                rows.row_mut(place).iter_mut().zip(&embedding.vector).for_each(|(to, from)| *to = *from);
            }
            encoder.kept()?;
        }
        progress(passages.len());
        Ok(Vectors(rows))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.nrows()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The vector at a place.
    pub fn at(&self, place: usize) -> ArrayView1<'_, f32> {
        self.0.row(place)
    }

    /// All vectors, a row each.
    pub fn rows(&self) -> &Array2<f32> {
        &self.0
    }

    /// The `most` of `places` whose vectors are nearest to `vector`, nearest first; of equals the one named first.
    pub fn nearest(
        &self,
        vector: ArrayView1<'_, f32>,
        places: impl IntoIterator<Item = usize>,
        most: usize,
    ) -> Vec<Near> {
        let near = |place| Near { place, similarity: vector.dot(&self.0.row(place)) };
        let mut all: Vec<Near> = places.into_iter().map(near).collect();
        all.sort_by(|a, b| b.similarity.total_cmp(&a.similarity));
        all.truncate(most);
        all
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::encode::Embedding;

    /// Counts letters: a text's vector is how often it has "a", "b" and "c", at unit length.
    pub(crate) struct LetterCounts;

    impl Encoder for LetterCounts {
        fn dimension(&self) -> usize {
            3
        }

        fn max_tokens(&self) -> usize {
            256
        }

        fn encode(&self, passages: &[Passage<'_>], _threads: usize) -> Vec<Vec<Embedding>> {
            let vector = |text: &str| {
                let counts = ['a', 'b', 'c'].map(|c| text.matches(c).count() as f32);
                let length = counts.iter().map(|n| n * n).sum::<f32>().sqrt().max(1.0);
                counts.iter().map(|n| n / length).collect()
            };
            let one = |text: &&str| Embedding { vector: vector(text), truncated: false };
            passages.iter().map(|p| p.texts[p.wanted.clone()].iter().map(one).collect()).collect()
        }
    }

    #[test]
    fn the_nearest_come_first_and_equals_in_order() {
        let cache = CachedEncoder::in_memory(&LetterCounts);
        let passages: Vec<Passage<'_>> = ["ab", "c", "aab", "ba"].map(Passage::single).into();
        let mut seen = Vec::new();
        let vectors = Vectors::of(&passages, &cache, 1, &mut |done| seen.push(done)).unwrap();
        let near = vectors.nearest(vectors.at(0), 0..vectors.len(), 3);
        assert_eq!(near.iter().map(|n| n.place).collect::<Vec<_>>(), [0, 3, 2]);
        assert!((near[0].similarity - 1.0).abs() < 1e-6);
        assert_eq!(seen, [0, 4]);
    }
}
