//! Words of a text, as search and comparison count them.

/// Words in lower case, plurals as singulars, in the text's order.
pub fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    let parts = text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '\u{2019}');
    parts
        .map(|part| singular(part.to_lowercase().split(['\'', '\u{2019}']).next().unwrap_or_default()))
        .filter(|word| !word.is_empty())
}

/// The S stemmer (Harman, "How effective is suffixing?", 1991), on words of more than three letters.
fn singular(word: &str) -> String {
    let ends = |ending: &str, but: &[&str]| word.ends_with(ending) && !but.iter().any(|b| word.ends_with(b));
    if ends("ies", &["eies", "aies"]) && word.len() > 4 {
        format!("{}y", &word[..word.len() - 3])
    } else if ends("s", &["us", "ss", "is"]) && word.len() > 3 {
        word[..word.len() - 1].to_owned()
    } else {
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_lose_their_ending() {
        for (word, stem) in [
            ("families", "family"),
            ("services", "service"),
            ("process", "process"),
            ("status", "status"),
            ("gas", "gas"),
            ("plans", "plan"),
        ] {
            assert_eq!(singular(word), stem);
        }
    }

    #[test]
    fn marks_part_words_and_possessives_are_one() {
        assert_eq!(
            words("Children’s plans, 16–17: “late”").collect::<Vec<_>>(),
            ["children", "plan", "16", "17", "late"]
        );
        assert_eq!(words(" … ").count(), 0);
    }
}
