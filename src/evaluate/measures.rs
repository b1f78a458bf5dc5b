//! What is measured beside the scores: each measure where it was asked for.

use serde::Serialize;

use super::baselines::BaselineReport;
use super::behaviour::BehaviourReport;
use super::counts::CountReport;
use super::external::ExternalReport;
use super::report::Section;

/// The measures that an evaluation was asked for. As JSON, those that were not asked for are left out.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Measures {
    /// What simple methods reach on the same sentences.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baselines: Option<BaselineReport>,
    /// The behaviour suite.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behaviour: Option<BehaviourReport>,
    /// Counts of a batch of findings, corrected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counts: Option<CountReport>,
    /// Findings against published outcomes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external: Option<ExternalReport>,
}

impl Measures {
    /// All of them as tables for people, in a fixed order.
    pub fn sections(&self) -> Vec<Section> {
        let baselines = self.baselines.iter().flat_map(BaselineReport::sections);
        let behaviour = self.behaviour.iter().flat_map(BehaviourReport::sections);
        let counts = self.counts.iter().flat_map(CountReport::sections);
        let external = self.external.iter().flat_map(ExternalReport::sections);
        baselines.chain(behaviour).chain(counts).chain(external).collect()
    }
}
