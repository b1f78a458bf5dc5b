//! Walks a part's XML: elements of the Word namespace by their local names, without recursion.

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::reader::NsReader;

use super::super::limits::Limits;
use crate::error::{Error, ErrorKind, Result};

/// Receives a part's elements and text in order.
pub(super) trait Visitor {
    /// An element begins; `false` leaves out all that stands in it, and [`Visitor::close`] is not called.
    fn open(&mut self, element: &Element<'_>) -> bool;
    /// An element of this name ends.
    fn close(&mut self, name: &str);
    /// Text between tags.
    fn text(&mut self, _text: &str) {}
}

/// An element's name and attributes, without prefixes.
pub(super) struct Element<'a> {
    /// The local name: `p` for `w:p`. Empty for an element of a drawing, a formula or another foreign namespace.
    pub(super) name: &'a str,
    tag: &'a BytesStart<'a>,
}

impl Element<'_> {
    /// An attribute by its local name.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        let found = self.tag.attributes().with_checks(false).flatten().find(|a| a.key.local_name().as_ref() == name)?;
        found.normalized_value(XmlVersion::Implicit1_0).ok().map(|v| v.into_owned())
    }

    /// The attribute that most Word elements have.
    pub(super) fn val(&self) -> Option<String> {
        self.attribute("val")
    }

    /// The state of an on-off element: on unless its `val` says otherwise.
    pub(super) fn is_on(&self) -> bool {
        !matches!(self.val().as_deref(), Some("0" | "false" | "off" | "none"))
    }
}

const WORD: [&str; 2] = [
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
];
const RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
/// Has `Fallback`, the second rendering of what `Choice` holds already.
const COMPATIBILITY: &str = "http://schemas.openxmlformats.org/markup-compatibility/2006";

/// Walks `xml`.
///
/// # Errors
/// When it is no well-formed XML, or nested deeper than the limit.
pub(super) fn walk(xml: &str, limits: &Limits, visitor: &mut impl Visitor) -> Result<()> {
    let mut reader = NsReader::from_str(xml);
    let mut depth = 0usize;
    loop {
        let (namespace, event) = reader.read_resolved_event().map_err(damaged)?;
        let known = match namespace {
            ResolveResult::Bound(Namespace(uri)) => WORD.contains(&uri) || uri == RELATIONS,
            _ => false,
        };
        let fallback = matches!(namespace, ResolveResult::Bound(Namespace(COMPATIBILITY)));
        match event {
            Event::Start(tag) => {
                let local = tag.local_name();
                let element = Element { name: if known { local.as_ref() } else { "" }, tag: &tag };
                if (fallback && local.as_ref() == "Fallback") || !visitor.open(&element) {
                    reader.read_to_end(tag.name()).map_err(damaged)?;
                    continue;
                }
                depth += 1;
                if depth > limits.max_depth {
                    return Err(limits.too_deep());
                }
            }
            Event::Empty(tag) => {
                let local = tag.local_name();
                let element = Element { name: if known { local.as_ref() } else { "" }, tag: &tag };
                if visitor.open(&element) {
                    visitor.close(element.name);
                }
            }
            Event::End(tag) => {
                depth = depth.saturating_sub(1);
                visitor.close(if known { tag.local_name().into_inner() } else { "" });
            }
            Event::Text(text) => visitor.text(&text.xml10_content()),
            Event::CData(text) => visitor.text(&text.xml10_content()),
            // Only the five entities of XML: a document's own definitions are not expanded.
            Event::GeneralRef(name) => match name.resolve_char_ref() {
                Ok(Some(c)) => visitor.text(c.encode_utf8(&mut [0; 4])),
                _ => visitor.text(resolve_predefined_entity(&name).unwrap_or("")),
            },
            Event::Eof if depth > 0 => {
                return Err(Error::new(
                    ErrorKind::Unreadable,
                    "the Word document is cut off: download or save it again",
                ));
            }
            Event::Eof => return Ok(()),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
}

fn damaged(error: quick_xml::Error) -> Error {
    Error::new(
        ErrorKind::Unreadable,
        format!("the Word document is damaged ({error}): open it in Word, which may repair it, and save it again"),
    )
    .caused_by(error)
}
