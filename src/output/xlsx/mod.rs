//! A workbook for Excel and LibreOffice: a summary that counts live, the findings, the letters, and what to know.
//!
//! * *Summary*: themes by polarity, each number a `COUNTIFS` over the findings, so that it follows when a reader corrects
//!   a label. The results are stored too, for programs that do not calculate. Sentences that stand in another letter of
//!   the batch (boilerplate) are left out unless the reader asks for them. The chart draws the same cells.
//! * *Findings*: a row a sentence. Each theme has its own column, empty or with the theme's score: counting in cells of
//!   joined themes would need a pattern, and that of one identifier can match another that contains it.
//! * *Letters*: what each says of itself, its counts (of every sentence, as the table on a terminal and the pages have
//!   them), and a way to its first finding.
//! * *About*: model, versions, what the columns mean, and which letters could not be read.
//!
//! All text is written as strings, never as formulas. The same findings give the same bytes: the workbook bears no time.
//!
//! The findings go to a temporary file while they come in (the library's "constant memory" mode, which needs rows in
//! order, and stores text in the cells in place of a shared table). Measured on 152,116 findings of 400 letters, on two
//! cores that had much else to do: 20 s, 103 MB more memory at the most, a file of 21 MB. A program that only wrote such
//! rows took 57 MB at the most in that mode, 110 MB with a shared table of strings ("low memory"; a file a quarter
//! smaller) and 695 MB in the ordinary mode, and was fastest in the first.

mod about;
mod cells;
mod findings;
mod letters;
mod styles;
mod summary;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use crate::error::{Error, ErrorKind, Result};
use crate::finding::LetterFindings;

use super::counts::Counts;
use super::theme_names::theme_names;
use super::{About, PROGRAM};
// What the workbook of a comparison has in common with that of findings.
pub(crate) use cells::text as cell_text;
pub(crate) use styles::head as head_format;

use findings::FindingsSheet;
use letters::LetterRow;
use styles::Styles;

/// A sheet has 1,048,576 rows; the first names the columns.
pub(super) const MOST_FINDINGS: usize = 1_048_575;

/// A workbook that takes letters in.
pub(super) struct Book {
    workbook: Workbook,
    styles: Styles,
    about: About,
    themes: Vec<String>,
    findings: FindingsSheet,
    counted: Counted,
    letters: Vec<LetterRow>,
    unread: Vec<String>,
}

/// What the summary's formulas give, before a reader changes anything.
struct Counted {
    /// All sentences, boilerplate included.
    sentences: usize,
    /// Those that are counted, and how many are boilerplate.
    all: Counts,
    /// The same by theme, in the taxonomy's order.
    by_theme: Vec<Counts>,
}

impl Book {
    /// An empty workbook.
    pub fn new(about: About) -> Result<Self> {
        let mut workbook = Workbook::new();
        let styles = Styles::default();
        let themes = theme_names(&about.taxonomy);
        let findings = FindingsSheet::new(&mut workbook, &styles, &themes).map_err(failed)?;
        let by_theme = vec![Counts::default(); themes.len()];
        let counted = Counted { sentences: 0, all: Counts::default(), by_theme };
        Ok(Book { workbook, styles, about, themes, findings, counted, letters: Vec::new(), unread: Vec::new() })
    }

    /// Takes one more letter in.
    pub fn letter(&mut self, letter: &LetterFindings) -> Result<()> {
        if self.counted.sentences + letter.findings.len() > MOST_FINDINGS {
            return Err(too_many().in_file(&letter.name));
        }
        let first_row = self.findings.next_row();
        let mut counts = Counts::default();
        for finding in &letter.findings {
            let themes = self.places(&finding.themes).map_err(|e| e.in_file(&letter.name))?;
            self.findings.row(&self.styles, &self.themes, finding, &themes).map_err(failed)?;
            counts.add(finding);
            self.counted.sentences += 1;
            self.counted.all.add(finding);
            for &theme in &themes {
                self.counted.by_theme[theme].add(finding);
            }
        }
        let any = !letter.findings.is_empty();
        self.letters.push(LetterRow::new(letter, counts, any.then_some(first_row)));
        Ok(())
    }

    /// Remembers what could not be read.
    pub fn unread(&mut self, line: String) {
        self.unread.push(line);
    }

    /// The workbook's bytes.
    pub fn finish(mut self) -> Result<Vec<u8>> {
        self.build().map_err(failed)
    }

    fn build(&mut self) -> std::result::Result<Vec<u8>, XlsxError> {
        let last_row = self.findings.finish()?;
        let summary = summary::sheet(&self.styles, &self.themes, &self.counted, self.letters.len(), last_row)?;
        self.workbook.push_worksheet(summary);
        self.workbook.push_worksheet(self.findings.take());
        self.workbook.push_worksheet(letters::sheet(&self.styles, &self.letters)?);
        self.workbook.push_worksheet(about::sheet(&self.styles, &self.about, self.letters.len(), &self.unread)?);
        let properties = DocProperties::new()
            .set_title("Findings of inspection letters")
            .set_author(PROGRAM)
            .set_comment(cells::text(&format!("model {}", self.about.model)).as_ref())
            .set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?);
        self.workbook.set_properties(&properties);
        self.workbook.save_to_buffer()
    }

    /// The themes' places in the taxonomy.
    fn places(&self, ids: &[String]) -> Result<Vec<usize>> {
        let themes = &self.about.taxonomy.themes;
        let place = |id: &String| {
            themes.iter().position(|t| t.id == *id).ok_or_else(|| {
                let message = format!("{id:?} is no theme of the taxonomy {:?}", self.about.taxonomy.name);
                Error::new(ErrorKind::Data, message)
            })
        };
        ids.iter().map(place).collect()
    }
}

fn too_many() -> Error {
    let message = format!(
        "a sheet of a workbook has room for {MOST_FINDINGS} findings, and there are more; \
         classify fewer letters at a time, or write CSV"
    );
    Error::new(ErrorKind::Limit, message)
}

fn failed(error: XlsxError) -> Error {
    Error::new(ErrorKind::Io, format!("could not build the workbook: {error}")).caused_by(error)
}

#[cfg(test)]
mod tests;
