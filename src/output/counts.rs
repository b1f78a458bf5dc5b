//! How many sentences there are of each polarity: what every summary counts.

use crate::finding::Finding;

/// Counts over some findings.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    /// In the order of [`Polarity::ALL`](crate::taxonomy::Polarity::ALL).
    pub polarity: [usize; 4],
    /// Those that a person should look at.
    pub to_check: usize,
    /// Those that stand in another letter of the batch too.
    pub boilerplate: usize,
}

impl Counts {
    /// Counts one more.
    pub fn add(&mut self, finding: &Finding) {
        self.polarity[finding.polarity.index()] += 1;
        self.to_check += usize::from(finding.needs_review);
        self.boilerplate += usize::from(finding.boilerplate);
    }

    /// All that were counted.
    pub fn total(&self) -> usize {
        self.polarity.iter().sum()
    }
}
