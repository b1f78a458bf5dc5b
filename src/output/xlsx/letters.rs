//! The sheet of letters: what each says of itself, and its counts.

use rust_xlsxwriter::{Url, Worksheet, XlsxError};

use crate::finding::{LetterFindings, would_run};
use crate::ingest::Facts;
use crate::taxonomy::Polarity;

use super::super::counts::Counts;
use super::styles::Styles;
use super::{cells, findings};

const HEADS: [(&str, f64); 16] = [
    ("Letter", 34.0),
    ("Authority", 22.0),
    ("Framework", 16.0),
    ("Published", 12.0),
    ("Inspected from", 12.0),
    ("to", 12.0),
    ("Outcome", 26.0),
    ("Grades", 40.0),
    ("Counted", 11.0),
    ("Boilerplate, not counted", 14.0),
    ("strength", 12.0),
    ("weakness", 12.0),
    ("mixed", 12.0),
    ("neutral", 12.0),
    ("To check", 10.0),
    ("First row in Findings", 12.0),
];
const SENTENCES: u16 = 8;
const FIRST_POLARITY: u16 = 10;
const FIRST_ROW: u16 = 15;
/// Excel opens no sheet with more links.
const MOST_LINKS: usize = 65_000;

/// What the sheet says of one letter.
pub(super) struct LetterRow {
    name: String,
    facts: Facts,
    counts: Counts,
    /// Row of its first finding, counted from zero.
    first_row: Option<u32>,
}

impl LetterRow {
    /// What is kept of a letter once its findings are written.
    pub fn new(letter: &LetterFindings, counts: Counts, first_row: Option<u32>) -> Self {
        let (name, facts) = (letter.name.clone(), letter.facts.clone());
        LetterRow { name, facts, counts, first_row }
    }
}

/// The whole sheet.
pub(super) fn sheet(styles: &Styles, letters: &[LetterRow]) -> Result<Worksheet, XlsxError> {
    let mut sheet = Worksheet::new();
    sheet.set_name("Letters")?.set_freeze_panes(1, 1)?.set_row_height(0, 32)?;
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
    for (column, (head, width)) in (0..).zip(HEADS) {
        let format = match column < SENTENCES {
            true => styles.head.clone(),
            false => styles.number_head(head.parse::<Polarity>().ok()),
        };
        sheet.set_column_width(column, width)?;
        sheet.write_string_with_format(0, column, head, &format)?;
    }
    for (row, letter) in (1..).zip(letters) {
        write(&mut sheet, styles, row, letter)?;
    }
    sheet.autofilter(0, 0, (letters.len() as u32).max(1), HEADS.len() as u16 - 1)?;
    Ok(sheet)
}

fn write(sheet: &mut Worksheet, styles: &Styles, row: u32, letter: &LetterRow) -> Result<(), XlsxError> {
    let facts = &letter.facts;
    let (from, to) = facts.inspected.clone().unzip();
    let grades: Vec<String> = facts.grades.iter().map(|(judgement, grade)| format!("{judgement}: {grade}")).collect();
    let grades = grades.join("\n");
    let outcome = facts.outcome.as_deref().unwrap_or_default();
    let authority = facts.authority.as_deref().unwrap_or_default();
    let wrapped = [(0, letter.name.as_str()), (1, authority), (6, outcome), (7, &grades)];
    sheet.set_row_height(row, cells::height(&wrapped.map(|(column, text)| (text, HEADS[column].1))))?;
    text(sheet, styles, row, 0, &letter.name)?;
    text(sheet, styles, row, 1, authority)?;
    text(sheet, styles, row, 2, facts.framework.id())?;
    for (column, day) in (3..).zip([&facts.published, &from, &to]) {
        let day = day.as_deref().unwrap_or_default();
        match cells::date(day) {
            Some(date) => sheet.write_datetime_with_format(row, column, date, &styles.date).map(|_| ())?,
            None => text(sheet, styles, row, column, day)?,
        }
    }
    text(sheet, styles, row, 6, outcome)?;
    text(sheet, styles, row, 7, &grades)?;
    for (column, count) in (SENTENCES..).zip([letter.counts.total(), letter.counts.boilerplate]) {
        sheet.write_number_with_format(row, column, count as f64, &styles.count)?;
    }
    for (column, count) in (FIRST_POLARITY..).zip(letter.counts.polarity.into_iter().chain([letter.counts.to_check])) {
        sheet.write_number_with_format(row, column, count as f64, &styles.count)?;
    }
    if let Some(first) = letter.first_row {
        let number = (first + 1).to_string();
        match (row as usize) < MOST_LINKS {
            true => {
                let url = Url::new(format!("internal:{}!A{number}", findings::NAME)).set_text(number);
                sheet.write_url_with_format(row, FIRST_ROW, url, &styles.link)?
            }
            false => sheet.write_string_with_format(row, FIRST_ROW, number, &styles.text)?,
        };
    }
    Ok(())
}

fn text(sheet: &mut Worksheet, styles: &Styles, row: u32, column: u16, text: &str) -> Result<(), XlsxError> {
    if text.is_empty() {
        return Ok(());
    }
    let format = if would_run(text) { &styles.quoted } else { &styles.wrapped };
    sheet.write_string_with_format(row, column, cells::text(text), format).map(|_| ())
}
