//! Which lines of a letter are headings, and of what level.
//!
//! Text has no font sizes, so the headings that inspection letters share are a table; others are told by their form.

/// What a known heading opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opens {
    /// Text that is read for findings.
    Findings,
    /// A section that is none: names, addresses, contents.
    Aside,
}

/// How a heading of the table is found.
enum Rule {
    /// The whole line, whatever stands after it that [`tail_is_harmless`] allows.
    Is(&'static str),
    /// Its beginning.
    Begins(&'static str),
}

use Opens::{Aside, Findings};
use Rule::{Begins, Is};

/// Known headings, in lower case with straight apostrophes: level 1 for the letter's title, 2 for its sections, 3 below.
const KNOWN: [(Rule, u8, Opens); 94] = [
    (Begins("joint local area send inspection in"), 1, Findings),
    (Begins("joint area send revisit"), 1, Findings),
    (Begins("local area send inspection"), 1, Findings),
    (Begins("area send inspection of"), 1, Findings),
    (Begins("area send full inspection of"), 1, Findings),
    (Begins("area send monitoring inspection of"), 1, Findings),
    (Begins("inspection of services for children in need of help"), 1, Findings),
    (Begins("inspection of looked after children services"), 1, Findings),
    (Begins("inspection of children's social care services"), 1, Findings),
    (Begins("inspection of local authority"), 1, Findings),
    (Begins("monitoring visit of"), 1, Findings),
    (Begins("monitoring visit to"), 1, Findings),
    (Begins("focused visit to"), 1, Findings),
    (Is("main findings"), 2, Findings),
    (Begins("the effectiveness of the local area in"), 2, Findings),
    (Begins("the experiences and progress of"), 2, Findings),
    (Begins("the impact of leaders on social work practice"), 2, Findings),
    (Begins("what is it like to be a child or young person"), 2, Findings),
    (Begins("what is the area partnership doing"), 2, Findings),
    (Begins("what does the area partnership need to do better"), 2, Findings),
    (Begins("what does the local authority need to improve"), 2, Findings),
    (Begins("what does the lscb need to improve"), 3, Findings),
    (Begins("what needs to improve"), 2, Findings),
    (Begins("what the inspection judgements mean"), 2, Findings),
    (Begins("what the inspection judgments mean"), 2, Findings),
    (Begins("what the local authority inspection judgements mean"), 2, Findings),
    (Begins("the inspection judgements and what they mean"), 2, Findings),
    (Is("inspection outcome"), 2, Findings),
    (Begins("information about the local area partnership"), 2, Findings),
    (Begins("information about this inspection"), 2, Findings),
    (Begins("information about the inspection"), 2, Findings),
    (Begins("information about this local authority area"), 3, Findings),
    (Begins("information about the local authority area"), 3, Findings),
    (Begins("information about the local authority inspection"), 2, Findings),
    (Is("about this inspection"), 2, Findings),
    (Is("service information"), 2, Findings),
    (Begins("overall effectiveness of services"), 2, Findings),
    (Is("overall effectiveness"), 2, Findings),
    (Is("capacity to improve"), 2, Findings),
    (Begins("outcomes for looked after children"), 2, Findings),
    (Is("quality of provision"), 2, Findings),
    (Is("leadership and management"), 2, Findings),
    (Begins("leadership, management and governance"), 2, Findings),
    (Is("record of main findings"), 2, Findings),
    (Is("executive summary"), 2, Findings),
    (Is("recommendations"), 2, Findings),
    (Is("summary for children and young people"), 2, Findings),
    (Is("summary of findings"), 2, Findings),
    (Is("summary of key findings"), 2, Findings),
    (Begins("the graded judgement "), 3, Findings),
    (Begins("the graded judgment "), 3, Findings),
    (Is("the local authority"), 2, Findings),
    (Begins("section 1: the local authority"), 2, Findings),
    (Begins("section 2: the effectiveness of the"), 2, Findings),
    (Begins("the local safeguarding children board"), 2, Findings),
    (Begins("inspection findings – the local safeguarding"), 2, Findings),
    (Begins("inspection judgements about the l"), 3, Findings),
    (Begins("inspection judgement about the lscb"), 3, Findings),
    (Begins("the local authority's strengths"), 3, Findings),
    (Begins("the lscb's strengths"), 3, Findings),
    (Is("the lscb"), 2, Findings),
    (Is("inspection findings"), 3, Findings),
    (Is("summary"), 3, Findings),
    (Is("key findings"), 3, Findings),
    (Is("key strengths and weaknesses of the lscb"), 3, Findings),
    (Is("strengths"), 3, Findings),
    (Is("areas for development"), 3, Findings),
    (Is("areas for improvement"), 3, Findings),
    (Is("areas for priority action"), 3, Findings),
    (Begins("areas of significant concern"), 3, Findings),
    (Begins("progress since the last inspection"), 3, Findings),
    (Is("local leadership"), 3, Findings),
    (Is("previous ofsted inspections"), 3, Findings),
    (Is("other ofsted inspections"), 3, Findings),
    (Begins("children living in this area"), 3, Findings),
    (Begins("child protection in this area"), 3, Findings),
    (Begins("children looked after in this area"), 3, Findings),
    (Begins("other information about this area"), 3, Findings),
    (Begins("the casework model used in this area"), 3, Findings),
    (Is("quality of practice"), 3, Findings),
    (Is("quality and evaluation"), 3, Findings),
    (Is("findings"), 3, Findings),
    (Is("overview"), 3, Findings),
    (Is("background"), 3, Findings),
    (Is("areas covered by the visit"), 3, Findings),
    (Is("findings and evaluation of progress"), 3, Findings),
    (Is("headline findings"), 3, Findings),
    (Is("contents"), 2, Aside),
    (Begins("local area partnership details"), 2, Aside),
    (Is("inspection team"), 2, Aside),
    (Is("the inspection team"), 2, Aside),
    (Is("cqc inspection team"), 2, Aside),
    (Is("ofsted inspection team"), 2, Aside),
    (Is("contact details"), 2, Aside),
];

/// The level of a heading of the table, and what it opens.
pub(super) fn known(text: &str) -> Option<(u8, Opens)> {
    if text.len() > 240 || !text.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit()) {
        return None;
    }
    let lower = text.to_lowercase().replace('’', "'");
    let lower = lower.split_whitespace().collect::<Vec<_>>().join(" ");
    KNOWN.iter().find_map(|(rule, level, opens)| {
        let tail = match rule {
            Is(whole) => lower.strip_prefix(whole).filter(|tail| tail_is_harmless(tail)),
            Begins(head) => lower.strip_prefix(head).filter(|tail| !tail.contains(['.', ';'])),
        };
        tail.map(|_| (*level, *opens))
    })
}

/// A footnote mark, a colon or a grade after a heading.
fn tail_is_harmless(tail: &str) -> bool {
    let tail = tail.trim_start_matches(|c: char| c.is_ascii_digit()).trim_matches([' ', ':', '?']);
    tail.is_empty() || grade(tail).is_some()
}

/// The grades of all frameworks, lower case, longest first.
const GRADES: [&str; 12] = [
    "requires improvement to be good",
    "requires improvement",
    "require improvement",
    "not judged",
    "outstanding",
    "inadequate",
    "adequate",
    "satisfactory",
    "good",
    // A grade that the table broke in two.
    "improvement to be good",
    "improvement",
    "requires",
];

/// The text if it is nothing but a grade, a numbered one ("Grade 4 (Inadequate)") included.
pub(super) fn grade(text: &str) -> Option<&str> {
    let text = text.trim();
    if text.len() > 40 {
        return None;
    }
    let lower = text.to_lowercase();
    let bare = match lower.strip_prefix("grade ") {
        Some(rest) => {
            rest.trim_start_matches(|c: char| c.is_ascii_digit()).trim_matches([' ', '(', ')', ':']).to_owned()
        }
        None => lower,
    };
    GRADES.contains(&bare.as_str()).then_some(text)
}

/// Whether a text is nothing but grades, a column of a table.
pub(super) fn only_grades(text: &str) -> bool {
    const LONGEST: usize = 200;
    if text.len() > LONGEST {
        return false;
    }
    let rest = GRADES.iter().fold(text.to_lowercase(), |rest, grade| rest.replace(grade, ""));
    rest.trim().is_empty()
}

/// Whether a text by itself looks like a heading: short, a title's first letter, no sentence's end.
pub(super) fn looks_like_heading(text: &str) -> bool {
    const MOST_WORDS: usize = 18;
    const LONGEST: usize = 160;
    text.len() <= LONGEST
        && text.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit())
        && text.chars().filter(|c| c.is_alphabetic()).count() * 2 > text.chars().count()
        && !text.ends_with(['.', ';', ',', ':', '!'])
        && !text.contains(['@', '•'])
        && !text.contains("www.")
        && text.split_whitespace().count() <= MOST_WORDS
        && !text.split(". ").skip(1).any(|s| s.starts_with(char::is_uppercase))
        && !ends_open(text)
}

