//! `lettermark compare` as a user meets it.

#[path = "common/findings.rs"]
mod findings;
#[path = "common/program.rs"]
mod program;

use std::fs;
use std::io::Read;
use std::path::Path;

use assert_cmd::Command;
use findings::{Made, areas, write};
use predicates::prelude::*;
use predicates::str::contains;
use program::lettermark;

const LETTERS: [&str; 2] =
    ["datasets/letters/croydon-2017-inspection.txt", "datasets/letters/croydon-2019-monitoring-visit.txt"];

fn compare(findings: &Path, output: &Path) -> Command {
    let mut command = lettermark();
    command.arg("compare").arg(findings).arg("-o").arg(output);
    command
}

/// The rows of a comparison by area and theme: judged, share, standing.
fn rows(path: &Path) -> Vec<[String; 5]> {
    let mut csv = csv::Reader::from_path(path).unwrap();
    let header = csv.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|c| c == name).unwrap();
    let places = ["area", "theme", "judged", "share", "standing"].map(at);
    csv.records().map(|row| row.unwrap()).map(|row| places.map(|i| row[i].to_owned())).collect()
}

#[test]
fn areas_are_counted_by_theme_and_named_only_outside_the_limits() {
    let folder = tempfile::tempdir().unwrap();
    let findings = areas(folder.path(), "f.csv", "");
    let output = folder.path().join("c.csv");
    compare(&findings, &output).assert().success().stdout("").stderr("");
    let rows = rows(&output);
    assert_eq!(rows.len(), 8 * 3);
    assert_eq!(rows[0], ["Area 0", "all", "20", "0.3000", "within limits"]);
    assert_eq!(rows[21], ["Area 7", "all", "20", "1.0000", "above 99.8% limit"]);
    let outside = rows.iter().filter(|row| row[1] == "all" && row[4] != "within limits").count();
    assert_eq!(outside, 1);
    // Ten sentences of each area are about the workforce; with a higher least number they have no share.
    assert_eq!(rows[2][..3], ["Area 0", "workforce", "10"]);
    compare(&findings, &output).args(["--least", "11"]).assert().success();
    let again = self::rows(&output);
    assert_eq!(again.iter().filter(|row| row[3].is_empty()).count(), 8);
}

#[test]
fn page_and_workbook_are_the_same_bytes_each_time_and_hold_no_formula() {
    let folder = tempfile::tempdir().unwrap();
    let hostile = "=HYPERLINK(\"http://x\")</script><script>alert(1)</script>";
    let findings = areas(folder.path(), "f.csv", hostile);
    for name in ["c.html", "c.xlsx"] {
        let output = folder.path().join(name);
        compare(&findings, &output).assert().success();
        let first = fs::read(&output).unwrap();
        compare(&findings, &output).assert().success();
        assert!(first == fs::read(&output).unwrap(), "{name} differs");
    }
    let page = fs::read_to_string(folder.path().join("c.html")).unwrap();
    assert!(!page.contains("<script>alert"));
    let mut zip = zip::ZipArchive::new(fs::File::open(folder.path().join("c.xlsx")).unwrap()).unwrap();
    let mut sheets = String::new();
    zip.by_name("xl/workbook.xml").unwrap().read_to_string(&mut sheets).unwrap();
    for name in ["Heat map", "Funnel", "Definitions"] {
        assert!(sheets.contains(name), "{name} is not in {sheets}");
    }
    for number in 1..=3 {
        let mut sheet = String::new();
        zip.by_name(&format!("xl/worksheets/sheet{number}.xml")).unwrap().read_to_string(&mut sheet).unwrap();
        assert!(sheet.contains("<row") && !sheet.contains("<f>"), "sheet {number}");
    }
}

