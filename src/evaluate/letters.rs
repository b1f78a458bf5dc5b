//! End to end: labels against the findings that a letter's own file gives.
//!
//! A model that is asked about sentences that someone else has split shows its heads and its encoder, not what a user
//! gets. Here a labelled sentence counts only when reading and splitting have found it too.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use super::rows::year;
use super::{Answer, Row};
use crate::dataset::{letters_and_digits, sentence_hash};
use crate::error::Result;
use crate::finding::{Finding, LetterFindings};
use crate::ingest::Format;
use crate::taxonomy::Taxonomy;

/// How labels and findings fit together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EndToEnd {
    /// Letters whose findings were compared.
    pub letters: usize,
    /// Labelled sentences that are a finding.
    pub matched: usize,
    /// Labelled sentences that whoever labelled them split otherwise: part of a finding, or holding most of one's words.
    /// That finding answers for them.
    pub overlapping: usize,
    /// Labelled sentences that are none: not read, or in pieces, or their letter was not read. They count as wrong.
    pub missed: usize,
    /// Findings of these letters that no label is about. In letters that are labelled in full they are spurious.
    pub unlabelled: usize,
    /// Letters of the labels that were not read, in order.
    pub not_read: Vec<String>,
}

/// The name under which a letter is known in labels and in findings: without folder and ending, in lower case.
///
/// ```
/// assert_eq!(lettermark::evaluate::letter_key("letters/Kingston-2018.pdf"), "kingston-2018");
/// ```
pub fn letter_key(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = Format::of_name(name).and_then(|_| name.rsplit_once('.')).map_or(name, |(stem, _)| stem);
    stem.trim().to_lowercase()
}

/// Gives every row the answer, framework and year of the finding of its letter that has its sentence.
///
/// Sentences are compared by [`sentence_hash`]. One that stands several times in a letter is taken where the sentence
/// before it is the row's `previous`, else in order. No finding answers two rows that are it. A row without one is answered
/// by a free finding of its letter that it is part of, or that is at least half of it. Rows that name no letter look in all.
///
/// # Errors
/// When a finding has a theme that is none of the taxonomy.
pub fn match_findings(rows: &mut [Row], letters: &[LetterFindings], taxonomy: &Taxonomy) -> Result<EndToEnd> {
    let read = first_of_each_name(letters);
    let labelled: BTreeSet<String> = rows.iter().map(|r| letter_key(&r.example.letter)).collect();
    let compared: Vec<_> = read.iter().filter(|(key, _)| labelled.contains("") || labelled.contains(*key)).collect();
    let places: Vec<Place<'_>> = compared.iter().flat_map(|(key, letter)| places(key, letter)).collect();
    let mut having: HashMap<&str, Vec<usize>> = HashMap::new();
    for (i, place) in places.iter().enumerate() {
        having.entry(&place.hash).or_default().push(i);
    }
    let mut taken = vec![false; places.len()];
    for row in rows.iter_mut() {
        let key = letter_key(&row.example.letter);
        let before = sentence_hash(&row.example.previous);
        let same = having.get(sentence_hash(&row.example.sentence).as_str()).into_iter().flatten().copied();
        let free: Vec<usize> = same.filter(|&i| !taken[i] && (key.is_empty() || places[i].letter == key)).collect();
        let chosen = free.iter().find(|&&i| places[i].before == before).or(free.first());
        row.answer = match chosen {
            Some(&chosen) => {
                taken[chosen] = true;
                Some(Answer::of_finding(places[chosen].finding, taxonomy)?)
            }
            None => None,
        };
        // What the letter says of itself holds for its missed sentences too.
        let any = read.get(&key).and_then(|letter| letter.findings.first());
        let Some(finding) = chosen.map(|&i| places[i].finding).or(any) else { continue };
        if !finding.framework.is_empty() {
            finding.framework.clone_into(&mut row.framework);
        }
        row.year = finding.published.as_deref().and_then(year).or(row.year);
    }
    let matched = taken.iter().filter(|&&taken| taken).count();
    let overlapping = match_overlapping(rows, &places, &mut taken, taxonomy)?;
    let used = taken.iter().filter(|&&taken| taken).count();
    Ok(EndToEnd {
        letters: compared.len(),
        matched,
        overlapping,
        missed: rows.len() - matched - overlapping,
        unlabelled: places.len() - used,
        not_read: labelled.iter().filter(|key| !key.is_empty() && !read.contains_key(*key)).cloned().collect(),
    })
}

/// Answers rows that are no finding by one that they overlap with, and says how many.
fn match_overlapping(rows: &mut [Row], places: &[Place<'_>], taken: &mut [bool], taxonomy: &Taxonomy) -> Result<usize> {
    let free: Vec<(usize, String)> = (0..places.len())
        .filter(|&i| !taken[i])
        .map(|i| (i, letters_and_digits(&places[i].finding.sentence)))
        .collect();
    let mut found = 0;
    for row in rows.iter_mut().filter(|row| row.answer.is_none()) {
        let key = letter_key(&row.example.letter);
        let text = letters_and_digits(&row.example.sentence);
        let overlap = |other: &str| match () {
            () if text.is_empty() || other.is_empty() => 0,
            () if other.contains(&text) => text.len(),
            () if text.contains(other) && 2 * other.len() >= text.len() => other.len(),
            () => 0,
        };
        let of_letter = free.iter().filter(|(i, _)| key.is_empty() || places[*i].letter == key);
        // The first of the longest.
        let best = of_letter.rev().max_by_key(|(_, other)| overlap(other)).filter(|(_, other)| overlap(other) > 0);
        if let Some(&(i, _)) = best {
            row.answer = Some(Answer::of_finding(places[i].finding, taxonomy)?);
            taken[i] = true;
            found += 1;
        }
    }
    Ok(found)
}

/// Where a finding stands.
struct Place<'a> {
    letter: &'a str,
    finding: &'a Finding,
    hash: String,
    /// The hash of the finding before it; that of nothing for a letter's first.
    before: String,
}

