//! The national labels: hashes in the repository, text in the corpus, joined where both are there.

use std::io::Write;
use std::path::{Path, PathBuf};

use lettermark::dataset::{Joined, hash_labels, join, read_hashed, write_hashed};
use lettermark::taxonomy::Taxonomy;

fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/labels/national.csv")
}

/// The folder with the reports, or a word on why the test is skipped.
fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("LETTERMARK_CORPUS").map_or_else(|| "../shared".into(), PathBuf::from);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    if folder.join("corpus/text.jsonl.gz").is_file() {
        return Some(folder);
    }
    println!("skipped: needs the corpus (LETTERMARK_CORPUS)");
    None
}

#[test]
fn the_committed_labels_are_read_and_hold_no_text() {
    let labels = read_hashed(&committed(), &Taxonomy::default()).unwrap();
    assert_eq!(labels.len(), 13_460);
    let forbidden = ["kingston-upon-thames", "croydon", "haringey"];
    assert!(
        labels.iter().all(|l| forbidden.iter().all(|f| !l.report.contains(f))),
        "an evaluation letter is among them"
    );
    assert!(labels.iter().all(|l| ["sequence", "random", "selected"].contains(&l.sample.as_str())));
    assert!(!std::fs::read_to_string(committed()).unwrap().contains(' '), "there is text in it");
}

#[test]
fn the_committed_labels_are_those_of_the_corpus() {
    let Some(folder) = corpus() else { return };
    let taxonomy = Taxonomy::default();
    let from_text = hash_labels(&folder.join("labels/national.csv"), &taxonomy).unwrap();
    assert!(from_text == read_hashed(&committed(), &taxonomy).unwrap());
}

/// A corpus of one invented report, in a folder of its own.
fn invented_corpus(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = std::fs::File::create(folder.path().join("text.jsonl.gz")).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    writeln!(gzip, "{}", serde_json::json!({"report": "meadow", "text": text})).unwrap();
    gzip.finish().unwrap();
    folder
}

#[test]
fn sentences_are_found_however_they_were_split() {
    let taxonomy = Taxonomy::default();
    let corpus = invented_corpus(
        "What the area does well\n\n1. Leaders know their services well. They plan together with\nhealth.\n\n\
         2. Staff stay in post. Caseloads are low: ten for each worker.\n",
    );
    let labelled = corpus.path().join("labelled.csv");
    let rows = [
        ("Leaders know their services well.", ""),
        ("They plan together with health. 2.", "Leaders know their services well."),
        ("Caseloads are low:", "Staff stay in post."),
        ("Nobody wrote this.", "Caseloads are low:"),
    ];
    let rows = rows.iter().enumerate().map(|(i, (s, p))| format!("meadow,{i},{p},{s},strength,workforce,random\n"));
    let header = "report,index,previous,sentence,polarity,themes,sample\n".to_owned();
    std::fs::write(&labelled, header + &rows.collect::<String>()).unwrap();
    let hashed = corpus.path().join("hashed.csv");
    write_hashed(&hashed, &hash_labels(&labelled, &taxonomy).unwrap(), &taxonomy).unwrap();

    let joined = join(&hashed, corpus.path(), &taxonomy).unwrap();
    let found: Vec<_> = joined.examples.iter().map(|e| (e.index, e.previous.as_str(), e.sentence.as_str())).collect();
    let expected = [
        (Some(0), "", "Leaders know their services well."),
        (Some(1), "Leaders know their services well.", "They plan together with health."),
        (None, "Staff stay in post.", "Caseloads are low:"),
    ];
    assert_eq!(found, expected);
    assert_eq!((joined.whole, joined.pieced, joined.raw), (2, 1, 0));
    assert_eq!(joined.missing, [("meadow".to_owned(), 3)]);
    assert_eq!((joined.examples[0].letter.as_str(), joined.examples[0].note.as_str()), ("meadow", "random"));
}

#[test]
fn a_folder_without_the_corpus_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let message = join(&committed(), folder.path(), &Taxonomy::default()).unwrap_err().to_string();
    assert!(message.contains("LETTERMARK_CORPUS"), "{message}");
}

#[test]
fn a_damaged_hash_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hashed.csv");
    std::fs::write(
        &path,
        "report,index,hash,previous_hash,polarity,themes,sample\nmeadow,0,xyz,0,strength,none,random\n",
    )
    .unwrap();
    let message = read_hashed(&path, &Taxonomy::default()).unwrap_err().to_string();
    assert!(message.ends_with("line 2, column hash: \"xyz\" is no hash of 16 hexadecimal digits"), "{message}");
}

#[test]
fn nearly_all_labels_find_their_sentence() {
    let Some(folder) = corpus() else { return };
    let joined = join(&committed(), &folder, &Taxonomy::default()).unwrap();
    let Joined { whole, pieced, raw, ref missing, .. } = joined;
    println!("{whole} whole, {pieced} pieced, {raw} raw, {} missing", missing.len());
    assert!(joined.share() >= 0.97, "{}", joined.share());
}
