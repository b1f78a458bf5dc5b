//! A batch as pages: one a letter, given out as the letters come, and at the end the one that lists them.

use super::index::{Row, index_page};
use super::letter::letter_page;
use super::names::Names;
use crate::error::Result;
use crate::finding::LetterFindings;
use crate::output::About;

/// The page that lists the batch.
const INDEX: &str = "index.html";

/// The pages of a batch. Of each letter only its counts are kept.
#[derive(Debug)]
pub struct Pages {
    about: About,
    names: Names,
    rows: Vec<Row>,
    unread: Vec<String>,
}

/// A file of a folder of pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// A name that every file system takes, with no folder in it, different from every other of the batch.
    pub name: String,
    /// The page.
    pub html: String,
}

impl Pages {
    /// Pages of a batch that has no letters yet.
    pub fn new(about: About) -> Self {
        let mut names = Names::default();
        names.keep(INDEX);
        Pages { about, names, rows: Vec::new(), unread: Vec::new() }
    }

    /// The page of one more letter.
    ///
    /// # Errors
    /// As [`letter_page`].
    pub fn letter(&mut self, letter: &LetterFindings) -> Result<Page> {
        let name = self.names.page(&letter.name);
        let html = letter_page(letter, &self.about, Some(INDEX))?;
        self.rows.push(Row::of(letter, &name));
        Ok(Page { name, html })
    }

    /// Says that something could not be read: one line, its name and the reason.
    pub fn unread(&mut self, line: String) {
        self.unread.push(line);
    }

    /// The page that lists the letters, and what could not be read.
    ///
    /// # Errors
    /// As [`letter_page`].
    pub fn finish(self) -> Result<Page> {
        Ok(Page { name: INDEX.to_owned(), html: index_page(&self.rows, &self.unread, &self.about)? })
    }
}
