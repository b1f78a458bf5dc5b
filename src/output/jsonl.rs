//! One JSON object a line.

use serde::Serialize;

use crate::finding::{Finding, LetterFindings};

/// A finding as JSON holds it: lists as lists, unknown as `null`, text untouched.
#[derive(Serialize)]
struct Record<'a> {
    letter: &'a str,
    authority: Option<&'a str>,
    framework: Option<&'a str>,
    published: Option<&'a str>,
    page: Option<u32>,
    start: Option<usize>,
    end: Option<usize>,
    heading: &'a str,
    sentence: &'a str,
    polarity: &'a str,
    polarity_score: f64,
    themes: &'a [String],
    theme_scores: Vec<f64>,
    needs_review: bool,
    boilerplate: bool,
    truncated: bool,
    model: &'a str,
    inspected: Option<&'a str>,
}

/// One line a finding.
pub(super) fn letter(letter: &LetterFindings) -> Vec<u8> {
    let mut out = Vec::new();
    for finding in &letter.findings {
        serde_json::to_writer(&mut out, &record(finding)).expect("a record of texts and numbers is always JSON");
        out.push(b'\n');
    }
    out
}

fn record(f: &Finding) -> Record<'_> {
    Record {
        letter: &f.letter,
        authority: f.authority.as_deref(),
        framework: Some(f.framework).filter(|id| !id.is_empty()),
        published: f.published.as_deref(),
        page: f.page,
        start: f.span.map(|s| s.start),
        end: f.span.map(|s| s.end),
        heading: &f.heading,
        sentence: &f.sentence,
        polarity: f.polarity.id(),
        polarity_score: three_decimals(f.polarity_score),
        themes: &f.themes,
        theme_scores: f.theme_scores.iter().map(|&s| three_decimals(s)).collect(),
        needs_review: f.needs_review,
        boilerplate: f.boilerplate,
        truncated: f.truncated,
        model: &f.model,
        inspected: f.inspected.as_deref(),
    }
}

/// The same digits that the CSV shows.
fn three_decimals(score: f32) -> f64 {
    super::score(score).parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::COLUMNS;
    use crate::output::sample;

    #[test]
    fn a_finding_is_one_object_with_its_text_untouched() {
        let text = String::from_utf8(letter(&sample::letter())).unwrap();
        insta::assert_snapshot!(text, @r#"
        {"letter":"newtown.pdf","authority":"Newtown","framework":"send_2023","published":"2024-02-29","page":2,"start":10,"end":61,"heading":"Main findings","sentence":"Parents, carers and \"young people\" are listened to.","polarity":"strength","polarity_score":0.987,"themes":["none"],"theme_scores":[0.75],"needs_review":false,"boilerplate":false,"truncated":false,"model":"test-0123abcd","inspected":"2024-02-02"}
        {"letter":"newtown.pdf","authority":"Newtown","framework":"send_2023","published":"2024-02-29","page":2,"start":10,"end":31,"heading":"Main findings","sentence":"Plans take 18 months.","polarity":"weakness","polarity_score":0.61,"themes":["ehc_plans","timeliness_access"],"theme_scores":[0.8,0.555],"needs_review":true,"boilerplate":true,"truncated":false,"model":"test-0123abcd","inspected":"2024-02-02"}
        {"letter":"newtown.pdf","authority":"Newtown","framework":"send_2023","published":"2024-02-29","page":null,"start":null,"end":null,"heading":"What next > Plans","sentence":"=HYPERLINK(\"http://x\")","polarity":"neutral","polarity_score":1.0,"themes":["none"],"theme_scores":[0.75],"needs_review":false,"boilerplate":false,"truncated":false,"model":"test-0123abcd","inspected":"2024-02-02"}
        "#);
    }

    #[test]
    fn the_keys_are_the_columns() {
        let line = letter(&sample::letter());
        let first: serde_json::Map<String, serde_json::Value> =
            serde_json::Deserializer::from_slice(&line).into_iter().next().unwrap().unwrap();
        assert_eq!(first.keys().collect::<Vec<_>>(), COLUMNS);
    }
}
