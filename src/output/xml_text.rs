//! Text that may stand in an XML file.

use std::borrow::Cow;

/// Text in which a character that XML 1.0 does not allow has become U+FFFD, one for one, so that positions stay.
///
/// A carriage return becomes a space: XML readers would turn it into a line feed, or drop it before one.
pub(super) fn allowed(text: &str) -> Cow<'_, str> {
    let wrong = |c: char| (c.is_control() && !matches!(c, '\t' | '\n')) || matches!(c, '\u{FFFE}' | '\u{FFFF}');
    let right = |c: char| match c {
        '\r' => ' ',
        c if wrong(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    match text.contains(wrong) {
        true => text.chars().map(right).collect::<String>().into(),
        false => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_forbids_is_replaced_one_for_one() {
        assert_eq!(allowed("a\u{0}b\u{1b}\r\n\u{FFFF}\u{9b}"), "a\u{FFFD}b\u{FFFD} \n\u{FFFD}\u{FFFD}");
        assert!(matches!(allowed("tab\tand 😀 stay\n"), Cow::Borrowed(_)));
    }
}
