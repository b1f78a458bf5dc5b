//! A letter as a source: its text, what it says of itself, and its coded passages.

use std::io::{Result as IoResult, Write};

use uuid::Uuid;

use crate::error::Result;
use crate::finding::{Finding, LetterFindings, Span};
use crate::ingest::Facts;

use super::super::xml_text::allowed;
use super::codes::CodeBook;
use super::guid;
use super::xml::Xml;

/// What is kept of each letter beside its text, as tools keep it: name and type of the schema.
const VARIABLES: [(&str, &str); 4] =
    [("Authority", "Text"), ("Framework", "Text"), ("Published", "Date"), ("Outcome", "Text")];

/// A letter's text and where its findings stand in it.
pub(super) struct Source {
    pub guid: Uuid,
    /// The name that tools show.
    name: String,
    pub text: String,
    /// One for each finding, in code points of `text`.
    spans: Vec<Span>,
}

impl Source {
    /// The source of a letter. Findings without a place in a text, such as the rows of a table, get a text of their
    /// sentences under their headings.
    pub fn new(letter: &LetterFindings, name: &str) -> Self {
        let (text, spans) = own_text(letter).unwrap_or_else(|| built_text(&letter.findings));
        Source { guid: guid::of(&["source", name]), name: name.into(), text, spans }
    }

    /// The codes of each finding.
    pub fn codings(&self, letter: &LetterFindings, book: &CodeBook) -> Result<Vec<(Vec<Uuid>, String)>> {
        letter.findings.iter().map(|finding| Ok((book.of(finding)?, memo(finding, book)))).collect()
    }

    /// The element `TextSource`.
    pub fn write(
        &self,
        xml: &mut Xml<impl Write>,
        letter: &LetterFindings,
        codings: &[(Vec<Uuid>, String)],
        user: Uuid,
    ) -> IoResult<()> {
        let (guid, user) = (self.guid.to_string(), user.to_string());
        let path = format!("internal://{guid}.txt");
        let attributes =
            [("guid", guid.as_str()), ("name", &self.name), ("plainTextPath", &path), ("creatingUser", &user)];
        xml.open("TextSource", &attributes)?;
        xml.text("Description", &self.description(letter))?;
        for (i, (span, (codes, memo))) in self.spans.iter().zip(codings).enumerate() {
            let selection = guid::of(&["selection", &guid, &i.to_string()]);
            let (start, end) = (span.start.to_string(), span.end.to_string());
            xml.open(
                "PlainTextSelection",
                &[
                    ("guid", &selection.to_string()),
                    ("startPosition", &start),
                    ("endPosition", &end),
                    ("creatingUser", &user),
                ],
            )?;
            xml.text("Description", memo)?;
            for code in codes {
                let code = code.to_string();
                let coding = guid::of(&["coding", &selection.to_string(), &code]).to_string();
                xml.open("Coding", &[("guid", &coding), ("creatingUser", &user)])?;
                xml.empty("CodeRef", &[("targetGUID", &code)])?;
                xml.close("Coding")?;
            }
            xml.close("PlainTextSelection")?;
        }
        write_values(xml, &letter.facts)?;
        xml.close("TextSource")
    }

    fn description(&self, letter: &LetterFindings) -> String {
        let mut lines = vec![format!("Letter: {}", letter.name)];
        lines.extend(letter.facts.grades.iter().map(|(judgement, grade)| format!("{judgement}: {grade}")));
        let beyond = self.text.chars().filter(|c| c.len_utf16() > 1).count();
        if beyond > 0 {
            lines.push(format!(
                "Characters beyond U+FFFF in the text: {beyond}. Positions count code points, as REFI-QDA says; a tool that \
                 counts UTF-16 units shows passages after such a character too early."
            ));
        }
        lines.join("\n")
    }
}

