//! What a letter says of itself: who was inspected, when, under which framework, and how it was judged.
//!
//! Everything is read where the inspectorates print it (title, front page, opening of the letter), never from the body,
//! where other areas, earlier inspections and other dates are mentioned too. What is not found there stays empty.

mod authority;
mod dates;
mod outcome;

use std::sync::LazyLock;

use regex::Regex;

use super::document::{BlockKind, Document, Facts, Framework};

pub use authority::area_name;

/// How much of a letter is its front, in bytes of text: the title page and its grades, not the findings.
const FRONT: usize = 3_000;

/// Finds what `document` says of itself.
pub fn find(document: &Document) -> Facts {
    let front = front(document);
    let framework = framework(&front);
    // The text names the judgements of the known frameworks in full; rows of a table may be read in part.
    let (rows, text) = (graded_blocks(document), outcome::grades(&front, framework));
    let grades = if rows.len() > text.len() { rows } else { text };
    Facts {
        authority: authority::find(&front),
        framework,
        published: dates::published(&front),
        inspected: dates::inspected(&front),
        outcome: outcome::find(&front, framework, &grades),
        grades,
    }
}

/// The front of the letter, one space between words, straight apostrophes, hyphens for dashes.
fn front(document: &Document) -> String {
    let text = &document.text[..document.text.floor_char_boundary(FRONT)];
    let plain = text.replace(['’', '‘'], "'").replace(['–', '—', '\u{2010}', '\u{2011}'], "-");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The grade table of the front page; reports repeat its rows as headings later.
fn graded_blocks(document: &Document) -> Vec<(String, String)> {
    let graded = document.blocks.iter().filter(|b| b.kind == BlockKind::Grade && b.span.start < FRONT);
    let pairs = graded.filter_map(|b| document.block_text(b).rsplit_once(": "));
    pairs.map(|(name, grade)| (NUMBER.replace(name, "").into_owned(), grade.to_owned())).collect()
}

/// The number before a judgement's name ("2.1 Adoption performance").
static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern_of(r"^\d(?:\.\d)?\.? "));

/// The titles of each framework's letters. Monitoring and focused visits come first: their letters also name the
/// inspection that they follow. The earliest title in the text decides between the rest. Some PDFs set the first letter of
/// their title apart ("A rea SEND").
static TITLES: LazyLock<Vec<(Regex, Framework)>> = LazyLock::new(|| {
    [
        (
            r"[Mm]onitoring visit (?:of|to|at) .{3,80}?[Cc]hildren's (?:social care )?services",
            Framework::MonitoringVisit,
        ),
        (
            r"(?:[Ff]ocused|[Aa]ssurance) visit (?:of|to|at) .{3,80}?[Cc]hildren's (?:social care )?services",
            Framework::Other,
        ),
        (r"A ?rea SEND (?:full )?inspection of .{3,80}? Local Area Partnership", Framework::SendFrom2023),
        (r"[Jj]oint (?:local )?area (?:SEND|special educational needs)", Framework::SendBefore2023),
        (r"[Ii]nspection of services for children in need of help and protection", Framework::SingleInspection),
        (
            r"[Ii]nspection of (?:.{3,80}? )?(?:local authority )?[Cc]hildren's (?:social care )?services",
            Framework::ChildrensServices,
        ),
        (r"[Ii]nspection of looked after children('s)? services", Framework::Other),
        (r"[Ii]nspection of safeguarding and looked after children", Framework::Other),
        (r"Review of the effectiveness of the Local Safeguarding Children Board", Framework::Other),
        (r"[Jj]oint targeted area inspection", Framework::Other),
        (r"[Ii]nspection of (?:the )?(?:.{3,80}? )?(?:adoption|fostering) (?:agency|services?)", Framework::Other),
    ]
    .map(|(pattern, framework)| (pattern_of(pattern), framework))
    .to_vec()
});

fn framework(front: &str) -> Framework {
    let (visits, inspections) = TITLES.split_at(2);
    let earliest = |titles: &[(Regex, Framework)]| {
        let found = titles.iter().filter_map(|(title, framework)| Some((title.find(front)?.start(), *framework)));
        found.min_by_key(|(at, _)| *at).map(|(_, framework)| framework)
    };
    earliest(visits).or_else(|| earliest(inspections)).unwrap_or_default()
}

/// A pattern of this module's own.
fn pattern_of(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the patterns are constants; a test compiles them all")
}

#[cfg(test)]
mod tests;
