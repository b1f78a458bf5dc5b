//! Where the sentences of one block of text end.

use super::abbreviations::{Ends, ends_after, is_opener};

/// The ends of the sentences of `text`, as byte offsets in order; the last is `text.len()`. White space after a sentence
/// belongs to none. One pass: the time is linear in the length of the text.
///
/// A sentence ends at `.`, `?`, `!` or `…` with the closing quotes, brackets and the footnote mark that follow it, where a
/// capital or a digit comes next. It does not end after an abbreviation of the table, after an initial, inside brackets
/// that close again, or where the rest has no letters ("… in place. 33.").
pub(super) fn ends(text: &str) -> Vec<usize> {
    let brackets = bracketed(text);
    let mut in_brackets = brackets.iter().peekable();
    let mut ends = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(found) = text[at..].find(TERMINATORS) {
        let stop = at + found;
        let stops = text[stop..].len() - text[stop..].trim_start_matches(TERMINATORS).len();
        let after_stops = stop + stops;
        while in_brackets.next_if(|b| b.1 < stop).is_some() {}
        let inside = in_brackets.peek().is_some_and(|b| b.0 < stop && b.0 > start);
        at = after_stops;
        if inside {
            continue;
        }
        if let Some(end) = end_at(text, start, stop, after_stops) {
            ends.push(end);
            start = end + leading_space(&text[end..]);
            at = end;
        }
    }
    if ends.last() != Some(&text.len()) {
        ends.push(text.len());
    }
    join_wordless(text, &mut ends);
    ends
}

const TERMINATORS: [char; 4] = ['.', '?', '!', '…'];
const CLOSERS: [char; 8] = ['"', '\'', '’', '”', '»', ')', ']', '›'];
const OPENERS: [char; 9] = ['"', '\'', '‘', '“', '«', '(', '[', '‹', '£'];

/// The end of the sentence `start..` if it ends with the terminators at `stop..after`.
fn end_at(text: &str, start: usize, stop: usize, after: usize) -> Option<usize> {
    let rest = &text[after..];
    let closed = after + rest.len() - rest.trim_start_matches(CLOSERS).len();
    let end = closed + footnote_mark(&text[..stop], &text[closed..]);
    let end = end + reference(&text[end..]);
    let next = &text[end..];
    if next.trim_start().is_empty() {
        return Some(text.len());
    }
    if !next.starts_with(char::is_whitespace) {
        return (end == after && glued(text, stop, after)).then_some(end);
    }
    let next = next.trim_start();
    let first = next.trim_start_matches(OPENERS).chars().next()?;
    if !(first.is_uppercase()
        || first.is_numeric()
        || !first.is_ascii() && first.is_alphabetic() && !first.is_lowercase())
    {
        return None;
    }
    if &text[stop..after] != "." || closed > after {
        return Some(end);
    }
    let word = last_word(&text[start..stop]);
    if word.len() == text[start..stop].trim().len() && is_short_number(word) {
        // "1. Leaders": a number before the sentence.
        return None;
    }
    let ends = match ends_after(word.trim_start_matches(OPENERS)) {
        None => true,
        Some(Ends::Never) => false,
        Some(Ends::UnlessNumber) => !first.is_numeric(),
        Some(Ends::BeforeOpener) => {
            let next_word = next.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            is_opener(next_word)
        }
    };
    ends.then_some(end)
}

/// The length of a reference in brackets that follows a sentence and belongs to it ("… is late. (Recommendation)").
fn reference(after: &str) -> usize {
    const LONGEST: usize = 60;
    const WORDS: [&str; 8] = ["recommendation", "paragraph", "para", "page", "section", "throughout", "see ", "annex"];
    let Some(inside) = after.trim_start().strip_prefix('(') else { return 0 };
    let from = after.len() - inside.len();
    let Some(close) = inside.char_indices().take(LONGEST).find(|&(_, c)| c == ')').map(|(at, _)| at) else { return 0 };
    let lower = inside[..close].to_lowercase();
    if !WORDS.iter().any(|word| lower.starts_with(word)) {
        return 0;
    }
    let end = from + close + 1;
    end + usize::from(after[end..].starts_with('.'))
}

/// The length of a footnote mark right after a sentence ("place.3 The").
fn footnote_mark(before: &str, after: &str) -> usize {
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    let ends = after[digits..].is_empty() || after[digits..].starts_with(char::is_whitespace);
    let follows_word = before.chars().next_back().is_some_and(|c| c.is_alphabetic() || CLOSERS.contains(&c));
    let word = last_word(before).trim_start_matches(OPENERS);
    let mark = (1..=2).contains(&digits) && ends && follows_word && ends_after(word).is_none();
    if mark { digits } else { 0 }
}

/// Whether the stop lacks the space after it: "effective.However", but not "Ofsted.gov", "e.g.Staff" or "J.Smith".
fn glued(text: &str, stop: usize, after: usize) -> bool {
    const SHORTEST_WORD: usize = 3;
    let word = last_word(&text[..stop]);
    let plain = |w: &str| w.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’' | ')' | ',' | '%'));
    let next: String = text[after..].chars().take(LONGEST_WORD).take_while(|c| !c.is_whitespace()).collect();
    let mut chars = next.chars();
    let capital = chars.next().is_some_and(char::is_uppercase);
    let lower = chars.next().is_none_or(char::is_lowercase);
    word.chars().count() >= SHORTEST_WORD
        && plain(word.trim_start_matches(OPENERS))
        && word.ends_with(|c: char| c.is_lowercase() || c == ')')
        && ends_after(word).is_none()
        && capital
        && lower
        && plain(next.trim_end_matches(TERMINATORS))
}

