//! What a PDF font tells: which character a code is, how wide it is, whether it is bold.

use std::collections::HashMap;

use lopdf::{Dictionary, Document, Encoding, Object};

/// A font, its characters and widths looked up code by code.
pub(super) struct Font<'a> {
    /// Preferred: what the font itself says its codes mean.
    to_unicode: Option<Encoding<'a>>,
    encoding: Option<Encoding<'a>>,
    /// Bytes in a code: two for composite fonts, else one.
    code_len: usize,
    widths: HashMap<u32, f32>,
    default_width: f32,
    pub bold: bool,
}

/// Largest character map that is unpacked, in bytes.
const MAP_LIMIT: usize = 8 << 20;
/// A code has two bytes at most.
const LARGEST_CODE: u32 = 0xFFFF;
/// Widths of a composite font that are read: each code's, and as many again.
const MOST_WIDTHS: usize = 2 << 16;
/// The width of a letter in a font that does not tell, in thousandths of the size.
const USUAL_WIDTH: f32 = 500.0;

impl<'a> Font<'a> {
    pub(super) fn of(doc: &'a Document, dict: &'a Dictionary) -> Self {
        let composite = dict.get(b"Subtype").and_then(Object::as_name).is_ok_and(|s| s == b"Type0");
        let descendant = dict
            .get_deref(b"DescendantFonts", doc)
            .and_then(Object::as_array)
            .ok()
            .and_then(|fonts| fonts.first())
            .and_then(|font| doc.dereference(font).ok())
            .and_then(|(_, font)| font.as_dict().ok());
        let described = descendant.unwrap_or(dict);
        let descriptor = described.get_deref(b"FontDescriptor", doc).and_then(Object::as_dict).ok();
        let number = |dict: Option<&Dictionary>, key: &[u8]| {
            dict.and_then(|d| d.get_deref(key, doc).ok()).and_then(|o| o.as_float().ok())
        };
        let mut font = Font {
            to_unicode: to_unicode(doc, dict),
            encoding: dict.get_font_encoding_with_limit(doc, MAP_LIMIT).ok(),
            code_len: if composite { 2 } else { 1 },
            widths: HashMap::new(),
            default_width: USUAL_WIDTH,
            bold: is_bold(dict, descriptor, doc),
        };
        if composite {
            font.default_width = number(Some(described), b"DW").unwrap_or(1000.0);
            if let Ok(array) = described.get_deref(b"W", doc).and_then(Object::as_array) {
                font.composite_widths(array, doc);
            }
        } else {
            font.default_width = number(descriptor, b"MissingWidth").filter(|w| *w > 0.0).unwrap_or(USUAL_WIDTH);
            let first = number(Some(dict), b"FirstChar").unwrap_or(0.0) as u32;
            if let Ok(array) = dict.get_deref(b"Widths", doc).and_then(Object::as_array) {
                for (code, width) in (first..=0xFF).zip(array) {
                    if let Some(width) = resolved(width, doc) {
                        font.widths.insert(code, width);
                    }
                }
            }
        }
        font
    }

    /// `W` of a composite font: `first [w w …]` or `first last w`.
    fn composite_widths(&mut self, array: &[Object], doc: &Document) {
        let mut at = 0;
        // A hostile array can name every code again and again.
        let mut left = MOST_WIDTHS;
        while at + 1 < array.len() && left > 0 {
            let Some(first) = resolved(&array[at], doc) else { return };
            let second = doc.dereference(&array[at + 1]).map(|(_, object)| object);
            match second {
                Ok(Object::Array(widths)) => {
                    for (code, width) in (first as u32..=LARGEST_CODE).zip(widths).take(left) {
                        left -= 1;
                        if let Some(width) = resolved(width, doc) {
                            self.widths.insert(code, width);
                        }
                    }
                    at += 2;
                }
                Ok(last) => {
                    let width = array.get(at + 2).and_then(|w| resolved(w, doc));
                    let (Ok(last), Some(width)) = (last.as_float(), width) else { return };
                    for code in (first as u32..=(last as u32).min(LARGEST_CODE)).take(left) {
                        left -= 1;
                        self.widths.insert(code, width);
                    }
                    at += 3;
                }
                Err(_) => return,
            }
        }
    }

    /// The codes of a shown string.
    pub(super) fn codes<'s>(&self, shown: &'s [u8]) -> impl Iterator<Item = &'s [u8]> + use<'s> {
        shown.chunks(self.code_len)
    }

    /// The text of a code, empty where the font does not tell.
    pub(super) fn text(&self, code: &[u8]) -> String {
        let known = |encoding: &Option<Encoding<'a>>| {
            let text = encoding.as_ref()?.bytes_to_string(code).ok()?;
            (!text.is_empty() && !text.contains('\u{FFFD}')).then_some(text)
        };
        known(&self.to_unicode).or_else(|| known(&self.encoding)).unwrap_or_default()
    }

    /// The advance of a code, as a share of the font size.
    pub(super) fn width(&self, code: &[u8]) -> f32 {
        let code = code.iter().fold(0_u32, |n, byte| n << 8 | u32::from(*byte));
        self.widths.get(&code).copied().unwrap_or(self.default_width) / 1000.0
    }

    /// Whether word spacing applies to a code: only to the one-byte space (ISO 32000-1, 9.3.3).
    pub(super) fn is_space(&self, code: &[u8]) -> bool {
        code == b" "
    }
}

fn to_unicode<'a>(doc: &'a Document, dict: &'a Dictionary) -> Option<Encoding<'a>> {
    dict.get(b"ToUnicode").ok()?;
    // The library reads the map only where no encoding is named beside it.
    let mut bare = Dictionary::new();
    bare.set("Type", Object::Name(b"Font".to_vec()));
    bare.set("ToUnicode", dict.get(b"ToUnicode").ok()?.clone());
    match bare.get_font_encoding_with_limit(doc, MAP_LIMIT).ok()? {
        Encoding::UnicodeMapEncoding(map) => Some(Encoding::UnicodeMapEncoding(map)),
        _ => None,
    }
}

fn resolved(object: &Object, doc: &Document) -> Option<f32> {
    doc.dereference(object).ok()?.1.as_float().ok()
}

fn is_bold(dict: &Dictionary, descriptor: Option<&Dictionary>, doc: &Document) -> bool {
    const FORCE_BOLD: i64 = 1 << 18;
    let name = dict.get_deref(b"BaseFont", doc).and_then(Object::as_name).unwrap_or_default();
    let name = String::from_utf8_lossy(name).to_lowercase();
    if ["bold", "black", "heavy", "demi"].iter().any(|weight| name.contains(weight)) {
        return true;
    }
    let Some(descriptor) = descriptor else { return false };
    let weight = descriptor.get_deref(b"FontWeight", doc).and_then(Object::as_float).unwrap_or(0.0);
    let flags = descriptor.get_deref(b"Flags", doc).and_then(Object::as_i64).unwrap_or(0);
    weight >= 600.0 || flags & FORCE_BOLD != 0
}
