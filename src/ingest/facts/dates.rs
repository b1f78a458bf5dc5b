//! Dates as letters print them, to ISO 8601.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::pattern_of;

/// Months by the three letters that both their names and their abbreviations begin with.
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
/// A day of which month and year may be said by a later one: "7" in "7 to 18 October 2024".
const DAY: &str = r"(?:(\d{1,2})(?:st|nd|rd|th)?(?:/(\d{1,2})/(\d{4})| (Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b(?:,? (\d{4}))?)?)";
/// Longer visits than this many days are misread dates.
const LONGEST_VISIT: i64 = 120;

struct Patterns {
    published: Regex,
    letter: Regex,
    salutation: Regex,
    period: Regex,
    more: Regex,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| Patterns {
    published: pattern_of(&format!(
        r"(?:Report published|Published|Publication date|Date published):? ?(?:All )?{DAY}"
    )),
    letter: pattern_of(&format!(r"(?:^|[^\d/]){DAY}")),
    salutation: pattern_of(r"(?:^| )Dear [A-Z]"),
    // Printed as two columns, the label of the previous inspection stands between, and its dates come second.
    period: pattern_of(&format!(
        r"(?:(?:Inspection|Visit) dates?(?: \w+)?:(?: Dates? of previous inspection:)?|[Bb]etween|[Ff]rom) ?{DAY}(?: ?(?:to|and|until|-) ?{DAY})?"
    )),
    more: pattern_of(r"^,? ?(?:and|&|,) ?\d"),
});

/// The date of publication, or of the letter: it stands above the salutation.
pub(super) fn published(front: &str) -> Option<String> {
    let patterns = &*PATTERNS;
    if let Some(found) = patterns.published.captures(front) {
        return day(&found, 1)?.date();
    }
    let address = &front[..patterns.salutation.find(front)?.start()];
    let mut dates = patterns.letter.captures_iter(address).filter_map(|found| day(&found, 1)?.date());
    match (dates.next(), dates.next()) {
        (Some(date), None) => Some(date),
        (Some(date), Some(other)) if date == other => Some(date),
        _ => None,
    }
}

/// First and last day of the inspection or visit.
pub(super) fn inspected(front: &str) -> Option<(String, String)> {
    let patterns = &*PATTERNS;
    patterns.period.captures_iter(front).find_map(|found| {
        let mut first = day(&found, 1)?;
        let last = match found.get(6) {
            Some(_) => day(&found, 6)?,
            None => first,
        };
        // A second period follows: the last day is not told by this one.
        let after = &front[found.get(0)?.end()..];
        if patterns.more.is_match(after) {
            return None;
        }
        first.month = first.month.or(last.month);
        // A period over the turn of a year prints the first year too.
        first.year = first.year.or(last.year);
        let span = last.number()? - first.number()?;
        (0..=LONGEST_VISIT).contains(&span).then_some((first.date()?, last.date()?))
    })
}

#[derive(Debug, Clone, Copy)]
struct Day {
    day: u32,
    month: Option<u32>,
    year: Option<u32>,
}

/// The day that the five groups of [`DAY`] from `group` on hold.
fn day(found: &Captures<'_>, group: usize) -> Option<Day> {
    let number = |i: usize| found.get(group + i).and_then(|m| m.as_str().parse::<u32>().ok());
    let named = found.get(group + 3).map(|m| m.as_str().to_lowercase());
    let by_name = || MONTHS.iter().position(|m| named.as_ref().is_some_and(|n| n.starts_with(m))).map(|i| i as u32 + 1);
    let month = number(1).or_else(by_name);
    Some(Day { day: number(0)?, month, year: number(2).or_else(|| number(4)) })
}

impl Day {
    /// The date, if it is whole and in the calendar.
    fn date(self) -> Option<String> {
        let (month, year) = (self.month?, self.year?);
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            4 | 6 | 9 | 11 => 30,
            2 => 28 + u32::from(leap),
            1..=12 => 31,
            _ => return None,
        };
        ((1..=days).contains(&self.day) && (1990..2100).contains(&year))
            .then(|| format!("{year:04}-{month:02}-{:02}", self.day))
    }

    /// Days since some day long ago (Howard Hinnant, "days_from_civil").
    fn number(self) -> Option<i64> {
        self.date()?;
        let (month, day) = (i64::from(self.month?), i64::from(self.day));
        let year = i64::from(self.year?) - i64::from(month <= 2);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day;
        Some(365 * year + year / 4 - year / 100 + year / 400 + day_of_year)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_read_however_they_are_printed() {
        for (text, first, last) in [
            ("Inspection dates: 7 to 18 October 2024 Lead", "2024-10-07", "2024-10-18"),
            ("Inspection dates: 28 February 2022 to 4 March 2022", "2022-02-28", "2022-03-04"),
            ("Inspection dates: 27 September to 8 October 2021", "2021-09-27", "2021-10-08"),
            ("Inspection dates: 9-24 November 2017", "2017-11-09", "2017-11-24"),
            ("Inspection date: 1/06/2015 - 25/06/2015", "2015-06-01", "2015-06-25"),
            ("Visit dates: 16 and 17 October 2019", "2019-10-16", "2019-10-17"),
            ("Between 17 September 2018 and 21 September 2018, Ofsted", "2018-09-17", "2018-09-21"),
            (
                "Inspection dates: Date of previous inspection: 22 to 26 May 2023 6 to 10 February 2017",
                "2023-05-22",
                "2023-05-26",
            ),
            ("Inspection date: 18 Feb 2014 - 12 Mar 2014", "2014-02-18", "2014-03-12"),
            ("Inspection date: 3 June 2015", "2015-06-03", "2015-06-03"),
        ] {
            assert_eq!(inspected(text), Some((first.to_owned(), last.to_owned())), "{text}");
        }
    }

    #[test]
    fn no_date_is_made_up() {
        for text in [
            "Inspection dates: 31 to 34 October 2024",
            "Inspection dates: 18 to 7 October 2024",
            "Inspection dates: 7 October",
            "Inspection dates: 19 November-11 December 2013 and 28-30 January 2014",
            "Dates of previous inspection: 7 to 18 October 2024",
            "between 3 and 5 per cent",
        ] {
            assert_eq!(inspected(text), None, "{text}");
        }
        assert_eq!(published("The plan of 3 May 2018 is late."), None);
        assert_eq!(published("Report published: 30 February 2018"), None);
        assert_eq!(published("3 May 2018 and 4 May 2018 Dear Ms Example"), None);
    }

    #[test]
    fn the_letters_own_date_stands_above_its_salutation() {
        assert_eq!(published("KT1 1EU 23 October 2018 Dear Mr Example In 3 May 2017"), Some("2018-10-23".to_owned()));
        assert_eq!(published("Report published: 10/08/2015 Children's"), Some("2015-08-10".to_owned()));
    }
}
