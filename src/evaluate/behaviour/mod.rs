//! The behaviour suite: hand-written cases that say what a model of inspection language must be able to do.
//!
//! After CheckList (Ribeiro, Wu, Guestrin and Singh, ACL 2020), with its three kinds of test:
//! * *minimum functionality*: a sentence whose polarity, and perhaps main theme, the labelling guide settles;
//! * *invariance*: variants of a sentence that must all be judged alike, such as with another name or another dash;
//! * *direction*: a change after which one polarity must be more probable than before.
//!
//! Cases stand in TOML files ([`Suite::read`]). They are no sample of letters: a failure rate says how a capability
//! stands, not how often a letter's sentence is judged wrongly. They are never trained on.

mod read;
mod report;

pub use report::{Aspect, BehaviourReport, CapabilityResult, EXAMPLES, Failure, Kind, KindResult};

use crate::classify::Item;
use crate::taxonomy::{Polarity, ThemeId};

/// Cases by capability, in the order of the files' names.
#[derive(Debug, Clone, PartialEq)]
pub struct Suite {
    /// Capabilities, each with at least one case.
    pub capabilities: Vec<Capability>,
}

/// Something that the model must be able to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Capability {
    /// Its identifier, the only one of its kind in the suite.
    pub id: String,
    /// The name shown to people.
    pub name: String,
    /// What is tested, and by which rule of the guide.
    pub about: String,
    /// Its cases.
    pub cases: Vec<Case>,
}

/// One case, with where it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The file's name without its folder.
    pub file: String,
    /// The line on which the case begins, counted from one.
    pub line: u64,
    /// The sentence before; empty where there is none. All sentences of the case share it.
    pub previous: String,
    /// The heading above; empty where there is none.
    pub heading: String,
    /// What must hold.
    pub expects: Expectation,
}

/// What must hold of a case.
#[derive(Debug, Clone, PartialEq)]
pub enum Expectation {
    /// The sentence has one of these polarities and, where `themes` names any, one of them as its main theme.
    Labels {
        /// The sentence.
        sentence: String,
        /// The polarities that are right, at least one.
        polarities: Vec<Polarity>,
        /// The main themes that are right; empty where the theme is not tested.
        themes: Vec<ThemeId>,
    },
    /// All variants are judged as the first is.
    Invariance {
        /// Two sentences or more.
        variants: Vec<String>,
        /// What must be the same.
        keep: Vec<Aspect>,
    },
    /// The polarity `toward` is more probable for `to` than for `from`.
    Direction {
        /// The sentence before the change.
        from: String,
        /// The sentence after it.
        to: String,
        /// The polarity whose probability must rise.
        toward: Polarity,
    },
}

impl Suite {
    /// The sentences to judge, in the order in which [`Suite::report`] takes their judgements.
    pub fn items(&self) -> Vec<Item<'_>> {
        let cases = self.capabilities.iter().flat_map(|c| &c.cases);
        cases.flat_map(Case::items).collect()
    }

    /// How many cases there are.
    pub fn cases(&self) -> usize {
        self.capabilities.iter().map(|c| c.cases.len()).sum()
    }
}

impl Case {
    fn sentences(&self) -> Vec<&str> {
        match &self.expects {
            Expectation::Labels { sentence, .. } => vec![sentence],
            Expectation::Invariance { variants, .. } => variants.iter().map(String::as_str).collect(),
            Expectation::Direction { from, to, .. } => vec![from, to],
        }
    }

    fn items(&self) -> Vec<Item<'_>> {
        let previous = Some(self.previous.as_str()).filter(|p| !p.is_empty());
        let item = |sentence| Item { sentence, previous, heading: &self.heading, ..Item::default() };
        self.sentences().into_iter().map(item).collect()
    }
}
