//! A comparison as an Excel workbook: heat map, funnel, ledger, definitions.

use rust_xlsxwriter::{
    Color, ConditionalFormat2ColorScale, DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet,
    XlsxError,
};

use super::{Comparison, DatedBy, Entry, Funnel, Letter, Section, Visit, definitions};
use crate::error::{Error, ErrorKind, Result};
use crate::output::xlsx::{cell_text, head_format};

/// The first and the last colour of the heat map: nothing is faulted, all is.
const SCALE: (u32, u32) = (0x00FF_FFFF, 0x00D9_7A4E);

/// The workbook's bytes; the same comparison gives the same.
///
/// Text is written as text: no cell holds a formula.
///
/// # Errors
/// [`ErrorKind::Internal`] when the workbook cannot be put together, as where there are more rows than Excel holds.
pub fn xlsx(comparison: &Comparison) -> Result<Vec<u8>> {
    workbook(comparison).map_err(|e| {
        Error::new(ErrorKind::Internal, format!("the workbook could not be written: {e}; compare fewer letters"))
            .caused_by(e)
    })
}

fn workbook(comparison: &Comparison) -> std::result::Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    // The moment of writing would make each run's bytes differ.
    let properties = DocProperties::new()
        .set_title("Comparison of areas")
        .set_comment(
            "Written by lettermark. Judged by a model that errs: read the sentences before you quote a number.",
        )
        .set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?);
    workbook.set_properties(&properties);
    heat_map(workbook.add_worksheet(), comparison)?;
    funnel(workbook.add_worksheet(), comparison)?;
    if comparison.ledger.is_some() {
        ledger(workbook.add_worksheet(), comparison)?;
    }
    notes(workbook.add_worksheet(), comparison)?;
    workbook.save_to_buffer()
}

fn percent_format() -> Format {
    Format::new().set_num_format("0%")
}

