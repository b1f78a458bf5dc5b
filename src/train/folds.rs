//! Folds for cross-validation: by letter, because sentences of one letter resemble each other.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::dataset::Example;

/// Sentences of a letter without a name that stay together.
const RUN: usize = 10;

/// Which fold each example belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folds {
    /// The fold of each example, counted from zero.
    pub of: Vec<usize>,
    /// How many folds there are; fewer than two where there is nothing to divide.
    pub count: usize,
    /// The group of each example, counted from zero: what was kept together.
    pub group: Vec<usize>,
    /// Whether every group is a letter.
    pub by_letter: bool,
}

/// Divides examples into at most `wanted` folds of about the same size, never cutting a letter.
///
/// Letters go in the order of a seeded hash, each to the smallest fold so far, so the order of the examples and of the
/// files does not matter. Where there are not two letters, runs of ten examples stand for them, then single examples.
pub fn divide(examples: &[&Example], wanted: usize, seed: u64) -> Folds {
    let mut keys: Vec<String> = examples.iter().map(|e| e.letter.clone()).collect();
    let letters = keys.iter().collect::<std::collections::BTreeSet<_>>().len();
    let by_letter = letters > 1 && keys.iter().all(|k| !k.is_empty());
    if letters < 2 {
        let run = if examples.len() >= RUN * wanted { RUN } else { 1 };
        keys = (0..examples.len()).map(|i| format!("run {}", i / run)).collect();
    }
    let mut groups: BTreeMap<([u8; 32], &str), Vec<usize>> = BTreeMap::new();
    for (i, key) in keys.iter().enumerate() {
        groups.entry((Sha256::digest(format!("{seed}:{key}")).into(), key)).or_default().push(i);
    }
    let count = wanted.min(groups.len());
    let (mut of, mut group, mut sizes) = (vec![0; examples.len()], vec![0; examples.len()], vec![0; count]);
    for (number, members) in groups.values().enumerate() {
        let fold = (0..count).min_by_key(|&fold| sizes[fold]).unwrap_or(0);
        sizes[fold] += members.len();
        for &i in members {
            (of[i], group[i]) = (fold, number);
        }
    }
    Folds { of, count, group, by_letter }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::tests::example;

    fn refs(examples: &[Example]) -> Vec<&Example> {
        examples.iter().collect()
    }

    #[test]
    fn no_letter_is_cut_and_the_order_does_not_matter() {
        let mut examples: Vec<_> = (0..90).map(|i| example(&format!("letter {}", i % 9), &format!("{i}"))).collect();
        let folds = divide(&refs(&examples), 3, 1);
        assert!(folds.by_letter);
        for i in 0..90 {
            assert_eq!(folds.of[i], folds.of[i % 9], "letter {} was cut", i % 9);
        }
        assert_eq!((0..3).map(|f| folds.of.iter().filter(|&&of| of == f).count()).collect::<Vec<_>>(), [30, 30, 30]);
        examples.reverse();
        let mut reversed = divide(&refs(&examples), 3, 1).of;
        reversed.reverse();
        assert_eq!(folds.of, reversed);
    }

    #[test]
    fn one_letter_is_divided_by_runs() {
        let examples: Vec<_> = (0..60).map(|i| example("the only one", &format!("{i}"))).collect();
        let folds = divide(&refs(&examples), 5, 1);
        assert_eq!((folds.count, folds.by_letter), (5, false));
        assert!((0..10).all(|i| folds.of[i] == folds.of[0]));
    }

    #[test]
    fn what_cannot_be_divided_is_one_fold_or_none() {
        assert_eq!(divide(&[&example("", "a")], 5, 1).count, 1);
        assert_eq!(divide(&[], 5, 1).count, 0);
    }
}
