//! The names that people read for themes, told apart where a taxonomy uses one twice.

use crate::taxonomy::Taxonomy;

/// The names of all themes, in the taxonomy's order; a name that two themes bear has the identifier behind it.
pub(super) fn theme_names(taxonomy: &Taxonomy) -> Vec<String> {
    let bears = |name: &str| taxonomy.themes.iter().filter(|t| t.name.eq_ignore_ascii_case(name)).count();
    let name = |theme: &crate::taxonomy::Theme| match bears(&theme.name) {
        0 | 1 => theme.name.clone(),
        _ => format!("{} ({})", theme.name, theme.id),
    };
    taxonomy.themes.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_themes_of_one_name_are_told_apart_by_their_identifiers() {
        let mut taxonomy = Taxonomy::default();
        taxonomy.themes[0].name = "Education".into();
        let names = theme_names(&taxonomy);
        let education = taxonomy.themes.iter().position(|t| t.id == "education").unwrap();
        assert_eq!((names[0].as_str(), names[education].as_str()), ("Education (leadership)", "Education (education)"));
        assert_eq!(names[1], taxonomy.themes[1].name);
    }
}
