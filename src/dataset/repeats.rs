//! Sentences that stand more than once among labelled ones, word for word or nearly so, and whether their labels agree.

use std::collections::BTreeMap;

use super::near::{Sketch, groups};
use super::{Example, sentence_hash};
use crate::taxonomy::{Polarity, ThemeId};

/// Sentences that are alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeats {
    /// The sentences, as places among the examples, in order; two or more.
    pub members: Vec<usize>,
    /// Whether they are the same word for word.
    pub exact: bool,
    /// Their polarities, the commonest first, with the members that have each.
    pub polarities: Vec<(Polarity, Vec<usize>)>,
    /// Their sets of themes, in the order of the themes' numbers, the commonest first, with the members that have each.
    pub themes: Vec<(Vec<ThemeId>, Vec<usize>)>,
}

impl Repeats {
    /// Whether all have the same labels.
    pub fn agree(&self) -> bool {
        self.polarities.len() == 1 && self.themes.len() == 1
    }
}

/// The groups of sentences that stand more than once: word for word in one letter or several, or nearly so in several.
///
/// Those whose labels differ come first, the largest first.
pub fn repeats(examples: &[&Example]) -> Vec<Repeats> {
    let sketches: Vec<Sketch> = examples.iter().map(|e| Sketch::of(&e.sentence)).collect();
    let mut found: Vec<Repeats> = groups(&sketches)
        .into_iter()
        .map(|members| {
            let first = |members: &[usize]| sentence_hash(&examples[members[0]].sentence);
            let exact = members.iter().all(|&i| sentence_hash(&examples[i].sentence) == first(&members));
            let themes = |i: usize| {
                let mut set = examples[i].themes.clone();
                set.sort_unstable();
                set
            };
            Repeats {
                polarities: by_label(&members, |i| examples[i].polarity.index())
                    .into_iter()
                    .map(|(index, of)| (Polarity::ALL[index], of))
                    .collect(),
                themes: by_label(&members, themes),
                exact,
                members,
            }
        })
        .filter(|group| group.exact || in_several_letters(group, examples))
        .collect();
    found.sort_by_key(|group| (group.agree(), std::cmp::Reverse(group.members.len()), group.members[0]));
    found
}

/// Sentences whose file names no letter may be of any.
fn in_several_letters(group: &Repeats, examples: &[&Example]) -> bool {
    let letter = |i: usize| examples[i].letter.as_str();
    group.members.iter().any(|&i| letter(i).is_empty() || letter(i) != letter(group.members[0]))
}

fn by_label<L: Ord>(members: &[usize], label: impl Fn(usize) -> L) -> Vec<(L, Vec<usize>)> {
    let mut labels: BTreeMap<L, Vec<usize>> = BTreeMap::new();
    for &i in members {
        labels.entry(label(i)).or_default().push(i);
    }
    let mut labels: Vec<(L, Vec<usize>)> = labels.into_iter().collect();
    labels.sort_by_key(|(_, members)| std::cmp::Reverse(members.len()));
    labels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::tests::example;

    #[test]
    fn what_is_labelled_differently_comes_first_with_the_common_label_before_the_rare_one() {
        let mut examples = [
            example("a", "Leaders know their area well."),
            example("b", "Leaders know their area well."),
            example("a", "The team met 20 parents in all."),
            example("b", "The team met 30 parents in all."),
            example("c", "The team met 40 parents in all."),
            example("a", "Plans are late and of poor quality."),
        ];
        examples[3].polarity = Polarity::Neutral;
        let found = repeats(&examples.iter().collect::<Vec<_>>());
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].members.as_slice(), found[0].exact, found[0].agree()), (&[2, 3, 4][..], false, false));
        assert_eq!(found[0].polarities, [(Polarity::Strength, vec![2, 4]), (Polarity::Neutral, vec![3])]);
        assert_eq!((found[1].members.as_slice(), found[1].exact, found[1].agree()), (&[0, 1][..], true, true));
    }

    #[test]
    fn the_order_of_themes_is_no_difference() {
        let mut examples =
            [example("a", "Leaders know their area well."), example("b", "Leaders know their area well")];
        examples[0].themes = vec![ThemeId(2), ThemeId(1)];
        examples[1].themes = vec![ThemeId(1), ThemeId(2)];
        assert!(repeats(&examples.iter().collect::<Vec<_>>())[0].agree());
    }

    #[test]
    fn a_letter_may_repeat_its_own_template() {
        let examples =
            [example("a", "The team met 20 parents in all."), example("a", "The team met 30 parents in all.")];
        assert!(repeats(&examples.iter().collect::<Vec<_>>()).is_empty());
    }
}
