//! End to end, the baseline and the human ceiling, on the committed letters and with a model inside the program.

use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use lettermark::classify::Bundle;
use serde_json::Value;

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn evaluate(arguments: &[&str]) -> Output {
    Command::cargo_bin("lettermark")
        .unwrap()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("LETTERMARK_MODEL")
        .arg("evaluate")
        .args(arguments)
        .output()
        .unwrap()
}

fn json(output: &Output) -> Value {
    let stderr = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {stderr}"))
}

const BOTH: [&str; 3] = ["--labels", "datasets/labels/kingston.csv", "datasets/labels/croydon.csv"];

#[test]
fn the_labelled_sentences_are_found_in_the_letters_own_files() {
    let output = evaluate(&[&BOTH[..], &["--letters", "datasets/letters", "--format", "json"]].concat());
    let report = json(&output);
    let read = &report["letters_read"];
    assert_eq!(read["letters"], 3);
    assert_eq!(read["not_read"], serde_json::json!([]));
    let (matched, missed) = (read["matched"].as_u64().unwrap(), read["missed"].as_u64().unwrap());
    assert_eq!(matched + missed, 280);
    assert!(matched >= 275, "{matched} of 280 labelled sentences are findings");
    assert_eq!(report["end_to_end"], true);
    assert_eq!(report["answers"].as_array().unwrap().len(), 280);
    let frameworks: Vec<_> = slices(&report, "framework");
    assert!(frameworks.contains(&"send_2016".to_owned()), "{frameworks:?}");
}

fn slices(report: &Value, by: &str) -> Vec<String> {
    let dimension = report["slices"].as_array().unwrap().iter().find(|d| d["by"] == by);
    let slices = dimension.map_or(&[][..], |d| d["slices"].as_array().unwrap());
    slices.iter().map(|s| s["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn labels_whose_letter_is_cut_short_count_as_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read_to_string(repository("datasets/letters/kingston-2018-send-letter.txt")).unwrap();
    let half = &whole[..whole.floor_char_boundary(whole.len() / 2)];
    std::fs::write(folder.path().join("kingston-2018-send-letter.txt"), half).unwrap();
    let letters = folder.path().to_str().unwrap();
    let output = evaluate(&["--labels", "datasets/labels/kingston.csv", "--letters", letters, "--format", "json"]);
    let report = json(&output);
    let missed = report["letters_read"]["missed"].as_u64().unwrap();
    assert!((80..160).contains(&missed), "{missed} of 232 sentences are missed");
    let by_polarity = report["missed"].as_array().unwrap().iter().filter_map(Value::as_u64).sum::<u64>();
    assert_eq!(by_polarity, missed);
    let accuracy = report["scores"]["polarity_accuracy"]["value"].as_f64().unwrap();
    assert!(accuracy <= 1.0 - missed as f64 / 232.0, "{accuracy} with {missed} missed");
}

#[test]
fn a_letter_that_cannot_be_read_is_named_and_seen_in_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let readable = "kingston-2018-send-letter.txt";
    std::fs::copy(repository("datasets/letters").join(readable), folder.path().join(readable)).unwrap();
    std::fs::write(folder.path().join("croydon-2017-inspection.txt"), [0; 64]).unwrap();
    let letters = folder.path().to_str().unwrap();
    let output = evaluate(&[&BOTH[..], &["--letters", letters, "--format", "json"]].concat());
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stderr).contains("croydon-2017-inspection.txt"));
    let not_read = &json(&output)["letters_read"]["not_read"];
    assert!(not_read.to_string().contains("croydon-2017-inspection"), "{not_read}");
}

#[test]
fn letters_that_no_label_names_are_refused() {
    let output = evaluate(&[
        "--labels",
        "datasets/labels/kingston.csv",
        "--letters",
        "datasets/letters/croydon-2017-inspection.txt",
    ]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("none of the letters"));
}

#[test]
fn only_the_letters_of_a_list_are_evaluated() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list.txt");
    let list = list.to_str().unwrap();
    std::fs::write(list, "# one of two\ncroydon-2019-monitoring-visit  # 19 sentences\n").unwrap();
    let report = json(&evaluate(&[&BOTH[..], &["--only-letters", list, "--format", "json"]].concat()));
    assert_eq!((report["sentences"].as_u64(), report["letters"].as_u64()), (Some(19), Some(1)));
    std::fs::write(list, "nosuch\n").unwrap();
    let output = evaluate(&[&BOTH[..], &["--only-letters", list]].concat());
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("list.txt: no label is of nosuch"));
}

/// The model inside the program, with its heads for strength and weakness exchanged.
fn swapped(folder: &Path) {
    let bundle = Bundle::built_in().unwrap();
    let mut heads = bundle.heads().clone();
    let weights = &mut heads.polarity.weights;
    (0..weights.ncols()).for_each(|feature| weights.swap([0, feature], [1, feature]));
    heads.polarity.bias.swap(0, 1);
    bundle.with_heads(heads).unwrap().save(folder).unwrap();
}

