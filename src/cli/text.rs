//! `lettermark text`: what the spans of findings point into.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use lettermark::ingest::{self, Input, Limits};

use super::Exit;
use super::inputs::read_stdin;
use super::sink::Sink;

/// Print the text of a letter, as the findings' "start" and "end" count it
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  lettermark text datasets/letters/kingston-2018-send-letter.txt")]
pub struct TextArgs {
    /// The letter, or - for stdin
    #[arg(value_name = "LETTER")]
    pub letter: PathBuf,
}

pub fn run(args: &TextArgs) -> Result<Exit> {
    let limits = Limits::default();
    let input = match args.letter.as_os_str() == "-" {
        true => ingest::read_bytes("-", &read_stdin()?, &limits)?,
        false => ingest::read_path(&args.letter, &limits)?,
    };
    let Input::Letter(document) = input else {
        bail!("{}: a table of sentences has no text of its own", args.letter.display());
    };
    let mut sink = Sink::stdout();
    sink.write(document.text.as_bytes())?;
    sink.write(b"\n")?;
    sink.finish()?;
    Ok(Exit::Done)
}
