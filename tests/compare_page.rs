//! The page of a comparison, driven in a real browser.

mod common;
#[path = "common/findings.rs"]
mod findings;

use assert_cmd::Command;
use common::browser::drive;
use findings::areas;

#[test]
fn a_cell_opens_the_sentences_behind_it_by_keyboard_and_hostile_names_do_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let hostile = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
    let findings = areas(folder.path(), "<img src=x onerror=alert(1)>.csv", hostile);
    let page = folder.path().join("compare.html");
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("lettermark"));
    command.arg("compare").arg(&findings).arg("-o").arg(&page).assert().success();
    drive("compare.mjs", &[&page]);
}
