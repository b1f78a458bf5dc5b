//! `lettermark text`: what the spans of findings point into.

use anyhow::{Result, bail};
use lettermark::pipeline::{Origin, Reading, Source};

use super::Exit;
use super::args::TextArgs;
use super::inputs::read_stdin;
use super::sink::Sink;

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
