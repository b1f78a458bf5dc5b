//! A labelled sentence with all that an evaluation knows of it.

use super::{Answer, Pair};
use crate::dataset::Example;

/// Words in a letter's name that tell what kind of inspection it was.
const FRAMEWORK_WORDS: [&str; 5] = ["ilacs", "send", "sif", "jtai", "cqc"];

/// A labelled sentence, what the model says of it, and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The labelled sentence.
    pub example: Example,
    /// What the model says of it; `None` where it says nothing.
    pub answer: Option<Answer>,
    /// The inspection framework; empty where unknown.
    pub framework: String,
    /// The year of the letter.
    pub year: Option<u16>,
    /// Whether it was picked for being rare or hard, so that its label does not stand for a share.
    pub picked: bool,
}

impl Row {
    /// A labelled sentence without an answer yet; framework and year as far as the letter's name tells them, as in
    /// `send-2024-03-12-anytown`.
    pub fn new(example: Example) -> Self {
        let words = || example.letter.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_ascii_lowercase);
        let framework = words().find(|word| FRAMEWORK_WORDS.contains(&word.as_str())).unwrap_or_default();
        let year = words().find_map(|word| year(&word));
        Row { framework, year, answer: None, picked: false, example }
    }

    /// The label and the answer, to be scored.
    pub fn pair(&self) -> Pair<'_> {
        (&self.example, self.answer.as_ref())
    }
}

/// A year between 1990 and 2099, from the first four characters of a date or of a word that is no longer.
pub(super) fn year(date: &str) -> Option<u16> {
    let digits = date.get(..4)?;
    let ends = date[4..].chars().next().is_none_or(|c| !c.is_ascii_digit());
    digits.parse().ok().filter(|year| ends && (1990..2100).contains(year))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::tests::example;

    #[test]
    fn a_letters_name_may_tell_framework_and_year() {
        for (letter, framework, year) in [
            ("send-2024-03-12-anytown", "send", Some(2024)),
            ("kingston-2018-send-letter.txt", "send", Some(2018)),
            ("ILACS_2013.pdf", "ilacs", Some(2013)),
            ("letter 50123456", "", None),
            ("", "", None),
        ] {
            let row = Row::new(example(letter, "One."));
            assert_eq!((row.framework.as_str(), row.year), (framework, year), "{letter}");
        }
    }
}
