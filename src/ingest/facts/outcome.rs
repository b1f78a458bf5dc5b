//! How the inspectors judged.

use std::sync::LazyLock;

use regex::Regex;

use super::super::document::Framework;
use super::pattern_of;

const GRADE: &str = r"([Oo]utstanding|[Gg]ood|[Rr]equires? [Ii]mprovement(?: to be [Gg]ood)?|[Ii]nadequate|[Aa]dequate|[Nn]ot [Jj]udged)\b";

/// The judgements that the two frameworks with grades make, in the order of their tables.
const CHILDRENS_SERVICES: [&str; 6] = [
    "The impact of leaders on social work practice with children and families",
    "The experiences and progress of children who need help and protection",
    "The experiences and progress of children in care and care leavers",
    "The experiences and progress of children in care",
    "The experiences and progress of care leavers",
    OVERALL,
];
const SINGLE_INSPECTION: [&str; 5] = [
    "Children who need help and protection",
    "Children looked after and achieving permanence",
    "Adoption performance",
    "Experiences and progress of care leavers",
    "Leadership, management and governance",
];
const OVERALL: &str = "Overall effectiveness";

struct Patterns {
    childrens_services: Vec<(&'static str, Regex)>,
    single_inspection: Vec<(&'static str, Regex)>,
    overall: Regex,
    partnership: Regex,
    written_statement: Regex,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let named = |names: &[&'static str]| {
        names.iter().map(|name| (*name, pattern_of(&format!("(?i:{})[.:]? {GRADE}", regex::escape(name))))).collect()
    };
    Patterns {
        childrens_services: named(&CHILDRENS_SERVICES),
        single_inspection: named(&SINGLE_INSPECTION),
        overall: pattern_of(&format!(
            r"(?:[Cc]hildren's services in (?:the )?[A-Z][\w' ,.&-]{{2,50}}? (?:are |is )?|[Oo]verall judgement(?: (?:is|was))?(?: that)?(?: children's services)?(?: (?:are|is|as))? ?:? ?){GRADE}"
        )),
        partnership: pattern_of(
            r"arrangements (?:typically )?lead to (positive experiences and outcomes|inconsistent experiences and outcomes)|[Tt]here are (widespread and/or systemic failings)",
        ),
        written_statement: pattern_of(
            r"determined that a [Ww]ritten [Ss]tatement of [Aa]ction(?: \(\w+\))? is (not )?required",
        ),
    }
});

/// The grades on a front page whose table was not recognised as one.
pub(super) fn grades(front: &str, framework: Framework) -> Vec<(String, String)> {
    let names = match framework {
        Framework::ChildrensServices => &PATTERNS.childrens_services,
        Framework::SingleInspection => &PATTERNS.single_inspection,
        _ => return Vec::new(),
    };
    let found = names.iter().filter_map(|(name, pattern)| Some((name, pattern.captures(front)?)));
    found.map(|(name, grade)| ((*name).to_owned(), grade[1].to_owned())).collect()
}

/// The outcome as a known phrase, in lower case but for "Written Statement of Action".
pub(super) fn find(front: &str, framework: Framework, grades: &[(String, String)]) -> Option<String> {
    match framework {
        Framework::SendFrom2023 => {
            let found = PATTERNS.partnership.captures(front)?;
            let phrase = found.get(1).or_else(|| found.get(2))?.as_str();
            Some(phrase.replace("positive", "typically positive"))
        }
        Framework::SendBefore2023 => {
            let found = PATTERNS.written_statement.captures(front)?;
            let not = if found.get(1).is_some() { "not " } else { "" };
            Some(format!("Written Statement of Action {not}required"))
        }
        Framework::ChildrensServices => {
            let overall = grades.iter().find(|(name, _)| name.trim().eq_ignore_ascii_case(OVERALL));
            overall.map(|(_, grade)| as_grade(grade))
        }
        Framework::SingleInspection => PATTERNS.overall.captures(front).map(|found| as_grade(&found[1])),
        _ => None,
    }
}

/// "Require improvement" of a sentence as the grade that it states.
fn as_grade(words: &str) -> String {
    words.trim().to_lowercase().replace("require improvement", "requires improvement")
}
