//! How letters are read: within limits, and in processes of their own.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use std::{env, io};

use clap::Args;
use lettermark::contain::{Cost, Workers};
use lettermark::ingest::Limits;
use lettermark::pipeline::{Here, Pipeline, Reader};

use super::tell;
use super::worker::{COMMAND, MEMORY};

/// Limits on what is read of a letter; what is over one is refused, and the message names the flag.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Limits of a letter")]
pub struct ReadingArgs {
    /// Bytes of its file: a number, or one with K, M or G
    #[arg(long, value_name = "SIZE", value_parser = bytes, default_value = "100M")]
    pub max_bytes: u64,

    /// Pages of a PDF
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_pages)]
    pub max_pages: u32,

    /// Bytes that a Word document, the pages of a PDF or a Parquet file unpack to
    #[arg(long, value_name = "SIZE", value_parser = bytes, default_value = "200M")]
    pub max_expanded: u64,

    /// Files in a Word document
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_entries)]
    pub max_entries: usize,

    /// Elements within elements, in Word and HTML
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_depth)]
    pub max_depth: usize,

    /// Bytes of one paragraph
    #[arg(long, value_name = "SIZE", value_parser = bytes, default_value = "1M")]
    pub max_block: u64,

    /// Bytes of one sentence
    #[arg(long, value_name = "SIZE", value_parser = bytes, default_value = "10K")]
    pub max_sentence: u64,

    /// Bytes of its text
    #[arg(long, value_name = "SIZE", value_parser = bytes, default_value = "16M")]
    pub max_text: u64,

    /// Sentences
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_sentences)]
    pub max_sentences: usize,

    /// Seconds until its reader is given up
    #[arg(long, value_name = "SECONDS", default_value = "60")]
    pub time_per_letter: NonZero<u32>,

    /// Bytes of memory that its reader may take
    #[arg(long, value_name = "SIZE", value_parser = bytes, default_value = "2G")]
    pub memory_per_letter: u64,
}

impl Default for ReadingArgs {
    fn default() -> Self {
        let (limits, cost) = (Limits::default(), Cost::default());
        ReadingArgs {
            max_bytes: limits.max_bytes,
            max_pages: limits.max_pages,
            max_expanded: limits.max_expanded,
            max_entries: limits.max_entries,
            max_depth: limits.max_depth,
            max_block: limits.max_block as u64,
            max_sentence: limits.max_sentence as u64,
            max_text: limits.max_text as u64,
            max_sentences: limits.max_sentences,
            time_per_letter: NonZero::new(cost.time.as_secs() as u32).unwrap_or(NonZero::<u32>::MIN),
            memory_per_letter: cost.memory,
        }
    }
}

impl ReadingArgs {
    /// What a letter may be.
    pub fn limits(&self) -> Limits {
        let most = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        Limits {
            max_bytes: self.max_bytes,
            max_pages: self.max_pages,
            max_expanded: self.max_expanded,
            max_entries: self.max_entries,
            max_depth: self.max_depth,
            max_block: most(self.max_block),
            max_sentence: most(self.max_sentence),
            max_text: most(self.max_text),
            max_sentences: self.max_sentences,
        }
    }

    /// Who reads: processes of this program. Where none can be started, this process, which is said.
    pub fn reader(&self) -> Arc<dyn Reader> {
        let cost =
            Cost { time: Duration::from_secs(self.time_per_letter.get().into()), memory: self.memory_per_letter };
        match program()
            .map_err(|e| e.to_string())
            .and_then(|program| Workers::new(move || worker(&program, cost.memory), cost).map_err(|e| e.to_string()))
        {
            Ok(workers) => Arc::new(workers),
            Err(why) => {
                tell(&format!("note: a letter that makes its reader crash will end this program: {why}"));
                Arc::new(Here)
            }
        }
    }

    /// The pipeline that reads so.
    pub fn apply(&self, pipeline: Pipeline) -> Pipeline {
        pipeline.with_limits(self.limits()).with_reader(self.reader())
    }
}

/// This program, even where its file has been replaced since it was started.
fn program() -> io::Result<PathBuf> {
    let running = PathBuf::from("/proc/self/exe");
    match cfg!(target_os = "linux") && running.exists() {
        true => Ok(running),
        false => env::current_exe(),
    }
}

fn worker(program: &Path, memory: u64) -> Command {
    let mut command = Command::new(program);
    command.args([COMMAND, MEMORY, &memory.to_string()]);
    // Ctrl-C is for the program that the user sees: its readers end when it does.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    #[cfg(windows)]
    {
        const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
        std::os::windows::process::CommandExt::creation_flags(&mut command, CREATE_NEW_PROCESS_GROUP);
    }
    command
}

/// A number of bytes: "1000", "64K", "100MiB".
fn bytes(text: &str) -> Result<u64, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let shift = match text[digits..].trim().to_ascii_uppercase().as_str() {
        "" | "B" => 0,
        "K" | "KB" | "KIB" => 10,
        "M" | "MB" | "MIB" => 20,
        "G" | "GB" | "GIB" => 30,
        _ => return Err("write a number of bytes, or one with K, M or G: 64M".to_owned()),
    };
    let number: u64 = text[..digits].parse().map_err(|_| "write a number of bytes: 64M".to_owned())?;
    number.checked_mul(1 << shift).filter(|&n| n > 0).ok_or_else(|| "is out of range".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, FromArgMatches, Parser};

    use super::*;

    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        reading: ReadingArgs,
    }

    #[test]
    fn the_defaults_of_the_flags_are_those_of_the_library() {
        let matches = Alone::command().get_matches_from(["alone"]);
        let args = Alone::from_arg_matches(&matches).unwrap().reading;
        assert_eq!(args.limits(), Limits::default());
        assert_eq!(format!("{args:?}"), format!("{:?}", ReadingArgs::default()));
    }

    #[test]
    fn sizes_are_typed_as_people_write_them() {
        assert_eq!(["12", "64K", "1MiB", "2 GB"].map(|s| bytes(s).unwrap()), [12, 64 << 10, 1 << 20, 2 << 30]);
        for wrong in ["", "K", "1.5M", "-1", "12X", "0", "99999999999G"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }
}