fn places<'a>(letter: &'a str, findings: &'a LetterFindings) -> impl Iterator<Item = Place<'a>> {
    findings.findings.iter().scan(sentence_hash(""), move |last, finding| {
        let hash = sentence_hash(&finding.sentence);
        let before = std::mem::replace(last, hash.clone());
        Some(Place { letter, finding, hash, before })
    })
}

/// Of several files of one letter (`a.pdf` beside `a.txt`) the first.
fn first_of_each_name(letters: &[LetterFindings]) -> BTreeMap<String, &LetterFindings> {
    let mut read = BTreeMap::new();
    for letter in letters {
        read.entry(letter_key(&letter.name)).or_insert(letter);
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::tests::example;
    use crate::ingest::Facts;
    use crate::taxonomy::Polarity;

    fn letter(name: &str, sentences: &[(&str, Polarity)]) -> LetterFindings {
        let finding = |&(sentence, polarity): &(&str, Polarity)| Finding {
            letter: name.to_owned(),
            authority: None,
            framework: "send_2016",
            published: Some("2018-10-23".to_owned()),
            page: None,
            span: None,
            heading: String::new(),
            sentence: sentence.to_owned(),
            polarity,
            polarity_score: 0.9,
            themes: vec!["early_help".to_owned()],
            theme_scores: vec![0.8],
            needs_review: false,
            boilerplate: false,
            truncated: false,
            model: "m".to_owned(),
            inspected: None,
        };
        LetterFindings {
            name: name.to_owned(),
            facts: Facts::default(),
            findings: sentences.iter().map(finding).collect(),
            document: None,
        }
    }

    fn rows(labelled: &[(&str, &str, &str)]) -> Vec<Row> {
        let row = |&(letter, previous, sentence): &(&str, &str, &str)| {
            let mut example = example(letter, sentence);
            example.previous = previous.to_owned();
            Row::new(example)
        };
        labelled.iter().map(row).collect()
    }

    fn answers(rows: &[Row]) -> Vec<Option<Polarity>> {
        rows.iter().map(|r| r.answer.as_ref().map(|a| a.polarity)).collect()
    }

    use Polarity::{Mixed, Strength, Weakness};

    #[test]
    fn a_label_gets_the_finding_of_its_own_letter() {
        let mut rows = rows(&[("a.txt", "", "Good  plans."), ("B", "", "Good plans."), ("c", "", "Good plans.")]);
        let letters =
            [letter("a.pdf", &[("Good plans.", Strength), ("More.", Mixed)]), letter("x/b.txt", &[("Bad.", Mixed)])];
        let fit = match_findings(&mut rows, &letters, &Taxonomy::default()).unwrap();
        assert_eq!(answers(&rows), [Some(Strength), None, None]);
        for row in &rows[..2] {
            assert_eq!((row.framework.as_str(), row.year), ("send_2016", Some(2018)), "{}", row.example.letter);
        }
        assert_eq!((fit.letters, fit.matched, fit.missed, fit.unlabelled), (2, 1, 2, 2));
        assert_eq!(fit.not_read, ["c"]);
    }

    #[test]
    fn a_sentence_that_was_split_otherwise_gets_the_finding_that_it_overlaps_with() {
        let letters = [letter("a", &[("Plans are late; reviews too.", Weakness), ("Few attend.", Mixed)])];
        let mut rows = rows(&[
            ("a", "", "Plans are late"),
            ("a", "", "Few attend. And more."),
            ("a", "", "Few attend. And far, far more than that."),
            ("b", "", "Plans are late"),
        ]);
        let fit = match_findings(&mut rows, &letters, &Taxonomy::default()).unwrap();
        assert_eq!(answers(&rows), [Some(Weakness), Some(Mixed), None, None]);
        assert_eq!((fit.matched, fit.overlapping, fit.missed, fit.unlabelled), (0, 2, 2, 0));
    }

    #[test]
    fn a_repeated_sentence_is_taken_after_the_same_sentence_then_in_order() {
        let letters =
            [letter("a", &[("So.", Strength), ("One.", Mixed), ("So.", Weakness), ("Two.", Mixed), ("So.", Mixed)])];
        let mut after_one = rows(&[("a", "One.", "So.")]);
        match_findings(&mut after_one, &letters, &Taxonomy::default()).unwrap();
        assert_eq!(answers(&after_one), [Some(Weakness)]);
        let mut all = rows(&[("a", "?", "So."), ("a", "?", "So."), ("a", "?", "So."), ("a", "?", "So.")]);
        match_findings(&mut all, &letters, &Taxonomy::default()).unwrap();
        assert_eq!(answers(&all), [Some(Strength), Some(Weakness), Some(Mixed), None]);
    }

    #[test]
    fn labels_without_a_letter_look_in_all() {
        let mut rows = rows(&[("", "", "Two."), ("", "", "Three.")]);
        let letters = [letter("a", &[("One.", Strength)]), letter("b", &[("Two.", Weakness)])];
        match_findings(&mut rows, &letters, &Taxonomy::default()).unwrap();
        assert_eq!(answers(&rows), [Some(Weakness), None]);
    }
}
