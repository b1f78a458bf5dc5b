//! An area over time: what an earlier letter faults, and the sentences of the later letter that are most like it.
//!
//! # How alike two sentences are
//!
//! The encoder is fine-tuned to tell polarity and theme, so by its vectors alone a fault is like other faults, whatever
//! they are about, and what was put right would never be found. So what tells polarity is taken out of the vectors: the
//! directions in which the polarity head looks. The cosine of what remains and the cosine of the two sentences' words
//! (TF-IDF) are averaged, and only sentences that share a theme are candidates. On 1,469 faults the nearest sentence by the
//! vectors as they are finds fault in 1,181 cases and credits in 224; with polarity taken out and words added, in 738 and
//! 684. Of 40 faults that one reader read, without the theme and with polarity left in, the nearest was about the same
//! thing in about 10 by vectors, 8 by words and 12 by both. Vectors with the sentence's context were not tried.
//!
//! # How far to believe a match
//!
//! 1,469 faults of 23 pairs of children's services letters of 20 areas, each with its nearest sentence; of four bands of
//! similarity 25 each were read, by one reader, and judged to be about the same thing or not:
//!
//! | similarity | faults | about the same thing |
//! | --- | --- | --- |
//! | 0.55 and over | 105 | 24 of 25 |
//! | 0.50 to 0.55 | 166 | 15 of 25 |
//! | 0.45 to 0.50 | 278 | 12 of 25 |
//! | 0.40 to 0.45 | 331 | 11 of 25 |
//!
//! The pairs were made in a prototype of this code, which left out sentences of more than about 45 tokens; where a letter
//! had no date, its pair may stand in the wrong order, which changes nothing about whether two sentences are alike. How
//! many faults have a counterpart that is missed was not measured.
//!
//! So a match is a similarity of at least [`THRESHOLD`]; from [`PERHAPS`] on the nearest sentence is shown as perhaps about
//! the same, and no status is given. Sentences were encoded alone.

use std::fmt;

use super::letters::{Letter, Letters};
use super::likeness::Likeness;
use crate::classify::Linear;
use crate::encode::{CachedEncoder, Passage};
use crate::error::Result;
use crate::taxonomy::Polarity;
use crate::vectors::Vectors;

/// The similarity from which a sentence of the later letter is taken to be about the same.
pub const THRESHOLD: f32 = 0.55;

/// The similarity from which it is perhaps about the same: about every second is.
pub const PERHAPS: f32 = 0.40;

/// The nearest sentences of the later letter that are kept for each fault.
pub const CANDIDATES: usize = 3;

/// Two letters of one area, one after the other, and what became of the faults of the first.
#[derive(Debug, Clone, PartialEq)]
pub struct Visit {
    /// The place of the area in [`Letters::areas`].
    pub area: usize,
    /// The place of the earlier letter in [`Letters::letters`].
    pub earlier: usize,
    /// The place of the later one.
    pub later: usize,
    /// What the earlier letter faults, in its order.
    pub entries: Vec<Entry>,
}

/// A sentence that finds fault, and what is most like it in the later letter.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its place among the earlier letter's sentences.
    pub sentence: usize,
    /// What the sentences that match say.
    pub status: Status,
    /// The nearest sentences of the later letter, nearest first.
    pub candidates: Vec<Candidate>,
}

/// A sentence of the later letter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// Its place among the later letter's sentences.
    pub sentence: usize,
    /// How alike the two are, from -1 to 1.
    pub similarity: f32,
}

impl Candidate {
    /// Whether it is similar enough to be taken as about the same.
    pub fn matches(&self) -> bool {
        self.similarity >= THRESHOLD
    }
}

/// What the later letter's sentences that match a fault say. It tells what stands in the letter, not what is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Only credit: "the later letter credits a similar sentence".
    Resolved,
    /// Credit and fault, in one sentence or in several.
    Improved,
    /// Only fault.
    Persists,
    /// Nothing matches, but something is near enough to be read.
    Unclear,
    /// Nothing is near.
    NotMentioned,
}

impl Status {
    /// All, in the order of every table.
    pub const ALL: [Status; 5] =
        [Status::Resolved, Status::Improved, Status::Persists, Status::Unclear, Status::NotMentioned];

