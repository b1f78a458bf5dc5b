//! Joins the lines of a paragraph, and mends the words that a line end cut.
//!
//! A hyphen at a line end either belongs to the word ("decision-⏎making") or was put there by the typesetter
//! ("identifi-⏎cation"). No dictionary is needed to tell: the letter itself usually has the word elsewhere. The
//! order of evidence, first answer wins:
//!
//! 1. the next line begins with "and", "or", "to" or "nor": a suspended hyphen ("short- ⏎and long-term") stays, with a space;
//! 2. the next line begins with a digit or a capital ("COVID-⏎19"), or the first part has a hyphen already
//!    ("up-to-⏎date"): it stays;
//! 3. the letter has the word elsewhere, with the hyphen or without: as it is there, by the greater count;
//! 4. a first part that commonly takes a hyphen ("self", "multi") or a second part that does ("based", "led"): it stays;
//! 5. a second part that is only an ending ("tion", "ment"): it goes;
//! 6. both parts are words of the letter: it stays;
//! 7. otherwise it goes where the letter breaks words at all, that is where more than one line in forty ends in
//!    a hyphen, and stays where it does not (word processors do not break words by default).

use std::collections::HashMap;

/// The words of a letter with how often each occurs, and whether its lines break words.
#[derive(Debug, Default)]
pub(super) struct WordSet {
    counts: HashMap<String, u32>,
    breaks_words: bool,
}

/// How a line and the next one of the same paragraph meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joint {
    /// A space between them.
    Space,
    /// Nothing between them: the hyphen belongs to the word.
    KeepHyphen,
    /// Nothing between them, and the last character of the first line, a hyphen, goes.
    DropHyphen,
}

impl WordSet {
    /// Counts the words of `lines`, in lower case. A word that a line end may have cut is not counted.
    pub(super) fn of<'a>(lines: impl IntoIterator<Item = &'a str>) -> Self {
        let mut set = WordSet::default();
        let (mut seen, mut hyphenated) = (0_usize, 0_usize);
        let mut after_hyphen = false;
        for line in lines {
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            seen += 1;
            let ends_cut = ends_in_hyphen(line);
            hyphenated += usize::from(ends_cut);
            let words: Vec<&str> = line.split(|c: char| !is_word_char(c)).filter(|w| !w.is_empty()).collect();
            let last = words.len().saturating_sub(usize::from(ends_cut));
            for word in words[..last].iter().skip(usize::from(after_hyphen)) {
                *set.counts.entry(normal(word)).or_default() += 1;
            }
            after_hyphen = ends_cut;
        }
        set.breaks_words = hyphenated * 40 > seen;
        set
    }

    /// How `line` meets `next`.
    pub(super) fn joint(&self, line: &str, next: &str) -> Joint {
        let (line, next) = (line.trim_end(), next.trim_start());
        if line.ends_with('\u{AD}') {
            return Joint::DropHyphen;
        }
        if !ends_in_hyphen(line) {
            // A stroke without a space before it ("SEND/⏎AP", a web address) has none after it.
            let tight = line.ends_with('/') && !line.ends_with(" /");
            return if tight { Joint::KeepHyphen } else { Joint::Space };
        }
        let head = line.trim_end_matches(HYPHENS).rsplit(|c: char| !is_word_char(c)).next().unwrap_or_default();
        let tail = next.split(|c: char| !is_word_char(c)).next().unwrap_or_default();
        let (head, tail) = (normal(head), normal(tail));
        if ["and", "or", "to", "nor"].contains(&tail.as_str()) {
            return Joint::Space;
        }
        if tail.is_empty() || !next.starts_with(char::is_lowercase) || head.contains('-') {
            return Joint::KeepHyphen;
        }
        let kept = self.count(&format!("{head}-{tail}"));
        let dropped = self.count(&format!("{head}{tail}"));
        let keep = if kept != dropped {
            kept > dropped
        } else if FIRST_PARTS.contains(&head.as_str()) || SECOND_PARTS.contains(&tail.as_str()) {
            true
        } else if ENDINGS.contains(&tail.as_str()) {
            false
        } else {
            (self.count(&head) > 0 && self.count(&tail) > 0) || !self.breaks_words
        };
        if keep { Joint::KeepHyphen } else { Joint::DropHyphen }
    }

    fn count(&self, word: &str) -> u32 {
        self.counts.get(word).copied().unwrap_or(0)
    }
}

