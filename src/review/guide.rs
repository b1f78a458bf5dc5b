//! The labelling guide beside the sentence: its rules, taken from `datasets/labelling-guide.md`.

/// The guide for the taxonomy inside the program.
const GUIDE: &str = include_str!("../../datasets/labelling-guide.md");

/// The guide, as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Guide {
    /// Each polarity's word, when it holds, examples.
    pub(super) polarities: Vec<Vec<Text>>,
    /// Hard cases, settled once.
    pub(super) cases: Vec<Text>,
    /// Subjects that could go to two themes, and where they go.
    pub(super) homes: Vec<Vec<Text>>,
}

/// A line of text.
pub(super) type Text = Vec<Piece>;

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) style: Style,
}

/// How a piece is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Emphasis,
    Strong,
    Code,
}

impl Guide {
    /// The guide inside the program.
    pub(super) fn built_in() -> Self {
        Guide::parse(GUIDE)
    }

    /// Reads the tables and the numbered cases of the guide.
    fn parse(text: &str) -> Self {
        let (polarity, themes) = text.split_once("\n## Themes").unwrap_or((text, ""));
        let case = |line: &str| {
            let (number, case) = line.split_once(". ")?;
            number.parse::<u32>().is_ok().then(|| pieces(case))
        };
        let subjects = themes.split_once("| subject |").map_or("", |(_, table)| table);
        Guide {
            polarities: rows(polarity).skip(1).collect(),
            cases: polarity.lines().filter_map(case).collect(),
            homes: rows(subjects).collect(),
        }
    }
}

/// The rows of a table in Markdown that are not the line under its head.
fn rows(text: &str) -> impl Iterator<Item = Vec<Text>> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    lines.filter(|line| !line.starts_with("--")).map(|line| line.split(" | ").map(pieces).collect())
}

/// A line with its `code`, *emphasis* and **strong** pieces.
fn pieces(line: &str) -> Text {
    const MARKS: [(&str, Style); 3] = [("**", Style::Strong), ("*", Style::Emphasis), ("`", Style::Code)];
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let marked = MARKS.iter().find_map(|&(mark, style)| {
            let (inside, after) = rest.strip_prefix(mark)?.split_once(mark)?;
            (!inside.is_empty()).then_some((inside, after, style))
        });
        match marked {
            Some((inside, after, style)) => {
                if !plain.is_empty() {
                    pieces.push(Piece { text: std::mem::take(&mut plain), style: Style::Plain });
                }
                pieces.push(Piece { text: inside.to_owned(), style });
                rest = after;
            }
            None => {
                plain.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    if !plain.is_empty() {
        pieces.push(Piece { text: plain, style: Style::Plain });
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomy::Polarity;

    fn plain(text: &Text) -> String {
        text.iter().map(|piece| piece.text.as_str()).collect()
    }

    #[test]
    fn the_guide_in_the_source_tree_is_read_whole() {
        let guide = Guide::built_in();
        let words: Vec<String> = guide.polarities.iter().map(|row| plain(&row[0])).collect();
        assert_eq!(words, Polarity::ALL.map(|p| p.id()));
        assert!(guide.polarities.iter().all(|row| row.len() == 3), "{:?}", guide.polarities);
        assert_eq!(guide.cases.len(), 17);
        assert!(plain(&guide.cases[0]).starts_with("Leaders know about a failing."));
        assert!(guide.homes.len() > 5 && guide.homes.iter().all(|row| row.len() == 2), "{:?}", guide.homes);
    }

    #[test]
    fn marks_become_styles_and_lone_marks_stay() {
        let piece = |text: &str, style| Piece { text: text.into(), style };
        assert_eq!(
            pieces("*Two.* A `mixed` one **and** 2 * 3"),
            [
                piece("Two.", Style::Emphasis),
                piece(" A ", Style::Plain),
                piece("mixed", Style::Code),
                piece(" one ", Style::Plain),
                piece("and", Style::Strong),
                piece(" 2 * 3", Style::Plain),
            ]
        );
        assert!(pieces("").is_empty());
    }
}
