//! The saved model: one folder of plain files, nothing in it is run.
//!
//! | file | holds |
//! | --- | --- |
//! | `encoder.safetensors` | the encoder's weights |
//! | `encoder.json` | its shape, [`Config`](crate::encode::Config) |
//! | `tokenizer.json` | its tokenizer |
//! | `taxonomy.toml` | the labels |
//! | `heads.safetensors` | `polarity.weight` 4 × features, `polarity.bias`, `themes.weight`, `themes.bias`, all `f32` |
//! | `manifest.json` | [`Manifest`]: calibration, what it was trained on, scores, size and SHA-256 of each other file |
//! | `MODEL_CARD.md` | the manifest in words |
//! | `seen.txt` | what the sentences that it was trained on can be known by; may be absent |

use std::borrow::Cow;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use super::manifest::{Difference, DifferenceKind, FORMAT, FileEntry, Manifest, Score, Training, VERSION};
use super::{Calibration, Context, EncoderFiles, Heads, card};
use crate::beside::{self, NewFolder};
use crate::error::{Error, ErrorKind, Result};
use crate::taxonomy::Taxonomy;

const WEIGHTS: &str = "encoder.safetensors";
const CONFIG: &str = "encoder.json";
const TOKENIZER: &str = "tokenizer.json";
const TAXONOMY: &str = "taxonomy.toml";
const HEADS: &str = "heads.safetensors";
const MANIFEST: &str = "manifest.json";
const CARD: &str = "MODEL_CARD.md";
const SEEN: &str = "seen.txt";

/// The files that decide a judgement, in the order in which the manifest names them.
const DECIDING: [&str; 5] = [WEIGHTS, CONFIG, TOKENIZER, TAXONOMY, HEADS];

/// The files that are named by the manifest but decide nothing.
const DESCRIBING: [&str; 2] = [CARD, SEEN];

/// A file's name in the bundle's folder and its contents.
type NamedFile<'a> = (&'static str, Cow<'a, [u8]>);

/// What a new bundle is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts {
    /// The model's name: letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// The encoder.
    pub encoder: EncoderFiles,
    /// Length of its vectors.
    pub dimension: usize,
    /// The labels.
    pub taxonomy: Taxonomy,
    /// What the heads read.
    pub context: Context,
    /// The heads.
    pub heads: Heads,
    /// Temperature, thresholds, review cut.
    pub calibration: Calibration,
    /// How and on what it was trained.
    pub training: Training,
    /// How it scored.
    pub scores: Vec<Score>,
}

/// A whole model in memory: encoder, heads, labels, and the record of how it came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Bundle {
    manifest: Manifest,
    encoder: EncoderFiles,
    taxonomy: Taxonomy,
    heads: Heads,
    seen: Option<Cow<'static, [u8]>>,
}

/// A file of the model that is built into the program.
fn built_in_file(name: &str) -> Result<Cow<'static, [u8]>> {
    Ok(Cow::Borrowed(match name {
        WEIGHTS => include_bytes!("../../models/default/encoder.safetensors"),
        CONFIG => include_bytes!("../../models/default/encoder.json"),
        TOKENIZER => include_bytes!("../../models/default/tokenizer.json"),
        TAXONOMY => include_bytes!("../../models/default/taxonomy.toml"),
        HEADS => include_bytes!("../../models/default/heads.safetensors"),
        SEEN => include_bytes!("../../models/default/seen.txt"),
        _ => include_bytes!("../../models/default/manifest.json"),
    }))
}

impl Bundle {
    /// A bundle of these parts.
    ///
    /// # Errors
    /// [`ErrorKind::Bundle`] when the parts do not fit each other.
    pub fn new(parts: Parts) -> Result<Self> {
        let mut bundle = Bundle {
            manifest: Manifest {
                format: FORMAT.to_owned(),
                version: VERSION,
                id: String::new(),
                name: parts.name,
                code_version: env!("CARGO_PKG_VERSION").to_owned(),
                context: parts.context,
                dimension: parts.dimension,
                calibration: parts.calibration,
                training: parts.training,
                scores: parts.scores,
                files: Vec::new(),
            },
            encoder: parts.encoder,
            taxonomy: parts.taxonomy,
            heads: parts.heads,
            seen: None,
        };
        bundle.check()?;
        bundle.describe_files()?;
        Ok(bundle)
    }

