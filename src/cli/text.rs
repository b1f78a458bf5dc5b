//! `lettermark text`: what the spans of findings point into.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use lettermark::pipeline::{Origin, Reading, Source};

use super::Exit;
use super::inputs::read_stdin;
use super::reading::ReadingArgs;
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

    #[command(flatten)]
    pub reading: ReadingArgs,
}

pub fn run(args: &TextArgs) -> Result<Exit> {
    let limits = args.reading.limits();
    let source = match args.letter.as_os_str() == "-" {
        true => Source { name: "-".into(), origin: Origin::Memory(read_stdin(&limits)?) },
        false => Source::file(&args.letter),
    };
    let reading = args.reading.reader().read(&source.called(), &source.bytes(&limits)?, &limits)?;
    let Reading::Letter { document, .. } = reading else {
        bail!("{}: a table of sentences has no text of its own", args.letter.display());
    };
    let mut sink = Sink::stdout();
    sink.write(document.text.as_bytes())?;
    sink.write(b"\n")?;
    sink.finish()?;
    Ok(Exit::Done)
}
