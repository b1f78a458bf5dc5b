//! `lettermark review merge`: labels of several readers put together.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use lettermark::dataset::{self, LabelledFile};
use lettermark::output::printable;
use lettermark::review::{Labels, Merged, merge};
use lettermark::taxonomy::Taxonomy;

use super::super::labels;
use super::super::sink::Sink;
use super::super::{Exit, tell};
use super::args::MergeArgs;

/// Without it Excel takes a CSV for one of its country's old encoding.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

pub fn run(args: &MergeArgs) -> Result<Exit> {
    let taxonomy = labels::taxonomy_or_default(&args.taxonomy)?;
    let read = |path: &PathBuf| {
        let file = dataset::read_file(path, &taxonomy)?;
        Ok(Labels { name: path.display().to_string(), file })
    };
    let files: Vec<Labels> = args.labels.iter().map(read).collect::<lettermark::Result<_>>()?;
    let adjudicated = args.adjudicated.as_ref().map(read).transpose()?;
    let conflicts = args.conflicts.clone().unwrap_or_else(|| beside(&args.output));
    if conflicts == args.output {
        bail!("labels and conflicts cannot go to one file; name another with --conflicts");
    }
    let merged = merge(&files, adjudicated.as_ref(), &taxonomy)?;
    // The conflicts first: whoever finds the merged file has them too. An older file of conflicts must not stay.
    if !merged.conflicts.examples.is_empty() || args.conflicts.is_some() || conflicts.exists() {
        write(&conflicts, &merged.conflicts, &taxonomy)?;
    }
    write(&args.output, &merged.labels, &taxonomy)?;
    let mut sink = Sink::stdout();
    sink.write(report(&merged, &files).as_bytes())?;
    sink.finish()?;
    tell(&format!("{} sentences are in {}", merged.labels.examples.len(), args.output.display()));
    if merged.differing > 0 {
        tell(&format!(
            "{} sentences are labelled differently: their {} rows are in {}; settle them and name that file with \
             --adjudicated",
            merged.differing,
            merged.conflicts.examples.len(),
            conflicts.display()
        ));
    }
    Ok(Exit::Done)
}

/// `merged.csv` to `merged-conflicts.csv`.
fn beside(output: &Path) -> PathBuf {
    let mut name = output.file_stem().unwrap_or_default().to_owned();
    name.push("-conflicts");
    if let Some(extension) = output.extension() {
        name.push(".");
        name.push(extension);
    }
    output.with_file_name(name)
}

fn write(path: &Path, file: &LabelledFile, taxonomy: &Taxonomy) -> Result<()> {
    let mut sink = Sink::file(path)?;
    sink.write(BYTE_ORDER_MARK)?;
    sink.write(&dataset::to_csv(file, taxonomy))?;
    sink.finish()
}

fn report(merged: &Merged, files: &[Labels]) -> String {
    let mut out = format!(
        "{} rows of {} files: {} sentences by one reader, {} by several who agree, {} labelled differently",
        merged.rows,
        files.len(),
        merged.single,
        merged.agreed,
        merged.differing
    );
    if merged.adjudicated > 0 {
        let _ = write!(out, ", {} adjudicated", merged.adjudicated);
    }
    out.push('\n');
    for pair in &merged.agreements {
        let a = &pair.agreement;
        let name = |place: usize| printable(&files[place].name);
        let _ = writeln!(
            out,
            "\n{} and {}: {} sentences in both. Intervals: 95%.",
            name(pair.first),
            name(pair.second),
            a.sentences
        );
        for (what, estimate) in [
            ("same polarity", a.same_polarity),
            ("polarity, Cohen's kappa", a.polarity_kappa),
            ("same main theme", a.same_main_theme),
            ("theme sets, Krippendorff's alpha (MASI)", a.themes_alpha),
        ] {
            let _ = writeln!(out, "{what:<42}{estimate}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conflicts_go_beside_the_labels() {
        for (output, conflicts) in [("a/merged.csv", "a/merged-conflicts.csv"), ("merged", "merged-conflicts")] {
            assert_eq!(beside(Path::new(output)), Path::new(conflicts));
        }
    }
}