#[test]
fn frameworks_are_compared_apart_and_filters_leave_letters_out() {
    let folder = tempfile::tempdir().unwrap();
    let made = |letter, framework, published| Made {
        letter,
        authority: "Kent",
        framework,
        published,
        sentence: letter,
        polarity: "weakness",
        themes: "leadership",
    };
    let findings = write(
        folder.path(),
        "f.csv",
        &[
            made("a", "send_2016", "2017-01-01"),
            made("b", "ilacs_2018", "2019-01-01"),
            made("c", "ilacs_2018", "2023-01-01"),
        ],
    );
    let output = folder.path().join("c.csv");
    let count = || rows(&output).iter().filter(|row| row[1] == "all").map(|row| row[2].clone()).collect::<Vec<_>>();
    compare(&findings, &output).assert().success().stderr(contains("several frameworks (ilacs_2018, send_2016)"));
    assert_eq!(count(), ["2", "1"]);
    compare(&findings, &output).args(["--framework", "ilacs_2018", "--latest"]).assert().success().stderr("");
    assert_eq!(count(), ["1"]);
    compare(&findings, &output).args(["--until", "2019"]).assert().success();
    assert_eq!(count(), ["1", "1"]);
    compare(&findings, &output).args(["--since", "2030"]).assert().code(1).stderr(contains("no letter is left"));
    compare(&findings, &output).args(["--since", "soon"]).assert().code(2).stderr(contains("write 2018, 2018-06"));
}

#[test]
fn what_cannot_be_done_is_said_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let findings = areas(folder.path(), "f.csv", "");
    let output = folder.path().join("c.docx");
    compare(&findings, &output).assert().code(1).stderr(contains("ends in .html, .xlsx or .csv"));
    assert!(!output.exists());
    let output = folder.path().join("c.csv");
    compare(&findings, &output).arg("--ledger").assert().code(1).stderr(contains(".html or .xlsx for the ledger"));
    compare(&findings, &output).arg(&findings).assert().code(1).stderr(contains("stands in two of the files"));
    assert!(!output.exists());
}

#[test]
fn an_area_is_followed_over_time_where_the_facts_say_whose_the_letters_are() {
    let folder = tempfile::tempdir().unwrap();
    let findings = folder.path().join("croydon.csv");
    lettermark().arg("classify").args(LETTERS).arg("-o").arg(&findings).assert().success();
    let output = folder.path().join("c.html");
    let cache = folder.path().join("cache");
    let with_ledger = || {
        let mut command = compare(&findings, &output);
        command.arg("--ledger").arg("--cache").arg(&cache);
        command
    };
    // The inspection's text begins after its front page and names no authority.
    with_ledger().assert().success().stderr(contains("croydon-2017-inspection.txt; --facts FILE can name it"));
    assert!(fs::read_to_string(&output).unwrap().contains("No area has two letters that can be put in order"));

    let facts = folder.path().join("facts.csv");
    fs::write(
        &facts,
        "letter,authority,published\ncroydon-2017-inspection.txt,Croydon,\n\
         croydon-2019-monitoring-visit.txt,London Borough of Croydon,2019-08-01\nother.txt,Kent,\n",
    )
    .unwrap();
    let assert = with_ledger().arg("--facts").arg(&facts).assert().success();
    assert.stderr(contains("there is no finding: other.txt").and(contains("authority is not known").not()));
    let page = fs::read_to_string(&output).unwrap();
    assert!(page.contains(
        "croydon-2017-inspection.txt (published 2017-09-04) → croydon-2019-monitoring-visit.txt (published 2019-08-01)"
    ));
    assert!(page.contains("similarity 0."));
    let first = page;
    with_ledger().arg("--facts").arg(&facts).assert().success();
    assert!(first == fs::read_to_string(&output).unwrap(), "a cached run differs");
}

#[test]
fn letters_without_a_date_of_publication_stand_by_their_inspection_or_their_name_and_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let findings = folder.path().join("f.csv");
    fs::write(
        &findings,
        "letter,authority,framework,published,sentence,polarity,themes,inspected\n\
         sif-2014-02-11.pdf,Kent,sif_2013,,Leaders are slow.,weakness,leadership,\n\
         second.pdf,Kent,ilacs_2018,,Leaders are quick.,strength,leadership,2018-05-04\n\
         third.pdf,Kent,ilacs_2018,2022-06-01,Leaders are slow again.,weakness,leadership,2022-05-04\n",
    )
    .unwrap();
    let output = folder.path().join("c.html");
    compare(&findings, &output).args(["--ledger", "--quiet"]).assert().success();
    let page = fs::read_to_string(&output).unwrap();
    assert!(
        page.contains(
            "sif-2014-02-11.pdf (2014-02-11 in the file&#39;s name) → second.pdf (inspected until 2018-05-04)"
        ),
        "{page}"
    );
    assert!(page.contains("second.pdf (inspected until 2018-05-04) → third.pdf (published 2022-06-01)"));
    compare(&findings, &output).args(["--since", "2018"]).assert().success();
    assert!(!fs::read_to_string(&output).unwrap().contains("sif-2014-02-11.pdf"));
}
