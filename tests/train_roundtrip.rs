//! Training, saving and opening a model, on invented sentences and with a fake encoder.

use std::fs;
use std::path::Path;

use lettermark::ErrorKind;
use lettermark::classify::{Bundle, Classifier, DifferenceKind, EncoderFiles, Item, REVIEW_ALL};
use lettermark::dataset::{Example, Likeness, Seen};
use lettermark::encode::{Embedding, Encoder, Passage};
use lettermark::taxonomy::{Polarity, Taxonomy};
use lettermark::train::{LabelFile, Options, Progress, Report, Warning, remember, train};

/// Gives each text the unit vector of how often its words fall into each of 48 bins, the bin being the sum of a word's
/// bytes, each times its place, modulo 48.
struct WordBins;

const BINS: usize = 48;

impl Encoder for WordBins {
    fn dimension(&self) -> usize {
        BINS
    }

    fn max_tokens(&self) -> usize {
        64
    }

    fn encode(&self, passages: &[Passage<'_>], _threads: usize) -> Vec<Vec<Embedding>> {
        let one = |text: &&str| {
            let mut vector = vec![0.0f32; BINS];
            for word in text.split_whitespace() {
                let sum: usize = word.bytes().enumerate().map(|(i, b)| (i + 1) * usize::from(b)).sum();
                vector[sum % BINS] += 1.0;
            }
            let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-6);
            vector.iter_mut().for_each(|x| *x /= length);
            Embedding { vector, truncated: text.split_whitespace().count() > 64 }
        };
        passages.iter().map(|p| p.texts[p.wanted.clone()].iter().map(one).collect()).collect()
    }
}

fn encoder_files() -> EncoderFiles {
    EncoderFiles {
        weights: b"not read by the fake encoder".to_vec().into(),
        config: b"{}".to_vec().into(),
        tokenizer: b"{}".to_vec().into(),
    }
}

/// `each` sentences of each of five kinds, over ten letters.
fn examples(taxonomy: &Taxonomy, each: usize) -> Vec<Example> {
    let kinds = [
        ("Leaders have an ambitious vision for children in", Polarity::Strength, 0),
        ("Too many families wait far too long for therapy in", Polarity::Weakness, 1),
        ("Plans are timely but many lack detail about health in", Polarity::Mixed, 2),
        ("The inspection of the local area took place in", Polarity::Neutral, taxonomy.len() - 1),
        ("Staff turnover leaves social workers overstretched in", Polarity::Weakness, 3),
    ];
    let themes: Vec<_> = taxonomy.ids().collect();
    (0..each * kinds.len())
        .map(|i| {
            let (words, polarity, theme) = kinds[i % kinds.len()];
            Example {
                letter: format!("letter {}", i / kinds.len() % 10),
                index: Some(i as u32),
                page: None,
                heading: String::new(),
                previous: if i % 3 == 0 { String::new() } else { format!("Sentence before number {i}.") },
                sentence: format!("{words} place {i}."),
                polarity,
                themes: vec![themes[theme]],
                annotator: "invented".to_owned(),
                note: String::new(),
            }
        })
        .collect()
}

fn file(examples: Vec<Example>) -> LabelFile {
    LabelFile { name: "invented.csv".to_owned(), sha256: "0".repeat(64), examples, picked: Vec::new() }
}

fn trained(taxonomy: &Taxonomy, each: usize, threads: usize) -> (Bundle, Report) {
    let options = Options { threads, ..Options::default() };
    train(&[file(examples(taxonomy, each))], taxonomy, &WordBins, encoder_files(), &options, &mut |_| {}).unwrap()
}