    /// The word used in files.
    pub fn id(self) -> &'static str {
        match self {
            Status::Resolved => "resolved",
            Status::Improved => "improved",
            Status::Persists => "persists",
            Status::Unclear => "unclear",
            Status::NotMentioned => "not_mentioned",
        }
    }

    /// What can be said of the letters' text, and no more.
    pub fn words(self) -> &'static str {
        match self {
            Status::Resolved => "the later letter credits a similar sentence",
            Status::Improved => "the later letter credits and faults similar sentences",
            Status::Persists => "the later letter faults a similar sentence",
            Status::Unclear => "the later letter has a sentence that may be about the same: read it",
            Status::NotMentioned => "the later letter has no sentence like it",
        }
    }

    /// Of the polarities of what matches, and whether anything is near at all.
    fn of(matching: impl Iterator<Item = Polarity>, near: bool) -> Self {
        let (mut credit, mut fault) = (false, false);
        for polarity in matching {
            credit |= matches!(polarity, Polarity::Strength | Polarity::Mixed);
            fault |= matches!(polarity, Polarity::Weakness | Polarity::Mixed);
        }
        match (credit, fault) {
            (true, true) => Status::Improved,
            (true, false) => Status::Resolved,
            (false, true) => Status::Persists,
            (false, false) if near => Status::Unclear,
            (false, false) => Status::NotMentioned,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

/// The ledger, and the letters that have no place in it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ledger {
    /// By area, then date.
    pub visits: Vec<Visit>,
    /// Letters of areas with several whose date is not known, or is another letter's too: which came first cannot be told.
    pub undated: Vec<String>,
}

/// What letters can be set side by side: special educational needs, or children's services.
fn family(framework: &str) -> &'static str {
    match framework {
        "send_2016" | "send_2023" => "send",
        "" => "unknown",
        _ => "children's services",
    }
}

