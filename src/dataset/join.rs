//! Joining hashed labels to the text of their reports.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::path::Path;

use super::hash::{letters_and_digits, value};
use super::{Example, HashedLabel, corpus, read_hashed, spans};
use crate::error::Result;
use crate::ingest::{self, Document, Input, Limits};
use crate::sentences::{self, Sentence};
use crate::taxonomy::Taxonomy;

/// Hashed labels with their text again, in the order of the labels' file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Joined {
    /// The labelled sentences.
    ///
    /// `letter` is the report, `note` how the sentence was chosen. `index`, `page`, `heading` and `previous` are as
    /// lettermark reads and splits the report; a sentence that lettermark splits otherwise has no index.
    pub examples: Vec<Example>,
    /// How many of them are sentences as lettermark splits them, some of them without the page furniture or the number
    /// of the next paragraph that stood in them when they were labelled.
    pub whole: usize,
    /// How many are parts of such sentences, or several together.
    pub pieced: usize,
    /// How many are found in the report's raw text alone, because lettermark takes parts of them for page furniture.
    /// They have no page and heading, and a `previous` only where lettermark has that sentence.
    pub raw: usize,
    /// Report and index of the labels whose sentence was not found.
    pub missing: Vec<(String, u32)>,
}

impl Joined {
    /// The share of the labels that were joined, from 0 to 1; 1 where there are no labels.
    pub fn share(&self) -> f64 {
        let labels = self.examples.len() + self.missing.len();
        if labels == 0 { 1.0 } else { self.examples.len() as f64 / labels as f64 }
    }
}

/// Joins hashed labels to the text of their reports.
///
/// `corpus` is the folder that holds `text.jsonl.gz`, or the one above it. A sentence is looked for among the
/// report's sentences as lettermark splits them, then among the spans of its text that another splitter could have
/// made, then among those of its raw text. A sentence that stands several times is taken where the one before it is
/// the one before it in the labels.
///
/// # Errors
/// When the labels or the corpus cannot be read. A sentence that is not found is no error: see [`Joined::missing`].
pub fn join(labels: &Path, corpus: &Path, taxonomy: &Taxonomy) -> Result<Joined> {
    let labels = read_hashed(labels, taxonomy)?;
    let texts = corpus::read(corpus)?;
    let mut by_report: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, label) in labels.iter().enumerate() {
        by_report.entry(&label.report).or_default().push(i);
    }
    let mut found: Vec<Option<(Source, Example)>> = vec![None; labels.len()];
    for (report, places) in by_report {
        let Some(text) = texts.get(report) else { continue };
        let letter = Letter::read(report, text);
        let wanted: Vec<&HashedLabel> = places.iter().map(|&i| &labels[i]).collect();
        for (place, example) in places.into_iter().zip(letter.join(&wanted)) {
            found[place] = example;
        }
    }
    let mut joined = Joined::default();
    for (label, found) in labels.into_iter().zip(found) {
        let Some((source, example)) = found else {
            joined.missing.push((label.report, label.index));
            continue;
        };
        joined.examples.push(example);
        match source {
            Source::Sentence => joined.whole += 1,
            Source::Text => joined.pieced += 1,
            Source::Raw => joined.raw += 1,
        }
    }
    Ok(joined)
}

/// Where the text of a label was found.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Source {
    Sentence,
    Text,
    Raw,
}

/// A report, read and split.
struct Letter<'a> {
    raw: &'a str,
    document: Document,
    sentences: Vec<Sentence>,
    hashes: Vec<u64>,
}

impl<'a> Letter<'a> {
    /// A report that cannot be read as a letter keeps its raw text.
    fn read(report: &str, raw: &'a str) -> Self {
        let document = match ingest::read_bytes(&format!("{report}.txt"), raw.as_bytes(), &Limits::default()) {
            Ok(Input::Letter(document)) => document,
            _ => Document::default(),
        };
        let sentences = sentences::split(&document);
        let hashes = sentences.iter().map(|s| value(&document.text[s.span.clone()])).collect();
        Letter { raw, document, sentences, hashes }
    }

