//! A text as lines that know their page, and what of them is page furniture.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

/// A line that has text.
#[derive(Debug, Clone)]
pub(super) struct Line<'a> {
    /// The line without the space at either end.
    pub text: Cow<'a, str>,
    /// White space before it; a tab counts as four.
    pub indent: usize,
    /// Empty lines before it.
    pub blank_before: usize,
    /// The page it stands on, counted from one.
    pub page: u32,
    /// A footnote or the like: kept, but outside the flow.
    pub aside: bool,
}

/// The lines of a text.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    /// In reading order.
    pub lines: Vec<Line<'a>>,
    /// Whether the text has page breaks.
    pub paged: bool,
    /// Whether each paragraph stands on one line.
    pub unwrapped: bool,
    /// How many characters a full line holds; meaningless where `unwrapped`.
    pub width: usize,
}

/// Empty lines in a row that show where a page broke, in a text whose paragraphs stand on one line each.
const BLANKS_OF_A_PAGE_BREAK: usize = 4;

/// A line longer than this was not wrapped for a page.
const LONGEST_WRAPPED: usize = 160;

/// Splits `text` into lines, pages by form feeds or by clusters of empty lines, and takes page furniture out.
pub(super) fn parse(text: &str) -> Lines<'_> {
    let by_form_feed = text.contains('\u{c}');
    let mut lines = Vec::new();
    let (mut page, mut blank) = (1_u32, 0_usize);
    for (nth, sheet) in text.split('\u{c}').enumerate() {
        page = page.saturating_add(u32::from(nth > 0));
        for raw in sheet.lines() {
            let raw = raw.trim_end();
            let line = raw.trim_start();
            if line.is_empty() {
                blank += 1;
                continue;
            }
            let indent = raw[..raw.len() - line.len()].chars().map(|c| if c == '\t' { 4 } else { 1 }).sum();
            lines.push(Line { text: Cow::Borrowed(line), indent, blank_before: blank, page, aside: false });
            blank = 0;
        }
        blank += 1;
    }
    let long: usize = lines.iter().map(|l| l.text.len()).filter(|&n| n > LONGEST_WRAPPED).sum();
    let all: usize = lines.iter().map(|l| l.text.len()).sum();
    let unwrapped = long * 2 > all;
    let mut paged = by_form_feed;
    if unwrapped && !by_form_feed {
        paged = number_pages_by_blanks(&mut lines);
    }
    if paged && !unwrapped {
        drop_furniture(&mut lines);
        mark_footnotes(&mut lines);
    }
    Lines { width: full_width(&lines), lines, paged, unwrapped }
}

fn number_pages_by_blanks(lines: &mut [Line]) -> bool {
    let mut page = 1;
    for (nth, line) in lines.iter_mut().enumerate() {
        page += u32::from(nth > 0 && line.blank_before >= BLANKS_OF_A_PAGE_BREAK);
        line.page = page;
    }
    page > 1
}

/// The length that one line in twenty reaches.
fn full_width(lines: &[Line]) -> usize {
    let mut lengths: Vec<usize> = lines.iter().map(|l| l.text.chars().take(LONGEST_WRAPPED).count()).collect();
    if lengths.is_empty() {
        return 0;
    }
    let nth = lengths.len() * 19 / 20;
    *lengths.select_nth_unstable(nth).1
}

/// How many lines from the top and from the foot of a page may be furniture.
const EDGE: usize = 4;

/// Takes out page numbers, and lines that stand at the edge of several pages and differ in digits only.
fn drop_furniture(lines: &mut Vec<Line>) {
    let pages = page_ranges(lines);
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for page in &pages {
        let (top, foot) = edges(page.clone());
        let edges = top.chain(foot).map(|i| key(&lines[i].text));
        let mut keys: Vec<String> = edges.collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            *seen.entry(key).or_default() += 1;
        }
    }
    let enough = match pages.len() {
        0..=3 => 2,
        _ => 3,
    };
    let mut drop = vec![false; lines.len()];
    for page in &pages {
        let mut look_at = |at: usize, outer_gone: bool| {
            let text = lines[at].text.as_ref();
            let repeated = seen.get(&key(text)).is_some_and(|&n| n >= enough) && has_words(text);
            // A heading that returns ("Summary") is no furniture: furniture names the letter, or has a date or number.
            let furniture = repeated && (names_the_letter(text) || text.contains(|c: char| c.is_ascii_digit()));
            drop[at] = furniture || outer_gone && is_page_number(text);
            drop[at]
        };
        let (top, foot) = edges(page.clone());
        let mut outer_gone = true;
        for at in top {
            outer_gone &= look_at(at, outer_gone);
        }
        outer_gone = true;
        for at in foot.rev() {
            outer_gone &= look_at(at, outer_gone);
        }
    }
    let mut kept = drop.iter().map(|d| !d);
    lines.retain(|_| kept.next().unwrap_or(true));
}

fn page_ranges(lines: &[Line]) -> Vec<Range<usize>> {
    let mut pages = Vec::new();
    let mut start = 0;
    for at in 1..=lines.len() {
        if at == lines.len() || lines[at].page != lines[start].page {
            pages.push(start..at);
            start = at;
        }
    }
    pages.retain(|p| !p.is_empty());
    pages
}

/// The lines at the top and at the foot of a page that may be furniture.
fn edges(page: Range<usize>) -> (Range<usize>, Range<usize>) {
    let top = page.start..page.start + page.len().div_ceil(2).min(EDGE);
    let foot = top.end.max(page.end.saturating_sub(EDGE))..page.end;
    (top, foot)
}