/// The lines of one paragraph as one line. Lines are trimmed; white space inside them stays as it is.
pub(super) fn join_lines<'a>(lines: impl IntoIterator<Item = &'a str>, words: &WordSet) -> String {
    let mut joined = String::new();
    for line in lines {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        append_line(&mut joined, line, words);
    }
    joined
}

/// Appends `line` to a paragraph, as [`join_lines`] does.
pub(super) fn append_line(paragraph: &mut String, line: &str, words: &WordSet) {
    if !paragraph.is_empty() {
        match words.joint(paragraph, line) {
            Joint::Space => paragraph.push(' '),
            Joint::KeepHyphen => {}
            Joint::DropHyphen => {
                paragraph.pop();
            }
        }
    }
    paragraph.push_str(line);
}

const HYPHENS: [char; 2] = ['-', '\u{2010}'];

/// A hyphen after a letter or digit; a dash between words is none.
fn ends_in_hyphen(line: &str) -> bool {
    let mut back = line.chars().rev();
    back.next().is_some_and(|c| HYPHENS.contains(&c)) && back.next().is_some_and(char::is_alphanumeric)
}

fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || HYPHENS.contains(&c) || c == '\'' || c == '’'
}

fn normal(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase().replace('\u{2010}', "-").replace('’', "'")
}

/// First parts that inspection letters write with a hyphen.
const FIRST_PARTS: [&str; 44] = [
    "self",
    "non",
    "multi",
    "co",
    "well",
    "ill",
    "cross",
    "inter",
    "post",
    "pre",
    "anti",
    "ex",
    "high",
    "low",
    "long",
    "short",
    "medium",
    "full",
    "part",
    "half",
    "one",
    "two",
    "three",
    "four",
    "five",
    "mid",
    "semi",
    "decision",
    "care",
    "child",
    "family",
    "needs",
    "face",
    "early",
    "age",
    "follow",
    "follow-up",
    "step",
    "out",
    "day",
    "peer",
    "joint",
    "evidence",
    "year",
];

/// Second parts that inspection letters write with a hyphen.
const SECOND_PARTS: [&str; 34] = [
    "based", "led", "term", "making", "wide", "quality", "going", "depth", "aged", "old", "time", "up", "off", "out",
    "in", "centred", "focused", "focussed", "informed", "related", "specific", "agency", "being", "level", "solving",
    "ending", "leaver", "leavers", "makers", "maker", "harm", "seeking", "day", "year",
];

/// Second parts that are no words, only what follows a break inside one.
const ENDINGS: [&str; 28] = [
    "tion", "tions", "sion", "sions", "ment", "ments", "ing", "ings", "ed", "er", "ers", "ly", "ness", "ity", "ities",
    "cation", "ation", "ations", "able", "ible", "ance", "ence", "ally", "ive", "ous", "ical", "tive", "sional",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(text: &str) -> String {
        let words = WordSet::of(text.lines());
        join_lines(text.lines(), &words)
    }

    #[test]
    fn hyphens_at_line_ends_are_kept_or_dropped() {
        let cases = [
            ("Leaders support decision-\nmaking.", "Leaders support decision-making."),
            ("The identifi-\ncation of need", "The identification of need"),
            ("short-\nand long-term", "short- and long-term"),
            ("during COVID-\n19", "during COVID-19"),
            ("an up-to-\ndate plan", "an up-to-date plan"),
            ("a long wait –\ntoo long", "a long wait – too long"),
            ("a long wait -\ntoo long", "a long wait - too long"),
            ("soft\u{AD}\nware", "software"),
            ("plain\n  lines\n", "plain lines"),
            ("the 16-\nto 18-year-olds", "the 16- to 18-year-olds"),
        ];
        for (text, expected) in cases {
            assert_eq!(joined(text), expected, "{text:?}");
        }
    }

    #[test]
    fn the_rest_of_the_letter_decides_before_any_table() {
        assert_eq!(
            joined("Selfless staff.\nThey are self-\nless, selfless."),
            "Selfless staff. They are selfless, selfless."
        );
        assert_eq!(
            joined("The wrap-around offer.\nA wrap-\naround offer."),
            "The wrap-around offer. A wrap-around offer."
        );
    }

    #[test]
    fn where_lines_break_no_words_an_unknown_hyphen_stays() {
        let mut text = "Leaders know their area.\n".repeat(60);
        text.push_str("They use a trauma-\nsensitive approach.");
        assert!(joined(&text).ends_with("a trauma-sensitive approach."));
    }
}
