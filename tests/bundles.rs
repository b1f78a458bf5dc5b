//! A model that is not as it was made, or is made to do harm: `classify --model` refuses it and says what differs.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use lettermark::classify::{Bundle, FileEntry, Manifest};
use lettermark::taxonomy::Taxonomy;
use ndarray::s;
use predicates::prelude::*;
use predicates::str::contains;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use tempfile::TempDir;

const LETTER: &str = "Leaders know their area well. Plans are often late and of poor quality.\n";
const DECIDING: [&str; 5] =
    ["encoder.safetensors", "encoder.json", "tokenizer.json", "taxonomy.toml", "heads.safetensors"];

/// The built-in model in a folder of its own, and a letter.
fn model() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model");
    Bundle::built_in().unwrap().save(&model).unwrap();
    fs::write(folder.path().join("a.txt"), LETTER).unwrap();
    (folder, model)
}

fn lettermark(at: &Path, arguments: &[&str]) -> Assert {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("lettermark"));
    command.current_dir(at).env_remove("LETTERMARK_MODEL").args(arguments).assert()
}

fn classify(at: &Path) -> Assert {
    lettermark(at, &["classify", "a.txt", "-q", "--model", "model", "-o", "findings.csv"])
}

/// Changes a file of the model, and puts it back as it was after `then`.
fn with(model: &Path, name: &str, change: &dyn Fn(&mut Vec<u8>), then: &dyn Fn()) {
    let path = model.join(name);
    let whole = fs::read(&path).unwrap();
    let mut bytes = whole.clone();
    change(&mut bytes);
    fs::write(&path, bytes).unwrap();
    then();
    fs::write(&path, whole).unwrap();
}

/// Makes the manifest agree with the files, as somebody would who means harm.
fn seal(model: &Path) {
    let path = model.join("manifest.json");
    let mut manifest = Manifest::parse(&fs::read(&path).unwrap(), &path).unwrap();
    for entry in &mut manifest.files {
        *entry = FileEntry::of(&entry.name, &fs::read(model.join(&entry.name)).unwrap());
    }
    manifest.id = manifest.expected_id(&DECIDING);
    fs::write(&path, manifest.to_json()).unwrap();
}

#[test]
fn classify_refuses_a_model_that_was_changed_or_cut_and_says_where() {
    let (folder, model) = model();
    let at = folder.path();
    classify(at).success();
    fs::remove_file(at.join("findings.csv")).unwrap();
    for (name, says) in DECIDING.iter().map(|name| (*name, "changed since the model was trained")) {
        let refused = |says: &str| {
            classify(at).code(1).stdout("").stderr(contains(name).and(contains(says)));
            lettermark(at, &["model", "verify", "model"]).code(1).stderr(contains(name));
            assert!(!at.join("findings.csv").exists());
        };
        with(&model, name, &|bytes| *bytes.last_mut().unwrap() ^= 1, &|| refused(says));
        with(&model, name, &|bytes| bytes.truncate(bytes.len() / 2), &|| refused("bytes where the manifest says"));
    }
    with(&model, "manifest.json", &|bytes| bytes.truncate(bytes.len() / 2), &|| {
        classify(at).code(1).stderr(contains("manifest.json: not the manifest of a model"));
    });
    fs::rename(model.join("tokenizer.json"), at.join("tokenizer.json")).unwrap();
    classify(at).code(1).stderr(contains("tokenizer.json: could not read this file of the model"));
    fs::rename(at.join("tokenizer.json"), model.join("tokenizer.json")).unwrap();
    classify(at).success();
}

/// Does harm to a file.
type Harm<'a> = &'a dyn Fn(&mut Vec<u8>);

/// Does harm to the tensor of a name: its shape, its bytes.
type TensorHarm<'a> = &'a dyn Fn(&str, &mut Vec<usize>, &mut Vec<u8>);

/// The same tensors, each as `change` makes it.
fn tensors(file: &[u8], change: TensorHarm<'_>) -> Vec<u8> {
    let read = SafeTensors::deserialize(file).unwrap();
    let mut changed: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = Vec::new();
    for (name, tensor) in read.tensors() {
        let (mut shape, mut data) = (tensor.shape().to_vec(), tensor.data().to_vec());
        change(&name, &mut shape, &mut data);
        changed.push((name, tensor.dtype(), shape, data));
    }
    let views =
        changed.iter().map(|(name, dtype, shape, data)| (name, TensorView::new(*dtype, shape.clone(), data).unwrap()));
    safetensors::serialize(views, None).unwrap()
}

