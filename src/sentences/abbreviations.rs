//! Words that end in a full stop without ending a sentence, as inspection letters use them.

/// When a sentence ends after an abbreviation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    /// Never: what it belongs to follows ("e.g.", "Dr.").
    Never,
    /// Unless a number follows ("No. 5", "para. 12", "Jan. 2019").
    UnlessNumber,
    /// Only if the next word commonly opens a sentence ("9 a.m. The", but "Acme Ltd. Housing").
    BeforeOpener,
}

use Ends::{BeforeOpener, Never, UnlessNumber};

/// The abbreviations, without their last full stop, in lower case, sorted.
const ABBREVIATIONS: [(&str, Ends); 70] = [
    ("a.m", BeforeOpener),
    ("acc", UnlessNumber),
    ("approx", Never),
    ("apr", UnlessNumber),
    ("art", UnlessNumber),
    ("aug", UnlessNumber),
    ("b.a", BeforeOpener),
    ("b.sc", BeforeOpener),
    ("c", UnlessNumber),
    ("ca", UnlessNumber),
    ("capt", Never),
    ("cf", Never),
    ("ch", UnlessNumber),
    ("cl", UnlessNumber),
    ("cllr", Never),
    ("cllrs", Never),
    ("co", BeforeOpener),
    ("dec", UnlessNumber),
    ("dept", BeforeOpener),
    ("dr", Never),
    ("drs", Never),
    ("e.g", Never),
    ("eg", Never),
    ("esp", Never),
    ("est", BeforeOpener),
    ("etc", BeforeOpener),
    ("feb", UnlessNumber),
    ("fig", UnlessNumber),
    ("figs", UnlessNumber),
    ("govt", BeforeOpener),
    ("hon", Never),
    ("i.e", Never),
    ("ie", Never),
    ("inc", BeforeOpener),
    ("incl", Never),
    ("jan", UnlessNumber),
    ("jr", BeforeOpener),
    ("jul", UnlessNumber),
    ("jun", UnlessNumber),
    ("lt", Never),
    ("ltd", BeforeOpener),
    ("m.d", BeforeOpener),
    ("messrs", Never),
    ("mr", Never),
    ("mrs", Never),
    ("ms", Never),
    ("no", UnlessNumber),
    ("nos", UnlessNumber),
    ("nov", UnlessNumber),
    ("oct", UnlessNumber),
    ("p", UnlessNumber),
    ("p.m", BeforeOpener),
    ("para", UnlessNumber),
    ("paras", UnlessNumber),
    ("ph.d", BeforeOpener),
    ("pp", UnlessNumber),
    ("prof", Never),
    ("reg", UnlessNumber),
    ("rev", Never),
    ("rt", Never),
    ("s", UnlessNumber),
    ("sec", UnlessNumber),
    ("sept", UnlessNumber),
    ("sr", BeforeOpener),
    ("ss", UnlessNumber),
    ("st", Never),
    ("v", Never),
    ("viz", Never),
    ("vol", UnlessNumber),
    ("vs", Never),
];

/// When a sentence ends after `word`, given without its last full stop; `None` where it is no abbreviation.
pub(super) fn ends_after(word: &str) -> Option<Ends> {
    const LONGEST: usize = 6;
    if word.is_empty() || word.len() > LONGEST {
        return None;
    }
    let mut chars = word.chars();
    let initial = chars.next().is_some_and(char::is_uppercase) && chars.next().is_none();
    if initial {
        return Some(BeforeOpener);
    }
    let lower = word.to_lowercase();
    if let Ok(at) = ABBREVIATIONS.binary_search_by(|(known, _)| known.cmp(&lower.as_str())) {
        return Some(ABBREVIATIONS[at].1);
    }
    // "U.K", "N.H.S".
    let dotted = word.contains('.')
        && word.split('.').all(|part| part.chars().count() == 1 && part.chars().all(char::is_alphabetic));
    dotted.then_some(BeforeOpener)
}

/// Words that open a sentence in inspection letters, sorted.
const OPENERS: [&str; 69] = [
    "A",
    "After",
    "All",
    "Almost",
    "Also",
    "Although",
    "An",
    "Area",
    "As",
    "At",
    "Because",
    "Both",
    "But",
    "By",
    "Children",
    "During",
    "Each",
    "Early",
    "Education",
    "Every",
    "Families",
    "Few",
    "Following",
    "For",
    "From",
    "Furthermore",
    "Good",
    "Governors",
    "Half",
    "Headteachers",
    "Health",
    "Her",
    "However",
    "If",
    "In",
    "Inspectors",
    "It",
    "Its",
    "Leaders",
    "Local",
    "Managers",
    "Many",
    "More",
    "Most",
    "Nearly",
    "No",
    "Of",
    "On",
    "Once",
    "Only",
    "Other",
    "Over",
    "Parents",
    "Partners",
    "Since",
    "Social",
    "Some",
    "Staff",
    "That",
    "The",
    "Their",
    "There",
    "These",
    "They",
    "This",
    "Those",
    "When",
    "While",
    "Young",
];

/// Whether a word commonly opens a sentence.
pub(super) fn is_opener(word: &str) -> bool {
    OPENERS.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        assert!(ABBREVIATIONS.is_sorted_by(|a, b| a.0 < b.0));
        assert!(OPENERS.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn abbreviations_are_told_from_words() {
        let cases = [
            ("e.g", Some(Never)),
            ("Dr", Some(Never)),
            ("No", Some(UnlessNumber)),
            ("J", Some(BeforeOpener)),
            ("U.K", Some(BeforeOpener)),
            ("plans", None),
            ("", None),
        ];
        for (word, expected) in cases {
            assert_eq!(ends_after(word), expected, "{word:?}");
        }
    }
}
