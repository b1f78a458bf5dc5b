//! Where findings go, letter by letter: through a format into a file or stdout, or as pages into a folder.

use std::path::Path;

use anyhow::{Result, bail};
use lettermark::finding::LetterFindings;
use lettermark::output::html::Pages;
use lettermark::output::{About, Correct, Format, Renderer, TableStyle};

use super::folder::Folder;
use super::sink::Sink;

pub enum Destination {
    /// One after the other, or all at the end.
    Stream(Renderer, Sink),
    /// A page each, and one that lists them.
    Folder(Box<Pages>, Folder),
}

impl Destination {
    /// Opens `output`, or stdout; counts on pages get the intervals of `correct`. Pages of several letters, and what does
    /// not end as a page does, go into a folder.
    pub fn open(
        format: Format,
        output: Option<&Path>,
        sources: usize,
        style: TableStyle,
        about: About,
        correct: Option<Box<dyn Correct>>,
    ) -> Result<Self> {
        let sink = match output {
            Some(path) if format == Format::Html && !is_page(path) => {
                let pages = Box::new(Pages::new(about).with_intervals(correct));
                return Ok(Destination::Folder(pages, Folder::create(path)?));
            }
            _ if format == Format::Html && sources > 1 => {
                bail!(
                    "a page holds one letter, and these are {sources}; name a folder for their pages: -o letters-html"
                );
            }
            Some(path) => Sink::file(path)?,
            None if format == Format::Table => Sink::screen(),
            None => Sink::stdout(),
        };
        Ok(Destination::Stream(Renderer::new(format, style, about)?.with_intervals(correct), sink))
    }

    /// The most findings that it has room for; `None` where there is no limit.
    pub fn most_findings(&self) -> Option<usize> {
        match self {
            Destination::Stream(renderer, _) => renderer.most_findings(),
            Destination::Folder(..) => None,
        }
    }

    /// Writes one more letter.
    pub fn letter(&mut self, letter: &LetterFindings) -> Result<()> {
        match self {
            Destination::Stream(renderer, sink) => sink.write(&renderer.letter(letter)?),
            Destination::Folder(pages, folder) => {
                let page = pages.letter(letter)?;
                folder.write(&page.name, page.html.as_bytes())
            }
        }
    }

    /// Takes note of what could not be read: one line, its name and the reason.
    pub fn unread(&mut self, line: &str) {
        match self {
            Destination::Stream(renderer, _) => renderer.unread(line.to_owned()),
            Destination::Folder(pages, _) => pages.unread(line.to_owned()),
        }
    }

    /// Ends the output; a file or a folder takes its place now.
    pub fn finish(self) -> Result<()> {
        match self {
            Destination::Stream(renderer, mut sink) => {
                sink.write(&renderer.finish()?)?;
                sink.finish()
            }
            Destination::Folder(pages, mut folder) => {
                let index = pages.finish()?;
                folder.write(&index.name, index.html.as_bytes())?;
                folder.finish()
            }
        }
    }
}

fn is_page(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("html") || e.eq_ignore_ascii_case("htm")) && !path.is_dir()
}
