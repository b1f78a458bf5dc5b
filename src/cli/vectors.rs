//! An encoder with the cache and the progress that were asked for.

use std::num::NonZero;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use lettermark::classify::Bundle;
use lettermark::encode::{CachedEncoder, Precision};

use super::progress::StageProgress;
use super::threads;

/// How sentences are encoded.
#[derive(Debug, Args)]
pub struct EncodingArgs {
    /// A folder in which sentence vectors are kept for the next run
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,

    /// Threads to work with [default: one for each core]
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZero<u16>>,

    /// No progress on stderr
    #[arg(short, long)]
    pub quiet: bool,
}

/// Is told how many of how many sentences are encoded.
pub type Report<'a> = &'a mut dyn FnMut(usize, usize);

/// Works with the encoder of a bundle.
pub fn with_encoder<T>(
    bundle: &Bundle,
    args: &EncodingArgs,
    work: impl FnOnce(&CachedEncoder<'_>, usize, Report<'_>) -> lettermark::Result<T>,
) -> Result<T> {
    let files = bundle.encoder_files();
    let encoder = files.encoder(Precision::best())?;
    let cached = match &args.cache {
        Some(folder) => CachedEncoder::open(&encoder, &files.identity(&encoder), folder)?,
        None => CachedEncoder::in_memory(&encoder),
    };
    let progress = StageProgress::new(args.quiet);
    let done = work(&cached, threads(args.jobs), &mut |done, of| progress.stage("encoding texts".to_owned(), done, of));
    progress.finish();
    Ok(done?)
}
