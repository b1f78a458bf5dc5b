//! What of labelled sentences stays together, so that no letter is trained on and tested on.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::Example;
use crate::error::{Error, ErrorKind, Result};

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

/// The letters that a list names: one a line, `#` begins a remark.
///
/// # Errors
/// [`ErrorKind::Data`] when it names none.
pub fn letter_list(list: &str) -> Result<BTreeSet<String>> {
    let lines = list.trim_start_matches('\u{FEFF}').lines();
    let names = lines.map(|line| line.split('#').next().unwrap_or_default().trim());
    let names: BTreeSet<String> = names.filter(|name| !name.is_empty()).map(str::to_owned).collect();
    match names.is_empty() {
        true => Err(Error::new(ErrorKind::Data, "names no letter; write one a line")),
        false => Ok(names),
    }
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
    fn letters_are_spread_evenly_on_average() {
        let mut sizes = [0; 5];
        (0..600).for_each(|i| sizes[fold_of(&format!("letter-{i}"), 5, 7) as usize] += 1);
        assert!(sizes.iter().all(|&size| size > 60), "{sizes:?}");
    }

    #[test]
    fn a_sentence_without_a_letter_is_held_out_by_itself() {
        assert_eq!(unit(&example("letter", "One.")), "letter");
        assert_eq!(unit(&example("", "One.")), "One.");
        assert_eq!(letters(&[example("a", "1"), example("a", "2"), example("", "3")]), 1);
    }

    #[test]
    fn a_list_of_letters_may_have_remarks_and_must_name_one() {
        let names = letter_list("\u{FEFF}# kept apart\nb # the second\n\n a \n").unwrap();
        assert_eq!(names.into_iter().collect::<Vec<_>>(), ["a", "b"]);
        assert!(letter_list("# nothing\n").is_err());
    }

    #[test]
    fn another_seed_is_another_split() {
        let folds = |seed| (0..40).map(|i| fold_of(&i.to_string(), 4, seed)).collect::<Vec<_>>();
        assert_eq!(folds(1), folds(1));
        assert_ne!(folds(1), folds(2));
        assert_eq!(fold_of("any", 0, 1), 0);
    }
}
