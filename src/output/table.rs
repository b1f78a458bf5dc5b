//! The table that a person reads on a terminal.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::finding::{Finding, LetterFindings};
use crate::ingest::Facts;
use crate::taxonomy::Polarity;

use super::counts::{Counts, Totals};

/// How a table is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableStyle {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether to write colours. They repeat what sign and word say.
    pub colour: bool,
}

impl Default for TableStyle {
    fn default() -> Self {
        TableStyle { width: 100, colour: false }
    }
}

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// Sign, word and the mark for doubt, with the space after them: `+ strength ?  `.
const LABEL_WIDTH: usize = 14;
/// The longest line of themes that does not wrap; the default taxonomy's identifiers fit.
const THEMES_WIDTH: usize = 20;
const PAGE_WIDTH: usize = 6;
/// Below this a sentence would be a column of single words; a narrower terminal wraps the line itself.
const MIN_SENTENCE_WIDTH: usize = 24;

/// One letter: what it says of itself, its sentences under their headings, the counts.
pub(super) fn letter(letter: &LetterFindings, style: TableStyle) -> String {
    let mut table = Table { out: String::new(), style };
    table.title(&letter.name, &letter.facts);
    table.sentences(&letter.findings);
    table.summary(&letter.findings);
    table.out
}

struct Table {
    out: String,
    style: TableStyle,
}

impl Table {
    fn title(&mut self, name: &str, facts: &Facts) {
        self.line(BOLD, &printable(name));
        let known = [
            facts.authority.clone(),
            Some(facts.framework.id().to_owned()).filter(|id| !id.is_empty()),
            facts.published.as_ref().map(|date| format!("published {date}")),
            facts.outcome.clone(),
        ];
        let known: Vec<String> = known.into_iter().flatten().map(|fact| printable(&fact)).collect();
        if !known.is_empty() {
            self.line(Style::new(), &known.join(" · "));
        }
        for (judgement, grade) in &facts.grades {
            self.line(Style::new(), &format!("{}: {}", printable(judgement), printable(grade)));
        }
    }

    fn sentences(&mut self, findings: &[Finding]) {
        let pages = findings.iter().any(|f| f.page.is_some());
        let mut heading = "";
        for (i, finding) in findings.iter().enumerate() {
            if i == 0 || finding.heading != heading {
                heading = &finding.heading;
                self.out.push('\n');
                if !heading.is_empty() {
                    self.line(BOLD, &printable(heading));
                }
            }
            self.sentence(finding, pages);
        }
    }

    fn sentence(&mut self, finding: &Finding, pages: bool) {
        let page_width = if pages { PAGE_WIDTH } else { 0 };
        let beside = LABEL_WIDTH + 2 + THEMES_WIDTH + page_width;
        let width = self.style.width.saturating_sub(beside).max(MIN_SENTENCE_WIDTH);
        let sentence = wrap(&printable(&finding.sentence), width);
        let themes: Vec<String> = remarks(finding).flat_map(|remark| wrap(&printable(remark), THEMES_WIDTH)).collect();
        for row in 0..sentence.len().max(themes.len()) {
            let label = match row {
                0 => format!("{} {:<8} {}", polarity_sign(finding.polarity), finding.polarity, doubt(finding)),
                _ => String::new(),
            };
            let mut line = self.styled(colour(finding.polarity), &label);
            line += &" ".repeat(LABEL_WIDTH.saturating_sub(label.width()));
            line += &pad(sentence.get(row).map_or("", String::as_str), width + 2);
            line += &pad(themes.get(row).map_or("", String::as_str), THEMES_WIDTH);
            if let (0, Some(page)) = (row, finding.page) {
                let _ = write!(line, "{:>PAGE_WIDTH$}", format!("p. {page}"));
            }
            self.out.push_str(line.trim_end());
            self.out.push('\n');
        }
    }

    /// Themes down, polarities across, and how many of each row a person should look at.
    fn summary(&mut self, findings: &[Finding]) {
        let totals = Totals::of(findings);
        let all = totals.all;
        self.out.push('\n');
        let head: String = Polarity::ALL.iter().map(|p| format!("{:>10}", p.id())).collect();
        self.line(BOLD, &format!("{:<22}{head}{:>10}", "theme", "to check"));
        for (theme, counts) in totals.themes() {
            self.line(Style::new(), &row(&printable(theme), &counts));
        }
        self.line(BOLD, &row("all counted", &all));
        self.line(DIM, "A sentence with several themes counts under each of them.");
        if all.to_check > 0 {
            self.line(DIM, "\"to check\" and the ? beside a label: the model is unsure, read it before you count it.");
        }
        if all.boilerplate > 0 {
            let n = all.boilerplate;
            self.line(
                DIM,
                &format!("{n} more stand word for word in another letter too (boilerplate), and are not counted."),
            );
        }
        self.out.push('\n');
    }

    fn line(&mut self, style: Style, text: &str) {
        let text = self.styled(style, text);
        self.out.push_str(&text);
        self.out.push('\n');
    }

    fn styled(&self, style: Style, text: &str) -> String {
        match self.style.colour && style != Style::new() && !text.is_empty() {
            true => format!("{style}{text}{style:#}"),
            false => text.to_owned(),
        }
    }
}

