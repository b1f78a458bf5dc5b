//! The body of a Word document as paragraphs and tables.

use super::super::limits::Limits;
use super::numbering::ListLevel;
use super::styles::Styles;
use super::xml::{self, Element, Visitor};
use crate::error::{Error, ErrorKind, Result};

/// A part of the body, in reading order.
pub(super) enum Piece {
    Paragraph(Paragraph),
    /// Rows of cells of pieces.
    Table(Vec<Vec<Vec<Piece>>>),
}

/// A paragraph's text and what it says of itself.
#[derive(Default)]
pub(super) struct Paragraph {
    /// Line breaks are `\n`, tabs `\t`.
    pub(super) text: String,
    pub(super) style: Option<String>,
    /// `w:outlineLvl` of the paragraph itself, counted from zero; 9 is body text.
    pub(super) outline: Option<u8>,
    pub(super) list: Option<ListLevel>,
    /// All its text is bold.
    pub(super) bold: bool,
    /// A tracked change deleted the end of the paragraph.
    pub(super) joins_next: bool,
}

/// Reads `word/document.xml`.
pub(super) fn read(xml: &str, styles: &Styles, limits: &Limits) -> Result<Vec<Piece>> {
    let mut reader = Reader {
        styles,
        flows: vec![Vec::new()],
        tables: Vec::new(),
        open: Vec::new(),
        in_text: false,
        embedded: false,
    };
    xml::walk(xml, limits, &mut reader)?;
    match reader.embedded {
        true => Err(Error::new(
            ErrorKind::Unreadable,
            "part of the Word document is another document embedded in it: open it in Word and save it again as .docx",
        )),
        false => Ok(reader.flows.swap_remove(0)),
    }
}

struct Reader<'a> {
    styles: &'a Styles,
    /// The body, and within it the cells that are open.
    flows: Vec<Vec<Piece>>,
    tables: Vec<Vec<Vec<Vec<Piece>>>>,
    /// Paragraphs that are open: more than one where a text box stands in one.
    open: Vec<OpenParagraph>,
    in_text: bool,
    embedded: bool,
}

struct OpenParagraph {
    paragraph: Paragraph,
    /// Where it stands: a place in a flow, held since it began.
    flow: usize,
    slot: usize,
    in_properties: bool,
    /// Run properties of the paragraph's end mark.
    in_mark: bool,
    run: Run,
    /// Whether there was bold text, and text that is not bold.
    seen: (bool, bool),
}

#[derive(Default)]
struct Run {
    bold: Option<bool>,
    style: Option<String>,
    hidden: bool,
}

impl Reader<'_> {
    fn push(&mut self, text: &str) {
        let Some(open) = self.open.last_mut().filter(|open| !open.run.hidden) else { return };
        if !text.trim().is_empty() {
            let by_style = || match &open.run.style {
                Some(style) if self.styles.is_bold(Some(style)) => true,
                _ => self.styles.is_bold(open.paragraph.style.as_deref()),
            };
            match open.run.bold.unwrap_or_else(by_style) {
                true => open.seen.0 = true,
                false => open.seen.1 = true,
            }
        }
        open.paragraph.text.push_str(text);
    }

    fn begin_paragraph(&mut self) {
        let flow = self.flows.len() - 1;
        self.open.push(OpenParagraph {
            paragraph: Paragraph::default(),
            flow,
            slot: self.flows[flow].len(),
            in_properties: false,
            in_mark: false,
            run: Run::default(),
            seen: (false, false),
        });
        self.flows[flow].push(Piece::Paragraph(Paragraph::default()));
    }

    fn end_paragraph(&mut self) {
        let Some(mut open) = self.open.pop() else { return };
        open.paragraph.bold = open.seen == (true, false);
        if let Some(slot) = self.flows.get_mut(open.flow).and_then(|flow| flow.get_mut(open.slot)) {
            *slot = Piece::Paragraph(open.paragraph);
        }
    }

    fn end_cell(&mut self) {
        if self.flows.len() < 2 {
            return;
        }
        let Some(cell) = self.flows.pop() else { return };
        match self.tables.last_mut() {
            Some(rows) => match rows.last_mut() {
                Some(row) => row.push(cell),
                None => rows.push(vec![cell]),
            },
            None => self.flows[0].extend(cell),
        }
    }

    fn end_table(&mut self) {
        if let (Some(table), Some(flow)) = (self.tables.pop(), self.flows.last_mut()) {
            flow.push(Piece::Table(table));
        }
    }

    /// Properties of a paragraph; `true` where the element was one.
    fn property(&mut self, element: &Element<'_>) -> bool {
        let Some(open) = self.open.last_mut().filter(|open| open.in_properties) else { return false };
        let number = || element.val().and_then(|v| v.parse::<u8>().ok());
        match element.name {
            "pStyle" => open.paragraph.style = element.val(),
            "outlineLvl" => open.paragraph.outline = number(),
            "ilvl" => open.paragraph.list.get_or_insert_default().level = number().unwrap_or(0),
            "numId" => open.paragraph.list.get_or_insert_default().id = element.val(),
            "rPr" => open.in_mark = true,
            "del" | "moveFrom" if open.in_mark => open.paragraph.joins_next = true,
            _ => {}
        }
        true
    }
}

