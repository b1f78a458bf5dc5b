//! As JSON, for programs, and for a later evaluation to compare with.

use super::Report;

/// The fields of [`Report`], with those of its scores and of what is recorded among them. No text of a letter is in it.
pub fn json(report: &Report) -> String {
    let fields = serde_json::to_string_pretty(report)
        .expect("a report has string keys and finite numbers, so it is always JSON");
    let open = fields.trim_end().trim_end_matches('}').trim_end();
    format!("{open},\n{}}}\n", report.recorded.members())
}
