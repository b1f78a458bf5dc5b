//! What it costs to read letters in worker processes: `time containment_cost FOLDER here`, and the same with `worker`.
//!
//! Reads all PDFs of a folder on one thread, in this process or in one worker. The time of the processor, which `time` tells
//! for both processes together, is what can be compared on a busy machine.

use std::process::Command;
use std::{env, error, fs};

use lettermark::contain::{Cost, Workers};
use lettermark::ingest::Limits;
use lettermark::pipeline::{Here, Reader};

fn main() -> Result<(), Box<dyn error::Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(folder), Some(place)) = (arguments.next(), arguments.next()) else {
        return Err("name a folder of PDFs, and \"here\" or \"worker\"".into());
    };
    // The program stands beside the folder of examples.
    let program = env::current_exe()?.ancestors().nth(2).ok_or("no program")?.join("lettermark");
    let worker = move || {
        let mut command = Command::new(&program);
        command.args(["read-letters-for-lettermark", "--memory", "2147483648"]);
        command
    };
    let reader: Box<dyn Reader> = match place.as_str() {
        "here" => Box::new(Here),
        _ => Box::new(Workers::new(worker, Cost::default())?),
    };
    let (mut letters, mut read) = (0, 0);
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "pdf") {
            letters += 1;
            let bytes = fs::read(&path)?;
            read += usize::from(reader.read(&path.to_string_lossy(), &bytes, &Limits::default()).is_ok());
        }
    }
    println!("{read} of {letters} PDFs read, {place}");
    Ok(())
}
