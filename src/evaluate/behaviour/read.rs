//! Reading the suite's files, and refusing what could not be tested.
//!
//! ```toml
//! [[capability]]
//! id = "negation"
//! name = "Negation"
//! about = "What is tested, and the guide's rule."
//!
//! [[capability.case]]                      # minimum functionality
//! sentence = "Parents do not know about the local offer."
//! polarity = "weakness"                    # one, or a list where the guide allows several
//! themes = ["information_advice"]          # may be left out
//!
//! [[capability.case]]                      # invariance
//! invariant = ["Leaders' plans are clear.", "Leaders’ plans are clear."]
//! keep = ["polarity", "theme"]             # both, where left out
//!
//! [[capability.case]]                      # direction
//! from = "Most plans are on time."
//! to = "Few plans are on time."
//! toward = "weakness"
//! ```
//!
//! Each case may have a `previous` sentence and a `heading`.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::{Aspect, Capability, Case, Expectation, Suite};
use crate::error::{Error, ErrorKind, Place, Result};
use crate::taxonomy::Taxonomy;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFile {
    capability: Vec<WrittenCapability>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCapability {
    id: Spanned<String>,
    name: String,
    about: String,
    #[serde(default)]
    case: Vec<Spanned<WrittenCase>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCase {
    sentence: Option<String>,
    polarity: Option<OneOrMore>,
    themes: Option<Vec<String>>,
    invariant: Option<Vec<String>>,
    keep: Option<Vec<Aspect>>,
    from: Option<String>,
    to: Option<String>,
    toward: Option<String>,
    #[serde(default)]
    previous: String,
    #[serde(default)]
    heading: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl Suite {
    /// Reads every `.toml` of a folder, in the order of their names, or one file.
    ///
    /// # Errors
    /// When there is none, or at the first case that cannot be tested, naming file and line: a label that the taxonomy
    /// has not, a field that is missing, unknown or of another kind of case, an empty sentence, an identifier that
    /// stands twice.
    pub fn read(path: &Path, taxonomy: &Taxonomy) -> Result<Suite> {
        let mut capabilities = Vec::new();
        let mut seen = BTreeMap::new();
        for file in files(path)? {
            let text = fs::read_to_string(&file).map_err(|e| Error::io("read the behaviour cases", &file, e))?;
            let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
            let read = capabilities_of(&text, &name, taxonomy, &mut seen).map_err(|e| e.in_file(&file))?;
            capabilities.extend(read);
        }
        Ok(Suite { capabilities })
    }
}

fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let failed = |e| Error::io("read the folder of behaviour cases", path, e);
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        let file = entry.map_err(failed)?.path();
        if file.extension().is_some_and(|e| e == "toml") {
            files.push(file);
        }
    }
    files.sort();
    match files.is_empty() {
        true => Err(data("holds no .toml with behaviour cases; name a folder such as eval/behaviour").in_file(path)),
        false => Ok(files),
    }
}

/// The capabilities of one file. `seen` has every identifier so far, with where it stands.
fn capabilities_of(
    text: &str,
    file: &str,
    taxonomy: &Taxonomy,
    seen: &mut BTreeMap<String, String>,
) -> Result<Vec<Capability>> {
    let line = |span: Range<usize>| 1 + text[..span.start.min(text.len())].matches('\n').count() as u64;
    let written: WrittenFile = toml::from_str(text).map_err(|e| {
        let error = data(format!("no behaviour cases: {}", e.message()));
        match e.span() {
            Some(span) => error.at(Place::Line(line(span))),
            None => error,
        }
    })?;
    let mut capabilities = Vec::new();
    for WrittenCapability { id, name, about, case } in written.capability {
        let at = line(id.span());
        let id = id.into_inner();
        let refuse = |message: String| Err(data(message).at(Place::Line(at)));
        if let Some(first) = seen.insert(id.clone(), format!("{file}, line {at}")) {
            return refuse(format!("capability {id:?} stands in {first} too; give each its own id"));
        }
        if case.is_empty() {
            return refuse(format!("capability {id:?} has no case"));
        }
        let mut cases = Vec::new();
        for case in case {
            let line = line(case.span());
            let case = case.into_inner();
            let (previous, heading) = (case.previous.clone(), case.heading.clone());
            let expects = expectation(case, taxonomy).map_err(|e| e.at(Place::Line(line)))?;
            cases.push(Case { file: file.to_owned(), line, previous, heading, expects });
        }
        capabilities.push(Capability { id, name, about, cases });
    }
    Ok(capabilities)
}

fn expectation(case: WrittenCase, taxonomy: &Taxonomy) -> Result<Expectation> {
    let expects = match case {
        WrittenCase {
            sentence: Some(sentence),
            polarity: Some(polarity),
            themes,
            invariant: None,
            keep: None,
            from: None,
            to: None,
            toward: None,
            ..
        } => {
            let polarities = match polarity {
                OneOrMore::One(word) => vec![word.parse()?],
                OneOrMore::More(words) => words.iter().map(|word| word.parse()).collect::<Result<Vec<_>>>()?,
            };
            if polarities.is_empty() {
                return Err(data("the list of right polarities is empty"));
            }
            let themes = themes.unwrap_or_default().iter().map(|word| taxonomy.find(word)).collect::<Result<_>>()?;
            Expectation::Labels { sentence, polarities, themes }
        }
        WrittenCase {
            invariant: Some(variants),
            keep,
            sentence: None,
            polarity: None,
            themes: None,
            from: None,
            to: None,
            toward: None,
            ..
        } => {
            let keep = keep.unwrap_or_else(|| vec![Aspect::Polarity, Aspect::Theme]);
            if variants.len() < 2 || keep.is_empty() {
                return Err(data("an invariance case needs two variants or more, and something to keep"));
            }
            Expectation::Invariance { variants, keep }
        }
        WrittenCase {
            from: Some(from),
            to: Some(to),
            toward: Some(toward),
            sentence: None,
            polarity: None,
            themes: None,
            invariant: None,
            keep: None,
            ..
        } => Expectation::Direction { from, to, toward: toward.parse()? },
        _ => {
            return Err(data(
                "a case has either sentence and polarity (and themes), or invariant (and keep), or from, to and toward; \
                 previous and heading may stand with each",
            ));
        }
    };
    let sentences = match &expects {
        Expectation::Labels { sentence, .. } => vec![sentence],
        Expectation::Invariance { variants, .. } => variants.iter().collect(),
        Expectation::Direction { from, to, .. } => vec![from, to],
    };
    match sentences.iter().any(|s| s.trim().is_empty()) {
        true => Err(data("a sentence of the case is empty")),
        false => Ok(expects),
    }
}

fn data(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Data, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Capability>> {
        capabilities_of(text, "cases.toml", &Taxonomy::default(), &mut BTreeMap::new())
    }

    const HEAD: &str = "[[capability]]\nid = \"a\"\nname = \"A\"\nabout = \"About.\"\n";

    #[test]
    fn each_case_knows_its_line() {
        let cases = "\n[[capability.case]]\nsentence = \"Good.\"\npolarity = [\"strength\", \"mixed\"]\n\n\
                     # why\n[[capability.case]]\nfrom = \"a\"\nto = \"b\"\ntoward = \"weakness\"\n";
        let read = read(&format!("{HEAD}{cases}")).unwrap();
        assert_eq!(read[0].cases.iter().map(|c| c.line).collect::<Vec<_>>(), [6, 11]);
    }

    #[test]
    fn what_cannot_be_tested_is_refused_with_its_line() {
        let case = |lines: &str| format!("{HEAD}[[capability.case]]\n{lines}");
        for (text, at, says) in [
            (case("sentence = \"a\"\npolarity = \"weekness\""), 5, "\"weekness\" is no polarity"),
            (case("sentence = \"a\"\npolarity = \"weakness\"\nthemes = [\"plans_of_ehc\"]"), 5, "is no theme"),
            (case("sentence = \"a\"\npolarity = []"), 5, "is empty"),
            (case("sentence = \"a\""), 5, "a case has either"),
            (case("sentence = \" \"\npolarity = \"weakness\""), 5, "is empty"),
            (case("sentence = \"a\"\npolarity = \"weakness\"\nfrom = \"b\""), 5, "a case has either"),
            (case("invariant = [\"a\"]"), 5, "two variants"),
            (case("invariant = [\"a\", \"b\"]\nkeep = [\"theme\", \"tone\"]"), 7, "tone"),
            (case("from = \"a\"\nto = \"b\""), 5, "a case has either"),
            (case("sentense = \"a\""), 6, "sentense"),
            (HEAD.to_owned(), 2, "has no case"),
            ("capability = 3".to_owned(), 1, "no behaviour cases"),
        ] {
            let error = read(&text).unwrap_err();
            assert!(error.to_string().contains(says), "{text}: {error}");
            assert_eq!(error.place(), Place::Line(at), "{text}: {error}");
        }
    }

    #[test]
    fn an_identifier_stands_once() {
        let case = "[[capability.case]]\nsentence = \"a\"\npolarity = \"weakness\"\n";
        let error = read(&format!("{HEAD}{case}{HEAD}{case}")).unwrap_err();
        assert!(error.to_string().contains("stands in cases.toml, line 2 too"), "{error}");
    }

    #[test]
    fn a_folder_without_cases_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let message = Suite::read(folder.path(), &Taxonomy::default()).unwrap_err().to_string();
        assert!(message.contains("holds no .toml"), "{message}");
    }
}
