//! Splitting labelled sentences into folds by letter, so that no letter is trained on and tested on.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::Example;

/// The fold of a letter, from 0 to `folds - 1`.
///
/// It depends on the letter's name, `folds` and `seed` alone: new letters leave the old ones where they are. Folds are
/// even only on average. `folds` of 0 counts as 1.
pub fn fold_of(letter: &str, folds: u32, seed: u64) -> u32 {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    hash.update(letter.as_bytes());
    let digest = hash.finalize();
    let bits = u64::from_le_bytes(std::array::from_fn(|i| digest[i]));
    (bits % u64::from(folds.max(1))) as u32
}

/// The examples outside fold `fold` and those in it, as indices in order: to train on and to test on.
///
/// What stays together is [`unit`](fn@unit).
pub fn by_letter(examples: &[Example], folds: u32, fold: u32, seed: u64) -> (Vec<usize>, Vec<usize>) {
    (0..examples.len()).partition(|&i| fold_of(unit(&examples[i]), folds, seed) != fold)
}

/// What is held out as a whole: the example's letter, or the sentence itself where its file names no letter.
pub fn unit(example: &Example) -> &str {
    if example.letter.is_empty() { &example.sentence } else { &example.letter }
}

/// How many different letters the examples name.
pub fn letters<'a>(examples: impl IntoIterator<Item = &'a Example>) -> usize {
    let letters = examples.into_iter().map(|e| e.letter.as_str()).filter(|l| !l.is_empty());
    letters.collect::<BTreeSet<_>>().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::tests::example;

    #[test]
    fn a_letter_is_wholly_on_one_side() {
        let examples: Vec<Example> =
            (0..600).map(|i| example(&format!("letter-{}", i % 60), &format!("s{i}"))).collect();
        let mut tested = 0;
        for fold in 0..5 {
            let (train, test) = by_letter(&examples, 5, fold, 7);
            assert_eq!(train.len() + test.len(), 600);
            assert!(test.len() > 30, "fold {fold} has {} of 600", test.len());
            assert!(test.iter().all(|&t| train.iter().all(|&r| examples[r].letter != examples[t].letter)));
            tested += test.len();
        }
        assert_eq!(tested, 600);
    }

    #[test]
    fn another_seed_is_another_split() {
        let folds = |seed| (0..40).map(|i| fold_of(&i.to_string(), 4, seed)).collect::<Vec<_>>();
        assert_eq!(folds(1), folds(1));
        assert_ne!(folds(1), folds(2));
        assert_eq!(fold_of("any", 0, 1), 0);
    }

    #[test]
    fn sentences_without_a_letter_are_spread() {
        let examples: Vec<Example> = (0..100).map(|i| example("", &format!("Sentence {i}."))).collect();
        let (train, test) = by_letter(&examples, 4, 0, 1);
        assert!(train.len() > 50 && test.len() > 10);
    }
}
