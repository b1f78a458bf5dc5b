//! Finding sentences in a text of which only the hash is known.
//!
//! A hash cannot be undone, so every span that could be a sentence is hashed: a text is cut wherever some splitter might
//! have cut it (at line ends, after `.!?:;`, after a number that opens a line), and up to some dozen of the pieces in a
//! row are tried together.

use std::collections::HashSet;
use std::ops::Range;

use super::hash::{Running, letters_and_digits};

/// No sentence has more letters and digits than this, in bytes.
const LONGEST: usize = 1500;

/// The first span of `text`, in bytes, for each of the hashes in `wanted` that occurs, in order of their starts.
pub(super) fn find(text: &str, wanted: &HashSet<u64>) -> Vec<(u64, Range<usize>)> {
    let pieces: Vec<(Range<usize>, String)> = pieces(text)
        .into_iter()
        .map(|span| (span.clone(), letters_and_digits(&text[span])))
        .filter(|(_, kept)| !kept.is_empty())
        .collect();
    let mut missing = wanted.clone();
    let mut found = Vec::new();
    for (i, (first, _)) in pieces.iter().enumerate() {
        let mut hash = Running::default();
        let mut length = 0;
        for (last, kept) in &pieces[i..] {
            length += kept.len();
            if length > LONGEST || missing.is_empty() {
                break;
            }
            hash.push(kept);
            if missing.remove(&hash.value()) {
                found.push((hash.value(), first.start..last.end));
            }
        }
    }
    found
}

/// Where a splitter might cut a text, as the spans between the cuts, without white space around them.
fn pieces(text: &str) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut opening_number = true;
    let mut cut = |start: &mut usize, end: usize| {
        let piece = &text[*start..end];
        let from = *start + (piece.len() - piece.trim_start().len());
        let to = *start + piece.trim_end().len();
        if from < to {
            pieces.push(from..to);
        }
        *start = end;
    };
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        match c {
            '\n' | '\u{c}' => {
                cut(&mut start, end);
                opening_number = true;
            }
            '.' | '!' | '?' | ':' | ';' | '•' | '■' | '\u{f06e}' | '\u{f0b7}' => cut(&mut start, end),
            _ if c.is_whitespace() && opening_number && text[start..at].bytes().any(|b| b.is_ascii_digit()) => {
                cut(&mut start, end);
            }
            _ if !c.is_whitespace() && !c.is_ascii_digit() => opening_number = false,
            _ => {}
        }
    }
    cut(&mut start, text.len());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::hash::value;

    fn found(text: &str, sentences: &[&str]) -> Vec<String> {
        let wanted = sentences.iter().map(|s| value(s)).collect();
        find(text, &wanted).into_iter().map(|(_, span)| text[span].to_owned()).collect()
    }

    #[test]
    fn sentences_are_found_whatever_splits_them() {
        let text =
            "Main findings\n16 Leaders use data, e.g. on\nwaiting times. Visits: none.\n\n17. Plans are clear.\n";
        for (sentence, span) in [
            ("Leaders use data, e.g. on waiting times.", "Leaders use data, e.g. on\nwaiting times."),
            ("Visits: none. 17.", "Visits: none.\n\n17."),
            ("Plans are clear", "Plans are clear."),
            ("Main findings 16 Leaders use data, e.g. on", "Main findings\n16 Leaders use data, e.g. on"),
        ] {
            assert_eq!(found(text, &[sentence]), [span], "{sentence}");
        }
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        assert!(found("Plans are clear.", &["Plans are not clear."]).is_empty());
        assert!(found("", &["Plans are clear."]).is_empty());
        assert_eq!(found("Good. Good.", &["Good."]), ["Good."]);
    }
}
