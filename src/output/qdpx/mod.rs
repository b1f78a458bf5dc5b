//! A REFI-QDA 1.5 project: what NVivo, ATLAS.ti, MAXQDA, QualCoder and others exchange.
//!
//! The file is a zip archive of `project.qde` (XML, namespace `urn:QDA-XML:project:1.0`) and a plain text a letter under
//! `Sources/`. The labels are codes under three heads: polarity, themes, marks (needs review, boilerplate, end not read).
//! Each finding is one `PlainTextSelection` with a `Coding` for each of its labels. Their user is the model, so that what
//! a person codes in the tool stays apart from it; scores and the model's hash are in the selection's description, which
//! tools show as the coding's memo or comment (a `Coding` has no description of its own in the schema).
//!
//! **Positions** count Unicode code points of the text file from zero, the end exclusive: the standard's unit (section
//! 10.2, "Text selections"), and what the open importers that were read do (QualCoder and qdapy slice Python strings,
//! which are code points). A tool that counts UTF-16 units instead comes out one further for each character beyond
//! U+FFFF before the passage; a source that holds such characters says so in its description. Line ends are one line
//! feed, because QualCoder counts a carriage return before it or not by the program that wrote the file.
//!
//! **The same findings give the same bytes.** Identifiers are UUIDs of version 5 over stable names, so that the codes of
//! two projects are the same codes too; no element has a time, which the schema allows, and the archive's entries have
//! zip's first.

mod codes;
mod guid;
mod source;
mod xml;

use std::collections::BTreeMap;
use std::io::{Cursor, Write};

use uuid::Uuid;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::error::{Error, ErrorKind, Result};
use crate::finding::LetterFindings;

use super::{About, PROGRAM};
use codes::CodeBook;
use source::Source;
use xml::Xml;

const NAMESPACE: &str = "urn:QDA-XML:project:1.0";

type Archive = ZipWriter<Cursor<Vec<u8>>>;

/// A project that takes letters in.
///
/// `project.qde` is written while they come; the texts wait until it is closed, since an archive grows at one end. 152,116
/// findings of 400 letters took 14 s and 57 MB at the most, the program's own texts not counted, and gave 23 MB.
pub(super) struct Project {
    xml: Xml<Archive>,
    book: CodeBook,
    about: About,
    user: Uuid,
    texts: Vec<(Uuid, String)>,
    /// How often each name of a source was wanted, in lower case: tools use it as a file name.
    names: BTreeMap<String, usize>,
    unread: Vec<String>,
}

impl Project {
    /// A project with its user, its codes and its variables.
    pub fn new(about: About) -> Result<Self> {
        let book = CodeBook::new(&about.taxonomy);
        let user = guid::of(&["user", &about.model]);
        let xml = begin(&about, &book, user).map_err(failed)?;
        Ok(Project { xml, book, about, user, texts: Vec::new(), names: BTreeMap::new(), unread: Vec::new() })
    }

    /// Takes one more letter in.
    pub fn letter(&mut self, letter: &LetterFindings) -> Result<()> {
        let name = self.unused_name(&letter.name);
        let source = Source::new(letter, &name);
        if self.texts.is_empty() {
            self.xml.open("Sources", &[]).map_err(failed)?;
        }
        let codings = source.codings(letter, &self.book).map_err(|e| e.in_file(&letter.name))?;
        source.write(&mut self.xml, letter, &codings, self.user).map_err(failed)?;
        self.texts.push((source.guid, source.text));
        Ok(())
    }

    /// Remembers what could not be read.
    pub fn unread(&mut self, line: String) {
        self.unread.push(line);
    }

    /// The archive's bytes.
    pub fn finish(self) -> Result<Vec<u8>> {
        self.end().map_err(failed)
    }

    fn end(mut self) -> std::io::Result<Vec<u8>> {
        if !self.texts.is_empty() {
            self.xml.close("Sources")?;
        }
        let description = self.description();
        self.xml.text("Description", &description)?;
        self.xml.close("Project")?;
        let mut archive = self.xml.into_inner();
        for (guid, text) in &self.texts {
            archive.start_file(format!("Sources/{guid}.txt"), options())?;
            archive.write_all(text.as_bytes())?;
        }
        Ok(archive.finish()?.into_inner())
    }

    fn description(&self) -> String {
        let About { taxonomy, model } = &self.about;
        let mut lines = vec![
            format!("Written by {PROGRAM} with the model {model}, taxonomy {} {}.", taxonomy.name, taxonomy.version),
            "Its codings are what a model says of each sentence, not what a person judged. It errs: read before you quote."
                .to_owned(),
            "Passages with the code \"Needs review\" are those where the model is unsure of the polarity; those with \
             \"Boilerplate\" stand word for word in another of these letters too."
                .to_owned(),
            format!("Letters read: {}. Could not be read: {}.", self.texts.len(), self.unread.len()),
        ];
        lines.extend(self.unread.iter().cloned());
        lines.join("\n")
    }

    /// A letter's name as tools can use it for a file, told apart from those before.
    fn unused_name(&mut self, letter: &str) -> String {
        let name = source::file_name(letter);
        let seen = self.names.entry(name.to_lowercase()).or_default();
        *seen += 1;
        match *seen {
            1 => name,
            n => self.unused_name(&format!("{name} ({n})")),
        }
    }
}

fn begin(about: &About, book: &CodeBook, user: Uuid) -> std::io::Result<Xml<Archive>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("project.qde", options())?;
    let mut xml = Xml::new(archive)?;
    let user = user.to_string();
    xml.open(
        "Project",
        &[("xmlns", NAMESPACE), ("name", "lettermark findings"), ("origin", PROGRAM), ("creatingUserGUID", &user)],
    )?;
    xml.open("Users", &[])?;
    xml.empty("User", &[("guid", &user), ("name", &format!("lettermark model {}", about.model))])?;
    xml.close("Users")?;
    book.write(&mut xml)?;
    source::write_variables(&mut xml)?;
    Ok(xml)
}

fn options() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644)
}

fn failed(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("could not build the project: {error}")).caused_by(error)
}

#[cfg(test)]
mod tests;
