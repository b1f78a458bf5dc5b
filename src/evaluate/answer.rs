//! What is said of a sentence, as far as it is scored.

use crate::classify::Judgement;
use crate::dataset::Example;
use crate::error::{Error, ErrorKind, Result};
use crate::finding::Finding;
use crate::taxonomy::{Polarity, Taxonomy, ThemeId};

/// What a model says of a sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The polarity.
    pub polarity: Polarity,
    /// How probable the model holds it to be, from 0 to 1.
    pub polarity_score: f32,
    /// The themes, the main one first.
    pub themes: Vec<ThemeId>,
    /// Whether the model asks for a person to look.
    pub needs_review: bool,
}

impl From<&Judgement> for Answer {
    fn from(judgement: &Judgement) -> Self {
        Answer {
            polarity: judgement.polarity,
            polarity_score: judgement.polarity_scores[judgement.polarity.index()],
            themes: judgement.themes.iter().map(|&(theme, _)| theme).collect(),
            needs_review: judgement.needs_review,
        }
    }
}

impl From<&Example> for Answer {
    /// A second annotator's labels in the place of a model's, as sure as can be.
    fn from(labelled: &Example) -> Self {
        Answer {
            polarity: labelled.polarity,
            polarity_score: 1.0,
            themes: labelled.themes.clone(),
            needs_review: false,
        }
    }
}

impl Answer {
    /// What a finding says.
    ///
    /// # Errors
    /// When one of its themes is none of the taxonomy.
    pub fn of_finding(finding: &Finding, taxonomy: &Taxonomy) -> Result<Self> {
        let theme = |id: &String| {
            let known = taxonomy.ids().find(|&t| taxonomy.theme(t).id == *id);
            known.ok_or_else(|| Error::new(ErrorKind::Data, format!("theme {id:?} is none of {:?}", taxonomy.name)))
        };
        Ok(Answer {
            polarity: finding.polarity,
            polarity_score: finding.polarity_score,
            themes: finding.themes.iter().map(theme).collect::<Result<_>>()?,
            needs_review: finding.needs_review,
        })
    }
}
