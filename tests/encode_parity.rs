//! The encoder against sentence-transformers' vectors and token ids (`fixtures/make_reference_vectors.py`).

use std::fs;
use std::path::PathBuf;

use lettermark::encode::{Config, Embedding, Encoder, MiniLm, Passage, Precision};
use safetensors::SafeTensors;
use serde::Deserialize;

/// Each arithmetic that this processor has, with the lowest cosine that it may give.
fn arithmetics() -> impl Iterator<Item = (Precision, f64)> {
    let bars = [(Precision::F32, 0.9999), (Precision::Bf16, 0.999), (Precision::Fixed16, 0.9999)];
    bars.into_iter().filter(|&(precision, _)| {
        if !precision.is_available() {
            eprintln!("skipped: this processor has no {precision:?}");
        }
        precision.is_available()
    })
}

#[derive(Deserialize)]
struct Reference {
    texts: Vec<Text>,
    passages: Vec<ReferencePassage>,
}

#[derive(Deserialize)]
struct Text {
    text: String,
    ids: Vec<u32>,
}

#[derive(Deserialize)]
struct ReferencePassage {
    texts: Vec<String>,
    wanted: (usize, usize),
}

impl ReferencePassage {
    fn passage(&self) -> Passage<'_> {
        Passage { texts: self.texts.iter().map(String::as_str).collect(), wanted: self.wanted.0..self.wanted.1 }
    }
}

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn reference() -> Reference {
    let json = fs::read_to_string(fixture("reference_texts.json")).expect("the fixture is there");
    serde_json::from_str(&json).expect("the fixture is valid")
}

fn reference_vectors(name: &str) -> Vec<Vec<f32>> {
    let bytes = fs::read(fixture("reference_vectors.safetensors")).expect("the fixture is there");
    let tensors = SafeTensors::deserialize(&bytes).expect("the fixture is valid");
    let tensor = tensors.tensor(name).expect("the tensor is there");
    let numbers: Vec<f32> = tensor.data().as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect();
    numbers.chunks_exact(tensor.shape()[1]).map(<[f32]>::to_vec).collect()
}

/// The shipped encoder's weights, in f16, and its tokenizer.
fn shipped_encoder() -> (Vec<u8>, Vec<u8>) {
    let shipped = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("models/default");
    let read = |path: PathBuf| fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    (read(shipped.join("encoder.safetensors")), read(shipped.join("tokenizer.json")))
}

fn encoder(precision: Precision) -> MiniLm {
    let (weights, tokenizer) = shipped_encoder();
    MiniLm::from_bytes(&weights, &tokenizer, &Config::default(), precision).expect("the encoder loads")
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum() };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// Prints the lowest and the mean cosine, and returns the lowest.
fn lowest_cosine(what: &str, found: &[&Embedding], expected: &[Vec<f32>]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let cosines: Vec<f64> = found.iter().zip(expected).map(|(f, e)| cosine(&f.vector, e)).collect();
    let lowest = cosines.iter().copied().fold(f64::INFINITY, f64::min);
    println!(
        "{what}: cosine {lowest:.7} at least, {:.7} on average",
        cosines.iter().sum::<f64>() / cosines.len() as f64
    );
    lowest
}

#[test]
fn vectors_are_those_of_sentence_transformers() {
    let reference = reference();
    let singles: Vec<Passage> = reference.texts.iter().map(|t| Passage::single(&t.text)).collect();
    let several: Vec<Passage> = reference.passages.iter().map(ReferencePassage::passage).collect();
    for (precision, bar) in arithmetics() {
        let encoder = encoder(precision);
        for (name, passages) in [("texts", &singles), ("passages", &several)] {
            let found = encoder.encode(passages, 2);
            let found: Vec<&Embedding> = found.iter().flatten().collect();
            let lowest = lowest_cosine(&format!("{precision:?} {name}"), &found, &reference_vectors(name));
            assert!(lowest >= bar, "{precision:?} {name}: {lowest}");
            for embedding in found {
                let length = embedding.vector.iter().map(|x| x * x).sum::<f32>().sqrt();
                assert!((length - 1.0).abs() < 1e-5);
            }
        }
    }
}

#[test]
fn token_ids_are_those_of_transformers() {
    let encoder = encoder(Precision::F32);
    for text in reference().texts {
        assert_eq!(encoder.token_ids(&text.text), text.ids, "{:?}", text.text);
    }
}