/// Follows each area from letter to letter.
///
/// `encoder` and `polarity` are of one model. `progress` is told how many of how many sentences are encoded.
///
/// # Errors
/// [`crate::ErrorKind::Io`] when the encoder's cache cannot be written.
pub fn ledger(
    letters: &Letters,
    polarity: &Linear,
    encoder: &CachedEncoder<'_>,
    threads: usize,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Ledger> {
    let (pairs, undated) = pairs(letters);
    // A letter in the middle is the later one of a pair and the earlier one of the next.
    let mut used: Vec<usize> = pairs.iter().flat_map(|&(earlier, later)| [earlier, later]).collect();
    used.sort_unstable();
    used.dedup();
    let mut places: Vec<(usize, usize)> = Vec::new();
    for &letter in &used {
        let judged = letters.letters[letter].sentences.iter().enumerate();
        places.extend(judged.filter(|(_, s)| s.finding.polarity != Polarity::Neutral).map(|(i, _)| (letter, i)));
    }
    let finding = |&(letter, sentence): &(usize, usize)| &letters.letters[letter].sentences[sentence].finding;
    let texts: Vec<&str> = places.iter().map(|place| finding(place).sentence.as_str()).collect();
    let passages: Vec<Passage<'_>> = texts.iter().map(|text| Passage::single(text)).collect();
    let vectors = Vectors::of(&passages, encoder, threads, &mut |done| progress(done, passages.len()))?;
    let everything = letters.letters.iter().flat_map(|l| &l.sentences).map(|s| s.finding.sentence.as_str());
    let likeness = Likeness::of(&vectors, &texts, everything, polarity);

    let of_letter = |letter: usize| {
        let first = places.partition_point(|place| place.0 < letter);
        first..places.partition_point(|place| place.0 <= letter)
    };
    let visit = |&(earlier, later): &(usize, usize)| {
        let faults = of_letter(earlier).filter(|&row| finding(&places[row]).polarity != Polarity::Strength);
        let entry = |row: usize| {
            let themes = &finding(&places[row]).themes;
            let shares_theme = |other: &usize| finding(&places[*other]).themes.iter().any(|t| themes.contains(t));
            let candidate =
                |other: usize| Candidate { sentence: places[other].1, similarity: likeness.between(row, other) };
            let mut candidates: Vec<Candidate> = of_letter(later).filter(shares_theme).map(candidate).collect();
            candidates.sort_by(|a, b| b.similarity.total_cmp(&a.similarity));
            candidates.truncate(CANDIDATES);
            let said = |c: &Candidate| letters.letters[later].sentences[c.sentence].finding.polarity;
            let near = candidates.first().is_some_and(|c| c.similarity >= PERHAPS);
            let status = Status::of(candidates.iter().filter(|c| c.matches()).map(said), near);
            Entry { sentence: places[row].1, status, candidates }
        };
        Visit { area: letters.letters[earlier].area, earlier, later, entries: faults.map(entry).collect() }
    };
    Ok(Ledger { visits: pairs.iter().map(visit).collect(), undated })
}

/// Each letter with the next one of its area that can be set beside it; and the letters whose turn cannot be told.
fn pairs(letters: &Letters) -> (Vec<(usize, usize)>, Vec<String>) {
    let together = |a: &Letter, b: &Letter| a.area == b.area && family(a.framework) == family(b.framework);
    let mut pairs = Vec::new();
    let mut undated = Vec::new();
    let mut before: Vec<usize> = Vec::new();
    for (place, letter) in letters.letters.iter().enumerate() {
        let others = letters.letters.iter().enumerate().filter(|(other, l)| *other != place && together(l, letter));
        let mut others = others.map(|(_, l)| l.date()).peekable();
        if others.peek().is_none() {
            continue;
        }
        if letter.dated.is_none() || others.any(|date| date == letter.date()) {
            undated.push(letter.name.clone());
            continue;
        }
        // Letters stand by area and date, so the last one of the same family is the one before.
        if let Some(&earlier) = before.iter().rev().find(|&&b| together(&letters.letters[b], letter)) {
            pairs.push((earlier, place));
        }
        before.push(place);
    }
    (pairs, undated)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{finding, letters, nothing_seen};
    use super::*;
    use crate::finding::Finding;
    use crate::taxonomy::Polarity::{Mixed, Neutral, Strength, Weakness};
    use crate::vectors::tests::LetterCounts;

    fn dated(letter: &str, sentence: &str, polarity: Polarity, published: &str) -> Finding {
        let published = Some(published.to_owned()).filter(|date| !date.is_empty());
        Finding { authority: Some("Kent".into()), published, ..finding(letter, sentence, polarity) }
    }

    fn follow(findings: Vec<Finding>) -> (Letters, Ledger) {
        let letters = letters(findings);
        let ledger =
            ledger(&letters, &nothing_seen(), &CachedEncoder::in_memory(&LetterCounts), 1, &mut |_, _| {}).unwrap();
        (letters, ledger)
    }

    #[test]
    fn each_fault_is_followed_into_the_next_letter_of_its_area() {
        let (_, ledger) = follow(vec![
            dated("1.txt", "aaa 1", Weakness, "2016-01-01"),
            dated("1.txt", "bbb 1", Mixed, "2016-01-01"),
            dated("1.txt", "ccc 1", Weakness, "2016-01-01"),
            dated("1.txt", "abc 1", Strength, "2016-01-01"),
            dated("2.txt", "aaa 2", Strength, "2018-01-01"),
            dated("2.txt", "bbb 2 2", Weakness, "2018-01-01"),
            dated("2.txt", "bbb 2", Strength, "2018-01-01"),
            dated("2.txt", "ccc 2", Neutral, "2018-01-01"),
        ]);
        assert_eq!(ledger.visits.len(), 1);
        let status: Vec<_> = ledger.visits[0].entries.iter().map(|e| (e.sentence, e.status)).collect();
        assert_eq!(status, [(0, Status::Resolved), (1, Status::Improved), (2, Status::NotMentioned)]);
        let second = &ledger.visits[0].entries[1].candidates;
        assert!(second.iter().map(|c| c.sentence).eq([2, 1, 0]) && second[1].matches() && !second[2].matches());
    }

    #[test]
    fn what_is_near_but_no_match_is_left_to_the_reader() {
        assert_eq!(Status::of([].into_iter(), true), Status::Unclear);
        assert_eq!(Status::of([].into_iter(), false), Status::NotMentioned);
        assert_eq!(Status::of([Mixed].into_iter(), true), Status::Improved);
        assert_eq!(Status::of([Weakness, Strength].into_iter(), true), Status::Improved);
    }

    #[test]
    fn only_letters_of_one_family_with_dates_that_differ_have_an_order() {
        let mut send = dated("send.txt", "aaa 3", Weakness, "2017-01-01");
        send.framework = "send_2016";
        let mut visit = dated("4.txt", "aaa 4", Weakness, "2019-01-01");
        visit.framework = "monitoring_visit";
        let mut ilacs = dated("1.txt", "aaa 1", Weakness, "2016-01-01");
        ilacs.framework = "ilacs_2018";
        let (letters, ledger) = follow(vec![ilacs, send, visit]);
        let names: Vec<_> =
            ledger.visits.iter().map(|v| [v.earlier, v.later].map(|l| &letters.letters[l].name)).collect();
        assert_eq!(names, [["1.txt", "4.txt"]]);

        let one = |name: &str, date: &str| dated(name, &format!("a {name}"), Weakness, date);
        let (_, ledger) = follow(vec![one("a", "2016-01-01"), one("b", ""), one("c", "2016-01-01")]);
        assert_eq!((ledger.visits.len(), ledger.undated), (0, vec!["b".into(), "a".into(), "c".into()]));
        let (_, ledger) = follow(vec![one("a", "")]);
        assert!(ledger.undated.is_empty());
    }
}