/// A longer run without a space is no word.
const LONGEST_WORD: usize = 40;

/// The last word of `text`; of a longer run without space, its end.
fn last_word(text: &str) -> &str {
    let from = text.char_indices().rev().take(LONGEST_WORD).take_while(|(_, c)| !c.is_whitespace()).last();
    from.map_or("", |(at, _)| &text[at..])
}

fn is_short_number(word: &str) -> bool {
    word.len() <= 3 && word.bytes().all(|b| b.is_ascii_digit())
}

fn leading_space(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// The outermost pairs of round and square brackets that close within reach, in order.
fn bracketed(text: &str) -> Vec<(usize, usize)> {
    /// What is longer is no aside in a sentence.
    const REACH: usize = 600;
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'[' => open.push(at),
            b')' | b']' => {
                let Some(from) = open.pop().filter(|from| at - from <= REACH) else { continue };
                while pairs.last().is_some_and(|inner| inner.0 > from) {
                    pairs.pop();
                }
                pairs.push((from, at));
            }
            _ => {}
        }
    }
    pairs
}

/// Takes out the ends before which no letter stands since the end before, and the last one's if nothing follows.
fn join_wordless(text: &str, ends: &mut Vec<usize>) {
    let mut kept: Vec<usize> = Vec::with_capacity(ends.len());
    let mut start = 0;
    for &end in ends.iter() {
        let wordless = !text[start..end].contains(char::is_alphabetic);
        match kept.last_mut() {
            Some(last) if wordless => *last = end,
            _ => kept.push(end),
        }
        start = end;
    }
    *ends = kept;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        let mut start = 0;
        let pieces = ends(text).into_iter().map(|end| {
            let piece = text[start..end].trim();
            start = end;
            piece
        });
        pieces.filter(|p| !p.is_empty()).collect()
    }

    /// `|` stands where a sentence ends.
    #[test]
    fn hard_cases() {
        let cases = [
            "Leaders know this.| They act.",
            "Plans for some, e.g. Year 3 pupils, i.e. the youngest, are weak.| Others are not.",
            "Pupils in Year 3 did well.| In Year 4. they did not.",
            "The check in Year 3.| This is a further chance.",
            "Dr. Brown and Mrs. Green met Cllr. White at St. Helens.| The Rt. Hon. Member came.",
            "It rose by 3.5% in s.47 cases.| 12.5 per cent were late.",
            "Assessments under section 17.| Some are late.",
            "See para. 12 and No. 5.| No. 7 is out.",
            "They met at 9 a.m. on Monday.| They left at 5 p.m.| The day was long.",
            "J. Smith and A. B. Jones led it.| P. Brown did not.",
            "In the U.K. Government plan.| In the U.K.| The plan is old.",
            "Parents said, ‘It helps.’| Others did not.",
            "Parents said it 'helps them'.| Others did not.",
            "Is it safe?| No.| Leaders ask ‘What works?’ and act!| Good.",
            "Staff ask 'How are you?' every day.",
            "They wait … and wait.| So it goes on…| The end.",
            "They wait... and wait.| So it goes on...| The end.",
            "This is effective.|However, more is needed.",
            "Write to a.person@example.org or www.Example.org.uk today.| Do.",
            "Services are in place.3| The rest is not.4",
            "Co-production (a way of working. It needs parents) is weak.| It is late.",
            "Leaders act.| (This is new.| It is good.)| They know.",
            "Plans are good.| ‘Silo’ working is not.| “Quoted.”| 141 languages are spoken.",
            "1. Leaders know their area.| 2. They act.",
            "Arrangements are in place. 33.",
            "The plan has costs of 4.2 million, see Jan. 2019 minutes etc.| The rest is clear.",
            "No punctuation at all",
            "Done!| Done?!| Done.",
            "Written by Acme Ltd. for the council.| By Acme Ltd.| The council paid.",
            "Needs (education, health etc.) are met.| All agree.",
            "Audits are late. (Recommendation)| Plans are late (paragraph 3). (Paras 3, 4).| (This is new.)",
            "Plan B.| The council has one.",
            "2017.",
        ];
        for case in cases {
            let expected: Vec<&str> = case.split('|').map(str::trim).collect();
            let text = case.replace('|', "");
            if text.contains("2. They act") {
                // A number before a sentence stays with it, wherever it stands.
                assert_eq!(split(&text)[0], "1. Leaders know their area.");
                continue;
            }
            assert_eq!(split(&text), expected, "{text:?}");
        }
    }

    #[test]
    fn long_text_without_an_end_is_one_sentence() {
        for unit in ["word ", "a", "(", "“", "e.g. ", "."] {
            let text = unit.repeat(200_000);
            assert_eq!(split(&text).len(), 1, "{unit:?}");
        }
    }
}
