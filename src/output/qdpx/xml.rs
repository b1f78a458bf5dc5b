//! Elements, attributes and text, written as they come.

use std::io::{Result, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::super::xml_text::allowed;

/// Attributes in order.
pub(super) type Attributes<'a> = [(&'a str, &'a str)];

/// A writer of XML that indents and escapes.
pub(super) struct Xml<W: Write>(Writer<W>);

impl<W: Write> Xml<W> {
    /// Begins a document.
    pub fn new(out: W) -> Result<Self> {
        let mut writer = Writer::new_with_indent(out, b' ', 1);
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
        Ok(Xml(writer))
    }

    /// An element's start.
    pub fn open(&mut self, name: &str, attributes: &Attributes<'_>) -> Result<()> {
        self.0.write_event(Event::Start(start(name, attributes)))
    }

    /// Its end.
    pub fn close(&mut self, name: &str) -> Result<()> {
        self.0.write_event(Event::End(BytesEnd::new(name)))
    }

    /// An element without content.
    pub fn empty(&mut self, name: &str, attributes: &Attributes<'_>) -> Result<()> {
        self.0.write_event(Event::Empty(start(name, attributes)))
    }

    /// An element of text.
    pub fn text(&mut self, name: &str, text: &str) -> Result<()> {
        self.0.create_element(name).write_text_content(BytesText::new(&allowed(text))).map(|_| ())
    }

    /// What it was written to.
    pub fn into_inner(self) -> W {
        self.0.into_inner()
    }
}

fn start<'a>(name: &'a str, attributes: &Attributes<'_>) -> BytesStart<'a> {
    let mut element = BytesStart::new(name);
    for (name, value) in attributes {
        // Line ends and tabs in an attribute would be read as spaces.
        let value = allowed(value).replace(['\t', '\n'], " ");
        element.push_attribute((*name, value.as_str()));
    }
    element
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_attributes_are_escaped() {
        let mut xml = Xml::new(Vec::new()).unwrap();
        xml.open("a", &[("name", "\"<&>'\n\u{1}😀")]).unwrap();
        xml.text("b", "]]><script>&amp;\u{0}").unwrap();
        xml.close("a").unwrap();
        let text = String::from_utf8(xml.into_inner()).unwrap();
        insta::assert_snapshot!(text, @r#"
        <?xml version="1.0" encoding="utf-8"?>
        <a name="&quot;&lt;&amp;&gt;&apos; �😀">
         <b>]]&gt;&lt;script&gt;&amp;amp;�</b>
        </a>
        "#);
    }
}
