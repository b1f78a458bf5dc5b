//! An invented letter for the tests of the formats.

use crate::finding::{Finding, LetterFindings, Span};
use crate::ingest::{Facts, Framework};
use crate::taxonomy::Polarity;

/// Three findings under two headings; the last one came without a page and would be a formula.
pub(super) fn letter() -> LetterFindings {
    let facts = Facts {
        authority: Some("Newtown".into()),
        framework: Framework::SendFrom2023,
        published: Some("2024-02-29".into()),
        outcome: Some("systemic failings".into()),
        ..Facts::default()
    };
    let findings = vec![
        finding("Main findings", "Parents, carers and \"young people\" are listened to.", Polarity::Strength, 0.9871),
        finding("Main findings", "Plans take 18 months.", Polarity::Weakness, 0.61),
        finding("What next > Plans", "=HYPERLINK(\"http://x\")", Polarity::Neutral, 1.0),
    ];
    let mut letter = LetterFindings { name: "newtown.pdf".into(), facts, findings, document: None };
    letter.findings[1].themes = vec!["ehc_plans".into(), "timeliness_access".into()];
    letter.findings[1].theme_scores = vec![0.8, 0.5555];
    letter.findings[1].needs_review = true;
    letter.findings[1].boilerplate = true;
    letter.findings[2].page = None;
    letter.findings[2].span = None;
    letter
}

fn finding(heading: &str, sentence: &str, polarity: Polarity, polarity_score: f32) -> Finding {
    Finding {
        letter: "newtown.pdf".into(),
        authority: Some("Newtown".into()),
        framework: Framework::SendFrom2023.id(),
        published: Some("2024-02-29".into()),
        page: Some(2),
        span: Some(Span { start: 10, end: 10 + sentence.chars().count() }),
        heading: heading.into(),
        sentence: sentence.into(),
        polarity,
        polarity_score,
        themes: vec!["none".into()],
        theme_scores: vec![0.75],
        needs_review: false,
        boilerplate: false,
        truncated: false,
        model: "test-0123abcd".into(),
        inspected: Some("2024-02-02".into()),
    }
}
