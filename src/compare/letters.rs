//! Findings to letters and areas: who is compared, and which sentences count.

mod filter;
mod warning;

use std::collections::{BTreeMap, BTreeSet};

use super::dates::Dated;
use super::facts::Facts;
use crate::dataset::letters_and_digits;
use crate::error::{Error, ErrorKind, Result};
use crate::finding::Finding;
use crate::ingest::area_name;

pub use filter::Filter;
pub use warning::Warning;

/// The share of a letter's sentences that stand in other areas' letters from which it is likely there twice.
const LIKELY_COPY: f64 = 0.5;

/// The letters to compare, and their areas.
#[derive(Debug, Clone, PartialEq)]
pub struct Letters {
    /// Areas in alphabetical order.
    pub areas: Vec<Area>,
    /// Letters by area, then date, then name.
    pub letters: Vec<Letter>,
    /// What the reader must know before comparing.
    pub warnings: Vec<Warning>,
    /// What was not counted.
    pub left_out: LeftOut,
}

/// Whose services were inspected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// Its name; the letter's name where the authority is not known.
    pub name: String,
    /// Whether the authority is known.
    pub known: bool,
}

/// One letter.
#[derive(Debug, Clone, PartialEq)]
pub struct Letter {
    /// Its name, as the findings have it.
    pub name: String,
    /// The place of its area in [`Letters::areas`].
    pub area: usize,
    /// The framework's identifier; empty where unknown.
    pub framework: &'static str,
    /// What tells when it was, where anything does.
    pub dated: Option<Dated>,
    /// Its sentences, without boilerplate, each once.
    pub sentences: Vec<Sentence>,
}

impl Letter {
    /// When it was, ISO 8601.
    pub fn date(&self) -> Option<&str> {
        self.dated.as_ref().map(|dated| dated.date.as_str())
    }
}

/// A sentence of a letter, with the other places at which the letter says the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Sentence {
    /// The finding at the first place.
    pub finding: Finding,
    /// The sentence before it in the letter.
    pub previous: Option<String>,
    /// The pages of the other places, where known.
    pub again: Vec<Option<u32>>,
}

/// Sentences that are not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LeftOut {
    /// Stand in letters of several areas.
    pub boilerplate: usize,
    /// Stand a second time in their letter.
    pub repeats: usize,
    /// Letters that the filter does not let through.
    pub letters: usize,
}

impl Letters {
    /// Puts the findings of one or more files together.
    ///
    /// A sentence that a letter says twice, in its summary and in its body, counts once. Boilerplate is left out: what
    /// stands in letters of several areas, here or by the mark that `classify` set. `facts` go before what the findings
    /// say of their letters.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] when a letter stands in two of the files, or no letter is left.
    pub fn gather(files: Vec<Vec<Finding>>, facts: &Facts, filter: &Filter) -> Result<Self> {
        let mut gathered = by_letter(files)?;
        let mut warnings = Vec::new();
        let models: BTreeSet<&str> = gathered.values().flatten().map(|f| f.model.as_str()).collect();
        if models.len() > 1 {
            warnings.push(Warning::Models(models.into_iter().map(str::to_owned).collect()));
        }
        for (name, findings) in &mut gathered {
            facts.correct(name, findings);
        }
        let mut left_out = LeftOut::default();
        filter.apply(&mut gathered, &mut warnings, &mut left_out);
        if gathered.is_empty() {
            return Err(Error::new(ErrorKind::Data, "no letter is left to compare; ask for other frameworks or dates"));
        }
        let areas = areas(&gathered);
        let unknown: Vec<String> = areas.values().filter(|(_, known)| !known).map(|(name, _)| name.clone()).collect();
        if !unknown.is_empty() {
            warnings.push(Warning::NoAuthority(unknown));
        }
        let mut letters = Letters {
            areas: areas.values().map(|(name, known)| Area { name: name.clone(), known: *known }).collect(),
            letters: Vec::new(),
            warnings,
            left_out,
        };
        let keys: Vec<String> = areas.into_keys().collect();
        letters.fill(gathered, &keys);
        let frameworks: BTreeSet<&str> = letters.letters.iter().map(|l| l.framework).collect();
        if frameworks.len() > 1 {
            let named = |id: &str| if id.is_empty() { "unknown".to_owned() } else { id.to_owned() };
            letters.warnings.insert(0, Warning::Frameworks(frameworks.into_iter().map(named).collect()));
        }
        Ok(letters)
    }

