//! The review page: letters and what the model says of them in one HTML file, in which a person labels sentences; and
//! putting the labels of several readers together.
//!
//! 1. [`Review::new`] takes letters as [`pipeline`](crate::pipeline) judged them and lays out in which order their
//!    sentences are asked ([`queue`]).
//! 2. [`html`] writes the page. What is done in it stays in the reader's browser and comes out as a labelled CSV.
//! 3. [`merge()`] puts such files together, and says where their readers differ.

mod guide;
mod keys;
mod letters;
mod merge;
mod page;
mod queue;

use std::collections::HashSet;
use std::num::NonZero;

use crate::dataset::{Example, sentence_hash};
use crate::error::{Error, ErrorKind, Result};
use crate::finding::LetterFindings;
use crate::taxonomy::Taxonomy;

use letters::{Letter, Suggestion};

pub use merge::{CONFLICT, Labels, Merged, PairAgreement, merge};
pub use page::html;
pub use queue::{Asked, Doubt, Queue, Why, queue};

/// How a review page is made.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether nothing of the model may be seen: no suggestion is in the file, and sentences are asked in the order of
    /// the letters, since an order by the model's doubt would tell something too.
    pub blind: bool,
    /// Every so many sentences one is drawn by chance.
    pub every: NonZero<usize>,
    /// Seed of what is drawn.
    pub seed: u64,
    /// The labels to choose from. Suggested themes that it has not are left out.
    pub taxonomy: Taxonomy,
}

/// Letters laid out for review.
#[derive(Debug, Clone, PartialEq)]
pub struct Review {
    letters: Vec<Letter>,
    /// One for each sentence, letter by letter; none in a blind review.
    suggestions: Vec<Suggestion>,
    /// Sentences that had a label before, as places among all sentences.
    labelled: Vec<usize>,
    queue: Queue,
    taxonomy: Taxonomy,
    model: String,
    blind: bool,
    every: usize,
}

impl Review {
    /// Lays out letters. A sentence that stands in `labelled` (the same letter and words, and the same place where both
    /// say it) is not asked again.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] when there is no sentence to ask.
    pub fn new(findings: &[LetterFindings], labelled: &[Example], options: &Options) -> Result<Self> {
        let letters = letters::lay_out(findings);
        let labelled = known(&letters, labelled);
        let suggestions = letters::suggestions(findings, &options.taxonomy);
        let all = suggestions.len();
        let open: Vec<usize> = (0..all).filter(|place| labelled.binary_search(place).is_err()).collect();
        if open.is_empty() {
            let message = match all {
                0 => "there is no sentence in these letters",
                _ => "every sentence of these letters has a label already; leave --labels out to ask them again",
            };
            return Err(Error::new(ErrorKind::Data, message));
        }
        let queue = match options.blind {
            true => Queue::in_order(&open),
            false => {
                let doubts: Vec<Doubt> = open.iter().map(|&place| suggestions[place].doubt()).collect();
                queue(&doubts, options.every, options.seed).of(&open)
            }
        };
        let model = findings.iter().flat_map(|letter| &letter.findings).next().map(|f| f.model.clone());
        Ok(Review {
            letters,
            suggestions: if options.blind { Vec::new() } else { suggestions },
            labelled,
            queue,
            taxonomy: options.taxonomy.clone(),
            model: model.unwrap_or_default(),
            blind: options.blind,
            every: options.every.get(),
        })
    }

    /// How many sentences there are.
    pub fn sentences(&self) -> usize {
        self.letters.iter().map(|letter| letter.sentences.len()).sum()
    }

    /// How many letters there are.
    pub fn letters(&self) -> usize {
        self.letters.len()
    }

    /// In which order sentences are asked.
    pub fn queue(&self) -> &Queue {
        &self.queue
    }
}

