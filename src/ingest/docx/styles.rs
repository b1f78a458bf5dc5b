//! Word's styles: which of them make a heading, a list item, a line of a table of contents, or bold text.

use std::collections::HashMap;

use super::super::limits::Limits;
use super::numbering::ListLevel;
use super::xml::{self, Element, Visitor};
use crate::error::Result;

/// The styles of a document by their identifiers.
#[derive(Default)]
pub(super) struct Styles {
    by_id: HashMap<String, Style>,
    default_paragraph: Option<String>,
}

#[derive(Default)]
struct Style {
    name: String,
    based_on: Option<String>,
    outline: Option<u8>,
    list: ListLevel,
    bold: Option<bool>,
}

/// How far a chain of styles that are based on one another is followed.
const CHAIN: usize = 32;

impl Styles {
    pub(super) fn read(xml: &str, limits: &Limits) -> Result<Self> {
        let mut reader = Reader::default();
        xml::walk(xml, limits, &mut reader)?;
        Ok(reader.styles)
    }

    /// The style and those it is based on, nearest first.
    fn chain<'a>(&'a self, id: Option<&'a str>) -> impl Iterator<Item = &'a Style> {
        let first = id.or(self.default_paragraph.as_deref()).and_then(|id| self.by_id.get(id));
        std::iter::successors(first, |style| style.based_on.as_ref().and_then(|id| self.by_id.get(id))).take(CHAIN)
    }

    /// The level of a heading style. Word names its own styles in English whatever its language; other styles are
    /// headings by what they are based on, or by their outline level.
    pub(super) fn heading(&self, id: Option<&str>) -> Option<u8> {
        if let Some(id) = id
            && !self.by_id.contains_key(id)
        {
            return heading_by_name(&id.to_lowercase());
        }
        let told = self.chain(id).find_map(|style| match style.outline {
            Some(level) => Some((level < 9).then_some(level + 1)),
            None => heading_by_name(&style.name).map(Some),
        });
        told.flatten()
    }

    /// Whether the style is one of a table of contents.
    pub(super) fn is_contents(&self, id: Option<&str>) -> bool {
        let contents = |name: &str| name.starts_with("toc ") || matches!(name, "toc1" | "toc2" | "toc3");
        match id {
            Some(id) if !self.by_id.contains_key(id) => contents(&id.to_lowercase()),
            _ => self.chain(id).any(|style| contents(&style.name)),
        }
    }

    /// The list that the style puts its paragraphs into.
    pub(super) fn list(&self, id: Option<&str>) -> Option<ListLevel> {
        let mut list = ListLevel::default();
        for style in self.chain(id) {
            list.level = list.level.max(style.list.level);
            if list.id.is_none() {
                list.id.clone_from(&style.list.id);
            }
        }
        list.id.is_some().then_some(list)
    }

    /// The depth of a list style that names it ("List Bullet 2"), counted from zero.
    pub(super) fn list_depth(&self, id: Option<&str>) -> Option<u8> {
        self.chain(id).find_map(|style| {
            let rest = style.name.strip_prefix("list bullet").or_else(|| style.name.strip_prefix("list number"))?;
            Some(rest.trim().parse::<u8>().unwrap_or(1).saturating_sub(1))
        })
    }

    /// Whether the style makes text bold.
    pub(super) fn is_bold(&self, id: Option<&str>) -> bool {
        self.chain(id).find_map(|style| style.bold).unwrap_or(false)
    }
}

fn heading_by_name(name: &str) -> Option<u8> {
    match name {
        "title" => Some(1),
        "subtitle" => Some(2),
        _ => name.strip_prefix("heading")?.trim().parse().ok().filter(|level| (1..=9).contains(level)),
    }
}

#[derive(Default)]
struct Reader {
    styles: Styles,
    current: Option<(String, Style)>,
}

impl Visitor for Reader {
    fn open(&mut self, element: &Element<'_>) -> bool {
        if element.name == "style" {
            let Some(id) = element.attribute("styleId") else { return true };
            let is_paragraph = element.attribute("type").as_deref() == Some("paragraph");
            if is_paragraph && matches!(element.attribute("default").as_deref(), Some("1" | "true" | "on")) {
                self.styles.default_paragraph = Some(id.clone());
            }
            self.current = Some((id, Style::default()));
            return true;
        }
        let Some((_, style)) = &mut self.current else { return true };
        match element.name {
            "name" => style.name = element.val().unwrap_or_default().to_lowercase(),
            "basedOn" => style.based_on = element.val(),
            "outlineLvl" => style.outline = element.val().and_then(|v| v.parse().ok()),
            "numId" => style.list.id = element.val(),
            "ilvl" => style.list.level = element.val().and_then(|v| v.parse().ok()).unwrap_or(0),
            "b" => style.bold = Some(element.is_on()),
            // Conditional formats of a table style, and what a tracked change replaced.
            "tblStylePr" | "pPrChange" | "rPrChange" => return false,
            _ => {}
        }
        true
    }

    fn close(&mut self, name: &str) {
        if name == "style"
            && let Some((id, style)) = self.current.take()
        {
            self.styles.by_id.insert(id, style);
        }
    }
}
