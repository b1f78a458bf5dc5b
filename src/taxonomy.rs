//! The labels: polarities and themes. `taxonomy.toml` is the only list of themes; this module reads it.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};

/// What the inspectors tell the reader about the area in one sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Polarity {
    /// Something is credited.
    Strength,
    /// Something is faulted.
    Weakness,
    /// The same sentence carries a real credit and a real fault.
    Mixed,
    /// Neither.
    Neutral,
}

impl Polarity {
    /// All four, in the order of every table and every weight matrix.
    pub const ALL: [Polarity; 4] = [Polarity::Strength, Polarity::Weakness, Polarity::Mixed, Polarity::Neutral];

    /// The word used in files.
    pub fn id(self) -> &'static str {
        match self {
            Polarity::Strength => "strength",
            Polarity::Weakness => "weakness",
            Polarity::Mixed => "mixed",
            Polarity::Neutral => "neutral",
        }
    }

    /// Its place in [`Polarity::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Polarity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl FromStr for Polarity {
    type Err = Error;

    fn from_str(s: &str) -> Result<Self> {
        let wanted = s.trim().to_lowercase();
        Polarity::ALL.into_iter().find(|p| p.id() == wanted).ok_or_else(|| {
            let near = nearest(&wanted, Polarity::ALL.iter().map(|p| p.id()));
            Error::new(ErrorKind::Data, format!("{s:?} is no polarity; did you mean {near:?}?"))
        })
    }
}

/// A theme of a [`Taxonomy`], by its place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ThemeId(pub u16);

/// One theme: what a label of it means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Theme {
    /// The word used in files: lower case letters, digits, `_`.
    pub id: String,
    /// The name shown to people.
    pub name: String,
    /// What it covers, in one line.
    pub definition: String,
    /// Other words accepted for it when labels are read.
    #[serde(default)]
    pub aliases: Vec<String>,
}

/// The list of themes that a model and its labels use.
///
/// The last entry of every taxonomy is `none`: no theme. It stands alone in a set of themes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Taxonomy {
    /// A name for the list as a whole.
    pub name: String,
    /// Its version; a model refuses labels of another major version.
    pub version: String,
    /// The themes, in the order of every table and every weight matrix.
    #[serde(rename = "theme")]
    pub themes: Vec<Theme>,
}

/// The identifier of the theme that says there is none.
pub const NONE: &str = "none";

/// The most themes of a taxonomy; a [`ThemeId`] counts no further, and no person does.
const MOST_THEMES: usize = 1_000;

const DEFAULT: &str = include_str!("../datasets/taxonomy.toml");

impl Default for Taxonomy {
    fn default() -> Self {
        Taxonomy::from_toml(DEFAULT).expect("the taxonomy in the source tree is valid; a test reads it")
    }
}

impl Taxonomy {
    /// Reads a taxonomy from the text of a `taxonomy.toml`.
    ///
    /// # Errors
    /// When it is no TOML of this shape, an identifier or alias stands twice or holds other characters than
    /// `a-z0-9_`, or the last theme is not `none`.
    pub fn from_toml(text: &str) -> Result<Self> {
        let taxonomy: Taxonomy = toml::from_str(text)
            .map_err(|e| Error::new(ErrorKind::Data, format!("not a taxonomy: {}", e.message())).caused_by(e))?;
        taxonomy.check()?;
        Ok(taxonomy)
    }

    fn check(&self) -> Result<()> {
        let bad = |message: String| Err(Error::new(ErrorKind::Data, message));
        if self.themes.last().map(|t| t.id.as_str()) != Some(NONE) {
            return bad(format!("the last theme of a taxonomy must be {NONE:?}"));
        }
        if self.themes.len() > MOST_THEMES {
            return bad(format!("{} themes, where at most {MOST_THEMES} can be told apart", self.themes.len()));
        }
        let mut seen = HashSet::new();
        for theme in &self.themes {
            if theme.id.is_empty()
                || !theme.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
            {
                return bad(format!("theme id {:?}: use lower case letters, digits and _", theme.id));
            }
            for word in std::iter::once(&theme.id).chain(&theme.aliases) {
                if !seen.insert(word.to_lowercase()) {
                    return bad(format!("{word:?} names two themes"));
                }
            }
        }
        Ok(())
    }

    /// Refuses to take labels of this taxonomy for those of `model`: of one name, but of versions whose first numbers differ,
    /// so that the same word may mean something else. A taxonomy of another name is a user's own, which is known.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] naming both versions.
    pub fn check_version(&self, model: &Taxonomy) -> Result<()> {
        let major = |version: &str| version.split('.').next().unwrap_or_default().to_owned();
        match self.name == model.name && major(&self.version) != major(&model.version) {
            true => Err(Error::new(
                ErrorKind::Data,
                format!(
                    "the taxonomy {:?} is of version {}, the model's of {}: their labels may mean different things; name \
                     the taxonomy that the model was trained on, or train a model on this one",
                    self.name, self.version, model.version
                ),
            )),
            false => Ok(()),
        }
    }

    /// How many themes there are, `none` included.
    pub fn len(&self) -> usize {
        self.themes.len()
    }