    /// Adds the letters, each sentence once, without boilerplate.
    fn fill(&mut self, gathered: BTreeMap<String, Vec<Finding>>, keys: &[String]) {
        let area = |name: &str, findings: &[Finding]| {
            let key = area_key(name, findings);
            keys.iter().position(|k| *k == key).unwrap_or_default()
        };
        let mut in_areas: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        let mut in_letters: BTreeMap<String, usize> = BTreeMap::new();
        for (name, findings) in &gathered {
            let area = area(name, findings);
            let different: BTreeSet<String> = findings.iter().map(|f| letters_and_digits(&f.sentence)).collect();
            for sentence in different {
                in_areas.entry(sentence.clone()).or_default().insert(area);
                *in_letters.entry(sentence).or_default() += 1;
            }
        }
        let mut copies = Vec::new();
        for (name, findings) in gathered {
            let area = area(&name, &findings);
            let mut letter = Letter {
                area,
                framework: findings[0].framework,
                dated: Dated::of(&findings[0]),
                sentences: Vec::new(),
                name,
            };
            let mut places: BTreeMap<String, usize> = BTreeMap::new();
            let (total, mut previous, mut boilerplate) = (findings.len(), None, 0);
            for finding in findings {
                let key = letters_and_digits(&finding.sentence);
                let before = previous.replace(finding.sentence.clone());
                // The mark of `classify` also stands on what two letters of the same area share, which is no
                // boilerplate: a later letter that says the same again says that nothing changed.
                let marked = finding.boilerplate && in_letters[&key] < 2;
                if in_areas[&key].len() > 1 || marked {
                    boilerplate += 1;
                } else if let Some(&first) = places.get(&key) {
                    letter.sentences[first].again.push(finding.page);
                    self.left_out.repeats += 1;
                } else {
                    places.insert(key, letter.sentences.len());
                    letter.sentences.push(Sentence { finding, previous: before, again: Vec::new() });
                }
            }
            self.left_out.boilerplate += boilerplate;
            if boilerplate as f64 > LIKELY_COPY * total as f64 {
                copies.push(letter.name.clone());
            }
            self.letters.push(letter);
        }
        self.letters.sort_by(|a, b| (a.area, a.date(), &a.name).cmp(&(b.area, b.date(), &b.name)));
        if !copies.is_empty() {
            self.warnings.push(Warning::LikelyCopies(copies));
        }
    }
}

/// The findings of each letter. What is one letter must not be counted twice.
fn by_letter(files: Vec<Vec<Finding>>) -> Result<BTreeMap<String, Vec<Finding>>> {
    let mut gathered: BTreeMap<String, (usize, Vec<Finding>)> = BTreeMap::new();
    for (number, findings) in files.into_iter().enumerate() {
        for finding in findings {
            let (file, of_letter) = gathered.entry(finding.letter.clone()).or_insert((number, Vec::new()));
            if *file != number {
                let message = format!(
                    "the letter {:?} stands in two of the files; name each letter once, and where two letters have one \
                     name, classify them in one run",
                    finding.letter
                );
                return Err(Error::new(ErrorKind::Data, message));
            }
            of_letter.push(finding);
        }
    }
    Ok(gathered.into_iter().map(|(name, (_, findings))| (name, findings)).collect())
}