fn contents(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap())
        .map(|e| (e.file_name().into_string().unwrap(), fs::read(e.path()).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn a_saved_model_judges_as_the_one_that_was_trained() {
    let taxonomy = Taxonomy::default();
    let (bundle, report) = trained(&taxonomy, 30, 2);
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().join("model");
    bundle.save(&at).unwrap();
    let opened = Bundle::open(&at).unwrap();
    assert_eq!(opened, bundle);
    assert!(Bundle::verify(&at).unwrap().is_empty());

    let examples = examples(&taxonomy, 30);
    let items: Vec<Item<'_>> = examples
        .iter()
        .map(|e| Item { sentence: &e.sentence, previous: Some(&e.previous), heading: "", ..Item::default() })
        .collect();
    let judge = |bundle: &Bundle| Classifier::with_encoder(bundle, Box::new(WordBins)).unwrap().judge(&items, 1);
    let judged = judge(&opened);
    assert_eq!(judged, judge(&bundle));
    for (judgement, example) in judged.iter().zip(&examples) {
        assert_eq!(judgement.polarity, example.polarity, "{}", example.sentence);
        assert_eq!(judgement.themes[0].0, example.themes[0], "{}", example.sentence);
    }
    let accuracy = report.scores.iter().find(|s| s.name == "polarity accuracy").unwrap();
    assert!(accuracy.value > 0.95 && accuracy.rows == 150, "{accuracy:?}");
}

#[test]
fn training_twice_writes_the_same_bytes_on_any_number_of_threads() {
    let taxonomy = Taxonomy::default();
    let dir = tempfile::tempdir().unwrap();
    let folders = [1, 2, 1].map(|threads| {
        let at = dir.path().join(format!("model of {threads}"));
        trained(&taxonomy, 12, threads).0.save(&at).unwrap();
        contents(&at)
    });
    assert_eq!(folders[0], folders[1]);
    assert_eq!(folders[0], folders[2]);
}

#[test]
fn a_file_that_was_changed_cut_or_taken_away_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().join("model");
    let (bundle, _) = trained(&Taxonomy::default(), 12, 1);
    let bundle = remember(bundle, &[], &Seen::default()).unwrap();
    let names =
        ["encoder.safetensors", "encoder.json", "tokenizer.json", "taxonomy.toml", "heads.safetensors", "seen.txt"];
    for name in names {
        for damage in ["change", "cut", "take away"] {
            bundle.save(&at).unwrap();
            let path = at.join(name);
            let mut bytes = fs::read(&path).unwrap();
            match damage {
                "change" => {
                    bytes[0] ^= 1;
                    fs::write(&path, &bytes).unwrap();
                }
                "cut" => fs::write(&path, &bytes[..bytes.len() - 1]).unwrap(),
                _ => fs::remove_file(&path).unwrap(),
            }
            let error = Bundle::open(&at).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Bundle, "{damage} {name}");
            assert_eq!(error.path(), Some(&*path), "{damage} {name}");
            let differences = Bundle::verify(&at).unwrap();
            assert_eq!(differences.iter().map(|d| &*d.file).collect::<Vec<_>>(), [name], "{damage} {name}");
            if damage == "take away" {
                // What is left is still known as a model, and may be replaced.
                assert_eq!(differences[0].what, DifferenceKind::Missing);
            }
        }
    }
}

#[test]
fn a_model_carries_what_its_sentences_are_known_by_and_no_text() {
    let taxonomy = Taxonomy::default();
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().join("model");
    let files = [file(examples(&taxonomy, 12))];
    let before = Seen::of(["The encoder was trained on this before."]);
    let (bundle, _) = trained(&taxonomy, 12, 1);
    let bundle = remember(bundle, &files, &before).unwrap();
    bundle.save(&at).unwrap();

    let opened = Bundle::open(&at).unwrap();
    let seen = Seen::parse(opened.seen().unwrap()).unwrap();
    assert_eq!(seen.len(), 61);
    assert!(files[0].examples.iter().all(|e| seen.likeness(&e.sentence) == Some(Likeness::Exact)));
    assert_eq!(seen.likeness("The encoder was trained on this before."), Some(Likeness::Exact));
    assert!(!fs::read_to_string(at.join("seen.txt")).unwrap().contains("overstretched"));
    // It decides no judgement, so the name of the model does not hang on it.
    let (other, _) = trained(&taxonomy, 12, 1);
    assert_eq!((&other.manifest().id, other.seen()), (&opened.manifest().id, None));
}

#[test]
fn a_model_from_before_there_was_such_a_record_opens() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().join("model");
    let (bundle, _) = trained(&Taxonomy::default(), 12, 1);
    let bundle = remember(bundle, &[], &Seen::default()).unwrap();
    bundle.save(&at).unwrap();
    fs::remove_file(at.join("seen.txt")).unwrap();
    let manifest = at.join("manifest.json");
    let mut old: serde_json::Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
    old["files"].as_array_mut().unwrap().retain(|file| file["name"] != "seen.txt");
    fs::write(&manifest, old.to_string()).unwrap();
    let opened = Bundle::open(&at).unwrap();
    assert_eq!((opened.seen(), &opened.manifest().id), (None, &bundle.manifest().id));
    assert!(Bundle::verify(&at).unwrap().is_empty());
}

#[test]
fn a_manifest_that_was_changed_or_is_of_another_version_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().join("model");
    let (bundle, _) = trained(&Taxonomy::default(), 12, 1);
    for (from, to, says) in [
        ("\"temperature\": ", "\"temperature\": 1", "its numbers were changed"),
        ("\"version\": 1", "\"version\": 2", "format version 2"),
        ("\"lettermark-bundle\"", "\"something else\"", "not the manifest"),
        ("\"dimension\": 48", "\"dimension\": 47", "not as wide"),
        ("\"seed\"", "\"sead\"", "damaged"),
    ] {
        bundle.save(&at).unwrap();
        let path = at.join("manifest.json");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let error = Bundle::open(&at).unwrap_err();
        assert!(error.to_string().contains(says), "{from}: {error}");
        assert_eq!(error.path(), Some(&*path));
        // A bundle again, so that the next one may be saved over it.
        fs::write(&path, text).unwrap();
    }
}

