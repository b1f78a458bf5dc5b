//! As JUnit XML, which code forges show as test results: a case for each line of the gate.

use std::fmt::Write;

use super::Report;
use crate::evaluate::gate::{Check, Rule, Verdict};

/// What became of a case.
enum Outcome {
    Passed,
    Failed(String),
    /// Neither: it could not be told.
    Skipped(String),
}

/// A case under its class.
struct Line {
    class: String,
    name: String,
    outcome: Outcome,
}

/// A report as JUnit XML. What cannot be told is a skipped test.
pub fn junit(report: &Report) -> String {
    let lines: Vec<Line> = report.gate.iter().flat_map(|gate| &gate.checks).map(check).collect();
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"lettermark evaluate\">\n".to_owned();
    suite(&mut out, "gate", &lines);
    out + "</testsuites>\n"
}

fn check(check: &Check) -> Line {
    let says = format!("{}: {} where at least {:.3} is wanted", check.because, check.estimate, check.minimum);
    Line {
        class: match check.rule {
            Rule::Minimum => "gate.minimum".to_owned(),
            Rule::Change => "gate.baseline".to_owned(),
        },
        name: check.name(),
        outcome: match check.verdict {
            Verdict::Pass => Outcome::Passed,
            Verdict::CannotTell => Outcome::Skipped(says),
            Verdict::Fail => Outcome::Failed(says),
        },
    }
}

fn suite(out: &mut String, name: &str, lines: &[Line]) {
    let count = |which: fn(&Outcome) -> bool| lines.iter().filter(|line| which(&line.outcome)).count();
    let failures = count(|o| matches!(o, Outcome::Failed(_)));
    let skipped = count(|o| matches!(o, Outcome::Skipped(_)));
    let _ = writeln!(
        out,
        "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\">",
        lines.len()
    );
    for line in lines {
        let _ =
            write!(out, "    <testcase classname=\"{}\" name=\"{}\"", attribute(&line.class), attribute(&line.name));
        let _ = match &line.outcome {
            Outcome::Passed => writeln!(out, "/>"),
            Outcome::Failed(why) => writeln!(out, "><failure message=\"{}\"/></testcase>", attribute(why)),
            Outcome::Skipped(why) => writeln!(out, "><skipped message=\"{}\"/></testcase>", attribute(why)),
        };
    }
    out.push_str("  </testsuite>\n");
}

/// Text for an attribute: escaped, and without the control characters that XML 1.0 has no place for.
fn attribute(text: &str) -> String {
    let allowed = |c: char| !(c.is_control() || c == '\u{FFFE}' || c == '\u{FFFF}');
    let clean: String = text.chars().map(|c| if allowed(c) { c } else { ' ' }).collect();
    quick_xml::escape::escape(clean.as_str()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_name_is_still_xml() {
        let line =
            Line { class: "a".into(), name: "\"<b>\u{0}\u{FFFF}&".into(), outcome: Outcome::Failed("'\n".into()) };
        let mut out = String::new();
        suite(&mut out, "s", &[line]);
        assert!(out.contains("name=\"&quot;&lt;b&gt;  &amp;\""), "{out}");
        assert!(out.contains("failures=\"1\"") && out.contains("<failure message=\"&apos; \"/>"), "{out}");
    }
}