    /// The same bundle with a record of its training sentences, which `seen.txt` will hold. The model's identifier stays.
    ///
    /// # Errors
    /// As [`Bundle::new`].
    pub fn with_seen(mut self, record: Vec<u8>) -> Result<Self> {
        self.seen = Some(Cow::Owned(record));
        self.describe_files()?;
        Ok(self)
    }

    /// The same model with other heads.
    ///
    /// # Errors
    /// [`ErrorKind::Bundle`] when they do not fit its encoder or its labels.
    pub fn with_heads(mut self, heads: Heads) -> Result<Self> {
        self.heads = heads;
        self.check()?;
        self.describe_files()?;
        Ok(self)
    }

    /// The model inside the program.
    ///
    /// # Errors
    /// [`ErrorKind::Bundle`] when the program was built from a damaged source tree.
    pub fn built_in() -> Result<Self> {
        // What the linker put in is not hashed at every start.
        Bundle::read(built_in_file, Path::new("built-in model"), false)
    }

    /// The model inside the program, each file checked against the manifest as [`Bundle::open`] does.
    ///
    /// # Errors
    /// [`ErrorKind::Bundle`] naming the file that is not as it was.
    pub fn built_in_verified() -> Result<Self> {
        Bundle::read(built_in_file, Path::new("built-in model"), true)
    }

    /// The bundle in a folder, each file checked against the manifest.
    ///
    /// # Errors
    /// [`ErrorKind::Bundle`] naming the file that is missing, changed, damaged, or of another version.
    pub fn open(dir: &Path) -> Result<Self> {
        bring_back(dir);
        let file = |name: &str| {
            let path = dir.join(name);
            fs::read(&path).map(Cow::Owned).map_err(|e| {
                let message = format!("could not read this file of the model: {e}; name a folder with a whole model");
                Error::new(ErrorKind::Bundle, message).in_file(path).caused_by(e)
            })
        };
        Bundle::read(file, dir, true)
    }

