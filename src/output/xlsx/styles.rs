//! How cells look. The colours are those of the pages (`templates/look.css`), dark on light.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

use crate::taxonomy::Polarity;

/// Formats that cells share.
pub(super) struct Styles {
    /// A sheet's title.
    pub title: Format,
    /// The name of a column.
    pub head: Format,
    /// Text on one line.
    pub text: Format,
    /// A number that is no count, away from the text beside it.
    pub middle: Format,
    /// Text that wraps.
    pub wrapped: Format,
    /// The same for what a spreadsheet would run if it was typed: it stays text when the cell is edited.
    pub quoted: Format,
    /// A whole number.
    pub count: Format,
    /// The same in the row of totals.
    pub total: Format,
    /// A score from 0 to 1.
    pub score: Format,
    /// A day.
    pub date: Format,
    /// A cell that the reader may change.
    pub choice: Format,
    /// Remarks.
    pub note: Format,
    /// A link inside the workbook.
    pub link: Format,
}

/// The name of a column, in every workbook.
pub(crate) fn head() -> Format {
    Format::new()
        .set_align(FormatAlign::Top)
        .set_text_wrap()
        .set_bold()
        .set_background_color(Color::RGB(0xE6EFF8))
        .set_border_bottom(FormatBorder::Thin)
        .set_border_bottom_color(Color::RGB(0x1D5A96))
}

impl Default for Styles {
    fn default() -> Self {
        let top = || Format::new().set_align(FormatAlign::Top);
        let wrapped = || top().set_text_wrap();
        Styles {
            title: Format::new().set_bold().set_font_size(16),
            head: head(),
            text: top(),
            middle: top().set_align(FormatAlign::Center),
            wrapped: wrapped(),
            quoted: wrapped().set_quote_prefix(),
            count: top().set_num_format("#,##0"),
            total: top().set_num_format("#,##0").set_bold().set_border_top(FormatBorder::Thin),
            score: top().set_num_format("0.000").set_align(FormatAlign::Center),
            date: top().set_num_format("yyyy-mm-dd").set_align(FormatAlign::Left),
            choice: top()
                .set_bold()
                .set_background_color(Color::RGB(0xFBF2D8))
                .set_border(FormatBorder::Thin)
                .set_border_color(Color::RGB(0x735000)),
            note: Format::new().set_font_color(Color::RGB(0x515B66)),
            link: wrapped()
                .set_font_color(Color::RGB(0x1D5A96))
                .set_underline(rust_xlsxwriter::FormatUnderline::Single),
        }
    }
}

impl Styles {
    /// The name of a column of counts, above its numbers; that of a polarity with its sign.
    pub fn number_head(&self, polarity: Option<Polarity>) -> Format {
        let head = self.head.clone().set_align(FormatAlign::Right);
        match polarity {
            Some(polarity) => head.set_num_format(signed(polarity)),
            None => head,
        }
    }
}

/// How a polarity looks: its sign before the word, so that no colour is needed to tell it.
pub(super) fn polarity(polarity: Polarity) -> Format {
    let (ink, tint) = colours(polarity);
    Format::new().set_font_color(ink).set_background_color(tint).set_num_format(signed(polarity))
}

/// A number format that shows the sign before the word; the cell's value is the word alone.
fn signed(polarity: Polarity) -> String {
    format!("\"{} \"@", super::super::table::polarity_sign(polarity))
}

/// Ink and the tint under it.
pub(super) fn colours(polarity: Polarity) -> (Color, Color) {
    let (ink, tint) = match polarity {
        Polarity::Strength => (0x17693A, 0xE6F4EB),
        Polarity::Weakness => (0xA61B1B, 0xFCEBE9),
        Polarity::Mixed => (0x735000, 0xFBF2D8),
        Polarity::Neutral => (0x515B66, 0xF2F5F8),
    };
    (Color::RGB(ink), Color::RGB(tint))
}