/// The places of the sentences that have a label, in order.
fn known(letters: &[Letter], labelled: &[Example]) -> Vec<usize> {
    let hashes = |e: &Example| (e.letter.clone(), sentence_hash(&e.sentence));
    let anywhere: HashSet<_> = labelled.iter().filter(|e| e.index.is_none()).map(hashes).collect();
    let placed: HashSet<_> = labelled.iter().filter_map(|e| Some((hashes(e), e.index?))).collect();
    if labelled.is_empty() {
        return Vec::new();
    }
    let sentences = letters.iter().flat_map(|l| l.sentences.iter().zip(0..).map(move |(s, index)| (l, s, index)));
    let is_known = |&(_, (letter, sentence, index)): &(usize, (&Letter, &letters::Sentence, u32))| {
        let key = (letter.name.clone(), sentence_hash(&sentence.text));
        anywhere.contains(&key) || placed.contains(&(key, index))
    };
    sentences.enumerate().filter(is_known).map(|(place, _)| place).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::finding::Finding;
    use crate::ingest::{Facts, Input, Limits, read_bytes};
    use crate::taxonomy::Polarity;

    /// A letter of one paragraph, each sentence with the score of its polarity.
    pub(crate) fn letter(name: &str, sentences: &[(&str, f32)]) -> LetterFindings {
        let findings = sentences.iter().map(|&(sentence, score)| Finding {
            letter: name.into(),
            authority: None,
            framework: "",
            published: None,
            page: Some(1),
            span: None,
            heading: "Main findings".into(),
            sentence: sentence.into(),
            polarity: Polarity::Weakness,
            polarity_score: score,
            themes: vec!["ehc_plans".into(), "leadership".into()],
            theme_scores: vec![0.75, 0.5],
            needs_review: false,
            boilerplate: false,
            truncated: false,
            model: "model-1".into(),
            inspected: None,
        });
        LetterFindings { name: name.into(), facts: Facts::default(), findings: findings.collect(), document: None }
    }

    /// A letter as it is read from a text; what the findings say is made up.
    pub(crate) fn read_letter(name: &str, text: &str) -> LetterFindings {
        let Ok(Input::Letter(document)) = read_bytes(name, text.as_bytes(), &Limits::default()) else {
            panic!("{name} is no letter");
        };
        let sentences: Vec<String> =
            crate::sentences::split(&document).iter().map(|s| s.text(&document).to_owned()).collect();
        let scored: Vec<(&str, f32)> = sentences.iter().map(|s| (s.as_str(), 0.5)).collect();
        LetterFindings { document: Some(Arc::new(document)), ..letter(name, &scored) }
    }

    pub(crate) fn options() -> Options {
        Options { blind: false, every: NonZero::new(5).unwrap(), seed: 1, taxonomy: Taxonomy::default() }
    }

    fn label(letter: &str, sentence: &str, index: Option<u32>) -> Example {
        Example { index, ..crate::dataset::tests::example(letter, sentence) }
    }

    #[test]
    fn what_is_labelled_is_not_asked_again() {
        let letters = [letter("a", &[("Good.", 0.5), ("Late.", 0.6), ("Good.", 0.7)]), letter("b", &[("Good.", 0.8)])];
        for (labelled, left) in [
            (vec![], vec![0, 1, 2, 3]),
            (vec![label("a", "good", Some(2))], vec![0, 1, 3]),
            (vec![label("a", "good", None)], vec![1, 3]),
            (vec![label("c", "good", None)], vec![0, 1, 2, 3]),
        ] {
            let review = Review::new(&letters, &labelled, &options()).unwrap();
            let mut asked: Vec<usize> = review.queue.asked.iter().map(|asked| asked.place).collect();
            asked.sort_unstable();
            assert_eq!(asked, left);
        }
        let all = [label("a", "good", None), label("a", "late", None), label("b", "good", None)];
        assert!(Review::new(&letters, &all, &options()).is_err());
        assert!(Review::new(&[], &[], &options()).is_err());
    }

    #[test]
    fn a_blind_review_knows_nothing_of_the_model() {
        let letters = [letter("a", &[("One.", 0.9), ("Two.", 0.3)])];
        let review = Review::new(&letters, &[], &Options { blind: true, ..options() }).unwrap();
        assert!(review.suggestions.is_empty());
        assert!(review.queue.audit.is_empty());
        assert!(review.queue.asked.iter().map(|asked| asked.place).eq([0, 1]));
    }
}