    fn read(file: impl Fn(&str) -> Result<Cow<'static, [u8]>>, dir: &Path, verify: bool) -> Result<Self> {
        let manifest = Manifest::parse(&file(MANIFEST)?, &dir.join(MANIFEST))?;
        let checked = |name: &str| -> Result<Cow<'static, [u8]>> {
            let bad = |message: String| Error::new(ErrorKind::Bundle, message).in_file(dir.join(name));
            let entry = manifest.files.iter().find(|f| f.name == name);
            let entry = entry.ok_or_else(|| bad("the manifest of the model does not name this file".to_owned()))?;
            let contents = file(name)?;
            match verify.then(|| entry.difference(&contents)).flatten() {
                None => Ok(contents),
                Some(difference) => {
                    Err(bad(format!("changed since the model was trained: {difference}; copy the model again")))
                }
            }
        };
        let text = checked(TAXONOMY)?;
        let taxonomy = std::str::from_utf8(&text)
            .map_err(|e| Error::new(ErrorKind::Bundle, "not UTF-8").caused_by(e))
            .and_then(Taxonomy::from_toml)
            .map_err(|e| {
                Error::new(ErrorKind::Bundle, e.message().to_owned()).in_file(dir.join(TAXONOMY)).caused_by(e)
            })?;
        let heads = Heads::from_safetensors(&checked(HEADS)?).map_err(|e| e.in_file(dir.join(HEADS)))?;
        let encoder =
            EncoderFiles { weights: checked(WEIGHTS)?, config: checked(CONFIG)?, tokenizer: checked(TOKENIZER)? };
        let seen = manifest.files.iter().any(|f| f.name == SEEN).then(|| checked(SEEN)).transpose()?;
        let bundle = Bundle { manifest, encoder, taxonomy, heads, seen };
        if verify && bundle.manifest.id != bundle.manifest.expected_id(&DECIDING) {
            let changed = Difference { file: MANIFEST.to_owned(), what: DifferenceKind::Identifier };
            return Err(Error::new(ErrorKind::Bundle, changed.to_string()).in_file(dir.join(MANIFEST)));
        }
        bundle.check().map_err(|e| e.in_file(dir.join(MANIFEST)))?;
        Ok(bundle)
    }

    /// What in a folder is not as its manifest says; nothing where all is well.
    ///
    /// # Errors
    /// [`ErrorKind::Bundle`] when the manifest itself cannot be read.
    pub fn verify(dir: &Path) -> Result<Vec<Difference>> {
        bring_back(dir);
        let path = dir.join(MANIFEST);
        let text = fs::read(&path).map_err(|e| {
            let message = format!("could not read the manifest of the model: {e}; name the folder of a model");
            Error::new(ErrorKind::Bundle, message).in_file(&path).caused_by(e)
        })?;
        let manifest = Manifest::parse(&text, &path)?;
        let mut differences = Vec::new();
        let missing = |name: &str| Difference { file: name.to_owned(), what: DifferenceKind::Missing };
        for name in DECIDING {
            if !manifest.files.iter().any(|f| f.name == name) {
                differences.push(missing(name));
            }
        }
        for entry in &manifest.files {
            // The manifest is not to be trusted with paths: nothing but a bundle's own files is opened.
            let known = is_part(&entry.name);
            match known.then(|| fs::read(dir.join(&entry.name)).ok()).flatten() {
                Some(contents) => differences.extend(entry.difference(&contents)),
                None => differences.push(missing(&entry.name)),
            }
        }
        for name in names_in(dir)? {
            if name != MANIFEST && !manifest.files.iter().any(|f| f.name == name) {
                differences.push(Difference { file: name, what: DifferenceKind::Unlisted });
            }
        }
        if manifest.id != manifest.expected_id(&DECIDING) {
            differences.push(Difference { file: MANIFEST.to_owned(), what: DifferenceKind::Identifier });
        }
        Ok(differences)
    }

    /// Whether a bundle can be saved as `dir`; asked before the work that makes one.
    ///
    /// # Errors
    /// As [`Bundle::save`].
    pub fn check_place(dir: &Path) -> Result<()> {
        Bundle::begin(dir).map(drop)
    }

    fn begin(dir: &Path) -> Result<NewFolder> {
        let parent = beside::parent(dir);
        fs::create_dir_all(parent).map_err(|e| Error::io("make the folder", parent, e))?;
        beside::sweep(parent);
        if dir.symlink_metadata().is_ok() {
            only_a_bundle(dir)?;
        }
        NewFolder::create(dir).map_err(|e| Error::io("make a folder beside the model", dir, e))
    }

    /// Writes the bundle into a folder beside `dir` and then gives it that name, so that `dir` is never half a bundle.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] when it cannot be written; [`ErrorKind::Bundle`] when `dir` is there and holds anything else than
    /// a bundle.
    pub fn save(&self, dir: &Path) -> Result<()> {
        let folder = Bundle::begin(dir)?;
        let new = folder.path();
        let write = |name: &str, contents: &[u8]| {
            write_file(&new.join(name), contents).map_err(|e| Error::io("write the model", &dir.join(name), e))
        };
        for (name, contents) in self.deciding_files()? {
            write(name, &contents)?;
        }
        write(CARD, self.card().as_bytes())?;
        if let Some(seen) = &self.seen {
            write(SEEN, seen)?;
        }
        write(MANIFEST, self.manifest.to_json().as_bytes())?;
        folder.put().map_err(|e| Error::io("put the model in place", dir, e))
    }

    /// The record of how the model came about.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The labels.
    pub fn taxonomy(&self) -> &Taxonomy {
        &self.taxonomy
    }

    /// The heads.
    pub fn heads(&self) -> &Heads {
        &self.heads
    }

    /// The files of the encoder.
    pub fn encoder_files(&self) -> &EncoderFiles {
        &self.encoder
    }

    /// The record of its training sentences, for who knows its format; `None` in models that carry none.
    pub fn seen(&self) -> Option<&[u8]> {
        self.seen.as_deref()
    }

    /// The text of `MODEL_CARD.md`.
    pub fn card(&self) -> String {
        card::render(&self.manifest, &self.taxonomy)
    }

    /// Adds scores that were measured after training, for example on letters set aside, to manifest and card. The
    /// model's identifier stays.
    ///
    /// # Errors
    /// As [`Bundle::new`].
    pub fn record_scores(&mut self, scores: impl IntoIterator<Item = Score>) -> Result<()> {
        for score in scores {
            self.manifest.scores.retain(|s| (&s.name, &s.on) != (&score.name, &score.on));
            self.manifest.scores.push(score);
        }
        self.describe_files()
    }

    fn check(&self) -> Result<()> {
        let bad = |message: &str| Err(Error::new(ErrorKind::Bundle, message));
        let name = &self.manifest.name;
        // It stands in every finding, and so in tables and on terminals.
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
            return bad(&format!("a model cannot be named {name:?}; use letters, digits, -, _ and ."));
        }
        let themes = self.taxonomy.len();
        self.heads.check(themes)?;
        let manifest = &self.manifest;
        if self.heads.features() != manifest.dimension {
            return bad("the heads are not as wide as what the encoder gives; train the model again");
        }
        let calibration = &manifest.calibration;
        if calibration.thresholds.len() != themes {
            return bad("there is not one threshold for each theme; train the model again");
        }
        let in_range = calibration.thresholds.iter().all(|t| (0.0..=1.0).contains(t));
        if !in_range || !calibration.review_cut.is_finite() || !calibration.temperature.is_normal() {
            return bad("a threshold, the temperature or the review cut is out of range; train the model again");
        }
        if calibration.temperature < 0.0 {
            return bad("the temperature is negative; train the model again");
        }
        Ok(())
    }

    fn describe_files(&mut self) -> Result<()> {
        let entries = self.deciding_files()?.iter().map(|(name, contents)| FileEntry::of(name, contents)).collect();
        self.manifest.files = entries;
        self.manifest.id = self.manifest.expected_id(&DECIDING);
        let card = FileEntry::of(CARD, self.card().as_bytes());
        self.manifest.files.push(card);
        self.manifest.files.extend(self.seen.as_deref().map(|seen| FileEntry::of(SEEN, seen)));
        Ok(())
    }

    fn deciding_files(&self) -> Result<[NamedFile<'_>; 5]> {
        let taxonomy = toml::to_string_pretty(&self.taxonomy)
            .map_err(|e| Error::new(ErrorKind::Bundle, format!("the taxonomy could not be written: {e}")))?;
        Ok([
            (WEIGHTS, Cow::Borrowed(&self.encoder.weights[..])),
            (CONFIG, Cow::Borrowed(&self.encoder.config[..])),
            (TOKENIZER, Cow::Borrowed(&self.encoder.tokenizer[..])),
            (TAXONOMY, Cow::Owned(taxonomy.into_bytes())),
            (HEADS, Cow::Owned(self.heads.to_safetensors()?)),
        ])
    }
}