/// Whether a text ends in a word that cannot end a sentence or a heading: it goes on.
pub(super) fn ends_open(text: &str) -> bool {
    const OPEN: [&str; 42] = [
        "a", "an", "the", "to", "of", "and", "or", "in", "on", "at", "by", "for", "from", "with", "who", "that",
        "which", "when", "where", "as", "is", "are", "was", "were", "be", "been", "has", "have", "had", "not", "their",
        "its", "this", "these", "those", "than", "into", "most", "very", "will", "such", "local",
    ];
    if text.ends_with([',', '–', '/']) {
        return true;
    }
    // No open word is longer than this; a text without spaces is not searched to its beginning.
    let last: String = text.chars().rev().take(12).take_while(|c| !c.is_whitespace()).collect();
    let last: String = last.chars().rev().collect();
    OPEN.contains(&last.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_headings_are_found_and_sentences_are_not() {
        let cases = [
            ("Main findings", Some(2)),
            ("The effectiveness of the local area in identifying children and young people’s needs", Some(2)),
            ("The experiences and progress of children in care: good", Some(2)),
            ("The experiences and progress of care leavers are improving. However, not all are.", None),
            ("Summary", Some(3)),
            ("Summary judgements are given below", None),
            ("Strengths", Some(3)),
            ("What needs to improve?2", Some(2)),
            ("strengths", None),
        ];
        for (text, level) in cases {
            assert_eq!(known(text).map(|(l, _)| l), level, "{text:?}");
        }
    }

    #[test]
    fn form_tells_headings_from_sentences() {
        for heading in ["Passages quoted from the report", "Next steps", "Care leavers’ views"] {
            assert!(looks_like_heading(heading), "{heading:?}");
        }
        for text in [
            "Leaders know.",
            "has improved",
            "Staff of the",
            "The reasons are:",
            "enquiries@example.org",
            "020 7946 0000",
        ] {
            assert!(!looks_like_heading(text), "{text:?}");
        }
    }

    #[test]
    fn grades_are_told() {
        for text in ["Good", "Requires improvement to be good", "Grade 4 (Inadequate)", "inadequate"] {
            assert!(grade(text).is_some(), "{text:?}");
        }
        assert!(grade("Good practice").is_none());
    }
}
