//! What the user knows of a letter and the letter does not say: its authority, date, framework.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::{Error, ErrorKind, Place, Result};
use crate::finding::Finding;
use crate::ingest::Framework;

/// Facts of letters by the letters' names; they go before what the findings say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts(BTreeMap<String, Given>);

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Given {
    authority: Option<String>,
    published: Option<String>,
    framework: Option<&'static str>,
}

impl Facts {
    /// Reads a CSV with the column `letter` and any of `authority`, `published` and `framework`. Empty cells say nothing;
    /// other columns are not looked at.
    ///
    /// # Errors
    /// When the file cannot be read, lacks the column, names a letter twice, or a date is not `YYYY-MM-DD`; with line and
    /// column.
    pub fn read(path: &Path) -> Result<Self> {
        let file = std::fs::File::open(path).map_err(|e| Error::io("read the facts of letters", path, e))?;
        parse(file).map_err(|e| e.in_file(path))
    }

    /// The letters that are named.
    pub fn letters(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Puts what is known of `letter` into its findings.
    pub(super) fn correct(&self, letter: &str, findings: &mut [Finding]) {
        let Some(given) = self.0.get(letter) else { return };
        for finding in findings {
            finding.authority = given.authority.clone().or(finding.authority.take());
            finding.published = given.published.clone().or(finding.published.take());
            finding.framework = given.framework.unwrap_or(finding.framework);
        }
    }
}

fn parse(source: impl std::io::Read) -> Result<Facts> {
    let bad = |message: String| Error::new(ErrorKind::Data, message);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(source);
    let header = reader.headers().map_err(|e| bad(format!("not a CSV: {e}")).caused_by(e))?.clone();
    let column = |name: &str| header.iter().position(|c| c.trim_start_matches('\u{FEFF}').eq_ignore_ascii_case(name));
    let Some(letter) = column("letter") else {
        return Err(bad("no column \"letter\"; the columns are letter, authority, published, framework".to_owned()));
    };
    let (authority, published, framework) = (column("authority"), column("published"), column("framework"));
    let mut facts = BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(|e| bad(format!("not a CSV: {e}")).caused_by(e))?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |place: Option<usize>| place.and_then(|i| record.get(i)).filter(|text| !text.is_empty());
        let Some(letter) = cell(Some(letter)) else { continue };
        let at = |column, message: String| bad(message).at(Place::Cell { line, column });
        let given = Given {
            authority: cell(authority).map(str::to_owned),
            published: cell(published).map(str::to_owned),
            framework: cell(framework).map(|id| Framework::from_id(id).id()),
        };
        if let Some(date) = given.published.as_deref().filter(|date| !is_date(date)) {
            return Err(at("published", format!("{date:?} is no date; write it as 2019-03-31")));
        }
        if facts.insert(letter.to_owned(), given).is_some() {
            return Err(at("letter", format!("{letter:?} stands twice")));
        }
    }
    Ok(Facts(facts))
}

/// Whether a text is a year, month and day as ISO 8601 writes them.
pub(super) fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |part: &str, digits: usize, most: u32| {
        part.len() == digits && part.parse::<u32>().is_ok_and(|n| (1..=most).contains(&n))
    };
    matches!(parts[..], [year, month, day] if number(year, 4, 9999) && number(month, 2, 12) && number(day, 2, 31))
}

#[cfg(test)]
mod tests {
    use super::super::tests::finding;
    use super::*;
    use crate::taxonomy::Polarity;

    #[test]
    fn what_is_given_goes_before_what_the_letter_says() {
        let facts =
            parse("letter,authority,published,note\na.txt,Croydon,,x\nb.txt,,2019-02-01,\n".as_bytes()).unwrap();
        let mut findings = [finding("a.txt", "One.", Polarity::Weakness)];
        findings[0].published = Some("2017-09-04".into());
        facts.correct("a.txt", &mut findings);
        assert_eq!(findings[0].authority.as_deref(), Some("Croydon"));
        assert_eq!(findings[0].published.as_deref(), Some("2017-09-04"));
        facts.correct("b.txt", &mut findings);
        assert_eq!(findings[0].published.as_deref(), Some("2019-02-01"));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (text, says) in [
            ("name\na\n", "no column \"letter\""),
            ("letter,published\na,31/03/2019\n", "line 2, column published: \"31/03/2019\" is no date"),
            ("letter\na\na\n", "line 3, column letter: \"a\" stands twice"),
        ] {
            let error = parse(text.as_bytes()).unwrap_err().in_file("f.csv").to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
