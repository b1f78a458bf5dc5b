//! Word's lists: whether a paragraph of a list carries a bullet, a number, or nothing.

use std::collections::HashMap;

use super::super::limits::Limits;
use super::xml::{self, Element, Visitor};
use crate::error::Result;

/// A list, and the level in it, counted from zero.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ListLevel {
    /// `w:numId`; `0` takes a paragraph out of the list that its style puts it into.
    pub(super) id: Option<String>,
    /// `w:ilvl`.
    pub(super) level: u8,
}

/// What stands before a paragraph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    None,
    /// A bullet, or a letter or Roman number, which only lists carry.
    Bullet,
    /// A number, which numbered paragraphs of a report carry too.
    Number,
}

/// The marks of all lists.
#[derive(Default)]
pub(super) struct Numbering {
    abstract_lists: HashMap<String, HashMap<u8, Mark>>,
    lists: HashMap<String, String>,
}

impl Numbering {
    pub(super) fn read(xml: &str, limits: &Limits) -> Result<Self> {
        let mut reader = Reader::default();
        xml::walk(xml, limits, &mut reader)?;
        Ok(reader.numbering)
    }

    /// The mark at a level of a list; a bullet where the document does not say.
    pub(super) fn mark(&self, list: &ListLevel) -> Mark {
        match list.id.as_deref() {
            None | Some("0") => Mark::None,
            Some(id) => {
                let levels = self.lists.get(id).and_then(|id| self.abstract_lists.get(id));
                levels.and_then(|l| l.get(&list.level)).copied().unwrap_or(Mark::Bullet)
            }
        }
    }
}

#[derive(Default)]
struct Reader {
    numbering: Numbering,
    abstract_list: Option<String>,
    list: Option<String>,
    level: u8,
}

impl Visitor for Reader {
    fn open(&mut self, element: &Element<'_>) -> bool {
        match element.name {
            "abstractNum" => self.abstract_list = element.attribute("abstractNumId"),
            "num" => self.list = element.attribute("numId"),
            "abstractNumId" => {
                if let (Some(list), Some(target)) = (&self.list, element.val()) {
                    self.numbering.lists.insert(list.clone(), target);
                }
            }
            "lvlOverride" => return false,
            "lvl" => self.level = element.attribute("ilvl").and_then(|v| v.parse().ok()).unwrap_or(0),
            "numFmt" => {
                if let Some(list) = &self.abstract_list {
                    let mark = match element.val().as_deref() {
                        Some("none") => Mark::None,
                        Some("decimal" | "decimalZero" | "ordinal") => Mark::Number,
                        _ => Mark::Bullet,
                    };
                    self.numbering.abstract_lists.entry(list.clone()).or_default().insert(self.level, mark);
                }
            }
            _ => {}
        }
        true
    }

    fn close(&mut self, name: &str) {
        match name {
            "abstractNum" => self.abstract_list = None,
            "num" => self.list = None,
            _ => {}
        }
    }
}
