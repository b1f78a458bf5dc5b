//! Reading the labels and the taxonomy that a command was given.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use lettermark::classify::hex_sha256;
use lettermark::dataset::{self, Joined};
use lettermark::taxonomy::Taxonomy;
use lettermark::train::LabelFile;
use lettermark::{Error, Result};

use super::tell;

/// Labels, and where the text is that they may lack.
#[derive(Debug, Args)]
pub struct LabelArgs {
    /// Labelled sentences: CSV with the columns sentence, polarity, themes (and letter, heading, previous, …)
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    pub labels: Vec<PathBuf>,

    #[command(flatten)]
    pub corpus: CorpusArg,
}

/// Where the text is of labels that hold hashes in its place.
#[derive(Debug, Clone, Args)]
pub struct CorpusArg {
    /// The folder with the corpus, for labels that hold hashes in place of the text
    #[arg(
        id = "corpus",
        long,
        value_name = "DIR",
        env = "LETTERMARK_CORPUS",
        hide_env_values = true,
        default_value = "../shared"
    )]
    pub folder: PathBuf,
}

#[derive(Debug, Args)]
pub struct TaxonomyArg {
    /// The labels' taxonomy [default: the one inside the program]
    #[arg(long, value_name = "FILE")]
    pub taxonomy: Option<PathBuf>,
}

/// How a label was chosen when it was picked for being rare or hard.
const PICKED: &str = "selected";

/// Every file of labels; those that hold hashes get their text from the corpus.
pub fn read(args: &LabelArgs, taxonomy: &Taxonomy) -> Result<Vec<LabelFile>> {
    read_files(&args.labels, &args.corpus, taxonomy)
}

/// The same of files that were named otherwise than in [`LabelArgs`].
pub fn read_files(files: &[PathBuf], corpus: &CorpusArg, taxonomy: &Taxonomy) -> Result<Vec<LabelFile>> {
    let one = |path: &PathBuf| match holds_hashes(path)? {
        true => joined_file(path, &corpus.folder, taxonomy),
        false => LabelFile::read(path, taxonomy),
    };
    files.iter().map(one).collect()
}

/// Puts the text beside hashed labels, and says how many it was not found for.
pub fn join(labels: &Path, corpus: &Path, taxonomy: &Taxonomy) -> Result<Joined> {
    let joined = dataset::join(labels, corpus, taxonomy)?;
    if !joined.missing.is_empty() {
        tell(&format!(
            "note: {} of {} labels in {} are left out: their sentences are not in the corpus",
            joined.missing.len(),
            joined.missing.len() + joined.examples.len(),
            labels.display()
        ));
    }
    Ok(joined)
}

fn joined_file(path: &Path, corpus: &Path, taxonomy: &Taxonomy) -> Result<LabelFile> {
    let bytes = fs::read(path).map_err(|e| Error::io("read the labels", path, e))?;
    let examples = join(path, corpus, taxonomy)?.examples;
    Ok(LabelFile {
        name: path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
        sha256: hex_sha256(&bytes),
        picked: examples.iter().map(|example| example.note == PICKED).collect(),
        examples,
    })
}

/// Whether a file holds labelled sentences: its first line names the columns of polarity and of sentences or their hashes.
pub fn are_in(path: &Path) -> Result<bool> {
    let names = header(path)?;
    let has = |name: &str| names.iter().any(|n| n.eq_ignore_ascii_case(name));
    Ok(has("polarity") && has("themes") && (has("sentence") || has("hash")))
}

/// Whether a file of labels names its sentences by hash: it has a column `hash` and none `sentence`.
pub fn holds_hashes(path: &Path) -> Result<bool> {
    let names = header(path)?;
    Ok(names.iter().any(|n| n == "hash") && !names.iter().any(|n| n == "sentence"))
}

/// The fields of a file's first line, whatever stands between them.
fn header(path: &Path) -> Result<Vec<String>> {
    const LONGEST: u64 = 1 << 16;
    let failed = |e| Error::io("read the labels", path, e);
    let mut line = Vec::new();
    let file = fs::File::open(path).map_err(failed)?;
    BufReader::new(file.take(LONGEST)).read_until(b'\n', &mut line).map_err(failed)?;
    let line = String::from_utf8_lossy(&line);
    let names = line.trim_start_matches('\u{FEFF}').split([',', ';', '\t']);
    Ok(names.map(|name| name.trim().trim_matches('"').to_owned()).collect())
}

/// The taxonomy in a file.
pub fn taxonomy(path: &Path) -> Result<Taxonomy> {
    let text = fs::read_to_string(path).map_err(|e| Error::io("read the taxonomy", path, e))?;
    Taxonomy::from_toml(&text).map_err(|e| e.in_file(path))
}

/// The taxonomy that was named, or the one inside the program.
pub fn taxonomy_or_default(arg: &TaxonomyArg) -> Result<Taxonomy> {
    arg.taxonomy.as_deref().map_or_else(|| Ok(Taxonomy::default()), taxonomy)
}
