//! The taxonomy as a code book.

use std::io::{Result as IoResult, Write};

use uuid::Uuid;

use crate::error::{Error, ErrorKind, Result};
use crate::finding::Finding;
use crate::taxonomy::{NONE, Taxonomy};

use super::super::theme_names::theme_names;
use super::guid;
use super::xml::Xml;

/// A code: what a passage can be marked with.
struct Code {
    guid: Uuid,
    name: String,
    colour: String,
    description: String,
}

/// The codes under their heads.
pub(super) struct CodeBook {
    polarities: Vec<Code>,
    themes: Vec<(String, Code)>,
    marks: [Code; 3],
}

const POLARITIES: [(&str, &str, &str); 4] = [
    ("Strength", "#17693A", "Something is credited."),
    ("Weakness", "#A61B1B", "Something is faulted."),
    ("Mixed", "#B8860B", "The same sentence carries a real credit and a real fault."),
    ("Neutral", "#76818C", "Neither credit nor fault."),
];
const MARKS: [(&str, &str, &str); 3] = [
    ("Needs review", "#6A3A9A", "The model is unsure of the polarity: read the sentence before you count it."),
    ("Boilerplate", "#515B66", "The sentence stands word for word in another letter of the batch too."),
    ("End not read", "#515B66", "The sentence was too long for the model to be read to its end."),
];
const GREY: &str = "#76818C";

impl CodeBook {
    /// The codes of a taxonomy. An identifier follows from the taxonomy's name and the label, so that a code is the same
    /// in every project.
    pub fn new(taxonomy: &Taxonomy) -> Self {
        let fixed = |head: &str, (name, colour, description): (&str, &str, &str)| Code {
            guid: guid::of(&["code", head, name]),
            name: name.into(),
            colour: colour.into(),
            description: description.into(),
        };
        let names = distinct(theme_names(taxonomy));
        let theme = |(i, (theme, name)): (usize, (&crate::taxonomy::Theme, String))| {
            let colour = if theme.id == NONE { GREY.to_owned() } else { hue(i) };
            let guid = guid::of(&["code", "theme", &taxonomy.name, &theme.id]);
            let description = format!("{}: {}", theme.id, theme.definition);
            (theme.id.clone(), Code { guid, name, colour, description })
        };
        CodeBook {
            polarities: POLARITIES.map(|code| fixed("polarity", code)).into(),
            themes: taxonomy.themes.iter().zip(names).enumerate().map(theme).collect(),
            marks: MARKS.map(|code| fixed("mark", code)),
        }
    }

    /// The codes of a finding: its polarity, its themes, its marks.
    ///
    /// # Errors
    /// When the taxonomy lacks a theme.
    pub fn of(&self, finding: &Finding) -> Result<Vec<Uuid>> {
        let mut codes = vec![self.polarities[finding.polarity.index()].guid];
        for theme in &finding.themes {
            let code = self.themes.iter().find(|(id, _)| id == theme).map(|(_, code)| code.guid);
            codes.push(code.ok_or_else(|| {
                Error::new(ErrorKind::Data, format!("{theme:?} is no theme of the model's taxonomy"))
            })?);
        }
        let marked = [finding.needs_review, finding.boilerplate, finding.truncated];
        codes.extend(self.marks.iter().zip(marked).filter(|(_, marked)| *marked).map(|(code, _)| code.guid));
        Ok(codes)
    }

    /// The name that people read for a theme.
    pub fn theme_name<'a>(&'a self, id: &'a str) -> &'a str {
        self.themes.iter().find(|(theme, _)| theme == id).map_or(id, |(_, code)| &code.name)
    }

    /// The element `CodeBook`.
    pub fn write(&self, xml: &mut Xml<impl Write>) -> IoResult<()> {
        xml.open("CodeBook", &[])?;
        xml.open("Codes", &[])?;
        head(xml, "Polarity", "What the inspectors tell the reader in the sentence.", &mut self.polarities.iter())?;
        head(xml, "Themes", "What the sentence is about.", &mut self.themes.iter().map(|(_, code)| code))?;
        head(xml, "Marks", "What to know of the model's answer.", &mut self.marks.iter())?;
        xml.close("Codes")?;
        xml.close("CodeBook")
    }
}

fn head(
    xml: &mut Xml<impl Write>,
    name: &str,
    description: &str,
    codes: &mut dyn Iterator<Item = &Code>,
) -> IoResult<()> {
    let head = guid::of(&["code", name]).to_string();
    xml.open("Code", &[("guid", &head), ("name", name), ("isCodable", "false")])?;
    xml.text("Description", description)?;
    for code in codes {
        let guid = code.guid.to_string();
        let attributes =
            [("guid", guid.as_str()), ("name", &code.name), ("isCodable", "true"), ("color", &code.colour)];
        xml.open("Code", &attributes)?;
        xml.text("Description", &code.description)?;
        xml.close("Code")?;
    }
    xml.close("Code")
}

/// Names that no other code bears: some tools keep one code a name, wherever it stands.
fn distinct(themes: Vec<String>) -> Vec<String> {
    let taken = |name: &String| {
        let fixed = POLARITIES.iter().chain(&MARKS).map(|(name, ..)| *name).chain(["Polarity", "Themes", "Marks"]);
        fixed.into_iter().any(|fixed| fixed.eq_ignore_ascii_case(name))
    };
    themes.into_iter().map(|name| if taken(&name) { format!("{name} (theme)") } else { name }).collect()
}

/// Colours that lie apart, however many there are: each a golden angle further on the circle of hues.
fn hue(i: usize) -> String {
    const GOLDEN_ANGLE: f64 = 137.508;
    const LIGHTNESS: f64 = 0.42;
    const SATURATION: f64 = 0.55;
    let hue = (i as f64 * GOLDEN_ANGLE) % 360.0;
    let channel = |n: f64| {
        let k = (n + hue / 30.0) % 12.0;
        let value = LIGHTNESS - SATURATION * LIGHTNESS * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0);
        (value * 255.0).round() as u8
    };
    format!("#{:02X}{:02X}{:02X}", channel(0.0), channel(8.0), channel(4.0))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::taxonomy::Polarity;

    #[test]
    fn every_polarity_has_a_code_in_its_place() {
        for (polarity, (name, ..)) in Polarity::ALL.iter().zip(POLARITIES) {
            assert_eq!(name.to_lowercase(), polarity.id());
        }
    }

    #[test]
    fn no_two_codes_share_a_name_or_a_colour_among_the_themes() {
        let mut taxonomy = Taxonomy::default();
        taxonomy.themes[0].name = "weakness".into();
        let book = CodeBook::new(&taxonomy);
        assert_eq!(book.themes[0].1.name, "weakness (theme)");
        let colours: BTreeSet<&str> = book.themes.iter().map(|(_, code)| code.colour.as_str()).collect();
        assert_eq!(colours.len(), book.themes.len());
    }
}