/// Areas by the key that joins spellings of a name; the first letter's spelling is shown.
fn areas(gathered: &BTreeMap<String, Vec<Finding>>) -> BTreeMap<String, (String, bool)> {
    let mut areas = BTreeMap::new();
    for (name, findings) in gathered {
        let authority = findings[0].authority.as_deref();
        let shown = authority.map_or_else(|| name.clone(), area_name);
        areas.entry(area_key(name, findings)).or_insert((shown, authority.is_some()));
    }
    areas
}

/// What two letters of one area have in common: the authority's name without "London Borough of", "Council" and the like,
/// in lower case, "&" as "and", letters and digits only.
fn area_key(letter: &str, findings: &[Finding]) -> String {
    match &findings[0].authority {
        Some(authority) => letters_and_digits(&area_name(authority).replace('&', " and ")),
        // A letter's name is no authority, even where one has the same letters.
        None => format!("~{letter}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::finding;
    use super::*;
    use crate::taxonomy::Polarity::{Strength, Weakness};

    pub(super) fn gather(findings: Vec<Finding>, filter: &Filter) -> Letters {
        Letters::gather(vec![findings], &Facts::default(), filter).unwrap()
    }

    pub(super) fn of(authority: &str, letter: &str, sentence: &str, published: &str) -> Finding {
        let known = |text: &str| Some(text.to_owned()).filter(|t| !t.is_empty());
        Finding { authority: known(authority), published: known(published), ..finding(letter, sentence, Weakness) }
    }

    #[test]
    fn spellings_of_an_authority_are_one_area() {
        let letters = gather(
            vec![
                of("London Borough of Barking & Dagenham", "a", "One.", ""),
                of("Barking and Dagenham", "b", "Two.", ""),
                of("Kent County Council", "c", "Three.", ""),
                of("", "kent", "Four.", ""),
            ],
            &Filter::default(),
        );
        let names: Vec<_> = letters.areas.iter().map(|a| (a.name.as_str(), a.known)).collect();
        assert_eq!(names, [("Barking & Dagenham", true), ("Kent", true), ("kent", false)]);
        assert_eq!(letters.letters.iter().map(|l| l.area).collect::<Vec<_>>(), [0, 0, 1, 2]);
        assert_eq!(letters.warnings, [Warning::NoAuthority(vec!["kent".into()])]);
    }

    #[test]
    fn a_sentence_counts_once_in_a_letter_and_boilerplate_not_at_all() {
        let mut marked = of("Kent", "a", "The provider is responsible.", "");
        marked.boilerplate = true;
        let mut again = of("Kent", "a", "Plans are late", "");
        again.page = Some(7);
        // What two letters of one area share is marked by `classify` and counts all the same.
        let mut shared = [of("Kent", "a", "Still late.", ""), of("Kent", "b", "Still late.", "")];
        shared.iter_mut().for_each(|f| f.boilerplate = true);
        let mut findings = vec![
            of("Kent", "a", "Plans are late.", ""),
            of("Kent", "a", "We thank the staff.", ""),
            marked,
            again,
            of("Essex", "c", "We thank the staff!", ""),
            of("Essex", "c", "Good.", ""),
        ];
        findings.extend(shared);
        let letters = gather(findings, &Filter::default());
        let sentences = |l: &Letter| l.sentences.iter().map(|s| s.finding.sentence.clone()).collect::<Vec<_>>();
        let all: Vec<_> = letters.letters.iter().map(sentences).collect();
        assert_eq!(all, [vec!["Good."], vec!["Plans are late.", "Still late."], vec!["Still late."]]);
        assert_eq!(letters.letters[1].sentences[0].again, [Some(7)]);
        assert_eq!(letters.left_out, LeftOut { boilerplate: 3, repeats: 1, letters: 0 });
    }

    #[test]
    fn a_letter_in_two_files_is_refused() {
        let one = || vec![finding("a", "One.", Strength)];
        let error = Letters::gather(vec![one(), one()], &Facts::default(), &Filter::default()).unwrap_err();
        assert!(error.to_string().contains("\"a\" stands in two"), "{error}");
    }
}
