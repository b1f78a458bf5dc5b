use super::*;
use crate::output::sample;
use crate::taxonomy::Taxonomy;

fn project() -> Project {
    let mut taxonomy = Taxonomy::default();
    // The sample's second theme, which the default does not have.
    taxonomy.themes[0].id = "timeliness_access".into();
    Project::new(About { taxonomy, model: "test-0123abcd".into() }).unwrap()
}

#[test]
fn the_same_findings_give_the_same_bytes() {
    let bytes = || {
        let mut project = project();
        project.letter(&sample::letter()).unwrap();
        project.unread("b.pdf: damaged".into());
        project.finish().unwrap()
    };
    assert_eq!(bytes(), bytes());
}

#[test]
fn names_of_sources_are_names_of_files_and_no_two_are_the_same() {
    let mut project = project();
    let names = ["x/a.txt", "x_A.txt", "../../a\u{7}\"<b>.pdf", "", "-", "..", "letter (2)"];
    let names: Vec<String> = names.iter().map(|name| project.unused_name(name)).collect();
    assert_eq!(
        names,
        [
            "x_a.txt",
            "x_A.txt (2)",
            "_.._a__<b>.pdf".replace(['<', '>'], "_").as_str(),
            "letter",
            "letter (2)",
            "letter (3)",
            "letter (2) (2)"
        ]
    );
}

#[test]
fn a_theme_that_the_taxonomy_lacks_is_refused() {
    let mut letter = sample::letter();
    letter.findings[1].themes[1] = "unheard_of".into();
    let error = project().letter(&letter).unwrap_err().to_string();
    assert!(error.contains("newtown.pdf") && error.contains("\"unheard_of\" is no theme"), "{error}");
}