/// The letter's own text, where every finding has its place in it. Characters are replaced one for one, so that places
/// stay: those that XML forbids, so that the text is what a tool writes back, and the mark of byte order, which readers
/// drop at the start.
fn own_text(letter: &LetterFindings) -> Option<(String, Vec<Span>)> {
    let text = allowed(&letter.document.as_ref()?.text).replace('\u{FEFF}', "\u{2060}");
    let length = text.chars().count();
    let inside = |span: &Span| span.start < span.end && span.end <= length;
    let spans: Option<Vec<Span>> = letter.findings.iter().map(|finding| finding.span.filter(inside)).collect();
    Some((text, spans?))
}

/// A text of sentences under their headings, a blank line between.
fn built_text(findings: &[Finding]) -> (String, Vec<Span>) {
    let (mut text, mut length, mut spans) = (String::new(), 0, Vec::new());
    let mut add = |paragraph: &str| {
        let paragraph = allowed(paragraph).replace('\u{FEFF}', "\u{2060}");
        let start = length;
        length += paragraph.chars().count() + 2;
        text += &paragraph;
        text += "\n\n";
        Span { start, end: length - 2 }
    };
    let mut heading = "";
    for finding in findings {
        if finding.heading != heading {
            heading = &finding.heading;
            add(heading);
        }
        spans.push(add(&finding.sentence));
    }
    (text, spans)
}

/// What tools show beside a coding: the answer with its scores, and who gave it.
fn memo(finding: &Finding, book: &CodeBook) -> String {
    let yes = |yes: bool| if yes { "yes" } else { "no" };
    let mut lines = vec![format!("Polarity: {} {:.3}", finding.polarity, finding.polarity_score)];
    for (i, theme) in finding.themes.iter().enumerate() {
        let score = finding.theme_scores.get(i).map(|score| format!(" {score:.3}")).unwrap_or_default();
        lines.push(format!("Theme: {}{score}", book.theme_name(theme)));
    }
    lines.push(format!("Needs review: {}", yes(finding.needs_review)));
    if finding.boilerplate {
        lines.push("Boilerplate: yes".into());
    }
    if let Some(page) = finding.page {
        lines.push(format!("Page: {page}"));
    }
    if !finding.heading.is_empty() {
        lines.push(format!("Heading: {}", finding.heading));
    }
    lines.push(format!("Model: {}", finding.model));
    lines.join("\n")
}

/// A letter's name as a name of a file on any system: importers copy the text to a file of that name.
pub(super) fn file_name(letter: &str) -> String {
    let unsafe_in_names = |c: char| c.is_control() || "/\\:*?\"<>|".contains(c);
    let name: String = letter.chars().map(|c| if unsafe_in_names(c) { '_' } else { c }).collect();
    match name.trim_matches([' ', '.']) {
        "" | "-" => "letter".into(),
        name => name.into(),
    }
}

/// The element `Variables`.
pub(super) fn write_variables(xml: &mut Xml<impl Write>) -> IoResult<()> {
    xml.open("Variables", &[])?;
    for (name, kind) in VARIABLES {
        xml.empty("Variable", &[("guid", &variable(name)), ("name", name), ("typeOfVariable", kind)])?;
    }
    xml.close("Variables")
}

fn write_values(xml: &mut Xml<impl Write>, facts: &Facts) -> IoResult<()> {
    let framework = Some(facts.framework.id()).filter(|id| !id.is_empty());
    let published = facts.published.as_deref().filter(|date| is_date(date));
    let values = [facts.authority.as_deref(), framework, published, facts.outcome.as_deref()];
    for ((name, kind), value) in VARIABLES.into_iter().zip(values) {
        if let Some(value) = value {
            xml.open("VariableValue", &[])?;
            xml.empty("VariableRef", &[("targetGUID", &variable(name))])?;
            xml.text(&format!("{kind}Value"), value)?;
            xml.close("VariableValue")?;
        }
    }
    Ok(())
}

fn variable(name: &str) -> String {
    guid::of(&["variable", name]).to_string()
}

/// Whether a date is written as the schema wants it: YYYY-MM-DD.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let digits = |part: &str, n: usize| part.len() == n && part.bytes().all(|b| b.is_ascii_digit());
    matches!(parts[..], [y, m, d] if digits(y, 4) && digits(m, 2) && digits(d, 2))
}
