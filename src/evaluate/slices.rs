//! The scores of parts of the sentences: where a model is good and where it is not.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Pair, Row, Score, score};
use crate::dataset::sentence_hash;
use crate::error::Result;
use crate::ingest::HEADING_JOIN;
use crate::interval::Estimate;
use crate::taxonomy::Taxonomy;

/// Under so many sentences a part is marked as too small to read.
pub const TOO_SMALL: usize = 30;

/// So many parts of one kind are shown by themselves, the commonest; the others stand together.
const SHOWN: usize = 12;

/// The scores that a part is given.
pub const SHOWN_SCORES: [Score; 4] =
    [Score::PolarityAccuracy, Score::PolarityMacroF1, Score::MainThemeInSet, Score::ThemeMicroF1];

/// The first word count after each band of lengths.
const BANDS: [(usize, &str); 5] = [
    (11, "1 to 10 words"),
    (21, "11 to 20 words"),
    (31, "21 to 30 words"),
    (41, "31 to 40 words"),
    (usize::MAX, "over 40 words"),
];

/// One way to part the sentences.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Dimension {
    /// What it parts by.
    pub by: &'static str,
    /// The parts.
    pub slices: Vec<Slice>,
}

/// Some of the sentences.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Slice {
    /// What they have in common.
    pub name: String,
    /// How many they are.
    pub sentences: usize,
    /// From how many letters.
    pub letters: usize,
    /// Whether they are fewer than [`TOO_SMALL`].
    pub too_small: bool,
    /// [`SHOWN_SCORES`], in that order.
    #[serde(serialize_with = "super::by_id")]
    pub scores: Vec<(Score, Estimate)>,
}

/// In which order the parts of a dimension stand.
#[derive(Clone, Copy, PartialEq)]
enum Order {
    /// By name; all are shown.
    Name,
    /// The commonest first; those beyond [`SHOWN`] together.
    Commonest,
}

/// The name of the part that a row belongs to.
type Part<'a> = &'a dyn Fn(&Row) -> String;

/// The scores of the sentences by letter, framework, year, heading, length, and whether they are boilerplate. A way that
/// parts nothing is left out.
///
/// # Errors
/// As [`score`].
pub fn slices(rows: &[Row], taxonomy: &Taxonomy) -> Result<Vec<Dimension>> {
    let or_unknown = |text: &str| if text.is_empty() { "(not known)".to_owned() } else { text.to_owned() };
    let titles = titles(rows);
    let boilerplate = boilerplate(rows);
    let kind = |row: &Row| match row.picked {
        true => "picked because rare or hard",
        false => "not picked",
    };
    let stands = |row: &Row| match boilerplate.contains(&sentence_hash(&row.example.sentence)) {
        true => "in two or more letters",
        false => "in one letter",
    };
    let dimensions: [(&'static str, Order, Part<'_>); 7] = [
        ("letter", Order::Commonest, &|row| or_unknown(&row.example.letter)),
        ("framework", Order::Commonest, &|row| or_unknown(&row.framework)),
        ("year", Order::Name, &|row| row.year.map_or_else(|| or_unknown(""), |year| year.to_string())),
        ("heading", Order::Commonest, &|row| or_unknown(heading(row, &titles))),
        ("sentence length", Order::Name, &|row| band(&row.example.sentence)),
        ("boilerplate", Order::Name, &|row| stands(row).to_owned()),
        ("sample", Order::Name, &|row| kind(row).to_owned()),
    ];
    let mut parted = Vec::new();
    for (by, order, part) in dimensions {
        let mut parts: BTreeMap<String, Vec<Pair<'_>>> = BTreeMap::new();
        for row in rows {
            parts.entry(part(row)).or_default().push(row.pair());
        }
        if parts.len() < 2 {
            continue;
        }
        let slices = arrange(parts, order).into_iter().map(|(name, pairs)| slice(name, &pairs, taxonomy));
        parted.push(Dimension { by, slices: slices.collect::<Result<_>>()? });
    }
    Ok(parted)
}

fn arrange(parts: BTreeMap<String, Vec<Pair<'_>>>, order: Order) -> Vec<(String, Vec<Pair<'_>>)> {
    let mut parts: Vec<_> = parts.into_iter().collect();
    if order == Order::Name {
        parts.sort_by_key(|(name, _)| BANDS.iter().position(|(_, band)| band == name));
        return parts;
    }
    // Stable: of equally common ones the first by name.
    parts.sort_by_key(|(_, pairs)| std::cmp::Reverse(pairs.len()));
    if parts.len() > SHOWN + 1 {
        let others = parts.split_off(SHOWN);
        parts.push((format!("{} others", others.len()), others.into_iter().flat_map(|(_, pairs)| pairs).collect()));
    }
    parts
}

