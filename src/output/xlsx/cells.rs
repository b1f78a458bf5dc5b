//! What a cell may hold.

use std::borrow::Cow;

use rust_xlsxwriter::ExcelDateTime;
use unicode_width::UnicodeWidthStr;

use super::super::xml_text::allowed;

/// Excel's limit for a cell, in UTF-16 code units.
const MOST_UNITS: usize = 32_767;
const CUT: &str = " […] (cut: a cell holds no more)";

/// Text as a cell can hold it: without control characters, and cut where it is too long, which it then says.
pub(crate) fn text(text: &str) -> Cow<'_, str> {
    let text = allowed(text);
    // A UTF-16 text has at most as many units as the same text has bytes in UTF-8.
    if text.len() <= MOST_UNITS || text.encode_utf16().count() <= MOST_UNITS {
        return text;
    }
    let mut room = MOST_UNITS - CUT.encode_utf16().count();
    let fits = |c: &char| match room.checked_sub(c.len_utf16()) {
        Some(left) => {
            room = left;
            true
        }
        None => false,
    };
    let mut cut: String = text.chars().take_while(fits).collect();
    cut.push_str(CUT);
    cut.into()
}

/// The height, in points, of a row of wrapped texts, each with its column's width. It has to be said, because LibreOffice
/// does not fit rows when it opens a file.
pub(super) fn height(texts: &[(&str, f64)]) -> f64 {
    /// Of a line of text.
    const LINE: f64 = 15.0;
    /// Excel has no higher row.
    const MOST: f64 = 409.0;
    let most_lines = texts.iter().map(|&(text, width)| lines(text, width)).max().unwrap_or(1);
    (LINE * most_lines as f64).min(MOST)
}

/// How many lines a text takes in a cell of so many characters, broken between words. Most letters are narrower than the
/// digit that a column's width counts, so it is rarely too few.
fn lines(text: &str, width: f64) -> usize {
    let width = width as usize;
    let of_paragraph = |paragraph: &str| {
        let (mut lines, mut used) = (1, 0);
        for word in paragraph.split(' ').map(UnicodeWidthStr::width) {
            if used > 0 && used + 1 + word > width {
                (lines, used) = (lines + 1, 0);
            }
            used += word + usize::from(used > 0);
            // A word that is longer than a line is broken.
            lines += used.saturating_sub(1) / width;
            used = used.saturating_sub(1) % width + usize::from(used > 0);
        }
        lines
    };
    text.split('\n').map(of_paragraph).sum()
}

/// An ISO 8601 date as a spreadsheet counts it; `None` for what is none, and before 1900.
pub(super) fn date(iso: &str) -> Option<ExcelDateTime> {
    let mut parts = iso.split('-');
    let (year, month, day) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let date = ExcelDateTime::from_ymd(year, month, day).ok()?;
    (parts.next().is_none() && year >= 1900).then_some(date)
}

/// A score as a file holds it: three decimals, without the noise of a float that became a double.
pub(super) fn score(score: f32) -> f64 {
    (f64::from(score) * 1000.0).round() / 1000.0
}

/// A yes or no that needs no translation of TRUE and FALSE.
pub(super) fn yes_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_cut_at_the_limit_between_characters() {
        for long in ["a".repeat(40_000), "é".repeat(32_768), "😀".repeat(20_000), format!("a{}", "😀".repeat(20_000))]
        {
            let cut = text(&long);
            assert!(cut.encode_utf16().count() <= MOST_UNITS && cut.ends_with(CUT), "{}", cut.len());
            assert!(cut.encode_utf16().count() >= MOST_UNITS - 1);
        }
        let fits = "é".repeat(MOST_UNITS);
        assert_eq!(text(&fits), fits);
        assert_eq!(text("a\u{7}b"), "a\u{FFFD}b");
    }

    #[test]
    fn lines_are_counted_as_they_wrap() {
        for (text, count) in [
            ("", 1),
            ("ab cd", 1),
            ("ab cdef", 2),
            ("abcdefghijk l", 3),
            ("a\nb", 2),
            ("abcde f", 2),
            ("日本 a", 2),
            ("日本語", 2),
        ] {
            assert_eq!(lines(text, 5.0), count, "{text:?}");
        }
    }

    #[test]
    fn a_date_is_a_date_or_nothing() {
        assert!(date("2024-02-29").is_some());
        for no in ["2023-02-29", "2024-13-01", "1066-10-14", "2024-02", "2024-02-29-1", "soon", ""] {
            assert!(date(no).is_none(), "{no}");
        }
    }
}
