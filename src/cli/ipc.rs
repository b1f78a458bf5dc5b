//! `lettermark classify --ipc`: an Arrow stream in on stdin, the same batches with their findings out on stdout.

use std::io::{self, IsTerminal};

use anyhow::{Result, bail};
use clap::Args;
use lettermark::stream::{self, Options};

use super::classify::ClassifyArgs;
use super::{Exit, model, tell, threads};

/// Sentences from another program in place of letters.
#[derive(Debug, Args)]
pub struct StreamArgs {
    /// Judge the sentences of an Arrow IPC stream on stdin; the same batches come out on stdout, with findings appended
    #[arg(long, conflicts_with_all = ["inputs", "output", "format", "counts_by", "resume", "shard"])]
    pub ipc: bool,

    /// With --ipc: put TEXT before the names of the appended columns
    #[arg(long, value_name = "TEXT", requires = "ipc")]
    pub prefix: Option<String>,
}

pub fn run(args: &ClassifyArgs) -> Result<Exit> {
    let (stdin, stdout) = (io::stdin(), io::stdout());
    if stdin.is_terminal() || stdout.is_terminal() {
        bail!("an Arrow stream is nothing for a terminal; let another program write to stdin and read stdout");
    }
    let (_, classifier, cache) = model::classifier_with_cache(&args.model, args.cache.as_deref())?;
    let prefix = args.stream.prefix.clone().unwrap_or_default();
    let options = Options { threads: threads(args.jobs), prefix, ..Options::default() };
    let passed = stream::judge(&classifier, &options, stdin.lock(), stdout.lock())?;
    cache.finish();
    if !args.quiet {
        tell(&format!("{} of {} rows in {} batches were judged", passed.judged, passed.rows, passed.batches));
    }
    Ok(Exit::Done)
}
