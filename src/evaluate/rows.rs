//! A labelled sentence with all that an evaluation knows of it.

use std::collections::BTreeSet;

use super::{Answer, Pair, letter_key};
use crate::dataset::{Example, LabelledFile, letter_list};
use crate::error::{Error, ErrorKind, Result};

/// How a sentence was chosen when it was picked for being rare or hard.
const PICKED: &str = "selected";

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

    /// The sentences of a labelled CSV; columns `framework` and `published` (or `year`) go before the letter's name, and
    /// `sample` tells by `selected` which were picked.
    pub fn of_file(file: LabelledFile) -> Vec<Row> {
        let column = |name: &str| file.extra_columns.iter().position(|c| c.eq_ignore_ascii_case(name));
        let columns = [column("framework"), column("published"), column("year"), column("sample")];
        let one = |(i, example): (usize, Example)| {
            let cells = file.extra.get(i);
            let [framework, published, year_of, sample] =
                columns.map(|column| column.and_then(|c| cells?.get(c)).map_or("", |cell| cell.trim()));
            let mut row = Row::new(example);
            if !framework.is_empty() {
                framework.clone_into(&mut row.framework);
            }
            row.year = year(published).or(year(year_of)).or(row.year);
            row.picked = sample == PICKED;
            row
        };
        file.examples.into_iter().enumerate().map(one).collect()
    }

    /// Sentences whose text was joined to their labels; the note tells by `selected` which were picked.
    pub fn of_joined(examples: Vec<Example>) -> Vec<Row> {
        let one = |example: Example| Row { picked: example.note == PICKED, ..Row::new(example) };
        examples.into_iter().map(one).collect()
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

/// The rows whose letters are listed: one letter a line, `#` begins a remark.
///
/// # Errors
/// When the list is empty, or names a letter that none of the rows is from.
pub fn only_letters(rows: Vec<Row>, list: &str) -> Result<Vec<Row>> {
    let bad = |message: String| Err(Error::new(ErrorKind::Data, message));
    let wanted: BTreeSet<String> = letter_list(list)?.iter().map(|name| letter_key(name)).collect();
    let there: BTreeSet<String> = rows.iter().map(|row| letter_key(&row.example.letter)).collect();
    let absent: Vec<&str> = wanted.difference(&there).map(String::as_str).collect();
    if !absent.is_empty() {
        return bad(format!(
            "no label is of {}; the list and the labels must name the same letters",
            absent.join(", ")
        ));
    }
    Ok(rows.into_iter().filter(|row| wanted.contains(&letter_key(&row.example.letter))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::tests::example;

    #[test]
    fn columns_of_the_file_go_before_the_letters_name() {
        let file = LabelledFile {
            examples: vec![example("send-2024-a", "One."), example("send-2024-a", "Two.")],
            extra_columns: ["Framework", "published", "sample"].map(str::to_owned).to_vec(),
            extra: vec![["jtai", "2019-05-01", "selected"].map(str::to_owned).to_vec()],
        };
        let rows = Row::of_file(file);
        assert_eq!((rows[0].framework.as_str(), rows[0].year, rows[0].picked), ("jtai", Some(2019), true));
        assert_eq!((rows[1].framework.as_str(), rows[1].year, rows[1].picked), ("send", Some(2024), false));
    }

    #[test]
    fn a_list_keeps_its_letters_and_names_those_that_are_not_there() {
        let rows = || ["a.txt", "b", "a.txt"].map(|letter| Row::new(example(letter, "One."))).to_vec();
        assert_eq!(only_letters(rows(), "# set aside\nA.pdf  # the first\n\n").unwrap().len(), 2);
        for (list, says) in [("a\nc\n", "no label is of c"), ("# nothing\n", "names no letter")] {
            assert!(only_letters(rows(), list).unwrap_err().to_string().contains(says), "{list}");
        }
    }

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
