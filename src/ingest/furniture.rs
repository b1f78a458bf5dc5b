//! What a letter carries besides its text: running lines, page numbers, contact details, tables of contents.
//!
//! Pure rules over the text of lines and paragraphs; every format's reader uses them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Regex, RegexSet};

/// Whether a paragraph or line tells how to reach, copy, reuse or complain, and is no finding.
pub(super) fn is_contact(text: &str) -> bool {
    CONTACT.is_match(text.trim())
}

/// Whether a line gives one fact about the letter or its authors: "Lead inspector: …", "Inspection dates: …".
pub(super) fn is_fact_line(text: &str) -> bool {
    let text = text.trim();
    text.len() < 200 && FACT_LINE.is_match(text)
}

/// Whether a line is an entry of a table of contents with dotted leaders.
pub(super) fn is_leader_entry(line: &str) -> bool {
    LEADERS.is_match(line.trim())
}

/// Whether a heading opens the table of contents.
pub(super) fn is_contents_heading(line: &str) -> bool {
    matches!(
        line.trim().trim_end_matches(':').to_lowercase().as_str(),
        "contents" | "table of contents" | "contents page"
    )
}

/// Whether a heading opens a list of people and bodies, not of findings.
pub(super) fn is_people_heading(line: &str) -> bool {
    PEOPLE_HEADING.is_match(line.trim())
}

/// Whether a line is only a page number, printed in any of the usual ways.
pub(super) fn is_page_number(line: &str) -> bool {
    PAGE_NUMBER.is_match(line.trim())
}

/// A line with its digits and spacing folded, so that "Report 3" and "Report  14" are the same running line.
pub(super) fn folded(line: &str) -> String {
    let mut folded = String::with_capacity(line.len());
    for c in line.chars().filter(|c| !c.is_whitespace()) {
        if c.is_ascii_digit() {
            if !folded.ends_with('#') {
                folded.push('#');
            }
        } else {
            folded.extend(c.to_lowercase());
        }
    }
    folded
}

/// Lines that repeat at the edges of pages.
#[derive(Debug, Default)]
pub(super) struct Running {
    lines: Vec<String>,
}

impl Running {
    /// Learns from the outermost lines of each page: `edges` has, for each page, the folded lines of one of its edges.
    ///
    /// A line is running if it stands there on at least three pages, or on two that are half of all.
    pub(super) fn learn(edges: &[Vec<String>]) -> Self {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for edge in edges {
            let mut seen: Vec<&str> = edge.iter().map(String::as_str).collect();
            seen.sort_unstable();
            seen.dedup();
            for line in seen {
                *counts.entry(line).or_default() += 1;
            }
        }
        let enough = |n: usize| n >= 3 || (n == 2 && edges.len() <= 4);
        Running { lines: counts.into_iter().filter(|&(_, n)| enough(n)).map(|(line, _)| line.to_owned()).collect() }
    }

    /// Whether a folded line is one of them.
    pub(super) fn has(&self, folded: &str) -> bool {
        self.lines.binary_search_by(|l| l.as_str().cmp(folded)).is_ok()
    }
}

static CONTACT: LazyLock<RegexSet> = LazyLock::new(|| {
    set(&[
        r"^(t|tel|telephone|textphone|phone|fax|e|email|w|web|website)\s*:\s*\S",
        r"^(https?://|www\.)\S+$",
        r"^\S+@\S+\.\S+$",
        r"^the office for standards in education, children.s services and skills \(ofsted\) (regulates|inspects)",
        r"^if you (would like|need) a copy of this (document|report|publication) in a different format",
        r"^if you would like (ofsted|a copy)\b.*(send you|guidance|format)",
        r"^(you may|this (document|publication|report) may be) re-?(use|produced?|used)\b",
        r"^this (publication|document|report) is available (at|from|on)\b",
        r"^interested in our work\?",
        r"^(no\. |©|\(c\) |crown copyright|© ?crown)",
        r"^any complaints? about (the|this) inspection",
        r"^if you are (not happy|unhappy) with the inspection",
        r"^to view this licence",
        r"^(piccadilly gate|store street|manchester|aviation house|125 kingsway|london|clive house|2 rivergate|bristol|citygate|gallowgate|newcastle upon tyne|finsbury tower|103-105 bunhill row)[,.]?$",
        r"^[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}$",
        r"^(dear|yours (sincerely|faithfully)|kind regards)\b.{0,80}$",
        r"^cc:",
    ])
});

