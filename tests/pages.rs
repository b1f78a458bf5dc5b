//! The pages, driven in a real browser by the scripts of `tests/browser`.

mod common;

use std::path::Path;

use assert_cmd::Command;
use common::browser::drive;

fn lettermark(arguments: &[&str]) {
    let mut command = Command::cargo_bin("lettermark").unwrap();
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).assert().success();
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn the_page_of_an_evaluation_can_be_read_by_anybody() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("evaluation.html");
    lettermark(&["evaluate", "--labels", "datasets/labels/croydon.csv", "--format", "html", "-o", text(&page)]);
    drive("evaluation.mjs", &[&page]);
}
