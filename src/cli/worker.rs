//! The hidden command that reads letters for another `lettermark`, which started it.

use std::alloc::System;

use anyhow::{Context, Result};
use cap::Cap;
use clap::Args;
use lettermark::contain;

use super::Exit;

/// The command as it is started.
pub const COMMAND: &str = "read-letters-for-lettermark";
/// Its flag for [`WorkerArgs::memory`].
pub const MEMORY: &str = "--memory";

/// The system's allocator, with a count: a reader may take so much memory and no more, on every system.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// Read letters that come through stdin; started by lettermark itself
#[derive(Debug, Args)]
#[command(hide = true)]
pub struct WorkerArgs {
    /// Bytes of memory that it may take
    #[arg(long)]
    pub memory: usize,
}

pub fn run(args: &WorkerArgs) -> Result<Exit> {
    ALLOCATOR.set_limit(args.memory).ok().context("the limit of memory is below what is taken already")?;
    contain::serve()?;
    Ok(Exit::Done)
}
