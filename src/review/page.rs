//! The review page: `templates/review.html` with the letters as JSON and the scripts of `templates/review/`.

use std::collections::BTreeMap;

use askama::Template;
use serde::Serialize;

use super::guide::{Guide, Style};
use super::keys::theme_keys;
use super::letters::{Letter, Sentence, Start, Suggestion};
use super::{Review, Why};
use crate::classify::hex_sha256;
use crate::error::{Error, ErrorKind, Result};
use crate::taxonomy::{Polarity, Taxonomy, Theme};

/// The scripts, in the order in which they build on one another.
const SCRIPTS: &[&str] = &[
    include_str!("../../templates/review/csv.js"),
    include_str!("../../templates/review/state.js"),
    include_str!("../../templates/review/figures.js"),
    include_str!("../../templates/review/exchange.js"),
    include_str!("../../templates/review/view.js"),
    include_str!("../../templates/review/keys.js"),
];

#[derive(Template)]
#[template(path = "review.html")]
struct Page<'a> {
    model: &'a str,
    version: &'a str,
    blind: bool,
    every: usize,
    letters: &'a [Letter],
    sentences: usize,
    polarities: Vec<PolarityKey>,
    themes: Vec<ThemeKey<'a>>,
    guide: Guide,
    /// Whether the taxonomy is the guide's; of another only the polarities' rules hold.
    is_guided: bool,
    data: String,
    scripts: String,
}

struct PolarityKey {
    id: &'static str,
    key: usize,
}

struct ThemeKey<'a> {
    theme: &'a Theme,
    key: String,
}

/// A review as one HTML file: nothing is loaded, nothing is sent.
///
/// # Errors
/// [`ErrorKind::Internal`] when the page cannot be put together, which is a fault of this program.
pub fn html(review: &Review) -> Result<String> {
    let failed = |e: Box<dyn std::error::Error + Send + Sync>| {
        Error::new(ErrorKind::Internal, format!("internal error: the page could not be written: {e}")).caused_by(e)
    };
    let keys = theme_keys(&review.taxonomy).into_iter().map(|key| key.map(String::from).unwrap_or_default());
    let page = Page {
        model: &review.model,
        version: env!("CARGO_PKG_VERSION"),
        blind: review.blind,
        every: review.every,
        letters: &review.letters,
        sentences: review.sentences(),
        polarities: Polarity::ALL.iter().zip(1..).map(|(p, key)| PolarityKey { id: p.id(), key }).collect(),
        themes: review.taxonomy.themes.iter().zip(keys).map(|(theme, key)| ThemeKey { theme, key }).collect(),
        guide: Guide::built_in(),
        is_guided: review.taxonomy == Taxonomy::default(),
        data: data(review).map_err(|e| failed(e.into()))?,
        scripts: SCRIPTS.concat(),
    };
    page.render().map_err(|e| failed(e.into()))
}

/// What the scripts work with.
#[derive(Serialize)]
struct Data<'a> {
    /// The start of the hash of everything else, under which a browser keeps the labels.
    id: String,
    blind: bool,
    every: usize,
    /// Identifier, name, key and other accepted words of each theme.
    themes: Vec<(&'a str, &'a str, String, &'a [String])>,
    letters: Vec<LetterData<'a>>,
    /// One for each sentence, or none at all.
    suggestions: Vec<SuggestionData>,
    /// All sentences to ask, as places among all sentences.
    queue: Vec<usize>,
    /// Why each is asked: `u` unsure, `r` random, `o` in order.
    why: String,
    audit: &'a [usize],
    labelled: &'a [usize],
}

/// Polarity, its score, themes, their scores, and 1 where a person should look.
type SuggestionData = (usize, f32, Vec<u16>, Vec<f32>, u8);

#[derive(Serialize)]
struct LetterData<'a> {
    name: &'a str,
    headings: Vec<&'a str>,
    /// Text, heading, page (0 where there is none), what it begins (0 nothing, 1 a paragraph, 2 an item), the place of
    /// the sentence before (−1 where there is none).
    sentences: Vec<(&'a str, usize, u32, u8, i64)>,
}

impl<'a> LetterData<'a> {
    fn of(letter: &'a Letter) -> Self {
        let mut headings: Vec<&str> = Vec::new();
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        let sentences = letter.sentences.iter().map(|s: &Sentence| {
            let heading = *places.entry(&s.heading).or_insert_with(|| {
                headings.push(&s.heading);
                headings.len() - 1
            });
            let start = match s.start {
                Start::Nothing => 0,
                Start::Paragraph => 1,
                Start::Item => 2,
            };
            let previous = s.previous.and_then(|at| i64::try_from(at).ok()).unwrap_or(-1);
            (s.text.as_str(), heading, s.page.unwrap_or(0), start, previous)
        });
        let sentences = sentences.collect();
        LetterData { name: &letter.name, headings, sentences }
    }
}