static FACT_LINE: LazyLock<Regex> = LazyLock::new(|| {
    one(concat!(
        r"^(inspection dates?|dates? of (the )?(previous |last |this )?inspection|(previous|last) inspection|date published|published( on)?|publication date",
        r"|report published|unique reference number|urn|reference|our ref",
        r"|((senior|deputy|assistant|additional|associate|shadow|team|regulatory|lead|social care|education|schools?|early years|further education|safeguarding|quality) )*",
        r"(her |his )?(majesty.s )?(lead )?(inspectors?|quality assurance( manager| inspector)?|data analysts?|analysts?|assurance manager)( \([a-z]+\))?)\s*:|^(her|his) majesty.s (senior )?inspectors?$",
    ))
});

static PEOPLE_HEADING: LazyLock<Regex> = LazyLock::new(|| {
    one(
        r"^(the )?(inspection|inspectors.?|inspecting) (team|details)( for this inspection)?:?$|^inspectors:?$|^local authority (and|,) .{0,60}\bdetails$",
    )
});

static LEADERS: LazyLock<Regex> = LazyLock::new(|| one(r"(\.\s?){4,}\s*\d{1,3}$|…{2,}\s*\d{1,3}$|_{4,}\s*\d{1,3}$"));

static PAGE_NUMBER: LazyLock<Regex> =
    LazyLock::new(|| one(r"^(\W{0,3}(page )?\d{1,3}\W{0,3}|page \d{1,3} of \d{1,3}|\d{1,3} (of|/) \d{1,3})$"));

fn one(pattern: &str) -> Regex {
    Regex::new(&format!("(?i){pattern}")).expect("the pattern is a constant")
}

fn set(patterns: &[&str]) -> RegexSet {
    RegexSet::new(patterns.iter().map(|p| format!("(?i){p}"))).expect("the patterns are constants")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contact_lines_are_told_from_findings() {
        let contact = [
            "T: 0300 123 1231",
            "W: www.gov.uk/ofsted",
            "© Crown copyright 2023",
            "If you would like a copy of this document in a different format, such as large print, please telephone us.",
            "The Office for Standards in Education, Children’s Services and Skills (Ofsted) regulates and inspects to achieve",
            "Any complaints about the inspection or the report should be made following the procedures",
            "M1 2WD",
            "Dear Ms Brown",
        ];
        for line in contact {
            assert!(is_contact(line), "{line:?}");
        }
        let findings = [
            "Too many complaints about the service are not answered.",
            "London boroughs work well together.",
            "Leaders publish the local offer at www.example.org, but few parents know it.",
            "You may wait long for a plan.",
        ];
        for line in findings {
            assert!(!is_contact(line), "{line:?}");
        }
    }

    #[test]
    fn fact_lines_are_told_from_findings() {
        for line in
            ["Inspection dates: 6 to 10 March 2023", "Lead inspector: A N Other", "Senior data analyst: A N Other"]
        {
            assert!(is_fact_line(line), "{line:?}");
        }
        for line in ["Inspectors found three areas of concern: plans, visits and records.", "Recommendations: none"] {
            assert!(!is_fact_line(line), "{line:?}");
        }
    }

    #[test]
    fn a_running_line_repeats_with_other_numbers() {
        let mut pages: Vec<Vec<String>> = (1..=5)
            .map(|n| {
                vec![folded(&format!("Inspection report: Anytown, {n} March 2023")), folded(&format!("Body {n}a"))]
            })
            .collect();
        pages[2][1] = folded("Something else");
        let running = Running::learn(&pages[..]);
        assert!(running.has(&folded("Inspection report:  Anytown, 10 March 2023")));
        assert!(!running.has(&folded("Something else")));
    }

    #[test]
    fn contents_and_page_numbers() {
        assert!(is_leader_entry("Main findings ........ 3") && is_leader_entry("Main findings . . . . . 3"));
        assert!(!is_leader_entry("They waited for 3"));
        assert!(is_page_number("12") && is_page_number("Page 3 of 9") && is_page_number("- 4 -"));
        assert!(!is_page_number("2014") && !is_page_number("3 children"));
    }
}
