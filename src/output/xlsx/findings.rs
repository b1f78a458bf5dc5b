//! The sheet of findings: a row a sentence.

use rust_xlsxwriter::{ConditionalFormatCell, ConditionalFormatCellRule, Workbook, Worksheet, XlsxError};

use crate::finding::{Finding, would_run};
use crate::taxonomy::Polarity;

use super::cells;
use super::styles::{self, Styles};

/// The sheet's name, as formulas write it.
pub(super) const NAME: &str = "Findings";

/// A column: its head, its width in characters, what it holds.
pub(super) struct Column {
    pub head: &'static str,
    width: f64,
    pub holds: &'static str,
}

const fn column(head: &'static str, width: f64, holds: &'static str) -> Column {
    Column { head, width, holds }
}

/// The columns before those of the themes, in a reader's order. With the sheet of letters they hold all that the CSV holds.
pub(super) const COLUMNS: [Column; 16] = [
    column("Letter", 24.0, "The letter's file name (in the CSV: letter)."),
    column("Authority", 20.0, "The local area or authority, as the letter names it (authority)."),
    column("Published", 12.0, "When the letter was published (published)."),
    column("Page", 7.0, "The page on which the sentence begins, counted from one in the file (page)."),
    column("Heading", 36.0, "The headings above the sentence, outermost first (heading)."),
    column("Sentence", 70.0, "The sentence, as it stands in the letter (sentence)."),
    column("Polarity", 13.0, "What the sentence says: strength, weakness, mixed or neutral (polarity)."),
    column("Polarity score", 10.0, "How likely the model holds that polarity to be, from 0 to 1 (polarity_score)."),
    column("Themes", 26.0, "What it is about, the main theme first (themes)."),
    column("Needs review", 9.0, "Whether the model is unsure: read the sentence before you count it (needs_review)."),
    column("Boilerplate", 12.0, "Whether it stands word for word in another letter of the batch too (boilerplate)."),
    column("End not read", 9.0, "Whether the sentence was too long to be read to its end (truncated)."),
    column("Framework", 16.0, "The framework that was inspected under (framework)."),
    column("Start", 9.0, "Where the sentence begins in `lettermark text LETTER`, in characters from 0 (start)."),
    column("End", 9.0, "The character after its last (end)."),
    column("Model", 30.0, "The model that judged it: name and the start of its hash (model)."),
];

/// The places in [`COLUMNS`] that formulas use.
pub(super) const SENTENCE: u16 = 5;
pub(super) const POLARITY: u16 = 6;
const THEMES: u16 = 8;
pub(super) const NEEDS_REVIEW: u16 = 9;
pub(super) const BOILERPLATE: u16 = 10;
/// The column of the first theme.
pub(super) const FIRST_THEME: u16 = COLUMNS.len() as u16;

const THEME_WIDTH: f64 = 13.0;
const HEAD_HEIGHT: f64 = 32.0;
/// Two lines: file names and headings are long, the same for many rows, and may be cut.
const LEAST_HEIGHT: f64 = 30.0;
/// The sheet while rows come in, top down.
pub(super) struct FindingsSheet {
    sheet: Worksheet,
    next_row: u32,
    last_column: u16,
}

impl FindingsSheet {
    /// A sheet with the names of its columns.
    pub fn new(workbook: &mut Workbook, styles: &Styles, themes: &[String]) -> Result<Self, XlsxError> {
        let mut sheet = workbook.new_worksheet_with_constant_memory()?;
        sheet.set_name(NAME)?.set_freeze_panes(1, 0)?.set_row_height(0, HEAD_HEIGHT)?;
        sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
        for (place, column) in (0..).zip(&COLUMNS) {
            sheet.set_column_width(place, column.width)?;
            sheet.write_string_with_format(0, place, column.head, &styles.head)?;
        }
        for (place, theme) in (FIRST_THEME..).zip(themes) {
            sheet.set_column_width(place, THEME_WIDTH)?;
            sheet.write_string_with_format(0, place, cells::text(theme), &styles.head)?;
        }
        let last_column = FIRST_THEME + themes.len() as u16 - 1;
        Ok(FindingsSheet { sheet, next_row: 1, last_column })
    }

