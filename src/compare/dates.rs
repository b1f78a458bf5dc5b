//! When a letter was: what puts the letters of an area in order.
//!
//! Letters on special educational needs say when they were published; reports on children's services mostly do not, but
//! say on their front page when the inspection was, and publishers name files by date. An inspection ends weeks before its
//! letter is published, and the letters of one area are years apart, so the kinds can stand in one order.

use super::facts::is_date;
use crate::finding::Finding;

/// A day, and what it is the day of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dated {
    /// ISO 8601.
    pub date: String,
    /// Where it is from.
    pub by: DatedBy,
}

/// What tells when a letter was, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatedBy {
    /// The day of publication: as the letter says, or as the user does.
    Publication,
    /// The last day of the inspection, as the letter says.
    Inspection,
    /// The only date in the file's name.
    FileName,
}

impl Dated {
    /// When the letter of this finding was; `None` where nothing tells.
    pub fn of(finding: &Finding) -> Option<Self> {
        let dated = |date: String, by| Dated { date, by };
        let published = finding.published.clone().map(|date| dated(date, DatedBy::Publication));
        let inspected = || finding.inspected.clone().map(|date| dated(date, DatedBy::Inspection));
        let named = || in_name(&finding.letter).map(|date| dated(date.to_owned(), DatedBy::FileName));
        published.or_else(inspected).or_else(named)
    }

    /// The date with what it is the date of.
    pub fn words(&self) -> String {
        match self.by {
            DatedBy::Publication => format!("published {}", self.date),
            DatedBy::Inspection => format!("inspected until {}", self.date),
            DatedBy::FileName => format!("{} in the file's name", self.date),
        }
    }
}

/// The date that a name holds as `2014-02-11`; `None` where it holds two different ones.
fn in_name(name: &str) -> Option<&str> {
    const LENGTH: usize = "2014-02-11".len();
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let bytes = name.as_bytes();
    let mut found = None;
    for at in 0..bytes.len() {
        let Some(date) = name.get(at..at + LENGTH).filter(|text| is_date(text)) else { continue };
        let part_of_a_number =
            is_digit(at.checked_sub(1).and_then(|i| bytes.get(i))) || is_digit(bytes.get(at + LENGTH));
        let likely = ("1990".."2100").contains(&&date[..4]);
        if part_of_a_number || !likely {
            continue;
        }
        if found.is_some_and(|other| other != date) {
            return None;
        }
        found = Some(date);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::tests::finding;
    use super::*;
    use crate::taxonomy::Polarity;

    #[test]
    fn publication_goes_before_inspection_and_both_before_the_file_s_name() {
        let mut letter = finding("kent-2014-02-11.pdf", "One.", Polarity::Weakness);
        assert_eq!(Dated::of(&letter).unwrap().words(), "2014-02-11 in the file's name");
        letter.inspected = Some("2014-01-30".into());
        assert_eq!(Dated::of(&letter).unwrap().words(), "inspected until 2014-01-30");
        letter.published = Some("2014-03-01".into());
        assert_eq!(Dated::of(&letter).unwrap().words(), "published 2014-03-01");
    }

    #[test]
    fn a_name_tells_one_whole_date_or_none() {
        for (name, date) in [
            ("ilacs-2014-02-21-sheffield.txt", Some("2014-02-21")),
            ("2014-02-21.pdf", Some("2014-02-21")),
            ("visits/2014-02-21/2014-02-21 é.pdf", Some("2014-02-21")),
            ("2014-02-21 to 2014-03-01.pdf", None),
            ("2014-13-21.pdf", None),
            ("12014-02-21.pdf", None),
            ("2014-02-211.pdf", None),
            ("0014-02-21.pdf", None),
            ("2014-02.pdf", None),
            ("é", None),
        ] {
            assert_eq!(in_name(name), date, "{name}");
        }
    }
}
