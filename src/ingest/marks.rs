//! Marks that open a line: bullets of any kind and the numbers of numbered paragraphs.

use super::layout::Line;

/// What a line opens with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// The mark of a list item.
    Bullet,
    /// The number of a paragraph.
    Number,
}

/// The mark that a line opens with, and the line without it.
pub(super) fn without_mark(line: &Line) -> (Option<Mark>, Line) {
    let mut rest = line.clone();
    let Some(first) = rest.words.first() else { return (None, rest) };
    let gap = rest.words.get(1).map_or(f32::INFINITY, |second| second.x0 - first.x1);
    let mut chars = first.text.chars();
    let mark = match chars.next() {
        Some(c) if is_bullet(c) => {
            let after = chars.as_str().to_owned();
            match after.is_empty() {
                true => drop(rest.words.remove(0)),
                false => rest.words[0].text = after,
            }
            return (Some(Mark::Bullet), rest);
        }
        // A dash or a round letter is a mark only where a gap follows that is wider than a space.
        Some('-' | '–' | '—' | '−' | '―' | 'o' | '*') if chars.as_str().is_empty() && gap > 0.5 * line.size => {
            Some(Mark::Bullet)
        }
        _ if is_number(&first.text) && rest.words.len() > 1 => Some(Mark::Number),
        _ => None,
    };
    if mark.is_some() {
        rest.words.remove(0);
    }
    (mark, rest)
}

/// Marks of lists that are nothing else; the last is a stroke that some fonts map their dash to.
const BULLETS: &str = "•◦▪▫■□◼◻●○◆◇‣⁃∙·➢➤►✓✔❖\u{336}";

/// Whether a character is a list mark; the private-use ones are those of Symbol and Wingdings.
pub(super) fn is_bullet(c: char) -> bool {
    BULLETS.contains(c) || ('\u{F000}'..='\u{F0FF}').contains(&c)
}

/// "7.", "16", "2.3", "(4)", "a)": at most three digits or one letter.
fn is_number(word: &str) -> bool {
    let core = word.trim_start_matches('(').trim_end_matches(['.', ')']);
    let closed = core.len() < word.len();
    let digits = !core.is_empty() && core.len() <= 5 && core.chars().all(|c| c.is_ascii_digit() || c == '.');
    let number = digits && core.split('.').all(|part| (1..=3).contains(&part.len())) && (closed || core.len() <= 2);
    let letter = closed && core.len() == 1 && core.chars().all(|c| c.is_ascii_lowercase());
    number || letter
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::layout::{lines, tests::set};

    #[test]
    fn marks_are_told_from_text() {
        let cases = [
            ("■", 90.0, Some(Mark::Bullet)),
            ("\u{F0A7}", 90.0, Some(Mark::Bullet)),
            ("o", 90.0, Some(Mark::Bullet)),
            ("–", 90.0, Some(Mark::Bullet)),
            ("–", 79.0, None),
            ("−", 90.0, Some(Mark::Bullet)),
            ("−", 79.0, None),
            ("\u{336}", 90.0, Some(Mark::Bullet)),
            ("16.", 98.0, Some(Mark::Number)),
            ("a)", 98.0, Some(Mark::Number)),
            ("16", 98.0, Some(Mark::Number)),
            ("2014.", 103.0, None),
            ("Plans", 103.0, None),
        ];
        for (mark, x, expected) in cases {
            let mut glyphs = set(mark, 70.0, 700.0, 12.0, false);
            glyphs.extend(set("are late.", x, 700.0, 12.0, false));
            let (found, rest) = without_mark(&lines(1, &glyphs)[0]);
            assert_eq!(found, expected, "{mark:?}");
            assert_eq!(rest.text() == "are late.", expected.is_some(), "{mark:?}");
        }
    }
}