    /// The row that comes next, counted from zero.
    pub fn next_row(&self) -> u32 {
        self.next_row
    }

    /// Writes one finding. `places` are its themes' places among `names`.
    pub fn row(
        &mut self,
        styles: &Styles,
        names: &[String],
        finding: &Finding,
        places: &[usize],
    ) -> Result<(), XlsxError> {
        let themes: Vec<&str> = places.iter().map(|&i| names[i].as_str()).collect();
        let themes = themes.join("; ");
        let width = |column: u16| COLUMNS[usize::from(column)].width;
        let height = cells::height(&[(&finding.sentence, width(SENTENCE)), (&themes, width(THEMES))]);
        self.sheet.set_row_height(self.next_row, height.max(LEAST_HEIGHT))?;
        self.text(styles, 0, &finding.letter)?;
        self.text(styles, 1, finding.authority.as_deref().unwrap_or_default())?;
        self.published(styles, finding)?;
        self.number(styles, 3, finding.page.map(f64::from))?;
        self.text(styles, 4, &finding.heading)?;
        self.text(styles, SENTENCE, &finding.sentence)?;
        self.text(styles, POLARITY, finding.polarity.id())?;
        self.score(styles, 7, finding.polarity_score)?;
        self.text(styles, THEMES, &themes)?;
        self.text(styles, NEEDS_REVIEW, cells::yes_no(finding.needs_review))?;
        self.text(styles, BOILERPLATE, cells::yes_no(finding.boilerplate))?;
        self.text(styles, 11, cells::yes_no(finding.truncated))?;
        self.text(styles, 12, finding.framework)?;
        self.number(styles, 13, finding.span.map(|span| span.start as f64))?;
        self.number(styles, 14, finding.span.map(|span| span.end as f64))?;
        self.text(styles, 15, &finding.model)?;
        for (i, &place) in places.iter().enumerate() {
            let score = finding.theme_scores.get(i).copied().unwrap_or_default();
            self.score(styles, FIRST_THEME + place as u16, score)?;
        }
        self.next_row += 1;
        Ok(())
    }

    /// What needs to know the last row; gives that row, counted from zero.
    pub fn finish(&mut self) -> Result<u32, XlsxError> {
        // A sheet without findings has one empty row, so that every range has a cell.
        let last_row = (self.next_row - 1).max(1);
        self.sheet.autofilter(0, 0, last_row, self.last_column)?;
        // On paper, what is read: the other columns would make the print too small.
        self.sheet.set_print_area(0, 0, last_row, BOILERPLATE)?;
        for polarity in Polarity::ALL {
            let rule = ConditionalFormatCell::new()
                .set_rule(ConditionalFormatCellRule::EqualTo(polarity.id()))
                .set_format(styles::polarity(polarity));
            self.sheet.add_conditional_format(1, POLARITY, last_row, POLARITY, &rule)?;
        }
        Ok(last_row)
    }

    /// The finished sheet; an empty one stays behind.
    pub fn take(&mut self) -> Worksheet {
        std::mem::take(&mut self.sheet)
    }

    fn text(&mut self, styles: &Styles, column: u16, text: &str) -> Result<(), XlsxError> {
        if text.is_empty() {
            return Ok(());
        }
        let format = if would_run(text) { &styles.quoted } else { &styles.wrapped };
        self.sheet.write_string_with_format(self.next_row, column, cells::text(text), format).map(|_| ())
    }

    fn published(&mut self, styles: &Styles, finding: &Finding) -> Result<(), XlsxError> {
        let Some(published) = &finding.published else { return Ok(()) };
        match cells::date(published) {
            Some(date) => self.sheet.write_datetime_with_format(self.next_row, 2, date, &styles.date).map(|_| ()),
            None => self.text(styles, 2, published),
        }
    }

    fn number(&mut self, styles: &Styles, column: u16, number: Option<f64>) -> Result<(), XlsxError> {
        let Some(number) = number else { return Ok(()) };
        self.sheet.write_number_with_format(self.next_row, column, number, &styles.middle).map(|_| ())
    }

    fn score(&mut self, styles: &Styles, column: u16, score: f32) -> Result<(), XlsxError> {
        self.sheet.write_number_with_format(self.next_row, column, cells::score(score), &styles.score).map(|_| ())
    }
}