#[test]
fn a_folder_that_holds_other_things_is_not_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let (bundle, _) = trained(&Taxonomy::default(), 12, 1);
    fs::write(dir.path().join("thesis.docx"), "years of work").unwrap();
    let error = bundle.save(dir.path()).unwrap_err();
    assert!(error.to_string().contains("thesis.docx"), "{error}");
    assert_eq!(contents(dir.path()).len(), 1);
}

#[test]
fn a_taxonomy_of_ones_own_trains_and_opens() {
    let themes = ["vision", "waiting", "plans", "staff", "none"];
    let toml: String = std::iter::once("name = \"own\"\nversion = \"1.0.0\"\n".to_owned())
        .chain(themes.map(|id| format!("[[theme]]\nid = \"{id}\"\nname = \"{id}\"\ndefinition = \"about {id}\"\n")))
        .collect();
    let taxonomy = Taxonomy::from_toml(&toml).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().join("model");
    trained(&taxonomy, 30, 1).0.save(&at).unwrap();
    let model = Classifier::with_encoder(&Bundle::open(&at).unwrap(), Box::new(WordBins)).unwrap();
    assert_eq!(model.taxonomy(), &taxonomy);
    let item = Item { sentence: "Staff turnover leaves social workers overstretched in town.", ..Item::default() };
    let judged = model.judge(&[item], 1);
    assert_eq!(taxonomy.theme(judged[0].themes[0].0).id, "staff");
}

#[test]
fn eight_examples_of_a_label_train_and_are_called_too_few() {
    let (bundle, report) = trained(&Taxonomy::default(), 8, 1);
    let few = Warning::FewExamples { label: "leadership".to_owned(), rows: 8 };
    assert!(report.warnings.contains(&few), "{:?}", report.warnings);
    // Forty findings cannot show 97%.
    assert!(report.warnings.contains(&Warning::AllMarked));
    assert_eq!(bundle.manifest().calibration.review_cut, REVIEW_ALL);
    assert!(bundle.card().contains("\"leadership\" has 8 training sentences"));
}

#[test]
fn one_example_trains_without_calibration_and_none_is_an_error() {
    let taxonomy = Taxonomy::default();
    let mut one = examples(&taxonomy, 1);
    one.truncate(1);
    let run = |examples| {
        let files = [file(examples)];
        train(&files, &taxonomy, &WordBins, encoder_files(), &Options::default(), &mut |_| {})
    };
    let (_, report) = run(one).unwrap();
    assert!(report.warnings.contains(&Warning::NotCalibrated));
    assert_eq!(run(Vec::new()).unwrap_err().kind(), ErrorKind::Data);
}

#[test]
fn scores_on_sentences_that_the_encoder_had_learned_from_are_called_too_high() {
    let taxonomy = Taxonomy::default();
    let files = [file(examples(&taxonomy, 40))];
    let known = files[0].examples.iter().take(7).map(|example| example.sentence.as_str());
    let train = |seen| {
        let options = Options { seen, ..Options::default() };
        train(&files, &taxonomy, &WordBins, encoder_files(), &options, &mut |_| {}).unwrap()
    };
    let (bundle, report) = train(Seen::of(known));
    let warning = Warning::KnownToEncoder { rows: 7, of: 200 };
    assert!(report.warnings.contains(&warning), "{:?}", report.warnings);
    assert!(bundle.manifest().training.warnings.contains(&warning.to_string()));
    let (_, report) = train(Seen::of(["Another sentence."]));
    assert!(!report.warnings.iter().any(|warning| matches!(warning, Warning::KnownToEncoder { .. })));
}

#[test]
fn labels_of_another_taxonomy_are_refused_with_their_file() {
    let mut examples = examples(&Taxonomy::default(), 2);
    examples[0].themes = vec![lettermark::taxonomy::ThemeId(99)];
    let files = [file(examples)];
    let error =
        train(&files, &Taxonomy::default(), &WordBins, encoder_files(), &Options::default(), &mut |_| {}).unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Data, Some(Path::new("invented.csv"))));
}

#[test]
fn a_second_run_with_a_cache_gives_the_same_bundle_and_progress_reaches_its_end() {
    let taxonomy = Taxonomy::default();
    let dir = tempfile::tempdir().unwrap();
    let options = Options { cache: Some(dir.path().to_owned()), ..Options::default() };
    let mut seen = Vec::new();
    let mut run = || {
        let files = [file(examples(&taxonomy, 12))];
        train(&files, &taxonomy, &WordBins, encoder_files(), &options, &mut |p| seen.push(p)).unwrap().0
    };
    assert_eq!(run(), run());
    assert!(matches!(seen.last(), Some(Progress::Fitting { done: 6, of: 6 })), "{:?}", seen.last());
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}
