//! The fast arithmetic gives the labels of the exact one.

use std::path::Path;

use lettermark::classify::{Bundle, Classifier, Item, Judgement};
use lettermark::dataset::{self, Example};
use lettermark::encode::Precision;
use lettermark::taxonomy::Taxonomy;

/// The share of sentences whose polarity, or main theme, must be the same.
const SAME: f64 = 0.995;

#[test]
fn labels_are_those_of_the_f32_path() {
    let labels = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/labels");
    let read = |name: &str| dataset::read_file(&labels.join(name), &Taxonomy::default()).unwrap().examples;
    let mut examples: Vec<Example> = [read("kingston.csv"), read("croydon.csv")].concat();
    // A twelfth, for the time that the exact path takes. `eval/peers` compares 2,000.
    examples.extend(read("written.csv").into_iter().step_by(12));
    let items: Vec<Item<'_>> = examples
        .iter()
        .map(|e| Item { sentence: &e.sentence, previous: Some(&e.previous), heading: &e.heading, ..Item::default() })
        .collect();
    let bundle = Bundle::built_in().unwrap();
    let judge = |precision| Classifier::from_bundle(&bundle, precision).unwrap().judge(&items, 2);
    let exact = judge(Precision::F32);
    for precision in [Precision::Bf16, Precision::Fixed16] {
        if !precision.is_available() {
            eprintln!("skipped: this processor has no {precision:?}");
            continue;
        }
        let fast = judge(precision);
        let same = |what: fn(&Judgement, &Judgement) -> bool| {
            exact.iter().zip(&fast).filter(|(a, b)| what(a, b)).count() as f64 / items.len() as f64
        };
        let polarity = same(|a, b| a.polarity == b.polarity);
        let main_theme = same(|a, b| a.themes[0].0 == b.themes[0].0);
        println!("{precision:?}: the same polarity in {polarity:.4}, the same main theme in {main_theme:.4}");
        assert!(polarity >= SAME && main_theme >= SAME, "{precision:?}: {polarity} {main_theme}");
    }
}
