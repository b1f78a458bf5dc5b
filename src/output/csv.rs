//! Comma-separated values: RFC 4180, UTF-8, one row a finding.

use crate::finding::{COLUMNS, Finding, LetterFindings, neutral};

use super::score;

/// The row of column names.
pub(super) fn header() -> Vec<u8> {
    rows(std::iter::once(COLUMNS.map(str::to_owned)))
}

/// One row a finding.
///
/// Themes and their scores are joined by `;`. What is unknown is empty.
pub(super) fn letter(letter: &LetterFindings) -> Vec<u8> {
    rows(letter.findings.iter().map(row))
}

fn rows(rows: impl Iterator<Item = [String; COLUMNS.len()]>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).expect("writing to memory cannot fail, and every row has the same length");
    }
    writer.into_inner().expect("writing to memory cannot fail")
}

fn row(f: &Finding) -> [String; COLUMNS.len()] {
    let text = |s: &str| neutral(s).into_owned();
    let number = |n: Option<usize>| n.map(|n| n.to_string()).unwrap_or_default();
    [
        text(&f.letter),
        text(f.authority.as_deref().unwrap_or_default()),
        f.framework.to_owned(),
        text(f.published.as_deref().unwrap_or_default()),
        number(f.page.map(|p| p as usize)),
        number(f.span.map(|s| s.start)),
        number(f.span.map(|s| s.end)),
        text(&f.heading),
        text(&f.sentence),
        f.polarity.to_string(),
        score(f.polarity_score),
        f.themes.join(";"),
        f.theme_scores.iter().map(|&s| score(s)).collect::<Vec<_>>().join(";"),
        f.needs_review.to_string(),
        f.boilerplate.to_string(),
        f.truncated.to_string(),
        text(&f.model),
        text(f.inspected.as_deref().unwrap_or_default()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::sample;

    #[test]
    fn a_finding_is_one_row_that_a_spreadsheet_reads_but_does_not_run() {
        let text = String::from_utf8([header(), letter(&sample::letter())].concat()).unwrap();
        insta::assert_snapshot!(text.replace("\r\n", "⏎\n"), @r#"
        letter,authority,framework,published,page,start,end,heading,sentence,polarity,polarity_score,themes,theme_scores,needs_review,boilerplate,truncated,model,inspected⏎
        newtown.pdf,Newtown,send_2023,2024-02-29,2,10,61,Main findings,"Parents, carers and ""young people"" are listened to.",strength,0.987,none,0.750,false,false,false,test-0123abcd,2024-02-02⏎
        newtown.pdf,Newtown,send_2023,2024-02-29,2,10,31,Main findings,Plans take 18 months.,weakness,0.610,ehc_plans;timeliness_access,0.800;0.555,true,true,false,test-0123abcd,2024-02-02⏎
        newtown.pdf,Newtown,send_2023,2024-02-29,,,,What next > Plans,"'=HYPERLINK(""http://x"")",neutral,1.000,none,0.750,false,false,false,test-0123abcd,2024-02-02⏎
        "#);
    }
}
