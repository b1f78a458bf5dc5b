//! `lettermark search` and `lettermark explain` as a user meets them.

#[path = "common/program.rs"]
mod program;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use assert_cmd::Command;
use predicates::str::contains;
use program::lettermark;
use tempfile::TempDir;

const KINGSTON: &str = "datasets/letters/kingston-2018-send-letter.txt";
const LABELS: &str = "datasets/labels/croydon.csv";

/// A folder with the Kingston letter's findings in it.
fn findings() -> PathBuf {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        lettermark().arg("classify").arg(KINGSTON).arg("-o").arg(folder.path().join("f.csv")).assert().success();
        folder
    });
    folder.path().join("f.csv")
}

fn output(command: &mut Command) -> String {
    String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap()
}

fn search(query: &str, more: &[&str]) -> String {
    output(lettermark().arg("search").arg(query).arg(findings()).args(more))
}

#[test]
fn a_sentence_of_the_letter_is_the_first_answer_to_itself() {
    let text = std::fs::read_to_string(findings()).unwrap();
    let mut csv = csv::Reader::from_reader(text.as_bytes());
    let place = csv.headers().unwrap().iter().position(|c| c == "sentence").unwrap();
    let sentence = csv.records().nth(12).unwrap().unwrap()[place].to_owned();
    let found = search(&sentence, &["--limit", "3", "--format", "jsonl"]);
    let hits: Vec<serde_json::Value> = found.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(hits.len(), 3);
    assert_eq!(hits[0]["sentence"], sentence);
    assert!(hits[0]["similarity"].as_f64().unwrap() > 0.999);
    let scores: Vec<f64> = hits.iter().map(|hit| hit["score"].as_f64().unwrap()).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
}

#[test]
fn filters_hold_for_every_answer_and_the_csv_has_its_columns() {
    let found =
        search("education, health and care plans", &["--polarity", "weakness", "--limit", "500", "--format", "csv"]);
    let mut csv = csv::Reader::from_reader(found.as_bytes());
    let header = csv.headers().unwrap().clone();
    assert_eq!(header.iter().take(4).collect::<Vec<_>>(), ["rank", "score", "similarity", "also_in"]);
    let place = header.iter().position(|c| c == "polarity").unwrap();
    let polarities: Vec<String> = csv.records().map(|row| row.unwrap()[place].to_owned()).collect();
    assert!(!polarities.is_empty() && polarities.iter().all(|p| p == "weakness"), "{polarities:?}");
    assert_eq!(search("plans", &["--theme", "no_such_theme"]), "no sentence passes the filters\n");
    assert!(search("plans", &["--area", "kingston"]).starts_with("  1  "));
}

#[test]
fn a_second_search_reads_the_cache_and_says_the_same() {
    let cache = tempfile::tempdir().unwrap();
    let folder = cache.path().to_str().unwrap();
    let first = search("waiting times for autism assessment", &["--cache", folder]);
    assert_eq!(std::fs::read_dir(cache.path()).unwrap().count(), 1);
    assert_eq!(search("waiting times for autism assessment", &["--cache", folder]), first);
    assert_eq!(search("waiting times for autism assessment", &[]), first);
}

#[test]
fn an_empty_query_and_a_missing_file_are_named() {
    lettermark().args(["search", " "]).arg(findings()).assert().code(1).stderr(contains("the query is empty"));
    lettermark().args(["search", "plans", "absent.csv"]).assert().code(1).stderr(contains("absent.csv"));
}

fn explain(more: &[&str], path: Option<&Path>) -> Command {
    let mut command = lettermark();
    command.arg("explain").args(path).args(more);
    command
}

#[test]
fn an_explanation_has_every_score_and_the_neighbours_that_vote() {
    let found = output(&mut explain(&["--row", "14", "--labels", LABELS, "--format", "json"], Some(&findings())));
    let said: serde_json::Value = serde_json::from_str(&found).unwrap();
    let sum: f64 = said["polarity_scores"].as_object().unwrap().values().map(|v| v.as_f64().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-4, "{sum}");
    assert_eq!(said["theme_scores"].as_array().unwrap().len(), 16);
    let neighbours = said["neighbours"].as_array().unwrap();
    assert_eq!(neighbours.len(), 10);
    let similarities: Vec<f64> = neighbours.iter().map(|n| n["similarity"].as_f64().unwrap()).collect();
    assert!(similarities.is_sorted_by(|a, b| a >= b) && similarities[0] <= 1.001, "{similarities:?}");
    assert!(said["previous"].is_string());
}

#[test]
fn the_scores_are_those_of_the_finding() {
    let text = std::fs::read_to_string(findings()).unwrap();
    let mut csv = csv::Reader::from_reader(text.as_bytes());
    let header = csv.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|c| c == name).unwrap();
    // The third finding: what stands before it is the row before, as in the letter.
    let row = csv.records().nth(2).unwrap().unwrap();
    let found = output(&mut explain(&["--row", "4", "--format", "json"], Some(&findings())));
    let said: serde_json::Value = serde_json::from_str(&found).unwrap();
    assert_eq!(said["sentence"], row[at("sentence")]);
    let score = said["polarity_scores"][&row[at("polarity")]].as_f64().unwrap();
    assert!((score - row[at("polarity_score")].parse::<f64>().unwrap()).abs() < 0.001, "{score}");
}

#[test]
fn a_labelled_sentence_has_itself_beside_the_vote() {
    let labels = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(LABELS)).unwrap();
    let mut csv = csv::Reader::from_reader(labels.as_bytes());
    let place = csv.headers().unwrap().iter().position(|c| c == "sentence").unwrap();
    let sentence = csv.records().nth(5).unwrap().unwrap()[place].to_owned();
    let found = output(&mut explain(&["--sentence", &sentence, "--labels", LABELS, "--neighbours", "3"], None));
    assert!(found.contains("(the same sentence; it has no vote)"), "{found}");
    let found = output(&mut explain(&["--sentence", &sentence], None));
    assert!(found.contains("No labelled sentences were named"), "{found}");
}

#[test]
fn a_row_that_is_not_there_is_named() {
    explain(&["--row", "1"], Some(&findings())).assert().code(1).stderr(contains("there is no finding in row 1"));
    explain(&["--row", "9999"], Some(&findings())).assert().code(1).stderr(contains("the last is in row"));
    explain(&["--row", "2", "--sentence", "x"], Some(&findings())).assert().code(2);
}
