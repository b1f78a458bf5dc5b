//! Labels that are likely wrong, by what heads say that were not fitted to them.

use ndarray::{ArrayView1, Axis, stack};

use super::held_out::Probabilities;
use crate::classify::MAX_THEMES;
use crate::dataset::{Example, doubts};
use crate::taxonomy::{Polarity, ThemeId};

/// A sentence whose label is likely wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspect<L> {
    /// The sentence, as its place among the examples.
    pub example: usize,
    /// The label that is likelier.
    pub suggested: L,
    /// How probable the given label is; of themes, that of the least probable one or of a missing one's being absent.
    pub given_probability: f32,
    /// How probable the suggested one is; of themes, that of the same theme's being the other way.
    pub suggested_probability: f32,
}

/// Sentences whose polarity is likely wrong, the surest first.
pub fn polarity_suspects(examples: &[&Example], probabilities: &Probabilities) -> Vec<Suspect<Polarity>> {
    let given: Vec<usize> = examples.iter().map(|e| e.polarity.index()).collect();
    let suspect = |d: crate::dataset::Doubt| Suspect {
        example: d.row,
        suggested: Polarity::ALL[d.likelier],
        given_probability: d.given,
        suggested_probability: d.other,
    };
    doubts(&given, probabilities.polarity.view()).into_iter().map(suspect).collect()
}

/// Sentences whose themes are likely wrong, the surest first. Each theme is doubted by itself, as there or not there; what
/// is doubted of a sentence makes one suggestion.
pub fn theme_suspects(examples: &[&Example], probabilities: &Probabilities) -> Vec<Suspect<Vec<ThemeId>>> {
    let mut changes: Vec<Vec<(ThemeId, f32, f32)>> = vec![Vec::new(); examples.len()];
    for (theme, there) in probabilities.themes.axis_iter(Axis(1)).enumerate() {
        let id = ThemeId(theme as u16);
        let given: Vec<usize> = examples.iter().map(|e| usize::from(e.themes.contains(&id))).collect();
        let absent = there.mapv(|p| 1.0 - p);
        let both = stack(Axis(1), &[absent.view(), there]).expect("the two columns are as long as each other");
        for doubt in doubts(&given, both.view()) {
            changes[doubt.row].push((id, doubt.given, doubt.other));
        }
    }
    let mut suspects: Vec<Suspect<Vec<ThemeId>>> = Vec::new();
    for (example, mut changes) in changes.into_iter().enumerate() {
        changes.sort_by(|a, b| (b.2 - b.1).total_cmp(&(a.2 - a.1)));
        let Some(&(_, given_probability, suggested_probability)) = changes.first() else { continue };
        let changed: Vec<ThemeId> = changes.iter().map(|&(id, ..)| id).collect();
        let given = &examples[example].themes;
        let suggested = with_changes(given, &changed, probabilities.themes.row(example));
        if suggested.iter().any(|id| !given.contains(id)) || suggested.len() != given.len() {
            suspects.push(Suspect { example, suggested, given_probability, suggested_probability });
        }
    }
    let sure = |s: &Suspect<Vec<ThemeId>>| s.suggested_probability - s.given_probability;
    suspects.sort_by(|a, b| sure(b).total_cmp(&sure(a)).then(a.example.cmp(&b.example)));
    suspects
}

/// A set of themes with some put in or taken out, as the rules of sets have it: the likeliest first, three at most,
/// `none` (the last theme) only alone.
fn with_changes(given: &[ThemeId], changed: &[ThemeId], there: ArrayView1<'_, f32>) -> Vec<ThemeId> {
    let none = ThemeId((there.len() - 1) as u16);
    let kept = given.iter().filter(|id| !changed.contains(id));
    let added = changed.iter().filter(|id| !given.contains(id));
    let mut set: Vec<ThemeId> = kept.chain(added).copied().filter(|&id| id != none).collect();
    let probability = |id: &ThemeId| there[usize::from(id.0)];
    set.sort_by(|a, b| probability(b).total_cmp(&probability(a)));
    set.truncate(MAX_THEMES);
    if set.is_empty() { vec![none] } else { set }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    fn example(polarity: Polarity, themes: &[u16]) -> Example {
        let themes = themes.iter().map(|&theme| ThemeId(theme)).collect();
        Example { polarity, themes, ..crate::dataset::tests::example("", "One.") }
    }

    #[test]
    fn a_doubted_theme_is_exchanged_and_none_stands_alone() {
        let there = array![0.9, 0.05, 0.6, 0.1f32];
        let ids = |themes: &[u16]| themes.iter().map(|&theme| ThemeId(theme)).collect::<Vec<_>>();
        for (given, changed, expected) in [
            (&[1][..], &[0, 1][..], &[0][..]),
            (&[2], &[0], &[0, 2]),
            (&[1], &[1], &[3]),
            (&[3], &[0], &[0]),
            (&[3], &[0, 3], &[0]),
        ] {
            assert_eq!(with_changes(&ids(given), &ids(changed), there.view()), ids(expected), "{given:?}");
        }
    }

    #[test]
    fn one_sentence_is_one_suspect_and_the_surest_comes_first() {
        use Polarity::{Strength, Weakness};
        let examples: Vec<Example> = (0..20)
            .map(|i| match i {
                3 => example(Weakness, &[1]),
                _ if i % 2 == 0 => example(Strength, &[0]),
                _ => example(Weakness, &[1]),
            })
            .collect();
        // Sentence 3 looks like those with the other labels.
        let as_if = |i: usize| if i == 3 { 0 } else { i % 2 };
        let probabilities = Probabilities {
            polarity: Array2::from_shape_fn((20, 4), |(i, p)| match p {
                p if p == as_if(i) => 0.9,
                p if p == 1 - as_if(i) => 0.1,
                _ => 0.0,
            }),
            themes: Array2::from_shape_fn((20, 3), |(i, t)| match t {
                2 => 0.02,
                t if t == as_if(i) => 0.95,
                _ => 0.05,
            }),
        };
        let examples: Vec<&Example> = examples.iter().collect();
        let polarity = polarity_suspects(&examples, &probabilities);
        assert_eq!(polarity.iter().map(|s| (s.example, s.suggested)).collect::<Vec<_>>(), [(3, Strength)]);
        let themes = theme_suspects(&examples, &probabilities);
        assert_eq!(
            themes.iter().map(|s| (s.example, s.suggested.clone())).collect::<Vec<_>>(),
            [(3, vec![ThemeId(0)])]
        );
        assert!(themes[0].given_probability < 0.06 && themes[0].suggested_probability > 0.94);
    }
}