/// The line with every number as one `#`, white space as one space.
fn key(text: &str) -> String {
    let mut key = String::new();
    for c in text.chars().take(LONGEST_WRAPPED) {
        match c {
            _ if c.is_ascii_digit() => {
                if !key.ends_with('#') {
                    key.push('#');
                }
            }
            _ if c.is_whitespace() => {
                if !key.ends_with(' ') {
                    key.push(' ');
                }
            }
            _ => key.push(c),
        }
    }
    key
}

/// Whether a line has more than a number or a mark ("2.").
fn has_words(text: &str) -> bool {
    text.chars().filter(|c| c.is_alphabetic()).nth(2).is_some()
}

fn names_the_letter(text: &str) -> bool {
    let lower = text.to_lowercase();
    ["inspection", "report", "council", "borough", "ofsted", "visit", "crown copyright", "local authority"]
        .iter()
        .any(|word| lower.contains(word))
}

/// "7", "Page 7", "Page 7 of 12", "- 7 -".
fn is_page_number(text: &str) -> bool {
    let bare = text.trim_matches(|c: char| c == '-' || c == '–' || c == '|' || c.is_whitespace());
    let bare = bare.strip_prefix("Page ").or_else(|| bare.strip_prefix("page ")).unwrap_or(bare);
    let mut parts = bare.split(" of ");
    let number = |p: &str| !p.is_empty() && p.len() <= 3 && p.bytes().all(|b| b.is_ascii_digit());
    parts.next().is_some_and(number) && parts.next().is_none_or(number) && parts.next().is_none()
}

/// A footnote starts within this many lines of a page's foot.
const FOOTNOTE_LINES: usize = 16;

/// Marks the footnotes at the foot of each page: a bare number, the next in the letter's count, then text to
/// the end of the page. The number itself goes, and so does the mark glued to a word of the page.
fn mark_footnotes(lines: &mut Vec<Line>) {
    let mut next = 1_u32;
    let mut number_lines = Vec::new();
    let mut numbers = Vec::new();
    for page in page_ranges(lines) {
        let from = page.start.max(page.end.saturating_sub(FOOTNOTE_LINES));
        let mut first = None;
        for (at, line) in lines.iter().enumerate().take(page.end).skip(from) {
            let Some((number, alone)) = footnote_number(&line.text) else { continue };
            let has_text = !alone || at + 1 < page.end;
            // The count may skip a note whose text was lost, but never goes back.
            if number < next || number > next + 2 || !has_text || line.blank_before == 0 && first.is_none() {
                continue;
            }
            first.get_or_insert(at);
            next = number + 1;
            numbers.push(number);
            if alone {
                number_lines.push(at);
            }
        }
        if let Some(first) = first {
            lines[first..page.end].iter_mut().for_each(|l| l.aside = true);
            for number in numbers.drain(..) {
                drop_glued_mark(&mut lines[page.start..first], number);
            }
        }
    }
    let mut gone = number_lines.into_iter().peekable();
    let mut at = 0;
    lines.retain(|_| {
        let drop = gone.next_if_eq(&at).is_some();
        at += 1;
        !drop
    });
}

/// Takes the first `number` that stands right after a word of `lines` out of it.
fn drop_glued_mark(lines: &mut [Line], number: u32) {
    let mark = number.to_string();
    for line in lines {
        let found = line.text.match_indices(&mark).map(|(at, _)| at).find(|&at| {
            let mut before = line.text[..at].chars().rev();
            let word = match before.next() {
                Some('.' | ',' | ')' | ';' | ':' | '’' | '?') => before.next().is_some_and(|c| !c.is_ascii_digit()),
                Some(c) => c.is_lowercase() || c.is_uppercase() && before.next().is_some_and(char::is_uppercase),
                None => false,
            };
            word && !line.text[at + mark.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '-')
        });
        if let Some(at) = found {
            line.text.to_mut().replace_range(at..at + mark.len(), "");
            return;
        }
    }
}

/// "3" alone, or "3 These are residential special schools"; whether it stands alone.
fn footnote_number(text: &str) -> Option<(u32, bool)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 || digits > 2 {
        return None;
    }
    let number = text[..digits].parse().ok()?;
    let rest = &text[digits..];
    let note = rest.starts_with(' ') && rest.trim_start().starts_with(char::is_uppercase);
    (rest.is_empty() || note).then_some((number, rest.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn furniture_goes_and_headings_that_return_stay() {
        let page = |n: u32| {
            format!(
                "Summary\nText of page {n}, which differs: {}\nInspection of Anytown\n3 May 2024\n\n{n}\n",
                "x".repeat(n as usize)
            )
        };
        let text: Vec<String> = (1..=4).map(page).collect();
        let text = text.join("\u{c}");
        let lines = parse(&text);
        assert_eq!(lines.lines.len(), 8, "{:?}", lines.lines);
        assert!(lines.lines.iter().all(|l| l.text == "Summary" || l.text.starts_with("Text")));
        assert_eq!(lines.lines[7].page, 4);
    }

    #[test]
    fn footnotes_stand_outside_the_flow() {
        let text = "Schools1 are good and\n\n1\n\nMaintained schools only.\n\n5\n\u{c}they know it.\n\n6\n";
        let lines = parse(text);
        let found: Vec<_> = lines.lines.iter().map(|l| (l.text.as_ref(), l.aside)).collect();
        assert_eq!(
            found,
            [("Schools are good and", false), ("Maintained schools only.", true), ("they know it.", false)]
        );
    }

    #[test]
    fn clusters_of_empty_lines_are_pages_only_where_paragraphs_stand_on_one_line() {
        let long = "word ".repeat(60);
        let lines = parse(&format!("{long}\n\n\n\n\n\n{long}\n")).lines.iter().map(|l| l.page).collect::<Vec<_>>();
        assert_eq!(lines, [1, 2]);
        assert!(!parse("short\n\n\n\n\n\nshort\n").paged);
    }
}
