//! The README's table of faults names tests that are there.

use std::fs;
use std::path::Path;

/// The source of `module` in `tests/` or `src/`, its tests in a file of their own included.
fn source(module: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = module.replace("::", "/");
    let places = [format!("tests/{path}.rs"), format!("src/{path}.rs"), format!("src/{path}/tests.rs")];
    places.iter().filter_map(|place| fs::read_to_string(root.join(place)).ok()).collect()
}

/// The names of the tests in a source.
fn tests(source: &str) -> Vec<&str> {
    let after_mark = source.split("#[test]").skip(1);
    after_mark.filter_map(|rest| rest.split_once("fn ")?.1.split('(').next()).collect()
}

#[test]
fn every_fault_of_the_readme_names_tests_that_are_there() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let table = readme.split_once("| fault | what happens | held by |").expect("the table of faults").1;
    let rows: Vec<&str> = table.lines().skip(2).take_while(|line| line.starts_with('|')).collect();
    assert!(rows.len() > 30, "{} rows", rows.len());
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
        let [_, _, held] = cells[..] else { panic!("three cells: {row}") };
        let named: Vec<&str> = held.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "no test: {row}");
        for test in named {
            let (module, name) = test.rsplit_once("::").unwrap_or_else(|| panic!("{test} names no module"));
            let source = source(module);
            let found = tests(&source).into_iter().filter(|found| match name.strip_suffix('…') {
                Some(beginning) => found.starts_with(beginning),
                None => *found == name,
            });
            assert_eq!(found.count(), 1, "{test} is the name of one test");
        }
    }
}
