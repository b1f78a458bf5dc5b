//! The inputs as typed (files, folders, patterns, `-`) to the letters that they stand for.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use lettermark::ingest::{Format, Limits};
use lettermark::pipeline::{Origin, Source};
use walkdir::{DirEntry, WalkDir};

use super::folder::MARKER;

/// What the inputs stand for.
#[derive(Debug, Default)]
pub struct Inputs {
    /// The letters, in the order of the inputs; those of a folder or a pattern by name. None stands twice.
    pub sources: Vec<Source>,
    /// Inputs that stand for nothing, each with its reason.
    pub problems: Vec<String>,
    seen: HashSet<PathBuf>,
}

impl Inputs {
    /// Expands what was typed. `output` is no input, even where it stands in one of the folders.
    ///
    /// # Errors
    /// When stdin cannot be read.
    pub fn expand(typed: &[PathBuf], output: Option<&Path>, limits: &Limits) -> Result<Self> {
        let mut inputs = Inputs::default();
        inputs.seen.extend(output.and_then(|path| fs::canonicalize(path).ok()));
        for input in typed {
            if input.as_os_str() == "-" {
                inputs.stdin(limits)?;
            } else if input.is_dir() {
                inputs.folder(input);
            } else if !input.exists() && is_pattern(input) {
                inputs.pattern(input);
            } else {
                inputs.file(input);
            }
        }
        inputs.tell_apart();
        Ok(inputs)
    }

    fn stdin(&mut self, limits: &Limits) -> Result<()> {
        if self.seen.insert("-".into()) {
            self.sources.push(Source { name: "-".into(), origin: Origin::Memory(read_stdin(limits)?) });
        }
        Ok(())
    }

    fn file(&mut self, path: &Path) {
        // A path that does not exist stays, to be reported when it is read.
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if self.seen.insert(real) {
            self.sources.push(Source::file(path));
        }
    }

    /// Letters only: a table of sentences in a folder is more likely an older result, so it has to be named.
    fn folder(&mut self, folder: &Path) {
        let before = self.sources.len() + self.seen.len();
        let walk = WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter();
        for entry in walk.filter_entry(|e| e.depth() == 0 || !(is_hidden(e) || is_result(e))) {
            match entry {
                Ok(entry) if entry.file_type().is_file() && is_letter(entry.path()) => self.file(entry.path()),
                Ok(_) => {}
                Err(e) => {
                    let at = e.path().unwrap_or(folder).display().to_string();
                    let reason = e.io_error().map_or_else(|| e.to_string(), io::Error::to_string);
                    self.problems.push(format!("{at}: could not look into it: {reason}"));
                }
            }
        }
        if self.sources.len() + self.seen.len() == before {
            let at = folder.display();
            self.problems.push(format!("{at}: no letters in this folder (.pdf .docx .html .md .txt)"));
        }
    }

    fn pattern(&mut self, pattern: &Path) {
        let options = glob::MatchOptions { require_literal_leading_dot: true, ..glob::MatchOptions::new() };
        let text = pattern.to_string_lossy();
        let mut any = false;
        match glob::glob_with(&text, options) {
            Ok(paths) => {
                for path in paths.filter_map(Result::ok) {
                    any = true;
                    match path.is_dir() {
                        true => self.folder(&path),
                        false => self.file(&path),
                    }
                }
            }
            Err(e) => return self.problems.push(format!("{text}: not a pattern: {e}")),
        }
        if !any {
            self.problems.push(format!("{text}: no file matches this pattern"));
        }
    }

    /// Letters of the same file name are called by their paths, so that findings can be told apart.
    fn tell_apart(&mut self) {
        let mut names: HashMap<String, usize> = HashMap::new();
        for source in &self.sources {
            *names.entry(source.name.clone()).or_default() += 1;
        }
        for source in &mut self.sources {
            if let Origin::File(path) = &source.origin
                && names[&source.name] > 1
            {
                source.name = path.to_string_lossy().replace('\\', "/");
            }
        }
    }
}

/// All of stdin, as far as a letter may be long.
pub fn read_stdin(limits: &Limits) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = limits.max_bytes.saturating_add(1);
    io::stdin().lock().take(most).read_to_end(&mut bytes).context("could not read stdin")?;
    Ok(bytes)
}

fn is_pattern(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '['])
}

fn is_hidden(entry: &DirEntry) -> bool {
    // Word leaves "~$name.docx" beside an open document.
    let name = entry.file_name().to_string_lossy();
    name.starts_with('.') || name.starts_with("~$")
}

/// Whether it is a folder of pages that lettermark made.
fn is_result(entry: &DirEntry) -> bool {
    entry.file_type().is_dir() && entry.path().join(MARKER).is_file()
}

fn is_letter(path: &Path) -> bool {
    let format = path.file_name().and_then(OsStr::to_str).and_then(Format::of_name);
    format.is_some_and(|format| !matches!(format, Format::Csv | Format::Parquet))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        folder
    }

    fn names(inputs: &Inputs) -> Vec<&str> {
        inputs.sources.iter().map(|s| s.name.as_str()).collect()
    }

    #[test]
    fn a_folder_gives_its_letters_by_name_and_nothing_else() {
        let folder = folder(&[
            "b.txt",
            "a/c.pdf",
            ".hidden.txt",
            ".git/d.txt",
            "~$e.docx",
            "old.csv",
            "old.parquet",
            "x.exe",
            "a.md",
            "pages/b.html",
            "pages/lettermark-files.txt",
        ]);
        let inputs = Inputs::expand(&[folder.path().into()], None, &Limits::default()).unwrap();
        assert_eq!(names(&inputs), ["c.pdf", "a.md", "b.txt"]);
        assert!(inputs.problems.is_empty());
    }

    #[test]
    fn the_output_is_no_input_and_nothing_is_read_twice() {
        let folder = folder(&["b.txt", "out.txt"]);
        let path = |name: &str| folder.path().join(name);
        let inputs = Inputs::expand(
            &[path("b.txt"), folder.path().into(), path("../").join(folder.path().file_name().unwrap()).join("*.txt")],
            Some(&path("out.txt")),
            &Limits::default(),
        );
        assert_eq!(names(&inputs.unwrap()), ["b.txt"]);
    }

    #[test]
    fn letters_of_one_name_are_called_by_their_paths() {
        let folder = folder(&["x/a.txt", "y/a.txt", "b.txt"]);
        let inputs = Inputs::expand(&[folder.path().into()], None, &Limits::default()).unwrap();
        let names = names(&inputs);
        assert!(names[0] == "b.txt" && names[1].ends_with("/x/a.txt") && names[2].ends_with("/y/a.txt"), "{names:?}");
    }

    #[test]
    fn inputs_that_stand_for_nothing_are_named() {
        let folder = folder(&["x.exe"]);
        let inputs =
            Inputs::expand(&[folder.path().into(), folder.path().join("*.pdf")], None, &Limits::default()).unwrap();
        assert!(inputs.sources.is_empty());
        assert!(inputs.problems[0].contains("no letters in this folder"), "{:?}", inputs.problems);
        assert!(inputs.problems[1].contains("no file matches"), "{:?}", inputs.problems);
    }
}