    /// The example of each label whose text is found.
    fn join(&self, labels: &[&HashedLabel]) -> Vec<Option<(Source, Example)>> {
        let whole = labels.iter().map(|label| Some((Source::Sentence, self.whole(label, self.sentence(label)?))));
        let mut found: Vec<Option<(Source, Example)>> = whole.collect();
        for (source, text) in [(Source::Text, self.document.text.as_str()), (Source::Raw, self.raw)] {
            let wanted: HashSet<u64> =
                labels.iter().zip(&found).filter(|(_, f)| f.is_none()).map(|(l, _)| l.hash).collect();
            let spans: HashMap<u64, Range<usize>> = spans::find(text, &wanted).into_iter().collect();
            for (label, place) in labels.iter().zip(&mut found).filter(|(_, f)| f.is_none()) {
                let Some(span) = spans.get(&label.hash) else { continue };
                *place = Some(match source {
                    Source::Raw => self.in_raw_text(label, &text[span.clone()]),
                    _ => (source, self.example(label, span)),
                });
            }
        }
        found
    }

    /// The sentence with a label's hash; of several, the one that follows the same sentence as when it was labelled.
    fn sentence(&self, label: &HashedLabel) -> Option<usize> {
        let mut having = (0..self.hashes.len()).filter(|&i| self.hashes[i] == label.hash);
        let follows = |i: &usize| *i > 0 && self.hashes[i - 1] == label.previous_hash;
        having.clone().find(follows).or_else(|| having.next())
    }

    /// A label with a span of the document's text.
    fn example(&self, label: &HashedLabel, span: &Range<usize>) -> Example {
        let text = &self.document.text;
        let before = self.sentences.iter().rfind(|s| s.span.end <= span.start);
        let under = self.sentences.iter().rfind(|s| s.span.start <= span.start).or(self.sentences.first());
        let headings = under.map_or(&[][..], |s| &s.headings);
        let headings: Vec<&str> =
            headings.iter().map(|&b| self.document.block_text(&self.document.blocks[b])).collect();
        Example {
            page: self.document.page_of(span.start),
            heading: headings.join(" > "),
            previous: before.map_or_else(String::new, |s| text[s.span.clone()].to_owned()),
            ..labelled(label, &text[span.clone()])
        }
    }

    /// A label with the sentence of this index.
    fn whole(&self, label: &HashedLabel, index: usize) -> Example {
        Example { index: u32::try_from(index).ok(), ..self.example(label, &self.sentences[index].span) }
    }

    /// A label with a span of the raw text, or with the sentence that is left of it when page furniture or the number
    /// of the next paragraph is cut out.
    fn in_raw_text(&self, label: &HashedLabel, text: &str) -> (Source, Example) {
        let kept = letters_and_digits(text);
        let left = |s: &Sentence| is_left_of(&kept, &letters_and_digits(&self.document.text[s.span.clone()]));
        if let Some(index) = self.sentences.iter().position(left) {
            return (Source::Sentence, self.whole(label, index));
        }
        let before = self.hashes.iter().position(|&h| h == label.previous_hash).map(|i| &self.sentences[i]);
        let example = Example {
            previous: before.map_or_else(String::new, |s| self.document.text[s.span.clone()].to_owned()),
            ..labelled(label, &text.replace("-\n", "-"))
        };
        (Source::Raw, example)
    }
}

/// Whether `part` is `whole` with one stretch of at most three tenths cut out.
fn is_left_of(whole: &str, part: &str) -> bool {
    let same =
        |a: &mut dyn Iterator<Item = u8>, b: &mut dyn Iterator<Item = u8>| a.zip(b).take_while(|(x, y)| x == y).count();
    let start = same(&mut whole.bytes(), &mut part.bytes());
    let end = same(&mut whole.bytes().rev(), &mut part.bytes().rev());
    part.len() <= whole.len() && part.len() * 10 >= whole.len() * 7 && start + end >= part.len()
}

/// A label with its text on one line and nothing around it.
fn labelled(label: &HashedLabel, text: &str) -> Example {
    Example {
        letter: label.report.clone(),
        index: None,
        page: None,
        heading: String::new(),
        previous: String::new(),
        sentence: text.split_whitespace().collect::<Vec<_>>().join(" "),
        polarity: label.polarity,
        themes: label.themes.clone(),
        annotator: String::new(),
        note: label.sample.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_stretch_may_be_missing() {
        for (whole, part, left) in [
            ("plansareclear20", "plansareclear", true),
            ("councilreportplansareclear", "plansareclear", false),
            ("page7plansareclear", "plansareclear", true),
            ("plans7areclear", "plansareclear", true),
            ("plansareclear", "plansarenotclear", false),
            ("plansareclear", "plansareclean", false),
        ] {
            assert_eq!(is_left_of(whole, part), left, "{whole} {part}");
        }
    }
}
