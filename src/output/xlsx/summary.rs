//! The summary: themes by polarity, counted by formulas over the findings, and a chart of them.

use rust_xlsxwriter::{
    Chart, ChartAxisCrossing, ChartFont, ChartFormat, ChartLegendPosition, ChartLine, ChartPatternFill,
    ChartPatternFillType, ChartSolidFill, ChartType, Color, DataValidation, Format, Formula, Worksheet, XlsxError,
    utility::column_number_to_name,
};

use crate::taxonomy::Polarity;

use super::super::counts::Counts;
use super::Counted;
use super::cells;
use super::findings::{self, BOILERPLATE, FIRST_THEME, NEEDS_REVIEW, POLARITY, SENTENCE};
use super::styles::{self, Styles};

const NAME: &str = "Summary";
/// The row of the cell that asks for boilerplate, counted from zero.
const CHOICE: u32 = 6;
/// The row that names the table's columns.
const HEAD: u32 = 8;
const FIRST: u32 = HEAD + 1;
/// The column of the sum, after the polarities.
const SUM: u16 = 1 + Polarity::ALL.len() as u16;
const TO_CHECK: u16 = SUM + 1;

const NOTES: [&str; 5] = [
    "Every number on this sheet counts rows of the sheet Findings and follows when you correct a label there.",
    "A sentence with several themes counts under each of them, so the themes add up to more than all sentences.",
    "Boilerplate stands word for word in another letter of the batch too, so it says little about one area.",
    "To check: the model is unsure. Read those sentences in Findings before you quote a count.",
    "The model errs: a count of its labels is an estimate. `lettermark model show` says how often it was right.",
];

/// The whole sheet. `last_row` is the last of the findings, counted from zero.
pub(super) fn sheet(
    styles: &Styles,
    themes: &[String],
    counted: &Counted,
    letters: usize,
    last_row: u32,
) -> Result<Worksheet, XlsxError> {
    let mut summary = Summary { sheet: Worksheet::new(), styles, last_row };
    summary.top(counted, letters)?;
    let last = summary.table(themes, counted)?;
    for (row, note) in (last + 2..).zip(NOTES) {
        summary.sheet.write_string_with_format(row, 0, note, &styles.note)?;
    }
    let chart = chart(themes.len() as u32);
    summary.sheet.insert_chart(1, TO_CHECK + 2, &chart)?;
    Ok(summary.sheet)
}

struct Summary<'a> {
    sheet: Worksheet,
    styles: &'a Styles,
    last_row: u32,
}