/// The heads of a table, frozen, with filters.
fn head(sheet: &mut Worksheet, names: &[(&str, f64)], rows: u32) -> std::result::Result<(), XlsxError> {
    let format = head_format();
    for (column, (name, width)) in (0..).zip(names) {
        sheet.write_string_with_format(0, column, *name, &format)?;
        sheet.set_column_width(column, *width)?;
    }
    if let (Some(last), true) = (u16::try_from(names.len()).ok().and_then(|n| n.checked_sub(1)), rows > 0) {
        sheet.autofilter(0, 0, rows, last)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

/// Frameworks one under the other, areas down, themes across; a share, or how many sentences are too few for one.
fn heat_map(sheet: &mut Worksheet, comparison: &Comparison) -> std::result::Result<(), XlsxError> {
    sheet.set_name("Heat map")?;
    let mut names: Vec<(&str, f64)> =
        vec![("framework", 16.0), ("area", 28.0), ("letters", 8.0), ("judged", 8.0), ("all", 9.0)];
    names.extend(comparison.themes.iter().map(|theme| (theme.name.as_str(), 13.0)));
    let percent = percent_format();
    let few = Format::new().set_font_color(Color::RGB(0x0051_5B66)).set_align(FormatAlign::Right);
    let mut line = 0;
    for section in &comparison.sections {
        for row in &section.rows {
            line += 1;
            sheet.write_string(line, 0, section.framework)?;
            text(sheet, line, 1, &comparison.letters.areas[row.area].name)?;
            sheet.write_number(line, 2, row.letters.len() as f64)?;
            sheet.write_number(line, 3, f64::from(row.counts.all.judged()))?;
            for (column, tally) in (4..).zip(std::iter::once(&row.counts.all).chain(&row.counts.themes)) {
                match (tally.share(comparison.least), tally.judged()) {
                    (Some(share), _) => sheet.write_number_with_format(line, column, share, &percent)?,
                    (None, 0) => sheet.write_string_with_format(line, column, "–", &few)?,
                    (None, n) => sheet.write_string_with_format(line, column, format!("n = {n}"), &few)?,
                };
            }
        }
    }
    let last = u16::try_from(names.len() - 1).unwrap_or(u16::MAX);
    if line > 0 {
        let scale = ConditionalFormat2ColorScale::new()
            .set_minimum(rust_xlsxwriter::ConditionalFormatType::Number, 0)
            .set_maximum(rust_xlsxwriter::ConditionalFormatType::Number, 1)
            .set_minimum_color(Color::RGB(SCALE.0))
            .set_maximum_color(Color::RGB(SCALE.1));
        sheet.add_conditional_format(1, 4, line, last, &scale)?;
    }
    head(sheet, &names, line)?;
    sheet.set_row_height(0, 48)?;
    sheet.set_freeze_panes(1, 2)?;
    Ok(())
}

/// One row an area and theme with its limits.
fn funnel(sheet: &mut Worksheet, comparison: &Comparison) -> std::result::Result<(), XlsxError> {
    sheet.set_name("Funnel")?;
    let percent = Format::new().set_num_format("0.0%");
    let mut line = 0;
    for section in &comparison.sections {
        for theme in std::iter::once(None).chain((0..comparison.themes.len()).map(Some)) {
            let Some(funnel) = comparison.funnel(section, theme) else { continue };
            line = funnel_rows(sheet, comparison, section, theme, &funnel, line, &percent)?;
        }
    }
    let names = [
        ("framework", 16.0),
        ("theme", 24.0),
        ("area", 28.0),
        ("faulted", 9.0),
        ("judged", 9.0),
        ("share", 9.0),
        ("pooled share", 9.0),
        ("dispersion", 10.0),
        ("low 95%", 9.0),
        ("high 95%", 9.0),
        ("low 99.8%", 9.0),
        ("high 99.8%", 9.0),
        ("standing", 20.0),
    ];
    head(sheet, &names, line)
}

fn funnel_rows(
    sheet: &mut Worksheet,
    comparison: &Comparison,
    section: &Section,
    theme: Option<usize>,
    funnel: &Funnel,
    mut line: u32,
    percent: &Format,
) -> std::result::Result<u32, XlsxError> {
    for point in &funnel.points {
        line += 1;
        sheet.write_string(line, 0, section.framework)?;
        text(sheet, line, 1, theme.map_or("all", |theme| &comparison.themes[theme].name))?;
        text(sheet, line, 2, &comparison.letters.areas[point.observed.area].name)?;
        sheet.write_number(line, 3, f64::from(point.observed.faulted))?;
        sheet.write_number(line, 4, f64::from(point.observed.judged))?;
        sheet.write_number_with_format(line, 5, point.share, percent)?;
        sheet.write_number_with_format(line, 6, funnel.pooled, percent)?;
        sheet.write_number(line, 7, (funnel.dispersion * 100.0).round() / 100.0)?;
        let (inner, outer) = (point.limits.inner, point.limits.outer);
        for (column, limit) in (8..).zip([inner.0, inner.1, outer.0, outer.1]) {
            sheet.write_number_with_format(line, column, limit, percent)?;
        }
        sheet.write_string(line, 12, point.standing.words())?;
    }
    Ok(line)
}

/// One row a fault, with the three sentences of the later letter that are most like it.
fn ledger(sheet: &mut Worksheet, comparison: &Comparison) -> std::result::Result<(), XlsxError> {
    sheet.set_name("Ledger")?;
    let mut names = vec![
        ("area", 22.0),
        ("status", 14.0),
        ("what the letters say", 34.0),
        ("earlier letter", 24.0),
        ("earlier date", 11.0),
        ("page", 6.0),
        ("heading", 24.0),
        ("polarity", 10.0),
        ("themes", 22.0),
        ("sentence", 60.0),
        ("later letter", 24.0),
        ("later date", 11.0),
    ];
    for _ in 0..super::CANDIDATES {
        names.extend([
            ("similarity", 9.0),
            ("matches", 8.0),
            ("page", 6.0),
            ("heading", 24.0),
            ("polarity", 10.0),
            ("sentence", 60.0),
        ]);
    }
    let wrap = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let mut line = 0;
    for visit in comparison.ledger.iter().flat_map(|ledger| &ledger.visits) {
        for entry in &visit.entries {
            line += 1;
            ledger_row(sheet, comparison, visit, entry, line)?;
        }
    }
    for column in 0..u16::try_from(names.len()).unwrap_or(u16::MAX) {
        sheet.set_column_format(column, &wrap)?;
    }
    head(sheet, &names, line)
}

fn ledger_row(
    sheet: &mut Worksheet,
    comparison: &Comparison,
    visit: &Visit,
    entry: &Entry,
    line: u32,
) -> std::result::Result<(), XlsxError> {
    let (earlier, later) = (&comparison.letters.letters[visit.earlier], &comparison.letters.letters[visit.later]);
    let fault = &earlier.sentences[entry.sentence].finding;
    let date = |letter: &Letter| match &letter.dated {
        // A day alone sorts and filters; what is not the usual kind says so.
        Some(dated) if dated.by == DatedBy::Publication => dated.date.clone(),
        Some(dated) => dated.words(),
        None => String::new(),
    };
    let page = |page: Option<u32>| page.map(|page| page.to_string()).unwrap_or_default();
    let mut cells = vec![
        comparison.letters.areas[visit.area].name.clone(),
        entry.status.id().to_owned(),
        entry.status.words().to_owned(),
        earlier.name.clone(),
        date(earlier),
        page(fault.page),
        fault.heading.clone(),
        fault.polarity.to_string(),
        fault.themes.join("; "),
        fault.sentence.clone(),
        later.name.clone(),
        date(later),
    ];
    for candidate in &entry.candidates {
        let said = &later.sentences[candidate.sentence].finding;
        cells.extend([
            format!("{:.2}", candidate.similarity),
            if candidate.matches() { "yes" } else { "no" }.to_owned(),
            page(said.page),
            said.heading.clone(),
            said.polarity.to_string(),
            said.sentence.clone(),
        ]);
    }
    for (column, cell) in (0..).zip(&cells) {
        match cell.parse::<f64>() {
            Ok(number) if holds_number(column) => sheet.write_number(line, column, number)?,
            _ => text(sheet, line, column, cell)?,
        };
    }
    Ok(())
}

/// Pages and similarities: the sixth column, and the first and third of each candidate's six.
fn holds_number(column: u16) -> bool {
    column == 5 || column.checked_sub(12).is_some_and(|after| matches!(after % 6, 0 | 2))
}

fn notes(sheet: &mut Worksheet, comparison: &Comparison) -> std::result::Result<(), XlsxError> {
    sheet.set_name("Definitions")?;
    sheet.set_column_width(0, 20)?;
    sheet.set_column_width(1, 110)?;
    let (bold, wrap) = (Format::new().set_bold().set_align(FormatAlign::Top), Format::new().set_text_wrap());
    let mut rows: Vec<(String, String)> =
        definitions(comparison.least).into_iter().map(|(name, words)| (name.to_owned(), words)).collect();
    rows.extend(comparison.letters.warnings.iter().map(|warning| ("note".to_owned(), warning.to_string())));
    rows.push(("model".to_owned(), comparison.models()));
    rows.push(("lettermark".to_owned(), env!("CARGO_PKG_VERSION").to_owned()));
    for (line, (name, words)) in (0..).zip(&rows) {
        sheet.write_string_with_format(line, 0, name, &bold)?;
        sheet.write_string_with_format(line, 1, cell_text(words), &wrap)?;
    }
    Ok(())
}

/// A cell of text, as one can hold it.
fn text<'a>(
    sheet: &'a mut Worksheet,
    line: u32,
    column: u16,
    words: &str,
) -> std::result::Result<&'a mut Worksheet, XlsxError> {
    sheet.write_string(line, column, cell_text(words))
}
