//! The worst mistakes, to be read in context.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Answer, Row};
use crate::taxonomy::{Polarity, Taxonomy, ThemeId};

/// How many mistakes a report shows.
pub const WORST: usize = 50;

/// How many pairs of confused themes a report shows.
pub const CONFUSED: usize = 12;

/// What is wrong with an answer. The worst comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MistakeKind {
    /// A strength for a weakness, or the other way round.
    Opposite,
    /// Another wrong polarity.
    Polarity,
    /// No answer at all.
    Missed,
    /// The right polarity, and a main theme that is not among the labelled.
    Theme,
}

impl MistakeKind {
    /// What it is, in a few words.
    pub fn name(self) -> &'static str {
        match self {
            MistakeKind::Opposite => "opposite polarity",
            MistakeKind::Polarity => "wrong polarity",
            MistakeKind::Missed => "not found in the letter",
            MistakeKind::Theme => "wrong main theme",
        }
    }
}

/// A wrong answer, with the sentence in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Mistake {
    /// What is wrong.
    pub kind: MistakeKind,
    /// The letter.
    pub letter: String,
    /// The page.
    pub page: Option<u32>,
    /// The headings above the sentence.
    pub heading: String,
    /// The sentence before it.
    pub previous: String,
    /// The sentence.
    pub sentence: String,
    /// The labels: polarity, and themes joined by `;`.
    pub labelled: (Polarity, String),
    /// The model's polarity and themes; `None` where it says nothing.
    pub given: Option<(Polarity, String)>,
    /// How sure the model is of its polarity.
    pub score: f32,
    /// Whether the model asks for a person to look.
    pub needs_review: bool,
    /// The annotator's remark.
    pub note: String,
}

/// The [`WORST`] mistakes: the gravest kind first, and of each kind those of which the model is surest.
///
/// Mistakes alike in both stand by letter and index, so that the order of the rows changes nothing.
pub fn worst(rows: &[Row], taxonomy: &Taxonomy) -> Vec<Mistake> {
    let mut wrong: Vec<(MistakeKind, &Row)> = rows.iter().filter_map(|row| Some((kind(row)?, row))).collect();
    let score = |row: &Row| row.answer.as_ref().map_or(0.0, |a| a.polarity_score);
    let place = |row: &Row| (row.example.letter.clone(), row.example.index, row.example.sentence.clone());
    wrong.sort_by(|(a, x), (b, y)| a.cmp(b).then(score(y).total_cmp(&score(x))).then_with(|| place(x).cmp(&place(y))));
    let mistake = |(kind, row): (MistakeKind, &Row)| {
        let example = &row.example;
        Mistake {
            kind,
            letter: example.letter.clone(),
            page: example.page,
            heading: example.heading.clone(),
            previous: example.previous.clone(),
            sentence: example.sentence.clone(),
            labelled: (example.polarity, taxonomy.format_set(&example.themes)),
            given: row.answer.as_ref().map(|a| (a.polarity, taxonomy.format_set(&a.themes))),
            score: score(row),
            needs_review: row.answer.as_ref().is_some_and(|a| a.needs_review),
            note: example.note.clone(),
        }
    };
    wrong.into_iter().take(WORST).map(mistake).collect()
}

/// How often one main theme is taken for another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfusedThemes {
    /// The labelled main theme.
    pub labelled: String,
    /// The model's, which is not among the labelled.
    pub given: String,
    /// How many sentences.
    pub sentences: u64,
}

/// Which main themes the model takes for which, where its main theme is not among the labelled; the commonest
/// [`CONFUSED`] pairs, equally common ones in the taxonomy's order.
pub fn confused_themes(rows: &[Row], taxonomy: &Taxonomy) -> Vec<ConfusedThemes> {
    let mut pairs: BTreeMap<(ThemeId, ThemeId), u64> = BTreeMap::new();
    for row in rows {
        let (labelled, answer) = row.pair();
        if let (Some(&gold), Some(&given)) = (labelled.themes.first(), answer.and_then(|a| a.themes.first()))
            && !labelled.themes.contains(&given)
        {
            *pairs.entry((gold, given)).or_default() += 1;
        }
    }
    let mut pairs: Vec<_> = pairs.into_iter().collect();
    pairs.sort_by_key(|(_, sentences)| std::cmp::Reverse(*sentences));
    let name = |theme: ThemeId| taxonomy.theme(theme).id.clone();
    let confused =
        |((labelled, given), sentences)| ConfusedThemes { labelled: name(labelled), given: name(given), sentences };
    pairs.into_iter().take(CONFUSED).map(confused).collect()
}

fn kind(row: &Row) -> Option<MistakeKind> {
    use Polarity::{Strength, Weakness};
    let Some(Answer { polarity, themes, .. }) = &row.answer else { return Some(MistakeKind::Missed) };
    match (row.example.polarity, *polarity) {
        (Strength, Weakness) | (Weakness, Strength) => Some(MistakeKind::Opposite),
        (gold, given) if gold != given => Some(MistakeKind::Polarity),
        _ => match themes.first().is_some_and(|main| row.example.themes.contains(main)) {
            true => None,
            false => Some(MistakeKind::Theme),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::tests::row;
    use Polarity::{Mixed, Strength, Weakness};

    #[test]
    fn the_gravest_and_the_surest_come_first() {
        let mut theme = row("a", "theme", Strength, Some((Strength, 0.99)));
        theme.example.themes = vec![crate::taxonomy::ThemeId(3)];
        let rows = [
            theme,
            row("a", "right", Strength, Some((Strength, 0.9))),
            row("a", "missed", Strength, None),
            row("a", "mixed", Mixed, Some((Strength, 0.9))),
            row("a", "unsure", Weakness, Some((Strength, 0.4))),
            row("a", "sure", Strength, Some((Weakness, 0.8))),
        ];
        let order: Vec<_> = worst(&rows, &Taxonomy::default()).into_iter().map(|m| m.sentence).collect();
        assert_eq!(order, ["sure", "unsure", "mixed", "missed", "theme"]);
    }

    #[test]
    fn themes_are_confused_where_the_models_is_not_among_the_labelled() {
        let themed = |themes: &[u16], given| {
            let mut row = row("a", "S.", Strength, Some((Strength, 0.9)));
            row.example.themes = themes.iter().map(|&t| ThemeId(t)).collect();
            row.answer.iter_mut().for_each(|a| a.themes = vec![ThemeId(given)]);
            row
        };
        let rows = [themed(&[1, 2], 2), themed(&[1], 2), themed(&[3], 0), themed(&[3, 1], 0)];
        let confused = confused_themes(&rows, &Taxonomy::default());
        let pairs: Vec<_> = confused.iter().map(|c| (c.labelled.as_str(), c.given.as_str(), c.sentences)).collect();
        assert_eq!(pairs, [("identification", "leadership", 2), ("oversight", "joint_working", 1)]);
    }

    #[test]
    fn only_the_worst_are_kept() {
        let rows: Vec<Row> = (0..80).map(|i| row("a", &i.to_string(), Mixed, None)).collect();
        assert_eq!(worst(&rows, &Taxonomy::default()).len(), WORST);
    }
}
