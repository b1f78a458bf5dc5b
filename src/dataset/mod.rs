//! Labelled sentences: reading and checking them, splitting them by letter, measuring agreement, knowing them again.

mod agreement;
mod confident;
mod corpus;
mod hash;
mod join;
mod national;
mod near;
mod read;
mod repeats;
mod seen;
mod spans;
mod split;
mod write;

pub use agreement::{Agreement, Disagreement, LabelAgreement, agreement};
pub use confident::{Doubt, doubts};
pub use corpus::read as read_corpus;
pub use hash::{letters_and_digits, sentence_hash};
pub use join::{Joined, join};
pub use national::{HashedLabel, hash_labels, read_hashed, write_hashed};
pub use near::{FEWEST_WORDS, Likeness, NEAR, Sketch, groups};
pub use read::{COLUMNS, Checked, LabelledFile, REQUIRED, check, read, read_file};
pub use repeats::{Repeats, repeats};
pub use seen::Seen;
pub use split::{fold_of, letter_list, letters, unit};
pub use write::{to_csv, write};

use crate::taxonomy::{Polarity, ThemeId};

/// One labelled sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// The letter it comes from; empty where the file does not say.
    pub letter: String,
    /// Its place among the letter's sentences, counted from zero.
    pub index: Option<u32>,
    /// The page, counted from one.
    pub page: Option<u32>,
    /// The headings above it, outermost first, joined by " > "; empty where unknown.
    pub heading: String,
    /// The sentence before it; empty where there is none or it is unknown.
    pub previous: String,
    /// The sentence.
    pub sentence: String,
    /// Its polarity.
    pub polarity: Polarity,
    /// Its themes, the main one first.
    pub themes: Vec<ThemeId>,
    /// Who labelled it.
    pub annotator: String,
    /// The annotator's remark.
    pub note: String,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An example with plain labels.
    pub(crate) fn example(letter: &str, sentence: &str) -> Example {
        Example {
            letter: letter.into(),
            index: None,
            page: None,
            heading: String::new(),
            previous: String::new(),
            sentence: sentence.into(),
            polarity: Polarity::Strength,
            themes: vec![ThemeId(0)],
            annotator: String::new(),
            note: String::new(),
        }
    }
}
