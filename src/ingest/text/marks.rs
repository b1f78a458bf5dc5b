//! Marks at the start of a line: bullets and paragraph numbers.

/// What stands before the text of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// A bullet.
    Bullet(char),
    /// The number of a paragraph or list item.
    Number(u32),
}

/// Bullets of a list: word processors' and PDF's, the private-use ones of Wingdings and Symbol included.
const MAJOR: [char; 20] = [
    '■', '◼', '▪', '•', '●', '◾', '*', '+', '➢', '❖', '\u{F06E}', '\u{F0A7}', '\u{F0B7}', '\u{F0BE}', '\u{F0D8}',
    '\u{F0FC}', '\u{F0A8}', '\u{F071}', '\u{F076}', '\u{F0A3}',
];
/// Bullets that mark the inner list where both kinds stand in one.
const MINOR: [char; 10] = ['-', '–', '—', '−', '─', '―', '\u{336}', '◦', '○', '\u{F02D}'];

/// The mark of `line` and the text after it, which is empty where the mark stands alone.
pub(super) fn mark(line: &str) -> Option<(Mark, &str)> {
    let mut chars = line.chars();
    let first = chars.next()?;
    let rest = chars.as_str();
    let spaced = rest.is_empty() || rest.starts_with(char::is_whitespace);
    let glued = !first.is_ascii() && !matches!(first, '–' | '—' | '−') && is_bullet(first);
    if is_bullet(first) && (spaced || glued) {
        return Some((Mark::Bullet(first), rest.trim_start()));
    }
    if first == 'o' && rest.starts_with(char::is_whitespace) && !rest.trim_start().is_empty() {
        return Some((Mark::Bullet('o'), rest.trim_start()));
    }
    number(line)
}

fn number(line: &str) -> Option<(Mark, &str)> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 || digits > 3 {
        return None;
    }
    let rest = line[digits..].strip_prefix(['.', ')'])?;
    let ok = rest.is_empty() || rest.starts_with(char::is_whitespace);
    ok.then(|| Some((Mark::Number(line[..digits].parse().ok()?), rest.trim_start())))?
}

fn is_bullet(c: char) -> bool {
    MAJOR.contains(&c) || MINOR.contains(&c)
}

/// The lists that are open, outermost first.
#[derive(Debug, Default)]
pub(super) struct Nesting(Vec<(char, usize)>);

impl Nesting {
    /// No list is open any more.
    pub(super) fn reset(&mut self) {
        self.0.clear();
    }

    /// The depth, from one, of an item with this bullet and indentation.
    ///
    /// Indentation decides where it differs. Where it does not (text taken out of a PDF has none), a bullet not seen
    /// before opens an inner list if the text before it announced one, or if it is a minor bullet under a major one.
    pub(super) fn depth(&mut self, bullet: char, indent: usize, announced: bool) -> u8 {
        while self.0.last().is_some_and(|&(_, outer)| outer > indent) {
            self.0.pop();
        }
        match self.0.iter().rposition(|&(b, i)| b == bullet && i == indent) {
            Some(at) => self.0.truncate(at + 1),
            None => {
                let inner = self.0.last().is_none_or(|&(top, outer)| {
                    indent > outer || announced || (MINOR.contains(&bullet) || bullet == 'o') && MAJOR.contains(&top)
                });
                if !inner {
                    while self.0.last().is_some_and(|&(_, outer)| outer >= indent) {
                        self.0.pop();
                    }
                }
                self.0.push((bullet, indent));
            }
        }
        u8::try_from(self.0.len()).unwrap_or(u8::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_told_from_text() {
        let cases = [
            ("- item", Some((Mark::Bullet('-'), "item"))),
            ("■  item", Some((Mark::Bullet('■'), "item"))),
            ("\u{F0A7}", Some((Mark::Bullet('\u{F0A7}'), ""))),
            ("•item", Some((Mark::Bullet('•'), "item"))),
            ("o item", Some((Mark::Bullet('o'), "item"))),
            ("16.", Some((Mark::Number(16), ""))),
            ("10. Looked after", Some((Mark::Number(10), "Looked after"))),
            ("-5 degrees", None),
            ("on time", None),
            ("2015. The", None),
            ("3.5% of", None),
            ("–hyphen", None),
        ];
        for (line, expected) in cases {
            assert_eq!(mark(line), expected, "{line:?}");
        }
    }

    #[test]
    fn depth_comes_from_indentation_or_from_the_bullet() {
        let mut by_indent = Nesting::default();
        assert_eq!([0, 0, 1, 1, 0].map(|i| by_indent.depth('-', i, false)), [1, 1, 2, 2, 1]);
        assert_eq!(by_indent.depth('■', 0, false), 1, "another bullet of the same list");
        let mut by_bullet = Nesting::default();
        let depths = [('■', false), ('–', true), ('–', false), ('■', false)].map(|(b, a)| by_bullet.depth(b, 0, a));
        assert_eq!(depths, [1, 2, 2, 1]);
    }
}
