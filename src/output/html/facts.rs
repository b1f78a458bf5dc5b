//! What a letter says of itself, for people.

use crate::ingest::{Facts, Framework};

/// A name and what stands for it.
pub(super) type Fact = (String, String);

/// Everything that was found, in a fixed order.
pub(super) fn facts(facts: &Facts) -> Vec<Fact> {
    let framework = framework_name(facts.framework);
    let known = [
        ("Authority", facts.authority.clone()),
        ("Framework", (!framework.is_empty()).then(|| framework.to_owned())),
        ("Inspected", facts.inspected.as_ref().map(|(first, last)| format!("{first} to {last}"))),
        ("Published", facts.published.clone()),
        ("Outcome", facts.outcome.clone()),
    ];
    let known = known.into_iter().filter_map(|(name, fact)| Some((name.to_owned(), fact?)));
    known.chain(facts.grades.iter().cloned()).collect()
}

/// The framework in few words, for a table; empty where unknown.
pub(super) fn short_framework(framework: Framework) -> &'static str {
    match framework {
        Framework::SendBefore2023 => "SEND, 2016 to 2022",
        Framework::SendFrom2023 => "SEND, from 2023",
        Framework::ChildrensServices => "Children's services, from 2018",
        Framework::SingleInspection => "Children's services, 2013 to 2017",
        Framework::MonitoringVisit => "Monitoring visit",
        Framework::Other => "Other",
        Framework::Unknown => "",
    }
}

/// The framework in words; empty where unknown.
pub(super) fn framework_name(framework: Framework) -> &'static str {
    match framework {
        Framework::SendBefore2023 => "Local area SEND inspection (2016 to 2022)",
        Framework::SendFrom2023 => "Area SEND inspection (from 2023)",
        Framework::ChildrensServices => "Children's services, ILACS (from 2018)",
        Framework::SingleInspection => "Children's services, single inspection (2013 to 2017)",
        Framework::MonitoringVisit => "Monitoring visit",
        Framework::Other => "Another framework",
        Framework::Unknown => "",
    }
}