impl Summary<'_> {
    fn top(&mut self, counted: &Counted, letters: usize) -> Result<(), XlsxError> {
        self.sheet.set_name(NAME)?.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 1);
        self.sheet.set_column_width(0, 28)?;
        for column in 1..=TO_CHECK {
            self.sheet.set_column_width(column, 12)?;
        }
        self.sheet.write_string_with_format(0, 0, "Findings by theme and polarity", &self.styles.title)?;
        self.label(2, "Letters")?;
        self.sheet.write_number_with_format(2, 1, letters as f64, &self.styles.count)?;
        self.label(3, "Sentences")?;
        let sentences = format!("=COUNTA({})", self.range(SENTENCE));
        self.formula(3, 1, &sentences, counted.sentences, &self.styles.count)?;
        self.label(4, "of these boilerplate")?;
        let boilerplate = format!("=COUNTIF({},\"yes\")", self.range(BOILERPLATE));
        self.formula(4, 1, &boilerplate, counted.all.boilerplate, &self.styles.count)?;
        self.label(CHOICE, "Count boilerplate too?")?;
        self.sheet.write_string_with_format(CHOICE, 1, "no", &self.styles.choice)?;
        self.sheet.write_string_with_format(
            CHOICE,
            2,
            "yes or no; the table and the chart follow",
            &self.styles.note.clone().set_indent(1),
        )?;
        let choice = DataValidation::new()
            .allow_list_strings(&["yes", "no"])?
            .set_error_title("Yes or no")?
            .set_error_message("Write yes to count boilerplate too, no to leave it out.")?;
        self.sheet.add_data_validation(CHOICE, 1, CHOICE, 1, &choice)?;
        Ok(())
    }

    /// The table; gives its last row, counted from zero.
    fn table(&mut self, themes: &[String], counted: &Counted) -> Result<u32, XlsxError> {
        self.sheet.write_string_with_format(HEAD, 0, "Theme", &self.styles.head)?;
        for (column, polarity) in (1..).zip(Polarity::ALL) {
            let format = self.styles.number_head(Some(polarity));
            self.sheet.write_string_with_format(HEAD, column, polarity.id(), &format)?;
        }
        let format = self.styles.number_head(None);
        self.sheet.write_string_with_format(HEAD, SUM, "sentences", &format)?;
        self.sheet.write_string_with_format(HEAD, TO_CHECK, "to check", &format)?;
        let mut row = FIRST;
        for theme in order(&counted.by_theme) {
            self.sheet.write_string_with_format(row, 0, cells::text(&themes[theme]), &self.styles.wrapped)?;
            let of_theme = format!("{},\"<>\",", self.range(FIRST_THEME + theme as u16));
            self.counts(row, &of_theme, &counted.by_theme[theme], &self.styles.count)?;
            row += 1;
        }
        self.sheet.write_string_with_format(row, 0, "all sentences", &self.styles.total)?;
        self.counts(row, "", &counted.all, &self.styles.total)?;
        Ok(row)
    }

    /// A row of counts over the findings that `condition` picks: pairs of range and criterion, or none.
    fn counts(&mut self, row: u32, condition: &str, counts: &Counts, format: &Format) -> Result<(), XlsxError> {
        // "<>" is every cell that is not empty.
        let boilerplate = format!("{},IF($B${}=\"yes\",\"<>\",\"<>yes\")", self.range(BOILERPLATE), CHOICE + 1);
        for (column, count) in (1..).zip(counts.polarity) {
            let head = format!("{}${}", column_number_to_name(column), HEAD + 1);
            let formula = format!("=COUNTIFS({condition}{},{head},{boilerplate})", self.range(POLARITY));
            self.formula(row, column, &formula, count, format)?;
        }
        let all = format!("=COUNTIFS({condition}{boilerplate})");
        self.formula(row, SUM, &all, counts.total(), format)?;
        let to_check = format!("=COUNTIFS({condition}{},\"yes\",{boilerplate})", self.range(NEEDS_REVIEW));
        self.formula(row, TO_CHECK, &to_check, counts.to_check, format)
    }

    fn label(&mut self, row: u32, text: &str) -> Result<(), XlsxError> {
        self.sheet.write_string_with_format(row, 0, text, &self.styles.text).map(|_| ())
    }

    fn formula(
        &mut self,
        row: u32,
        column: u16,
        formula: &str,
        result: usize,
        format: &Format,
    ) -> Result<(), XlsxError> {
        let formula = Formula::new(formula).set_result(result.to_string());
        self.sheet.write_formula_with_format(row, column, formula, format).map(|_| ())
    }

    /// A column of the findings, without its head.
    fn range(&self, column: u16) -> String {
        let name = column_number_to_name(column);
        format!("{}!${name}$2:${name}${}", findings::NAME, self.last_row + 1)
    }
}

/// Themes by how often they occur, as the table on a terminal has them; the last one, which is none, stays last.
fn order(by_theme: &[Counts]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..by_theme.len()).collect();
    order.sort_by_key(|&i| (i + 1 == by_theme.len(), std::cmp::Reverse(by_theme[i].total())));
    order
}

/// Stacked bars of what is credited and faulted. Neutral sentences say neither and would dwarf the rest.
fn chart(themes: u32) -> Chart {
    let mut chart = Chart::new(ChartType::BarStacked);
    chart.set_width(760).set_height(520);
    let bars = [
        (Polarity::Strength, None),
        (Polarity::Mixed, Some(ChartPatternFillType::Dotted25Percent)),
        (Polarity::Weakness, Some(ChartPatternFillType::DiagonalStripesWideUpwards)),
    ];
    let last = FIRST + themes - 1;
    for (polarity, pattern) in bars {
        let column = 1 + polarity.index() as u16;
        let (ink, _) = styles::colours(polarity);
        let mut format = ChartFormat::new();
        match pattern {
            None => format.set_solid_fill(ChartSolidFill::new().set_color(ink)),
            Some(pattern) => format.set_pattern_fill(
                ChartPatternFill::new()
                    .set_pattern(pattern)
                    .set_foreground_color(ink)
                    .set_background_color(Color::White),
            ),
        };
        format.set_border(ChartLine::new().set_color(ink));
        chart
            .add_series()
            .set_name((NAME, HEAD, column))
            .set_categories((NAME, FIRST, 0, last, 0))
            .set_values((NAME, FIRST, column, last, column))
            .set_format(&mut format)
            .set_overlap(100)
            .set_gap(50);
    }
    chart.title().set_name("What is credited and faulted, by theme").set_font(ChartFont::new().set_size(14));
    // The axis of a bar chart's themes goes upwards; reversed, they stand in the table's order, and the numbers would
    // stand above them if they did not cross at the last.
    chart.y_axis().set_reverse().set_crossing(ChartAxisCrossing::Max);
    chart.x_axis().set_name("Sentences");
    chart.legend().set_position(ChartLegendPosition::Bottom);
    chart.set_alt_text(
        "Stacked bars: for each theme, how many sentences are a strength, mixed or a weakness. \
        The table beside it has the numbers.",
    );
    chart
}