#[test]
fn wrong_shapes_and_numbers_are_refused_though_the_manifest_agrees() {
    let (folder, model) = model();
    let at = folder.path();
    let manifest = fs::read(model.join("manifest.json")).unwrap();
    let nan = |bytes: &mut Vec<u8>| {
        *bytes = tensors(bytes, &|name, _, data| {
            if name == "polarity.bias" {
                data[..4].copy_from_slice(&f32::NAN.to_le_bytes());
            } else if name == "encoder.layer.3.output.dense.bias" {
                // A number of sixteen bits that is none.
                data[..2].copy_from_slice(&0x7E00_u16.to_le_bytes());
            }
        });
    };
    let narrow = |bytes: &mut Vec<u8>| {
        *bytes = tensors(bytes, &|name, shape, _| {
            if name == "polarity.weight" || name == "encoder.layer.3.output.dense.weight" {
                shape.swap(0, 1);
            }
        });
    };
    let deep = |bytes: &mut Vec<u8>| {
        let mut config: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        config["layers"] = 1_000_000_000_000_u64.into();
        *bytes = config.to_string().into_bytes();
    };
    let fewer_themes = |bytes: &mut Vec<u8>| {
        let mut taxonomy = Taxonomy::from_toml(std::str::from_utf8(bytes).unwrap()).unwrap();
        taxonomy.themes.remove(0);
        *bytes = toml::to_string(&taxonomy).unwrap().into_bytes();
    };
    let no_taxonomy = |bytes: &mut Vec<u8>| *bytes = b"name = \"own\"\nversion = \"1\"\n".to_vec();
    let no_tokenizer = |bytes: &mut Vec<u8>| *bytes = b"{}".to_vec();
    let cut = |bytes: &mut Vec<u8>| bytes.truncate(bytes.len() / 2);
    let cases: [(&str, Harm<'_>, &str); 10] = [
        ("heads.safetensors", &nan, "the polarity head holds a number that is not finite"),
        ("heads.safetensors", &narrow, "the polarity head has"),
        ("heads.safetensors", &cut, "the heads are damaged"),
        ("encoder.safetensors", &nan, "holds numbers that are not finite"),
        ("encoder.safetensors", &narrow, "has the shape"),
        ("encoder.safetensors", &cut, "no safetensors file or it is damaged"),
        ("encoder.json", &deep, "layers are more than"),
        ("taxonomy.toml", &fewer_themes, "the themes head has"),
        ("taxonomy.toml", &no_taxonomy, "taxonomy"),
        ("tokenizer.json", &no_tokenizer, "tokenizer"),
    ];
    for (name, change, says) in cases {
        with(&model, name, change, &|| {
            seal(&model);
            classify(at).code(1).stdout("").stderr(contains(says));
            assert!(!at.join("findings.csv").exists(), "{name}: {says}");
        });
        fs::write(model.join("manifest.json"), &manifest).unwrap();
    }
}

#[test]
fn labels_of_a_foreign_version_of_the_taxonomy_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("a.txt"), LETTER).unwrap();
    fs::write(at.join("labels.csv"), "sentence,polarity,themes\nPlans are late.,weakness,ehc_plans\n").unwrap();
    let taxonomy = Taxonomy { version: "99.0".to_owned(), ..Taxonomy::default() };
    fs::write(at.join("taxonomy.toml"), toml::to_string(&taxonomy).unwrap()).unwrap();
    let taxonomy = ["--taxonomy", "taxonomy.toml"];
    for arguments in [&["review", "a.txt", "-o", "review.html"][..], &["data", "check", "labels.csv"]] {
        lettermark(at, &[arguments, &taxonomy].concat())
            .code(1)
            .stdout("")
            .stderr(contains("is of version 99.0, the model's of"));
    }
    assert!(!at.join("review.html").exists());
}

#[test]
fn a_run_does_not_go_on_with_another_model() {
    let (folder, model) = model();
    let at = folder.path();
    let resume =
        |more: &[&str]| lettermark(at, &[&["classify", "a.txt", "--resume", "-q", "-o", "run"][..], more].concat());
    resume(&[]).success();
    resume(&["--model", "model"]).success();
    let built_in = Bundle::built_in().unwrap();
    let mut heads = built_in.heads().clone();
    heads.polarity.weights.slice_mut(s![0, ..]).fill(0.5);
    built_in.with_heads(heads).unwrap().save(&model).unwrap();
    resume(&["--model", "model"])
        .code(1)
        .stderr(contains("was begun with the model").and(contains("name another folder")));
}