    /// Never true for a taxonomy that was read.
    pub fn is_empty(&self) -> bool {
        self.themes.is_empty()
    }

    /// The theme that says there is none.
    pub fn none(&self) -> ThemeId {
        ThemeId(self.themes.len() as u16 - 1)
    }

    /// All themes' identifiers in order.
    pub fn ids(&self) -> impl Iterator<Item = ThemeId> + use<> {
        (0..self.themes.len() as u16).map(ThemeId)
    }

    /// A theme's entry.
    pub fn theme(&self, id: ThemeId) -> &Theme {
        &self.themes[usize::from(id.0)]
    }

    /// The theme with this identifier or alias, whatever its case.
    ///
    /// # Errors
    /// When there is none; the message names the nearest.
    pub fn find(&self, word: &str) -> Result<ThemeId> {
        let wanted = word.trim().to_lowercase();
        let names = |t: &Theme| t.id == wanted || t.aliases.iter().any(|a| a.to_lowercase() == wanted);
        match self.themes.iter().position(names) {
            Some(i) => Ok(ThemeId(i as u16)),
            None => {
                let near = nearest(&wanted, self.themes.iter().map(|t| t.id.as_str()));
                Err(Error::new(ErrorKind::Data, format!("{word:?} is no theme; did you mean {near:?}?")))
            }
        }
    }

    /// Reads a set of themes as labelled files hold it: joined by `;`, the main one first.
    ///
    /// # Errors
    /// When a theme is unknown or stands twice, the set is empty, or `none` stands beside another.
    pub fn parse_set(&self, text: &str) -> Result<Vec<ThemeId>> {
        let mut set = Vec::new();
        for word in text.split(';').filter(|w| !w.trim().is_empty()) {
            let id = self.find(word)?;
            if set.contains(&id) {
                return Err(Error::new(ErrorKind::Data, format!("theme {word:?} stands twice")));
            }
            set.push(id);
        }
        if set.is_empty() {
            return Err(Error::new(ErrorKind::Data, format!("no theme; write {NONE:?} where there is none")));
        }
        if set.len() > 1 && set.contains(&self.none()) {
            return Err(Error::new(ErrorKind::Data, format!("{NONE:?} stands beside another theme")));
        }
        Ok(set)
    }

    /// A set of themes as labelled files hold it.
    pub fn format_set(&self, set: &[ThemeId]) -> String {
        set.iter().map(|&id| self.theme(id).id.as_str()).collect::<Vec<_>>().join(";")
    }
}

/// The candidate with the fewest single-character edits from `word`.
fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> &'a str {
    candidates.min_by_key(|c| edit_distance(word, c)).unwrap_or("")
}

/// Levenshtein distance in characters.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &cb) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(ca != cb);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_has_fifteen_themes_and_none() {
        let taxonomy = Taxonomy::default();
        assert_eq!(taxonomy.len(), 16);
        assert_eq!(taxonomy.theme(taxonomy.none()).id, "none");
    }

    #[test]
    fn another_first_number_of_the_version_is_foreign_and_another_name_is_ones_own() {
        let model = Taxonomy::default();
        let version = |version: &str| Taxonomy { version: version.to_owned(), ..Taxonomy::default() };
        let later = format!("{}.99", model.version.split('.').next().unwrap());
        assert!(version(&later).check_version(&model).is_ok());
        let error = version("99.0").check_version(&model).unwrap_err();
        assert!(error.message().contains("99.0") && error.message().contains(&model.version), "{error}");
        let own = Taxonomy { name: "my own".to_owned(), ..version("99.0") };
        assert!(own.check_version(&model).is_ok());
    }

    #[test]
    fn more_themes_than_can_be_told_apart_are_refused() {
        let theme = |id: &str| format!("[[theme]]\nid = {id:?}\nname = \"\"\ndefinition = \"\"\n");
        let list = |n: usize| {
            let themes: String = (1..n).map(|i| theme(&format!("t{i}"))).collect();
            Taxonomy::from_toml(&format!("name = \"\"\nversion = \"1\"\n{themes}{}", theme("none")))
        };
        assert_eq!(list(MOST_THEMES).unwrap().len(), MOST_THEMES);
        assert!(list(MOST_THEMES + 1).unwrap_err().to_string().contains("1001 themes"));
    }

    #[test]
    fn a_set_keeps_its_order() {
        let taxonomy = Taxonomy::default();
        let set = taxonomy.parse_set("workforce; leadership").unwrap();
        assert_eq!(taxonomy.format_set(&set), "workforce;leadership");
    }

    #[test]
    fn wrong_sets_are_refused() {
        let taxonomy = Taxonomy::default();
        for (set, says) in [
            ("ehc_plan", "did you mean \"ehc_plans\""),
            ("none;education", "beside another"),
            ("education;education", "twice"),
            (" ; ", "no theme"),
        ] {
            let message = taxonomy.parse_set(set).unwrap_err().to_string();
            assert!(message.contains(says), "{set:?}: {message}");
        }
    }

    #[test]
    fn a_misspelt_polarity_names_the_nearest() {
        let message = "strenght".parse::<Polarity>().unwrap_err().to_string();
        assert!(message.contains("\"strength\""), "{message}");
    }
}
