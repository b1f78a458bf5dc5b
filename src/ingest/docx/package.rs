//! The zip around a Word document: its parts by name, within limits.

use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::super::decode;
use super::super::limits::{self, Limits};
use super::xml::{self, Element, Visitor};
use crate::error::{Error, ErrorKind, Result};

/// An opened zip and how much it may still unpack to.
pub(super) struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    left: u64,
    limits: &'a Limits,
}

/// Where the parts that are read stand in the zip.
pub(super) struct Parts {
    pub(super) document: String,
    pub(super) styles: String,
    pub(super) numbering: String,
}

impl<'a> Package<'a> {
    pub(super) fn open(bytes: &'a [u8], limits: &'a Limits) -> Result<Self> {
        let archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
        if archive.len() > limits.max_entries {
            return Err(limits::limit(format!(
                "the zip holds {} files (at most {} are read), too many for a Word document; --max-entries raises the \
                 limit",
                archive.len(),
                limits.max_entries
            )));
        }
        Ok(Package { archive, left: limits.max_expanded, limits })
    }

    /// The text of a part; `None` where there is no such part.
    pub(super) fn part(&mut self, name: &str) -> Result<Option<String>> {
        let part = match self.archive.by_name(name) {
            Ok(part) => part,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(error) => return Err(damaged(error)),
        };
        let mut bytes = Vec::new();
        part.take(self.left.saturating_add(1)).read_to_end(&mut bytes).map_err(|e| damaged(e.into()))?;
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or_else(|| self.limits.too_expanded())?;
        decode::text(&bytes).map(|text| Some(text.into_owned()))
    }

    /// The main part.
    pub(super) fn document(&mut self, name: &str) -> Result<String> {
        self.part(name)?.ok_or_else(|| {
            Error::new(ErrorKind::Unreadable, format!("the Word document lacks its text ({name}): save it again"))
        })
    }

    /// Where the parts stand, by the relations that the zip holds, or else at the usual places.
    pub(super) fn parts(&mut self) -> Result<Parts> {
        let document =
            self.related("_rels/.rels", "", "officeDocument")?.unwrap_or_else(|| "word/document.xml".to_owned());
        let (folder, file) = document.rsplit_once('/').unwrap_or(("", &document));
        let relations = format!("{folder}/_rels/{file}.rels");
        let styles = self.related(&relations, folder, "styles")?.unwrap_or_else(|| format!("{folder}/styles.xml"));
        let numbering =
            self.related(&relations, folder, "numbering")?.unwrap_or_else(|| format!("{folder}/numbering.xml"));
        Ok(Parts { document, styles, numbering })
    }

    fn related(&mut self, relations: &str, folder: &str, kind: &str) -> Result<Option<String>> {
        let Some(xml) = self.part(relations.trim_start_matches('/'))? else { return Ok(None) };
        let mut search = Relation { ending: format!("/{kind}"), target: None };
        xml::walk(&xml, self.limits, &mut search)?;
        Ok(search.target.map(|target| match target.strip_prefix('/') {
            Some(absolute) => absolute.to_owned(),
            None if folder.is_empty() => target,
            None => format!("{folder}/{target}"),
        }))
    }
}

struct Relation {
    ending: String,
    target: Option<String>,
}

impl Visitor for Relation {
    fn open(&mut self, element: &Element<'_>) -> bool {
        if element.name == "Relationship"
            && self.target.is_none()
            && element.attribute("Type").is_some_and(|t| t.ends_with(&self.ending))
        {
            self.target = element.attribute("Target");
        }
        true
    }

    fn close(&mut self, _name: &str) {}
}

fn damaged(error: ZipError) -> Error {
    let message = match &error {
        ZipError::InvalidPassword => {
            "is protected with a password: open it, remove the password and save it again".to_owned()
        }
        ZipError::UnsupportedArchive(why) if why.to_lowercase().contains("password") => {
            "is protected with a password: open it, remove the password and save it again".to_owned()
        }
        _ => format!("the Word document is damaged ({error}): download it again, or open it in Word and save it again"),
    };
    Error::new(ErrorKind::Unreadable, message).caused_by(error)
}
