//! The sentences of the corpus's letters as lettermark splits them, for `models/distil`: a letter a line of JSON.
//!
//! `cargo run --release --example sections -- CORPUS`, where CORPUS is the folder that holds `text.jsonl.gz`. A sentence is
//! `[text, heading path, place of the sentence that settles what it means or null]`.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use lettermark::dataset;
use lettermark::ingest::{self, Input, Limits};
use lettermark::sentences;

fn main() -> Result<(), Box<dyn Error>> {
    let corpus = std::env::args().nth(1).ok_or("name the folder of the corpus")?;
    let texts: BTreeMap<String, String> = dataset::read_corpus(Path::new(&corpus))?.into_iter().collect();
    let mut out = BufWriter::new(io::stdout().lock());
    for (letter, text) in texts {
        let input = ingest::read_bytes(&format!("{letter}.txt"), text.as_bytes(), &Limits::default());
        let Ok(Input::Letter(document)) = input else {
            eprintln!("{letter} cannot be read as a letter and is left out");
            continue;
        };
        let split = sentences::split(&document);
        let rows = split.iter().enumerate().map(|(at, sentence)| {
            (sentence.text(&document), sentence.heading_path(&document), sentences::previous(&split, at))
        });
        let line = serde_json::json!({"letter": letter, "sentences": rows.collect::<Vec<_>>()});
        writeln!(out, "{line}")?;
    }
    Ok(out.flush()?)
}
