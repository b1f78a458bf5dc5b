//! Runs the content stream of a page and notes each character with its place, size and weight.
//!
//! Only what moves or shows text is followed (ISO 32000-1, 8.3, 9.3 and 9.4); paths and pictures are not.

use std::collections::HashMap;
use std::rc::Rc;

use lopdf::content::{Content, Operation};
use lopdf::{DecompressError, Dictionary, Document, Object, ObjectId, Stream};

use super::font::Font;
use crate::ingest::layout::Glyph;

/// A transform as the six numbers of a PDF matrix.
type Matrix = [f32; 6];

const IDENTITY: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];
/// Forms inside forms deeper than this are not followed.
const DEEPEST_FORM: usize = 12;
/// More characters than this stand on no page of a letter.
const MOST_GLYPHS: usize = 200_000;

/// `a`, then `b`.
fn then(a: Matrix, b: Matrix) -> Matrix {
    [
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    ]
}

/// What a page shows.
pub(super) struct Shown {
    pub glyphs: Vec<Glyph>,
    /// Height of the page in points.
    pub height: f32,
    /// Whether a picture was drawn.
    pub picture: bool,
}

/// Why a page cannot be read.
pub(super) enum Fault {
    /// Contents and forms unpack to more than the limit.
    TooExpanded,
    /// The library's.
    Damaged(lopdf::Error),
}

impl From<lopdf::Error> for Fault {
    fn from(error: lopdf::Error) -> Self {
        match error {
            lopdf::Error::Decompress(DecompressError::MemoryLimitExceeded { .. }) => Fault::TooExpanded,
            error => Fault::Damaged(error),
        }
    }
}

/// Reads pages of one document; fonts are read once.
pub(super) struct Reader<'a> {
    doc: &'a Document,
    fonts: HashMap<ObjectId, Rc<Font<'a>>>,
    /// Bytes that contents and forms may still unpack to.
    left: usize,
}

#[derive(Clone)]
struct State<'a> {
    ctm: Matrix,
    font: Option<Rc<Font<'a>>>,
    size: f32,
    char_space: f32,
    word_space: f32,
    scale: f32,
    leading: f32,
    rise: f32,
}

struct Run<'r, 'a> {
    reader: &'r mut Reader<'a>,
    shown: Shown,
    state: State<'a>,
    stack: Vec<State<'a>>,
    text: Matrix,
    line: Matrix,
    /// For each marked content that is open, whether it is a running header or footer by its tag.
    marked: Vec<bool>,
}

impl<'a> Reader<'a> {
    /// A reader of `doc` whose contents may unpack to so many bytes, all together.
    pub(super) fn new(doc: &'a Document, most_expanded: u64) -> Self {
        Reader { doc, fonts: HashMap::new(), left: usize::try_from(most_expanded).unwrap_or(usize::MAX) }
    }

    /// The characters of a page, in the order in which they are drawn.
    ///
    /// # Errors
    /// Where the content cannot be unpacked, or not within the limit.
    pub(super) fn page(&mut self, id: ObjectId) -> Result<Shown, Fault> {
        let doc = self.doc;
        let content = doc.get_page_content_with_limit(id, self.left)?;
        // The library puts a line's end after each stream, beyond the limit.
        self.left = self.left.saturating_sub(content.len());
        let page = doc.get_dictionary(id)?;
        let (ctm, height) = frame(doc, page);
        let state =
            State { ctm, font: None, size: 0.0, char_space: 0.0, word_space: 0.0, scale: 1.0, leading: 0.0, rise: 0.0 };
        let mut run = Run {
            reader: self,
            shown: Shown { glyphs: Vec::new(), height, picture: false },
            state,
            stack: Vec::new(),
            text: IDENTITY,
            line: IDENTITY,
            marked: Vec::new(),
        };
        run.content(&content, inherited(doc, page, b"Resources").and_then(|r| r.as_dict().ok()), 0)?;
        Ok(run.shown)
    }

    /// What a form draws.
    fn form(&mut self, stream: &Stream) -> Result<Vec<u8>, Fault> {
        let content = match stream.decompressed_content_with_limit(self.left).map_err(Fault::from) {
            Ok(content) => content,
            Err(Fault::TooExpanded) => return Err(Fault::TooExpanded),
            // As the library does with a page: what cannot be unpacked may not have been packed.
            Err(Fault::Damaged(_)) => stream.content.clone(),
        };
        // One more than there is, so that drawing an empty form without end costs something too.
        self.left = self.left.checked_sub(content.len() + 1).ok_or(Fault::TooExpanded)?;
        Ok(content)
    }
}

