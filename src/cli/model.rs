//! `lettermark model`: what a model is, and whether its files are whole.

use std::path::Path;

use anyhow::{Result, bail};
use lettermark::classify::{Bundle, Classifier, EncoderFiles};
use lettermark::dataset::Seen;
use lettermark::encode::Precision;
use lettermark::taxonomy::Taxonomy;

use super::args::{ModelArg, ModelCommand, ModelFolder};
use super::sink::Sink;
use super::{Exit, diff};

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

/// The encoder to train on, the taxonomy that comes with it and the sentences that it has seen: those of a bundle, or of
/// the base model as published.
pub fn base(folder: Option<&Path>) -> lettermark::Result<(EncoderFiles, Taxonomy, Seen)> {
    match folder {
        Some(folder) if !folder.join("manifest.json").exists() => {
            Ok((EncoderFiles::from_base(folder)?, Taxonomy::default(), Seen::default()))
        }
        _ => {
            let bundle = bundle(folder)?;
            let seen = seen(&bundle)?.unwrap_or_default();
            Ok((bundle.encoder_files().clone(), bundle.taxonomy().clone(), seen))
        }
    }
}

/// The sentences that a model was trained on; `None` where it does not say.
pub fn seen(bundle: &Bundle) -> lettermark::Result<Option<Seen>> {
    bundle.seen().map(|record| Seen::parse(record).map_err(|e| e.in_file("seen.txt"))).transpose()
}