/// The data as JSON in which nothing ends a script element.
fn data(review: &Review) -> serde_json::Result<String> {
    let themes = review.taxonomy.themes.iter().zip(theme_keys(&review.taxonomy));
    let suggestion = |s: &Suggestion| {
        let (themes, scores) = s.themes.iter().map(|&(id, score)| (id.0, rounded(score))).unzip();
        (s.polarity.index(), rounded(s.polarity_score), themes, scores, u8::from(s.needs_review))
    };
    let why = |why| match why {
        Why::Unsure => 'u',
        Why::Random => 'r',
        Why::InOrder => 'o',
    };
    let mut data = Data {
        id: String::new(),
        blind: review.blind,
        every: review.every,
        themes: themes
            .map(|(t, key)| (t.id.as_str(), t.name.as_str(), key.map(String::from).unwrap_or_default(), &t.aliases[..]))
            .collect(),
        letters: review.letters.iter().map(LetterData::of).collect(),
        suggestions: review.suggestions.iter().map(suggestion).collect(),
        queue: review.queue.asked.iter().map(|asked| asked.place).collect(),
        why: review.queue.asked.iter().map(|asked| why(asked.why)).collect(),
        audit: &review.queue.audit,
        labelled: &review.labelled,
    };
    data.id = hex_sha256(serde_json::to_string(&data)?.as_bytes())[..16].to_owned();
    Ok(inert(&serde_json::to_string(&data)?))
}

/// A score with three decimals, as files hold it.
fn rounded(score: f32) -> f32 {
    (score * 1000.0).round() / 1000.0
}

/// JSON that means the same and holds no character that HTML or an old script reader would act on.
fn inert(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::tests::{letter, options, read_letter};
    use super::super::{Options, Review};
    use super::*;

    fn page(letters: &[crate::finding::LetterFindings], options: &Options) -> String {
        html(&Review::new(letters, &[], options).unwrap()).unwrap()
    }

    fn json(page: &str) -> serde_json::Value {
        let (_, rest) = page.split_once("<script type=\"application/json\" id=\"data\">").unwrap();
        serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
    }

    #[test]
    fn what_letters_hold_is_data_on_the_page() {
        let hostile = "</script><script>alert(1)</script><!-- & \u{2028} \" ' {{ 7 }}";
        let mut letter = letter("\"><img src=x onerror=alert(1)>.txt", &[(hostile, 0.5)]);
        letter.findings[0].heading = "</noscript><b>bold</b>".into();
        let page = page(&[letter], &options());
        for bad in ["<script>alert", "<img", "<b>", "<!-- "] {
            assert!(!page.contains(bad), "{bad}");
        }
        assert!(!inert("<!-- \u{2028} &").contains(['<', '\u{2028}', '&']));
        let data = json(&page);
        assert_eq!(data["letters"][0]["sentences"][0][0], hostile);
        assert_eq!(data["letters"][0]["headings"][0], "</noscript><b>bold</b>");
    }

    #[test]
    fn a_blind_page_is_the_same_whatever_the_model_said() {
        let blind = Options { blind: true, ..options() };
        let one = page(&[letter("a", &[("One.", 0.9), ("Two.", 0.3)])], &blind);
        let mut other = letter("a", &[("One.", 0.2), ("Two.", 0.8)]);
        for finding in &mut other.findings {
            finding.polarity = Polarity::Strength;
            finding.themes = vec!["education".into()];
            finding.needs_review = true;
        }
        assert!(one == page(&[other], &blind), "the pages differ");
        assert_eq!(json(&one)["suggestions"], serde_json::json!([]));
        assert_eq!(json(&one)["why"], "oo");
    }

    #[test]
    fn the_same_letters_give_the_same_page_and_others_another_id() {
        let letters = [read_letter("a.md", "# Plans\n\nPlans are late. They are thin.\n")];
        assert!(page(&letters, &options()) == page(&letters, &options()));
        let id = |options| json(&page(&letters, &options))["id"].as_str().unwrap().to_owned();
        assert_eq!(id(options()).len(), 16);
        assert_ne!(id(options()), id(Options { blind: true, ..options() }));
    }

    #[test]
    fn scripts_end_no_element_and_rest_on_nothing_outside() {
        for script in SCRIPTS {
            assert!(!script.contains("</script"));
            for outside in ["http:", "https:", "fetch(", "XMLHttpRequest", "import(", "innerHTML", "eval("] {
                assert!(!script.contains(outside), "{outside}");
            }
        }
    }

    #[test]
    fn another_taxonomy_brings_its_own_definitions_and_no_hard_cases() {
        let themes = "name = \"own\"\nversion = \"1\"\n[[theme]]\nid = \"cats\"\nname = \"Cats\"\ndefinition = \"what \
                      purrs\"\n[[theme]]\nid = \"none\"\nname = \"None\"\ndefinition = \"\"\n";
        let own = Options { taxonomy: Taxonomy::from_toml(themes).unwrap(), ..options() };
        let page = page(&[letter("a", &[("One.", 0.9)])], &own);
        assert!(page.contains("what purrs") && !page.contains("Hard cases"));
        assert!(page.contains("credits something"), "the polarities' rules hold for every taxonomy");
    }
}
