//! What is counted of findings.

use std::path::Path;

use crate::error::{Place, Result};
use crate::finding::{self, Finding, Located};
use crate::taxonomy::{Polarity, Taxonomy, ThemeId};

/// What of a finding is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadFinding {
    /// The letter's name.
    pub letter: String,
    /// The framework's identifier; empty where unknown.
    pub framework: String,
    /// The sentence.
    pub sentence: String,
    /// Its polarity.
    pub polarity: Polarity,
    /// Its themes, the main one first.
    pub themes: Vec<ThemeId>,
    /// Whether it stands in another letter of its batch too.
    pub boilerplate: bool,
}

impl ReadFinding {
    /// A finding of this run. A theme that `taxonomy` has not is left out.
    pub fn of(finding: &Finding, taxonomy: &Taxonomy) -> Self {
        ReadFinding {
            letter: finding.letter.clone(),
            framework: finding.framework.to_owned(),
            sentence: finding.sentence.clone(),
            polarity: finding.polarity,
            themes: taxonomy.parse_set(&finding.themes.join(";")).unwrap_or_default(),
            boilerplate: finding.boilerplate,
        }
    }
}

/// Reads a file of findings.
///
/// # Errors
/// Those of [`finding::read`]; and at the first theme that is not the taxonomy's.
pub fn read(path: &Path, taxonomy: &Taxonomy) -> Result<Vec<ReadFinding>> {
    let known = |found: Located| {
        let at = Place::Cell { line: found.line, column: "themes" };
        match taxonomy.parse_set(&found.finding.themes.join(";")) {
            Ok(_) => Ok(ReadFinding::of(&found.finding, taxonomy)),
            Err(e) => Err(e.at(at).in_file(path)),
        }
    };
    finding::read(path)?.into_iter().map(known).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theme_of_another_taxonomy_is_refused_with_its_place() {
        let mut file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
        let rows = "a,One.,weakness,ehc_plans,true\na,Two.,weakness,timeliness,false\n";
        std::io::Write::write_all(&mut file, format!("letter,sentence,polarity,themes,boilerplate\n{rows}").as_bytes())
            .unwrap();
        let error = read(file.path(), &Taxonomy::default()).unwrap_err();
        assert_eq!(error.place(), Place::Cell { line: 3, column: "themes" });
        assert_eq!(error.path(), Some(file.path()));
    }
}