/// An entry of a page, or of the nearest ancestor that has it.
fn inherited<'a>(doc: &'a Document, page: &'a Dictionary, key: &[u8]) -> Option<&'a Object> {
    let mut node = page;
    for _ in 0..32 {
        if let Ok(found) = node.get_deref(key, doc) {
            return Some(found);
        }
        node = node.get_deref(b"Parent", doc).and_then(Object::as_dict).ok()?;
    }
    None
}

/// The transform that sets a page upright with its lower left corner at the origin, and its height.
fn frame(doc: &Document, page: &Dictionary) -> (Matrix, f32) {
    let numbers = |object: &Object| -> Option<Vec<f32>> {
        object.as_array().ok()?.iter().map(|n| doc.dereference(n).ok()?.1.as_float().ok()).collect()
    };
    let area = inherited(doc, page, b"MediaBox").and_then(numbers).filter(|b| b.len() == 4);
    let area = area.unwrap_or_else(|| vec![0.0, 0.0, 595.0, 842.0]);
    let (left, bottom) = (area[0].min(area[2]), area[1].min(area[3]));
    let (width, height) = ((area[2] - area[0]).abs(), (area[3] - area[1]).abs());
    let turn = inherited(doc, page, b"Rotate").and_then(|r| r.as_float().ok()).unwrap_or(0.0);
    let placed = [1.0, 0.0, 0.0, 1.0, -left, -bottom];
    match (turn as i32).rem_euclid(360) {
        90 => (then(placed, [0.0, -1.0, 1.0, 0.0, 0.0, width]), width),
        180 => (then(placed, [-1.0, 0.0, 0.0, -1.0, width, height]), height),
        270 => (then(placed, [0.0, 1.0, -1.0, 0.0, height, 0.0]), width),
        _ => (placed, height),
    }
}

fn number(op: &Operation, at: usize) -> f32 {
    op.operands.get(at).and_then(|o| o.as_float().ok()).unwrap_or(0.0)
}