impl Visitor for Reader<'_> {
    fn open(&mut self, element: &Element<'_>) -> bool {
        if element.name.ends_with("PrChange") {
            return false;
        }
        if self.property(element) {
            return true;
        }
        match element.name {
            "p" => self.begin_paragraph(),
            "tbl" => self.tables.push(Vec::new()),
            "tr" => self.tables.last_mut().into_iter().for_each(|rows| rows.push(Vec::new())),
            "tc" => self.flows.push(Vec::new()),
            "t" => self.in_text = true,
            "br" | "cr" => self.push("\n"),
            "tab" | "ptab" => self.push("\t"),
            "noBreakHyphen" => self.push("-"),
            "sym" => self.push(symbol(element).encode_utf8(&mut [0; 4])),
            "altChunk" | "subDoc" => self.embedded = true,
            // Deleted and moved-away text, what a field computes, phonetic guides, properties without text.
            "del" | "moveFrom" | "delText" | "instrText" | "delInstrText" | "rt" | "sectPr" | "sdtPr" | "tblPr"
            | "tblGrid" | "trPr" | "tcPr" => return false,
            name => {
                let Some(open) = self.open.last_mut() else { return true };
                match name {
                    "pPr" => open.in_properties = true,
                    "r" => open.run = Run::default(),
                    "b" => open.run.bold = Some(element.is_on()),
                    "vanish" => open.run.hidden = element.is_on(),
                    "rStyle" => {
                        open.run.style = element.val();
                        // The "click here to enter text" of an empty content control.
                        open.run.hidden |= open.run.style.as_deref() == Some("PlaceholderText");
                    }
                    _ => {}
                }
            }
        }
        true
    }

    fn close(&mut self, name: &str) {
        match name {
            "p" => self.end_paragraph(),
            "tc" => self.end_cell(),
            "tbl" => self.end_table(),
            "t" => self.in_text = false,
            "pPr" => self.open.last_mut().into_iter().for_each(|open| open.in_properties = false),
            "rPr" => self.open.last_mut().into_iter().for_each(|open| open.in_mark = false),
            "r" => self.open.last_mut().into_iter().for_each(|open| open.run = Run::default()),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.in_text {
            self.push(text);
        }
    }
}

/// A character given by its number in a symbol font. Those fonts number their characters from F000, which is text in
/// no other font: the usual ones of the Symbol font are told, any other is a space.
fn symbol(element: &Element<'_>) -> char {
    let code = element.attribute("char").and_then(|c| u32::from_str_radix(&c, 16).ok()).unwrap_or(0x20);
    match code {
        0xF000..=0xF0FF => match (element.attribute("font").as_deref(), code) {
            (Some("Symbol"), 0xF0B7) => '•',
            (Some("Symbol"), 0xF02D) => '-',
            (Some("Symbol"), 0xF0A3) => '≤',
            (Some("Symbol"), 0xF0B3) => '≥',
            (Some("Symbol"), 0xF0B0) => '°',
            _ => ' ',
        },
        code => char::from_u32(code).unwrap_or(' '),
    }
}
