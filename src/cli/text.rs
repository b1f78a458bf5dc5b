//! `lettermark text`: what the spans of findings point into.

use anyhow::{Result, bail};
use lettermark::ingest::{self, Input, Limits};

use super::Exit;
use super::args::TextArgs;
use super::inputs::read_stdin;
use super::sink::Sink;

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