fn slice(name: String, pairs: &[Pair<'_>], taxonomy: &Taxonomy) -> Result<Slice> {
    let evaluation = score(pairs, taxonomy)?;
    Ok(Slice {
        name,
        sentences: evaluation.sentences,
        letters: evaluation.letters,
        too_small: evaluation.sentences < TOO_SMALL,
        scores: SHOWN_SCORES.map(|score| (score, evaluation.score(score))).to_vec(),
    })
}

/// Letters whose sentences all stand under one first heading: that is the letter's title and parts nothing.
fn titles(rows: &[Row]) -> BTreeMap<&str, &str> {
    let mut firsts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in rows.iter().filter(|row| !row.example.heading.is_empty()) {
        let first = row.example.heading.split(HEADING_JOIN).next().unwrap_or_default();
        firsts.entry(&row.example.letter).or_default().insert(first);
    }
    firsts.retain(|_, firsts| firsts.len() == 1);
    firsts.into_iter().filter_map(|(letter, firsts)| Some((letter, firsts.into_iter().next()?))).collect()
}

/// The outermost heading under the letter's title, or the title itself.
fn heading<'a>(row: &'a Row, titles: &BTreeMap<&str, &str>) -> &'a str {
    let mut headings = row.example.heading.split(HEADING_JOIN);
    let first = headings.next().unwrap_or_default();
    match titles.get(row.example.letter.as_str()) {
        Some(title) if *title == first => headings.next().unwrap_or(first),
        _ => first,
    }
}

/// Hashes of the sentences that stand in two letters or more.
fn boilerplate(rows: &[Row]) -> BTreeSet<String> {
    let mut letters: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for row in rows {
        letters.entry(sentence_hash(&row.example.sentence)).or_default().insert(&row.example.letter);
    }
    letters.into_iter().filter(|(_, letters)| letters.len() > 1).map(|(hash, _)| hash).collect()
}

fn band(sentence: &str) -> String {
    let words = sentence.split_whitespace().count();
    BANDS.iter().find(|(end, _)| words < *end).map_or("", |(_, name)| name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::tests::row;
    use crate::taxonomy::Polarity::{Strength, Weakness};

    fn sliced(rows: &[Row], by: &str) -> Vec<(String, usize, bool)> {
        let dimensions = slices(rows, &Taxonomy::default()).unwrap();
        let found = dimensions.into_iter().find(|d| d.by == by).map(|d| d.slices).unwrap_or_default();
        found.into_iter().map(|s| (s.name, s.sentences, s.too_small)).collect()
    }

    fn right(letter: &str, sentence: &str) -> Row {
        row(letter, sentence, Strength, Some((Strength, 0.9)))
    }

    #[test]
    fn parts_hold_all_sentences_and_small_ones_are_marked() {
        let rows: Vec<Row> =
            (0..40).map(|i| right(if i < 35 { "send-2024-a" } else { "ilacs-2019-b" }, &format!("S {i}."))).collect();
        assert_eq!(
            sliced(&rows, "letter"),
            [("send-2024-a".to_owned(), 35, false), ("ilacs-2019-b".to_owned(), 5, true)]
        );
        assert_eq!(sliced(&rows, "framework")[0].0, "send");
        assert_eq!(sliced(&rows, "year")[0], ("2019".to_owned(), 5, true));
        assert!(sliced(&rows, "sentence length").is_empty(), "all have two words");
    }

    #[test]
    fn rare_letters_stand_together() {
        let rows: Vec<Row> = (0..40).map(|i| right(&format!("l{i:02}"), &format!("S {i}."))).collect();
        let letters = sliced(&rows, "letter");
        assert_eq!(letters.len(), SHOWN + 1);
        assert_eq!(letters.last().map(|(name, n, _)| (name.as_str(), *n)), Some(("28 others", 28)));
    }

    #[test]
    fn a_title_above_everything_is_no_heading() {
        let under = |heading: &str| {
            let mut row = right("a", "S.");
            row.example.heading = heading.to_owned();
            row
        };
        let rows = [under("Title > Findings > Strengths"), under("Title > Findings"), under("Title > Next"), under("")];
        let names: Vec<_> = sliced(&rows, "heading").into_iter().map(|(name, n, _)| (name, n)).collect();
        assert_eq!(names, [("Findings".to_owned(), 2), ("(not known)".to_owned(), 1), ("Next".to_owned(), 1)]);
    }

    #[test]
    fn boilerplate_stands_in_two_letters() {
        let rows = [right("a", "The same."), right("b", "the  same"), right("a", "Once."), right("a", "Once.")];
        let parts: Vec<_> = sliced(&rows, "boilerplate").into_iter().map(|(name, n, _)| (name, n)).collect();
        assert_eq!(parts, [("in one letter".to_owned(), 2), ("in two or more letters".to_owned(), 2)]);
    }

    #[test]
    fn a_part_is_scored_by_its_own_sentences() {
        let rows = [right("a", "One."), row("b", "Two.", Weakness, Some((Strength, 0.9)))];
        let dimensions = slices(&rows, &Taxonomy::default()).unwrap();
        let accuracy: Vec<_> = dimensions[0].slices.iter().map(|s| s.scores[0].1.value).collect();
        assert_eq!(accuracy, [Some(1.0), Some(0.0)]);
    }

    #[test]
    fn lengths_are_counted_in_words() {
        for (words, name) in
            [(1, "1 to 10 words"), (10, "1 to 10 words"), (11, "11 to 20 words"), (41, "over 40 words")]
        {
            assert_eq!(band(&"word ".repeat(words)), name);
        }
    }
}