/// Where a program ended while it replaced a model, the old one is put back.
fn bring_back(dir: &Path) {
    if dir.symlink_metadata().is_err() {
        beside::sweep(beside::parent(dir));
    }
}

/// Whether a bundle may hold a file of this name beside its manifest.
fn is_part(name: &str) -> bool {
    DECIDING.iter().chain(&DESCRIBING).any(|part| *part == name)
}

fn names_in(dir: &Path) -> Result<Vec<String>> {
    let fail = |e| Error::io("list the folder", dir, e);
    let mut names = Vec::new();
    for entry in fs::read_dir(dir).map_err(fail)? {
        names.push(entry.map_err(fail)?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// Refuses a folder that holds anything else than a bundle: it is about to be replaced.
fn only_a_bundle(dir: &Path) -> Result<()> {
    let refuse = |why: String| {
        Err(Error::new(ErrorKind::Bundle, format!("will not be replaced by a model: {why}; name another folder"))
            .in_file(dir))
    };
    if !dir.is_dir() {
        return refuse("it is no folder".to_owned());
    }
    let names = names_in(dir)?;
    if let Some(other) = names.iter().find(|n| !is_part(n) && *n != MANIFEST) {
        return refuse(format!("it holds {other:?}, which is no part of a model"));
    }
    if !names.is_empty() && !names.iter().any(|n| n == MANIFEST) {
        return refuse(format!("it holds no {MANIFEST}"));
    }
    Ok(())
}

fn write_file(path: &Path, contents: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(contents)?;
    file.sync_all()
}
