//! One key for each theme.

use crate::taxonomy::Taxonomy;

/// The key of `none`.
const NONE_KEY: char = '0';

/// The keys that themes may have: 1 to 4 are the polarities'.
const KEYS: &str = "abcdefghijklmnopqrstuvwxyz56789";

/// The key of each theme, in the taxonomy's order: the first letter of its identifier that no theme before it took, or
/// the first that is free; `None` where all are taken.
pub(super) fn theme_keys(taxonomy: &Taxonomy) -> Vec<Option<char>> {
    let mut free: Vec<char> = KEYS.chars().collect();
    let mut take = |id: &str| {
        let wanted = id.chars().find_map(|c| free.iter().position(|&f| f == c));
        let at = wanted.or(if free.is_empty() { None } else { Some(0) })?;
        Some(free.remove(at))
    };
    let is_none = |id| id == taxonomy.none();
    taxonomy.ids().map(|id| if is_none(id) { Some(NONE_KEY) } else { take(&taxonomy.theme(id).id) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomy::{NONE, Theme};

    #[test]
    fn themes_have_different_keys_that_they_suggest_themselves() {
        let keys: String = theme_keys(&Taxonomy::default()).into_iter().flatten().collect();
        assert_eq!(keys, "lojiaefcnrduspw0");
    }

    #[test]
    fn a_theme_too_many_has_no_key() {
        let theme = |id: String| Theme { name: id.clone(), id, definition: String::new(), aliases: Vec::new() };
        let mut themes: Vec<Theme> = (0..33).map(|i| theme(format!("t{i}"))).collect();
        themes.push(theme(NONE.to_owned()));
        let taxonomy = Taxonomy { name: "many".into(), version: "1".into(), themes };
        let keys = theme_keys(&taxonomy);
        assert_eq!(keys.iter().flatten().collect::<std::collections::HashSet<_>>().len(), 32);
        assert_eq!((keys[31], keys[32], keys[33]), (None, None, Some('0')));
    }
}
