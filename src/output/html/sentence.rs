//! A finding as the page of its letter shows it.

use crate::finding::Finding;
use crate::taxonomy::{NONE, Taxonomy};

/// A sentence with what stands beside it.
#[derive(Debug, PartialEq)]
pub(super) struct Sentence<'a> {
    /// Counted from one; makes its anchor.
    pub number: usize,
    pub text: &'a str,
    pub polarity: &'static str,
    /// How sure the model is of the polarity, for people.
    pub sure: String,
    /// Identifiers of the themes, joined by a space.
    pub theme_ids: String,
    /// Names of the themes; none for the theme that says there is none.
    pub themes: Vec<&'a str>,
    /// In thousandths, joined by a space: the polarity's score, then the themes'.
    pub scores: String,
    pub needs_review: bool,
    pub boilerplate: bool,
    pub truncated: bool,
}

impl<'a> Sentence<'a> {
    pub(super) fn of(finding: &'a Finding, number: usize, taxonomy: &'a Taxonomy) -> Self {
        let scores = [finding.polarity_score].into_iter().chain(finding.theme_scores.iter().copied());
        let scores: Vec<String> = scores.map(|score| format!("{:.0}", score.clamp(0.0, 1.0) * 1000.0)).collect();
        Sentence {
            number,
            text: &finding.sentence,
            polarity: finding.polarity.id(),
            sure: sure(finding.polarity_score),
            theme_ids: finding.themes.join(" "),
            themes: finding.themes.iter().filter(|id| *id != NONE).map(|id| theme_name(id, taxonomy)).collect(),
            scores: scores.join(" "),
            needs_review: finding.needs_review,
            boilerplate: finding.boilerplate,
            truncated: finding.truncated,
        }
    }
}

/// The name of a theme; its identifier where the taxonomy does not know it.
pub(super) fn theme_name<'a>(id: &'a str, taxonomy: &'a Taxonomy) -> &'a str {
    taxonomy.themes.iter().find(|theme| theme.id == id).map_or(id, |theme| &theme.name)
}

/// A probability as a percentage that never says certain.
fn sure(score: f32) -> String {
    match (score * 100.0).round() {
        percent if percent >= 100.0 => ">99%".to_owned(),
        percent => format!("{percent:.0}%"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::sample;

    #[test]
    fn a_sentence_has_names_for_its_themes_and_the_percentage_of_its_polarity() {
        let (mut letter, taxonomy) = (sample::letter(), Taxonomy::default());
        let shown = Sentence::of(&letter.findings[1], 2, &taxonomy);
        assert_eq!((shown.polarity, shown.sure.as_str(), shown.scores.as_str()), ("weakness", "61%", "610 800 556"));
        assert_eq!(shown.themes, ["EHC plans", "timeliness_access"]);
        assert!(Sentence::of(&letter.findings[0], 1, &taxonomy).themes.is_empty());
        letter.findings[0].polarity_score = 0.996;
        assert_eq!(Sentence::of(&letter.findings[0], 1, &taxonomy).sure, ">99%");
    }
}
