//! A batch as pages: one a letter, given out as the letters come, and at the end the one that lists them.

use super::index::{Batch, Row};
use super::letter::counted_page;
use super::names::Names;
use crate::error::Result;
use crate::finding::LetterFindings;
use crate::output::About;
use crate::output::corrected::{Correct, corrected};
use crate::output::counts::Totals;

/// The page that lists the batch.
const INDEX: &str = "index.html";

/// The pages of a batch. Of each letter only its counts are kept.
#[derive(Debug)]
pub struct Pages {
    about: About,
    names: Names,
    correct: Option<Box<dyn Correct>>,
    batch: Batch,
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
        Pages { about, names, correct: None, batch: Batch::default() }
    }

    /// Counts get intervals of `correct`.
    #[must_use]
    pub fn with_intervals(mut self, correct: Option<Box<dyn Correct>>) -> Self {
        self.correct = correct;
        self
    }

    /// The page of one more letter.
    ///
    /// # Errors
    /// As [`letter_page`](super::letter_page).
    pub fn letter(&mut self, letter: &LetterFindings) -> Result<Page> {
        let name = self.names.page(&letter.name);
        let totals = Totals::of(&letter.findings);
        let corrected = corrected(self.correct.as_deref(), &totals, &self.about.taxonomy);
        let html = counted_page(letter, (&totals, corrected.as_ref()), &self.about, Some(INDEX))?;
        self.batch.totals.merge(&totals);
        self.batch.rows.push(Row::of(letter, &name, totals.all, corrected.map(|corrected| corrected.polarity)));
        Ok(Page { name, html })
    }

    /// Says that something could not be read: one line, its name and the reason.
    pub fn unread(&mut self, line: String) {
        self.batch.unread.push(line);
    }

    /// The page that lists the letters, and what could not be read.
    ///
    /// # Errors
    /// As [`letter_page`](super::letter_page).
    pub fn finish(self) -> Result<Page> {
        let corrected = corrected(self.correct.as_deref(), &self.batch.totals, &self.about.taxonomy);
        Ok(Page { name: INDEX.to_owned(), html: self.batch.page(&self.about, corrected.as_ref())? })
    }
}