fn row(name: &str, counts: &Counts) -> String {
    let numbers: String = counts.polarity.iter().map(|n| format!("{n:>10}")).collect();
    format!("{}{numbers}{:>10}", pad(name, 22), counts.to_check)
}

/// Themes, one a line, then what else the reader must know of the sentence.
fn remarks(finding: &Finding) -> impl Iterator<Item = &str> {
    let boilerplate = finding.boilerplate.then_some("(boilerplate)");
    let truncated = finding.truncated.then_some("(end not read)");
    finding.themes.iter().map(String::as_str).chain(boilerplate).chain(truncated)
}

/// The sign that stands for a polarity where colour must not be the only mark.
pub fn polarity_sign(polarity: Polarity) -> char {
    match polarity {
        Polarity::Strength => '+',
        Polarity::Weakness => '−',
        Polarity::Mixed => '±',
        Polarity::Neutral => '·',
    }
}

fn colour(polarity: Polarity) -> Style {
    match polarity {
        Polarity::Strength => AnsiColor::Green.on_default(),
        Polarity::Weakness => AnsiColor::Red.on_default(),
        Polarity::Mixed => AnsiColor::Yellow.on_default(),
        Polarity::Neutral => DIM,
    }
}

fn doubt(finding: &Finding) -> char {
    if finding.needs_review { '?' } else { ' ' }
}

/// Text of one line without what a terminal would act on: control characters and marks that turn the writing direction.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|&c| !steers(c)).collect()
}

/// As [`printable`], with its lines and tabs kept.
pub fn printable_lines(text: &str) -> String {
    text.chars().filter(|&c| matches!(c, '\n' | '\t') || !steers(c)).collect()
}

/// Whether a terminal acts on the character instead of showing it.
fn steers(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn pad(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(missing))
}

/// Breaks text between words into lines of at most `width` columns; a longer word is cut.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ').filter(|w| !w.is_empty()) {
        let space = usize::from(used > 0);
        if used + space + word.width() > width && used > 0 {
            lines.push(String::new());
            used = 0;
        } else if space > 0 {
            lines.last_mut().expect("never empty").push(' ');
            used += 1;
        }
        for c in word.chars() {
            let columns = c.width().unwrap_or(0);
            if used + columns > width && used > 0 {
                lines.push(String::new());
                used = 0;
            }
            lines.last_mut().expect("never empty").push(c);
            used += columns;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::sample;

    #[test]
    fn a_letter_reads_without_colour() {
        insta::assert_snapshot!(letter(&sample::letter(), TableStyle { width: 90, colour: false }), @r#"
        newtown.pdf
        Newtown · send_2023 · published 2024-02-29 · systemic failings

        Main findings
        + strength    Parents, carers and "young people" are listened   none                  p. 2
                      to.
        − weakness ?  Plans take 18 months.                             ehc_plans             p. 2
                                                                        timeliness_access
                                                                        (boilerplate)

        What next > Plans
        · neutral     =HYPERLINK("http://x")                            none

        theme                   strength  weakness     mixed   neutral  to check
        none                           1         0         0         1         0
        all counted                    1         0         0         1         0
        A sentence with several themes counts under each of them.
        1 more stand word for word in another letter too (boilerplate), and are not counted.
        "#);
    }

    #[test]
    fn colour_changes_nothing_but_the_escapes() {
        let coloured = letter(&sample::letter(), TableStyle { width: 90, colour: true });
        assert!(coloured.contains("\u{1b}[32m"), "strengths are green");
        let plain = letter(&sample::letter(), TableStyle { width: 90, colour: false });
        let stripped: Vec<String> =
            anstream::adapter::strip_str(&coloured).to_string().lines().map(|l| l.trim_end().into()).collect();
        assert_eq!(stripped, plain.lines().collect::<Vec<_>>());
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let mut long = sample::letter();
        long.findings[0].sentence = format!("{} 図書館図書館図書館図書館 end of it", "W".repeat(130));
        for width in [80, 100, 140] {
            for line in letter(&long, TableStyle { width, colour: false }).lines() {
                assert!(line.width() <= width.max(90), "{width}: {line}");
            }
        }
    }

    #[test]
    fn a_letter_cannot_steer_the_terminal() {
        let mut hostile = sample::letter();
        hostile.name = "a\u{1b}[2J\u{7}.pdf".into();
        hostile.findings[0].sentence = "One\u{1b}]0;owned\u{7} two\u{9b}31m \u{202E}three.".into();
        let table = letter(&hostile, TableStyle::default());
        assert!(table.chars().all(|c| c == '\n' || !c.is_control()), "{table:?}");
        assert!(!table.contains('\u{202E}'));
    }

    #[test]
    fn lines_stay_lines_where_a_whole_text_is_printed() {
        assert_eq!(printable_lines("a\tb\r\n\u{1b}[2Jc\u{9b}d\u{202E}e\n"), "a\tb\n[2Jcde\n");
    }

    #[test]
    fn text_wraps_between_words_and_long_words_are_cut() {
        for (text, width, lines) in [
            ("a bc def", 4, vec!["a bc", "def"]),
            ("abcdefgh i", 3, vec!["abc", "def", "gh", "i"]),
            ("", 3, vec![""]),
            ("日本語", 4, vec!["日本", "語"]),
        ] {
            assert_eq!(wrap(text, width), lines, "{text:?}");
        }
    }
}
