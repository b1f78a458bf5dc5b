//! The sheet that says what to know before quoting.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::super::{About, PROGRAM};
use super::cells;
use super::findings::COLUMNS;
use super::styles::Styles;

const NEEDS_REVIEW: &str = "A finding needs review where its polarity's score is under the bound that the model was \
    calibrated with, on letters that it was not trained on: there it errs more often than elsewhere. Read those sentences \
    in Findings (filter the column Needs review for yes) before you count them.";
const SCORES: &str = "`lettermark model show` prints how the model scored on letters that it was not trained on; \
    `lettermark classify … --counts-by LABELS` corrects counts by what the model confuses.";
const COUNTS: &str = "The sheet Letters counts what is not boilerplate, as it was when this file was written. The sheet Summary \
    leaves boilerplate out unless you ask for it, and its numbers are formulas: they follow when you correct a polarity, a \
    theme's column (empty for no) or the column Boilerplate in Findings.";
const THEMES: &str = "Each theme has a column at the right of Findings: empty where the sentence is not about it, else how \
    likely the model holds the theme to be, from 0 to 1. Filter it for what is not empty to read a theme.";

/// Widths of the two columns, in characters.
const NAMES: f64 = 34.0;
const TEXTS: f64 = 106.0;

/// The whole sheet. `letters` is how many were read.
pub(super) fn sheet(styles: &Styles, about: &About, letters: usize, unread: &[String]) -> Result<Worksheet, XlsxError> {
    let taxonomy = &about.taxonomy;
    let mut rows = Rows { sheet: Worksheet::new(), styles, next: 2 };
    rows.sheet.set_name("About")?.set_column_width(0, NAMES)?.set_column_width(1, TEXTS)?;
    rows.sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    rows.sheet.write_string_with_format(0, 0, "About this workbook", &styles.title)?;
    rows.pair("Written by", &format!("{PROGRAM}, `lettermark classify`"))?;
    rows.pair("Model", &about.model)?;
    rows.pair("Taxonomy", &format!("{} {}", taxonomy.name, taxonomy.version))?;
    rows.pair("Letters read", &letters.to_string())?;
    rows.pair("Could not be read", &unread.len().to_string())?;
    for line in unread {
        rows.pair("", line)?;
    }
    rows.head("How to read it")?;
    rows.pair(
        "What it is",
        "What a model says of each sentence, not what a person judged. It errs; read before you quote.",
    )?;
    rows.pair("How often it is right", SCORES)?;
    rows.pair("Needs review", NEEDS_REVIEW)?;
    rows.pair("Counts", COUNTS)?;
    rows.pair("Columns of themes", THEMES)?;
    rows.head("Columns of Findings")?;
    for column in &COLUMNS {
        rows.pair(column.head, column.holds)?;
    }
    rows.head("Themes")?;
    for theme in &taxonomy.themes {
        rows.pair(&format!("{} ({})", theme.name, theme.id), &theme.definition)?;
    }
    Ok(rows.sheet)
}

struct Rows<'a> {
    sheet: Worksheet,
    styles: &'a Styles,
    next: u32,
}

impl Rows<'_> {
    fn head(&mut self, text: &str) -> Result<(), XlsxError> {
        self.next += 1;
        self.sheet.write_string_with_format(self.next, 0, text, &self.styles.head)?;
        self.sheet.write_blank(self.next, 1, &self.styles.head)?;
        self.next += 1;
        Ok(())
    }

    fn pair(&mut self, name: &str, text: &str) -> Result<(), XlsxError> {
        self.sheet.set_row_height(self.next, cells::height(&[(name, NAMES), (text, TEXTS)]))?;
        self.sheet.write_string_with_format(self.next, 0, cells::text(name), &self.styles.wrapped)?;
        self.sheet.write_string_with_format(self.next, 1, cells::text(text), &self.styles.wrapped)?;
        self.next += 1;
        Ok(())
    }
}