impl<'a> Run<'_, 'a> {
    fn content(&mut self, content: &[u8], resources: Option<&'a Dictionary>, depth: usize) -> Result<(), Fault> {
        // A stream that breaks off shows what it showed until there.
        for op in Content::decode_iter(content).map_while(Result::ok) {
            match op.operator.as_str() {
                "Do" if depth < DEEPEST_FORM => self.form(&op, resources, depth)?,
                _ => self.operation(&op, resources),
            }
            if self.shown.glyphs.len() > MOST_GLYPHS {
                break;
            }
        }
        Ok(())
    }

    fn operation(&mut self, op: &Operation, resources: Option<&'a Dictionary>) {
        match op.operator.as_str() {
            "q" if self.stack.len() < 1000 => self.stack.push(self.state.clone()),
            "Q" => {
                if let Some(state) = self.stack.pop() {
                    self.state = state;
                }
            }
            "cm" => self.state.ctm = then(matrix(op), self.state.ctm),
            "BT" => (self.text, self.line) = (IDENTITY, IDENTITY),
            "Tc" => self.state.char_space = number(op, 0),
            "Tw" => self.state.word_space = number(op, 0),
            "Tz" => self.state.scale = number(op, 0) / 100.0,
            "TL" => self.state.leading = number(op, 0),
            "Ts" => self.state.rise = number(op, 0),
            "Tf" => {
                self.state.size = number(op, 1);
                let name = op.operands.first().and_then(|o| o.as_name().ok());
                self.state.font = name.and_then(|name| self.font(name, resources));
            }
            "Td" => self.next_line(number(op, 0), number(op, 1)),
            "TD" => {
                self.state.leading = -number(op, 1);
                self.next_line(number(op, 0), number(op, 1));
            }
            "Tm" => (self.text, self.line) = (matrix(op), matrix(op)),
            "T*" => self.next_line(0.0, -self.state.leading),
            "Tj" => self.show_operand(op, 0),
            "'" => {
                self.next_line(0.0, -self.state.leading);
                self.show_operand(op, 0);
            }
            "\"" => {
                self.state.word_space = number(op, 0);
                self.state.char_space = number(op, 1);
                self.next_line(0.0, -self.state.leading);
                self.show_operand(op, 2);
            }
            "TJ" => {
                let Some(Ok(parts)) = op.operands.first().map(Object::as_array) else { return };
                for part in parts {
                    match part {
                        Object::String(shown, _) => self.show(shown),
                        other => {
                            let back = other.as_float().unwrap_or(0.0) / 1000.0 * self.state.size * self.state.scale;
                            self.advance(-back);
                        }
                    }
                }
            }
            "BMC" => self.marked.push(false),
            "BDC" => self.marked.push(is_pagination(op)),
            "EMC" => drop(self.marked.pop()),
            "BI" => self.shown.picture = true,
            _ => {}
        }
    }

    fn font(&mut self, name: &[u8], resources: Option<&'a Dictionary>) -> Option<Rc<Font<'a>>> {
        let doc = self.reader.doc;
        let fonts = resources?.get_deref(b"Font", doc).and_then(Object::as_dict).ok()?;
        let entry = fonts.get(name).ok()?;
        let (id, object) = doc.dereference(entry).ok()?;
        let dict = object.as_dict().ok()?;
        match id {
            Some(id) => Some(self.reader.fonts.entry(id).or_insert_with(|| Rc::new(Font::of(doc, dict))).clone()),
            None => Some(Rc::new(Font::of(doc, dict))),
        }
    }

    fn form(&mut self, op: &Operation, resources: Option<&'a Dictionary>, depth: usize) -> Result<(), Fault> {
        let doc = self.reader.doc;
        let stream = op
            .operands
            .first()
            .and_then(|o| o.as_name().ok())
            .zip(resources.and_then(|r| r.get_deref(b"XObject", doc).and_then(Object::as_dict).ok()))
            .and_then(|(name, forms)| forms.get_deref(name, doc).and_then(Object::as_stream).ok());
        let Some(stream) = stream else { return Ok(()) };
        match stream.dict.get(b"Subtype").and_then(Object::as_name) {
            Ok(b"Form") => {}
            Ok(b"Image") => {
                self.shown.picture = true;
                return Ok(());
            }
            _ => return Ok(()),
        }
        let content = self.reader.form(stream)?;
        let own = stream.dict.get_deref(b"Resources", doc).and_then(Object::as_dict).ok();
        let placed = stream.dict.get_deref(b"Matrix", doc).and_then(Object::as_array).ok();
        let outer = (self.state.clone(), self.stack.len(), self.marked.len(), self.text, self.line);
        if let Some(placed) = placed.filter(|m| m.len() == 6) {
            let mut m = IDENTITY;
            for (to, from) in m.iter_mut().zip(placed) {
                *to = from.as_float().unwrap_or(0.0);
            }
            self.state.ctm = then(m, self.state.ctm);
        }
        self.content(&content, own.or(resources), depth + 1)?;
        self.stack.truncate(outer.1);
        self.marked.truncate(outer.2);
        (self.state, self.text, self.line) = (outer.0, outer.3, outer.4);
        Ok(())
    }

    fn next_line(&mut self, x: f32, y: f32) {
        self.line = then([1.0, 0.0, 0.0, 1.0, x, y], self.line);
        self.text = self.line;
    }

    fn advance(&mut self, x: f32) {
        self.text = then([1.0, 0.0, 0.0, 1.0, x, 0.0], self.text);
    }

    fn show_operand(&mut self, op: &Operation, at: usize) {
        if let Some(Ok(shown)) = op.operands.get(at).map(Object::as_str) {
            self.show(shown);
        }
    }

    fn show(&mut self, shown: &[u8]) {
        let Some(font) = self.state.font.clone() else { return };
        let furniture = self.marked.contains(&true);
        for code in font.codes(shown) {
            let advance = font.width(code) * self.state.size;
            let at = then([1.0, 0.0, 0.0, 1.0, 0.0, self.state.rise], then(self.text, self.state.ctm));
            let upright = at[1].abs() <= 0.1 * at[0].abs() && at[0] > 0.0;
            if upright && !furniture {
                let text = font.text(code);
                let parts = text.chars().count().max(1) as f32;
                let width = advance * self.state.scale * at[0] / parts;
                let size = self.state.size.abs() * at[2].hypot(at[3]);
                for (i, c) in text.chars().enumerate() {
                    let x = at[4] + width * i as f32;
                    self.shown.glyphs.push(Glyph { c, x, y: at[5], width, size, bold: font.bold });
                }
            }
            let space = if font.is_space(code) { self.state.word_space } else { 0.0 };
            self.advance((advance + self.state.char_space + space) * self.state.scale);
        }
    }
}

fn matrix(op: &Operation) -> Matrix {
    std::array::from_fn(|i| number(op, i))
}

/// Tagged documents say which text is a running header or footer (ISO 32000-1, 14.8.2.2.2).
fn is_pagination(op: &Operation) -> bool {
    let is = |object: Option<&Object>, name: &[u8]| object.and_then(|o| o.as_name().ok()).is_some_and(|n| n == name);
    let properties = op.operands.get(1).and_then(|o| o.as_dict().ok());
    is(op.operands.first(), b"Artifact") && is(properties.and_then(|p| p.get(b"Type").ok()), b"Pagination")
}
