//! Writes labels that stand beside their sentences as labels with hashes:
//! `cargo run --example hash_labels -- ../shared/labels/national.csv datasets/labels/national.csv`

use std::path::PathBuf;

use lettermark::dataset::{hash_labels, write_hashed};
use lettermark::taxonomy::Taxonomy;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [from, to] = paths.as_slice() else { return Err("usage: hash_labels LABELS.csv HASHED.csv".into()) };
    let taxonomy = Taxonomy::default();
    let labels = hash_labels(from, &taxonomy)?;
    write_hashed(to, &labels, &taxonomy)?;
    eprintln!("{} labels", labels.len());
    Ok(())
}
