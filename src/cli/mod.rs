//! The command line: what was typed ([`args`]), one file per command, and how each ends.

mod args;
mod check;
mod classify;
mod compare;
mod curve;
mod data;
mod destination;
mod diff;
mod evaluate;
mod explain;
mod folder;
mod inputs;
mod interrupt;
mod ipc;
mod labels;
mod measures;
mod model;
mod progress;
mod reading;
mod review;
mod runs;
mod search;
mod sink;
mod text;
mod train;
mod vectors;
mod worker;

use std::io::{self, Write};
use std::num::NonZero;
use std::panic;
use std::process::ExitCode;
use std::thread;

use clap::Parser;
use lettermark::output::{printable, printable_lines};

use args::{Cli, Command};

/// How a command ended; the number is the process's exit code. Clap itself ends with 2 for wrong usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    /// Done.
    Done = 0,
    /// Could not.
    Failed = 1,
    /// A score is under its minimum.
    GateFailed = 3,
    /// Done, but some letters could not be read; each is named on stderr.
    SomeUnreadable = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// Runs the program.
pub fn main() -> ExitCode {
    panic::set_hook(Box::new(|panic| {
        // It panics where a disk is full, of which the library makes an error.
        if panic.location().is_some_and(|l| l.file().contains("rust_xlsxwriter")) {
            return;
        }
        let place = panic.location().map(|l| format!(" at {}:{}", l.file(), l.line())).unwrap_or_default();
        let what = panic.payload_as_str().unwrap_or("unknown");
        complain(&format!("internal error{place}: {what}"));
    }));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => return misuse(&e),
    };
    let exit = match panic::catch_unwind(|| run(cli)) {
        Ok(Ok(exit)) => exit,
        Ok(Err(e)) if is_closed_pipe(&e) => Exit::Done,
        Ok(Err(e)) => {
            complain(&message(&e));
            Exit::Failed
        }
        Err(_) => {
            complain("please report this, with the command and the file that it happened on");
            Exit::Failed
        }
    };
    exit.into()
}

/// What Clap has to say: help, or what is wrong with what was typed, which it repeats.
fn misuse(error: &clap::Error) -> ExitCode {
    let (plain, harmless) = (error.to_string(), printable_lines(&error.to_string()));
    match plain == harmless {
        // With colours, where they are wanted.
        true => error.exit(),
        // The shell may have typed names of files.
        false => {
            let _ = io::stderr().write_all(harmless.as_bytes());
            ExitCode::from(2)
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<Exit> {
    // A reader ends with the program that started it.
    if !matches!(cli.command, Command::ReadLetters(_)) {
        interrupt::listen();
    }
    match cli.command {
        Command::Classify(args) => classify::run(args),
        Command::Merge(args) => runs::merge(&args),
        Command::Text(args) => text::run(&args),
        Command::Model(command) => model::run(&command),
        Command::Compare(args) => compare::run(&args),
        Command::Search(args) => search::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Train(args) => train::run(&args),
        Command::Evaluate(args) => evaluate::run(&args),
        Command::Data(command) => data::run(&command),
        Command::Review(args) => review::run(args),
        Command::ReadLetters(args) => worker::run(&args),
    }
}

/// As many threads as were asked for, or one for each core.
fn threads(jobs: Option<NonZero<u16>>) -> usize {
    let cores = || thread::available_parallelism().map_or(1, NonZero::get);
    jobs.map_or_else(cores, |jobs| usize::from(jobs.get()))
}

/// Whether who reads our output has had enough, as `head` has; that is no failure.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|e| e.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe))
}

/// An error and what caused it. The library's messages say the cause already, so its errors end the chain.
fn message(error: &anyhow::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in error.chain() {
        parts.push(cause.to_string());
        if cause.is::<lettermark::Error>() {
            break;
        }
    }
    parts.join(": ")
}

/// A line on stderr. A closed stderr is nobody's concern.
fn tell(text: &str) {
    let _ = writeln!(io::stderr(), "{}", printable(text));
}

fn complain(text: &str) {
    tell(&format!("lettermark: {text}"));
}