#[test]
fn a_model_with_swapped_polarities_fails_the_gate_and_the_baseline() {
    let folder = tempfile::tempdir().unwrap();
    let (model, baseline) = (folder.path().join("swapped"), folder.path().join("baseline.json"));
    let (model, baseline) = (model.to_str().unwrap(), baseline.to_str().unwrap());
    swapped(Path::new(model));

    let shipped = evaluate(&[&BOTH[..], &["--save-baseline", baseline]].concat());
    assert_eq!(shipped.status.code(), Some(0), "{}", String::from_utf8_lossy(&shipped.stderr));
    let text = std::fs::read_to_string(baseline).unwrap();
    assert!(text.lines().count() > 280 && text.len() < 60_000, "one short line a sentence");
    assert!(!text.contains("inspectors"), "there is text in it");

    let gated = |more: &[&str]| evaluate(&[&BOTH[..], more].concat());
    let unchanged = gated(&["--baseline", baseline, "--format", "json"]);
    assert_eq!((unchanged.status.code(), &json(&unchanged)["gate"]["verdict"]), (Some(0), &"pass".into()));

    let by_minimum = gated(&["--model", model, "--gate", "eval/gates.toml"]);
    assert_eq!(by_minimum.status.code(), Some(3));
    let by_baseline = gated(&["--model", model, "--baseline", baseline, "--format", "junit"]);
    assert_eq!(by_baseline.status.code(), Some(3));
    let junit = String::from_utf8(by_baseline.stdout).unwrap();
    assert!(junit.contains("classname=\"gate.baseline\" name=\"polarity_accuracy, change\"><failure"), "{junit}");
    assert!(junit.contains("name=\"main_theme_in_set, change\"/>"), "themes are as they were: {junit}");
    let summary = gated(&["--model", model, "--baseline", baseline, "--format", "md"]);
    assert!(String::from_utf8(summary.stdout).unwrap().starts_with("## Evaluation, gate: fail"));
}

#[test]
fn a_report_can_be_a_baseline_and_a_broken_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    let report = report.to_str().unwrap();
    let croydon = ["--labels", "datasets/labels/croydon.csv"];
    assert!(evaluate(&[&croydon[..], &["--format", "json", "-o", report]].concat()).status.success());
    let again = json(&evaluate(&[&croydon[..], &["--baseline", report, "--format", "json"]].concat()));
    assert_eq!(again["comparison"]["sentences"], 48);
    assert_eq!(again["gate"]["verdict"], "cannot_tell", "48 sentences are too few");
    std::fs::write(report, "{\"model\": 1}").unwrap();
    let broken = evaluate(&[&croydon[..], &["--baseline", report]].concat());
    assert_eq!(broken.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&broken.stderr).contains("report.json: no baseline"));
}

#[test]
fn second_annotators_stand_beside_the_model() {
    let second = ["kingston.reader-a.csv", "croydon.reader-a.csv", "kingston.reader-b.csv", "croydon.reader-b.csv"]
        .map(|file| format!("datasets/labels/{file}"));
    let second: Vec<&str> = second.iter().map(String::as_str).collect();
    let report = json(&evaluate(&[&BOTH[..], &["--second"], &second, &["--format", "json"]].concat()));
    let annotators = report["ceiling"]["annotators"].as_array().unwrap();
    let shape: Vec<_> = annotators.iter().map(|a| (a["name"].as_str().unwrap(), a["sentences"].as_u64())).collect();
    assert_eq!(shape, [("reader-a", Some(280)), ("reader-b", Some(280))]);
    for annotator in annotators {
        assert_eq!(annotator["model"], report["scores"], "the model is scored on the same sentences");
        let agreement = annotator["annotator"]["polarity_accuracy"]["value"].as_f64().unwrap();
        assert!(agreement > 0.97, "{agreement}");
    }
    let any = report["ceiling"]["main_theme_of_any"]["value"].as_f64();
    assert!(any >= report["scores"]["main_theme_accuracy"]["value"].as_f64());
}

#[test]
fn every_format_is_the_same_twice_whatever_the_threads() {
    let arguments = |format: &'static str, jobs: &'static str| {
        ["--labels", "datasets/labels/croydon.csv", "--gate", "eval/gates.toml", "--format", format, "--jobs", jobs]
    };
    for format in ["table", "json", "junit", "html", "md"] {
        let once = evaluate(&arguments(format, "1"));
        assert!(once.status.success() && !once.stdout.is_empty(), "{format}");
        assert!(once.stdout == evaluate(&arguments(format, "3")).stdout, "{format} differs");
    }
}

#[test]
fn the_json_report_holds_no_text_of_the_letters() {
    let output = evaluate(&["--labels", "datasets/labels/croydon.csv", "--format", "json"]);
    let report = String::from_utf8(output.stdout).unwrap();
    let labels = std::fs::read_to_string(repository("datasets/labels/croydon.csv")).unwrap();
    let words = "widespread and serious failures";
    assert!(labels.contains(words) && !report.contains(words));
}

#[test]
fn the_national_labels_are_matched_to_the_corpus_text() {
    let corpus = std::env::var_os("LETTERMARK_CORPUS").map_or_else(|| "../shared".into(), PathBuf::from);
    let text = repository("").join(corpus).join("corpus/text.jsonl.gz");
    if !text.is_file() {
        println!("skipped: needs the corpus (LETTERMARK_CORPUS)");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list.txt");
    let labels = std::fs::read_to_string(repository("datasets/labels/national.csv")).unwrap();
    let mut letters: Vec<&str> = labels.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    letters.dedup();
    std::fs::write(&list, letters[..3].join("\n")).unwrap();
    let (list, text) = (list.to_str().unwrap(), text.to_str().unwrap());
    let output = evaluate(&[
        "--labels",
        "datasets/labels/national.csv",
        "--only-letters",
        list,
        "--letters",
        text,
        "--format",
        "json",
    ]);
    let report = json(&output);
    let (matched, sentences) =
        (report["letters_read"]["matched"].as_f64().unwrap(), report["sentences"].as_f64().unwrap());
    assert_eq!(report["letters_read"]["letters"], 3);
    assert!(matched / sentences > 0.95, "{matched} of {sentences}");
}
