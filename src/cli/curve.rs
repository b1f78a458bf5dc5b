//! `lettermark train --curve`: how the scores grow with the labels.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
use lettermark::classify::Bundle;
use lettermark::dataset::Example;
use lettermark::encode::Precision;
use lettermark::train::curve::{Curve, SCORES, SHARES, curve};
use lettermark::train::{LabelFile, Options, curve_svg, vectors};

use super::progress::StageProgress;
use super::sink::Sink;
use super::tell;

/// Computes the curve of heads on the model's encoder, writes `MODEL.curve.csv` and `MODEL.curve.svg` beside its folder,
/// and gives the table for the terminal. Where there are too few letters it says so, and what to do.
pub fn run(bundle: &Bundle, files: &[LabelFile], options: &Options, output: &Path, quiet: bool) -> Result<String> {
    let examples: Vec<&Example> = files.iter().flat_map(|file| &file.examples).collect();
    let encoder = bundle.encoder_files().encoder(Precision::best())?;
    let progress = StageProgress::new(quiet);
    let rows = vectors(&encoder, bundle.manifest().context, &examples, options.threads, &mut |at| progress.at(at));
    let found = curve(rows.view(), &examples, bundle.taxonomy().len(), options, &mut |at| progress.at(at));
    progress.finish();
    let found = match found {
        Ok(found) => found,
        Err(error) => {
            tell(&format!("note: {error}"));
            return Ok(String::new());
        }
    };
    for (ending, text) in [("curve.csv", found.to_csv()), ("curve.svg", curve_svg(&found))] {
        let mut sink = Sink::file(&beside(output, ending))?;
        sink.write(text.as_bytes())?;
        sink.finish()?;
    }
    Ok(table(&found, options.seed, output))
}

/// Not inside the model's folder, which holds a model and nothing else.
fn beside(output: &Path, ending: &str) -> PathBuf {
    let name = output.file_name().unwrap_or_default().to_string_lossy();
    output.with_file_name(format!("{name}.{ending}"))
}

fn table(curve: &Curve, seed: u64, output: &Path) -> String {
    let mut out = format!(
        "\nLearning curve, on {} sentences of {} letters set aside: mean of the draws, least to greatest\n",
        curve.held_out_sentences, curve.held_out_letters
    );
    let _ = write!(out, "  {:>6}  {:>9}", "labels", "sentences");
    for name in SCORES {
        let _ = write!(out, "  {name:<20}");
    }
    out.push('\n');
    for share in SHARES {
        let sizes: Vec<usize> = curve.of_share(share).map(|point| point.sentences).collect();
        let mean = sizes.iter().sum::<usize>() / sizes.len().max(1);
        let _ = write!(out, "  {:>5.0}%  {mean:>9}", share * 100.0);
        for score in 0..SCORES.len() {
            let (mean, least, greatest) = curve.spread(share, score);
            let cell = match sizes.len() {
                1 => format!("{mean:.3}"),
                _ => format!("{mean:.3} {least:.3}-{greatest:.3}"),
            };
            let _ = write!(out, "  {cell:<20}");
        }
        out.push('\n');
    }
    for sentence in curve.outlook(seed) {
        let _ = writeln!(out, "  {sentence}");
    }
    let _ =
        writeln!(out, "  in {} and {}", beside(output, "curve.csv").display(), beside(output, "curve.svg").display());
    out
}
