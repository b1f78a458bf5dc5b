//! Judged letters to what the page shows of them: sentences in their paragraphs, under their headings, and suggestions.

use crate::finding::{Finding, LetterFindings};
use crate::ingest::BlockKind;
use crate::sentences;
use crate::taxonomy::{Polarity, Taxonomy, ThemeId};

use super::Doubt;

/// A letter on the page.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Letter {
    pub(super) name: String,
    pub(super) sentences: Vec<Sentence>,
}

/// A sentence in its letter.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sentence {
    pub(super) text: String,
    /// The headings above it, joined.
    pub(super) heading: String,
    pub(super) page: Option<u32>,
    pub(super) start: Start,
    /// What settles its meaning, as a place in the letter.
    pub(super) previous: Option<usize>,
}

/// What a sentence begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// Nothing: the paragraph goes on.
    Nothing,
    /// A paragraph.
    Paragraph,
    /// An item of a list.
    Item,
}

/// What the model says of a sentence.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Suggestion {
    pub(super) polarity: Polarity,
    pub(super) polarity_score: f32,
    /// The main theme first, each with its score; only those that the page's taxonomy has.
    pub(super) themes: Vec<(ThemeId, f32)>,
    /// Score of the model's main theme, whether the taxonomy has it or not.
    main_score: f32,
    pub(super) needs_review: bool,
}

impl Suggestion {
    fn of(finding: &Finding, taxonomy: &Taxonomy) -> Self {
        let scored = finding.themes.iter().zip(&finding.theme_scores);
        Suggestion {
            polarity: finding.polarity,
            polarity_score: finding.polarity_score,
            themes: scored.filter_map(|(id, &score)| Some((taxonomy.find(id).ok()?, score))).collect(),
            main_score: finding.theme_scores.first().copied().unwrap_or_default(),
            needs_review: finding.needs_review,
        }
    }

    pub(super) fn doubt(&self) -> Doubt {
        Doubt { polarity: self.polarity_score, theme: self.main_score }
    }
}

/// The suggestions for all sentences, letter by letter.
pub(super) fn suggestions(findings: &[LetterFindings], taxonomy: &Taxonomy) -> Vec<Suggestion> {
    findings.iter().flat_map(|letter| &letter.findings).map(|finding| Suggestion::of(finding, taxonomy)).collect()
}

/// The letters with their sentences. Runs of a table that name one letter after the other are one letter.
pub(super) fn lay_out(findings: &[LetterFindings]) -> Vec<Letter> {
    let mut letters: Vec<Letter> = Vec::new();
    for letter in findings {
        match letters.last_mut() {
            Some(last) if last.name == letter.name && letter.document.is_none() => add(last, letter),
            _ => {
                let mut new = Letter { name: letter.name.clone(), ..Letter::default() };
                add(&mut new, letter);
                letters.push(new);
            }
        }
    }
    letters
}

fn add(to: &mut Letter, letter: &LetterFindings) {
    let split = letter.document.as_ref().map(|document| (document, sentences::split(document)));
    let split = split.filter(|(_, split)| split.len() == letter.findings.len());
    for (at, finding) in letter.findings.iter().enumerate() {
        let before = to.sentences.len().checked_sub(1);
        let (start, previous) = match &split {
            // The rows of a table stand alone.
            None => (Start::Paragraph, before),
            Some((document, split)) => {
                let goes_on = at > 0 && split[at - 1].block == split[at].block;
                let start = match document.blocks[split[at].block].kind {
                    _ if goes_on => Start::Nothing,
                    BlockKind::Item { .. } => Start::Item,
                    _ => Start::Paragraph,
                };
                (start, sentences::previous(split, at))
            }
        };
        to.sentences.push(Sentence {
            text: finding.sentence.clone(),
            heading: finding.heading.clone(),
            page: finding.page,
            start,
            previous,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{letter, read_letter};
    use super::*;

    #[test]
    fn sentences_stand_in_their_paragraphs_and_lists() {
        let text =
            "# Findings\n\nLeaders are late. They know it.\n\nThey should:\n\n- write plans. Now.\n- visit schools.\n";
        let letters = lay_out(&[read_letter("a.md", text)]);
        let shape: Vec<_> = letters[0].sentences.iter().map(|s| (s.text.as_str(), s.start, s.previous)).collect();
        assert_eq!(
            shape,
            [
                ("Leaders are late.", Start::Paragraph, None),
                ("They know it.", Start::Nothing, Some(0)),
                ("They should:", Start::Paragraph, Some(1)),
                ("write plans.", Start::Item, Some(2)),
                ("Now.", Start::Nothing, Some(3)),
                ("visit schools.", Start::Item, Some(2)),
            ]
        );
    }

    #[test]
    fn themes_that_the_taxonomy_has_not_are_left_out() {
        let taxonomy = Taxonomy::from_toml(
            "name = \"own\"\nversion = \"1\"\n[[theme]]\nid = \"plans\"\nname = \"Plans\"\ndefinition = \"\"\naliases = \
             [\"ehc_plans\"]\n[[theme]]\nid = \"none\"\nname = \"None\"\ndefinition = \"\"\n",
        )
        .unwrap();
        let suggestions = suggestions(&[letter("a", &[("One.", 0.6)])], &taxonomy);
        assert_eq!(suggestions[0].themes, [(ThemeId(0), 0.75)]);
        assert_eq!(suggestions[0].doubt(), Doubt { polarity: 0.6, theme: 0.75 });
    }

    #[test]
    fn a_table_that_names_a_letter_twice_in_a_row_gives_one() {
        let letters =
            lay_out(&[letter("a", &[("One.", 0.6)]), letter("a", &[("Two.", 0.6)]), letter("b", &[("One.", 0.6)])]);
        assert_eq!(letters.iter().map(|l| l.sentences.len()).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(letters[0].sentences[1].previous, Some(0));
    }
}
