//! `lettermark model`: what a model is, and whether its files are whole.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use lettermark::classify::{Bundle, Classifier, Context, EncoderFiles};
use lettermark::dataset::Seen;
use lettermark::encode::{CachedEncoder, Precision};
use lettermark::taxonomy::Taxonomy;
use lettermark::train::Options;

use super::diff::ModelDiffArgs;
use super::sink::Sink;
use super::{Exit, complain, diff};

/// What a model is, and whether its files are whole
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  lettermark model show
  lettermark model verify")]
pub enum ModelCommand {
    Show(ModelShowArgs),
    Verify(ModelVerifyArgs),
    Diff(ModelDiffArgs),
}

/// Print a model's card: how it was made, how it scored, what to know before quoting it
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  lettermark model show")]
pub struct ModelShowArgs {
    #[command(flatten)]
    pub folder: ModelFolder,
}

/// Compare a model's files with the hashes in its manifest; ends with 1 where they differ
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  lettermark model verify")]
pub struct ModelVerifyArgs {
    #[command(flatten)]
    pub folder: ModelFolder,
}

#[derive(Debug, Args)]
pub struct ModelFolder {
    /// The folder of a model bundle [default: the model inside the program]
    #[arg(value_name = "DIR", env = "LETTERMARK_MODEL", hide_env_values = true)]
    pub folder: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct ModelArg {
    /// The folder of a model bundle [default: the model inside the program]
    #[arg(long, value_name = "DIR", env = "LETTERMARK_MODEL", hide_env_values = true)]
    pub model: Option<PathBuf>,
}

pub fn run(command: &ModelCommand) -> Result<Exit> {
    match command {
        ModelCommand::Show(args) => show(&args.folder),
        ModelCommand::Verify(args) => verify(&args.folder),
        ModelCommand::Diff(args) => diff::run(args),
    }
}

fn show(folder: &ModelFolder) -> Result<Exit> {
    let card = bundle(folder.folder.as_deref())?.card();
    let mut sink = Sink::stdout();
    sink.write(card.as_bytes())?;
    sink.finish()?;
    Ok(Exit::Done)
}

fn verify(folder: &ModelFolder) -> Result<Exit> {
    let bundle = match &folder.folder {
        None => Bundle::built_in_verified()?,
        Some(folder) => {
            let differences = Bundle::verify(folder)?;
            if !differences.is_empty() {
                let lines: String = differences.iter().map(|d| format!("\n  {d}")).collect();
                bail!("the model in {} is not as it was made; copy it again:{lines}", folder.display());
            }
            Bundle::open(folder)?
        }
    };
    let mut sink = Sink::stdout();
    sink.write(format!("{}: all files are as the manifest says\n", bundle.manifest().id).as_bytes())?;
    sink.finish()?;
    Ok(Exit::Done)
}

/// The bundle in a folder, or the one inside the program.
pub fn bundle(folder: Option<&Path>) -> lettermark::Result<Bundle> {
    match folder {
        Some(folder) => Bundle::open(folder),
        None => Bundle::built_in(),
    }
}

/// The bundle that was named and a classifier made of it.
pub fn classifier(arg: &ModelArg) -> lettermark::Result<(Bundle, Classifier)> {
    let bundle = bundle(arg.model.as_deref())?;
    let classifier = Classifier::from_bundle(&bundle, Precision::best())?;
    Ok((bundle, classifier))
}

/// Where a classifier keeps what it encodes; nowhere by default.
#[derive(Default)]
pub struct Cache(Option<Arc<CachedEncoder<'static>>>);

impl Cache {
    /// Says so where something could not be kept; findings do not depend on it.
    pub fn finish(&self) {
        if let Some(Err(error)) = self.0.as_ref().map(|cached| cached.kept()) {
            complain(&format!("{error}; the findings are whole, the next run encodes again what is missing"));
        }
    }
}

/// As [`classifier`], keeping what it encodes in a folder where one is named.
pub fn classifier_with_cache(arg: &ModelArg, folder: Option<&Path>) -> lettermark::Result<(Bundle, Classifier, Cache)> {
    let Some(folder) = folder else {
        let (bundle, classifier) = classifier(arg)?;
        return Ok((bundle, classifier, Cache::default()));
    };
    let bundle = bundle(arg.model.as_deref())?;
    let files = bundle.encoder_files();
    let encoder = files.encoder(Precision::best())?;
    let identity = files.identity(&encoder);
    let cached = Arc::new(CachedEncoder::open(encoder, &identity, folder)?);
    let classifier = Classifier::with_encoder(&bundle, Box::new(Arc::clone(&cached)))?;
    Ok((bundle, classifier, Cache(Some(cached))))
}

/// What is trained on: a bundle, or the base model as published.
pub struct Base {
    pub encoder: EncoderFiles,
    pub taxonomy: Taxonomy,
    /// What its encoder learned to read with a sentence.
    pub context: Context,
    /// The sentences that it has seen.
    pub seen: Seen,
}

/// The base in a folder, or the model inside the program.
pub fn base(folder: Option<&Path>) -> lettermark::Result<Base> {
    if let Some(folder) = folder
        && !folder.join("manifest.json").exists()
    {
        let encoder = EncoderFiles::from_base(folder)?;
        return Ok(Base {
            encoder,
            taxonomy: Taxonomy::default(),
            context: Options::default().context,
            seen: Seen::default(),
        });
    }
    let bundle = bundle(folder)?;
    Ok(Base {
        encoder: bundle.encoder_files().clone(),
        taxonomy: bundle.taxonomy().clone(),
        context: bundle.manifest().context,
        seen: seen(&bundle)?.unwrap_or_default(),
    })
}

/// The sentences that a model was trained on; `None` where it does not say.
pub fn seen(bundle: &Bundle) -> lettermark::Result<Option<Seen>> {
    bundle.seen().map(|record| Seen::parse(record).map_err(|e| e.in_file("seen.txt"))).transpose()
}
