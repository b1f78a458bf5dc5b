//! How often the intervals of `classify --counts-by` hold the true count of a single letter: each letter is left out in
//! turn, the confusion is measured on the others, and its own labels tell whether the intervals were right.
//!
//! `cargo run --release --example coverage -- LABELS LETTERS...`, where LABELS is a labelled CSV with its sentences and
//! LETTERS are files with a letter a line that the shipped model was not trained on:
//!
//! ```sh
//! lettermark data join --labels datasets/labels/national.csv -o joined.csv
//! cargo run --release --example coverage -- joined.csv datasets/labels/set-aside.txt datasets/labels/validation.txt
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;

use lettermark::classify::{Bundle, Classifier, Item, Judgement};
use lettermark::dataset::{Example, letter_list};
use lettermark::encode::Precision;
use lettermark::evaluate::counts::{CorrectedCount, Corrector, Counts};
use lettermark::taxonomy::{Polarity, Taxonomy, ThemeId};
use lettermark::train::LabelFile;

/// Letters with fewer labelled sentences that were not picked are left out.
const FEWEST: usize = 10;

/// How many intervals held the true count, and what was off by how much.
#[derive(Default)]
struct Tally {
    held: usize,
    intervals: usize,
    off_corrected: f64,
    off_counted: f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let labels = arguments.next().ok_or("name the labels")?;
    let classifier = Classifier::from_bundle(&Bundle::built_in()?, Precision::best())?;
    let taxonomy = classifier.taxonomy();
    let file = LabelFile::read(Path::new(&labels), taxonomy)?;
    let mut letters = BTreeSet::new();
    for list in arguments {
        letters.extend(letter_list(&std::fs::read_to_string(list)?)?);
    }
    let chosen = file.examples.into_iter().zip(file.picked.into_iter().chain(std::iter::repeat(false)));
    let (examples, picked): (Vec<Example>, Vec<bool>) = chosen.filter(|(e, _)| letters.contains(&e.letter)).unzip();
    let items: Vec<Item<'_>> = examples
        .iter()
        .map(|e| Item { sentence: &e.sentence, previous: Some(&e.previous), heading: &e.heading, ..Item::default() })
        .collect();
    let judgements = classifier.judge(&items, std::thread::available_parallelism()?.get());

    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let mut tried = 0;
    for letter in &letters {
        let (own, others): (Vec<usize>, Vec<usize>) = (0..examples.len()).partition(|&i| examples[i].letter == *letter);
        let own: Vec<usize> = own.into_iter().filter(|&i| !picked[i]).collect();
        if own.len() < FEWEST {
            continue;
        }
        tried += 1;
        try_letter(&own, &others, &examples, &judgements, &picked, taxonomy, &mut tallies)?;
    }
    println!("{tried} letters");
    println!("{:<16}  intervals  hold the count  off by: corrected  counted", "");
    for (label, tally) in &tallies {
        let n = tally.intervals as f64;
        let (held, corrected, counted) = (tally.held as f64 / n, tally.off_corrected / n, tally.off_counted / n);
        println!("{label:<16}  {:>9}  {held:>14.3}  {corrected:>17.2}  {counted:>7.2}", tally.intervals);
    }
    Ok(())
}

fn try_letter(
    own: &[usize],
    others: &[usize],
    examples: &[Example],
    judgements: &[Judgement],
    picked: &[bool],
    taxonomy: &Taxonomy,
    tallies: &mut BTreeMap<String, Tally>,
) -> lettermark::Result<()> {
    let pick = |i: &usize| (examples[*i].clone(), (judgements[*i].clone(), picked[*i]));
    let (other_examples, (other_judgements, other_picked)): (Vec<_>, (Vec<_>, Vec<_>)) =
        others.iter().map(pick).unzip();
    let corrector = Corrector::new(&other_examples, &other_judgements, &other_picked, taxonomy)?;
    let places = |themes: &mut dyn Iterator<Item = ThemeId>| themes.map(|id| usize::from(id.0)).collect::<Vec<_>>();
    let (mut counted, mut truth) = (Counts::zero(taxonomy.len()), Counts::zero(taxonomy.len()));
    for &i in own {
        let themes = places(&mut judgements[i].themes.iter().map(|&(id, _)| id));
        counted.add(judgements[i].polarity, themes.into_iter());
        truth.add(examples[i].polarity, places(&mut examples[i].themes.iter().copied()).into_iter());
    }
    let report = corrector.correct(&counted, &Counts::zero(taxonomy.len()));
    let mut see = |label: &str, row: &CorrectedCount, truth: f64| {
        if let Some(interval) = row.interval {
            let tally = tallies.entry(label.to_owned()).or_default();
            tally.intervals += 1;
            tally.held += usize::from((interval.low..=interval.high).contains(&truth));
            tally.off_corrected += (row.corrected - truth).abs();
            tally.off_counted += (row.counted as f64 - truth).abs();
        }
    };
    for (polarity, row) in Polarity::ALL.into_iter().zip(&report.polarities) {
        see(polarity.id(), row, truth.polarity[polarity.index()]);
    }
    for (theme, truth) in report.themes.iter().zip(&truth.themes) {
        see("theme", &theme.all, truth.iter().sum());
        for (polarity, row) in Polarity::ALL.into_iter().zip(&theme.polarities) {
            see(&format!("theme, {polarity}"), row, truth[polarity.index()]);
        }
    }
    Ok(())
}