#[test]
fn a_passage_alone_and_in_any_batch_and_on_any_threads_gives_the_same_bytes() {
    let reference = reference();
    let mut passages: Vec<Passage> = reference.texts.iter().step_by(3).map(|t| Passage::single(&t.text)).collect();
    passages.extend(reference.passages.iter().map(ReferencePassage::passage));
    let reversed: Vec<Passage> = passages.iter().rev().cloned().collect();
    for (precision, _) in arithmetics() {
        let encoder = encoder(precision);
        let together = encoder.encode(&passages, 1);
        assert!(together == encoder.encode(&passages, 2), "{precision:?}: two threads");
        assert!(together == encoder.encode(&passages, 5), "{precision:?}: five threads");
        let mut backwards = encoder.encode(&reversed, 2);
        backwards.reverse();
        assert!(together == backwards, "{precision:?}: in reverse");
        for (passage, expected) in passages.iter().zip(&together) {
            assert!(&encoder.encode(std::slice::from_ref(passage), 1)[0] == expected, "{precision:?}: {passage:?}");
        }
    }
}

#[test]
fn a_text_that_is_too_long_says_so() {
    let encoder = encoder(Precision::best());
    let long = "word ".repeat(300);
    let fits = "word ".repeat(254);
    let found = encoder.encode(&[Passage::single(&long), Passage::single(&fits)], 2);
    assert!(found[0][0].truncated && !found[1][0].truncated);
    assert!(found[0][0].vector == found[1][0].vector, "only the first 254 words are read");
}

#[test]
fn one_embedding_comes_for_each_wanted_text_even_where_they_fill_several_passes() {
    let encoder = encoder(Precision::best());
    let sentence = "Leaders know their area well and act on it. ".repeat(6);
    let passage = Passage { texts: vec![&sentence; 20], wanted: 3..19 };
    let found = encoder.encode(&[passage, Passage::single("a")], 2);
    assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [16, 1]);
    assert!(found[0].iter().all(|e| !e.truncated));
    assert!(encoder.encode(&[], 2).is_empty());
}

#[test]
fn a_pooled_layer_is_one_part_of_the_vector() {
    let (weights, tokenizer) = shipped_encoder();
    let load = |pooled: Vec<usize>| {
        let config = Config { pooled, ..Config::default() };
        MiniLm::from_bytes(&weights, &tokenizer, &config, Precision::best()).expect("the encoder loads")
    };
    let passages =
        [Passage::single("Leaders know their area well."), Passage { texts: vec!["One.", "Two."], wanted: 1..2 }];
    let (both, last) = (load(vec![4, 6]), load(vec![6]));
    assert_eq!((both.dimension(), last.dimension()), (768, 384));
    for (both, last) in both.encode(&passages, 2).iter().flatten().zip(last.encode(&passages, 2).iter().flatten()) {
        let part: Vec<f32> = both.vector[384..].iter().map(|x| x * 2f32.sqrt()).collect();
        assert!(part.iter().zip(&last.vector).all(|(a, b)| (a - b).abs() < 1e-6));
        assert!(both.vector[..384] != both.vector[384..]);
    }
}

#[test]
fn weights_that_do_not_belong_are_refused_by_name() {
    let (weights, tokenizer) = shipped_encoder();
    let config = Config::default();
    let cases = [
        (Config { layers: 7, ..config.clone() }, "encoder.layer.6.attention.self.query.weight"),
        (Config { layers: 5, pooled: vec![5], ..config.clone() }, "more layers"),
        (Config { intermediate: 1024, ..config.clone() }, "encoder.layer.0.intermediate.dense.weight"),
        (Config { heads: 7, ..config.clone() }, "heads"),
        (Config { max_tokens: 600, ..config.clone() }, "512 positions"),
        (Config { max_tokens: 0, ..config.clone() }, "max_tokens"),
        (Config { pooled: vec![], ..config.clone() }, "pooled"),
        (Config { pooled: vec![3, 3], ..config.clone() }, "pooled"),
        (Config { pooled: vec![7], ..config }, "pooled"),
    ];
    for (config, expected) in cases {
        let error = MiniLm::from_bytes(&weights, &tokenizer, &config, Precision::F32).err().expect(expected);
        assert_eq!(error.kind(), lettermark::ErrorKind::Bundle);
        assert!(error.message().contains(expected), "{error}");
    }
    assert!(MiniLm::from_bytes(&weights[..1000], &tokenizer, &Config::default(), Precision::F32).is_err());
}
