//! The worker's side.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::{panic, process, thread};

use super::wire::{self, HELLO, Reply, Request, SentError};
use crate::error::{Error, ErrorKind, Result};
use crate::pipeline::{Here, Reader};

/// As deep as documents are nested within [`Limits`](crate::ingest::Limits); the main thread of Windows has 1 MiB.
const STACK: usize = 8 << 20;

/// Serves [`Workers`](super::Workers): reads letters from standard input and writes what is in them to standard output,
/// until the input ends. Then the process ends, whatever it is doing: nobody waits for the result any more.
///
/// The process should have set itself a limit of memory before, as `lettermark` does with its allocator; an allocation that
/// fails ends it, and that is understood on the other side.
///
/// # Errors
/// [`ErrorKind::Io`] where standard output is gone or a thread cannot be started.
pub fn serve() -> Result<()> {
    serve_with(Arc::new(Here))
}

/// As [`serve`], with another reader than the usual one: tests bring one that does harm.
pub fn serve_with(reader: Arc<dyn Reader>) -> Result<()> {
    let failed = |e: io::Error| Error::new(ErrorKind::Io, format!("could not serve as a reader: {e}")).caused_by(e);
    let fault = note_panics();
    let (send, requests) = mpsc::channel::<(Request, Vec<u8>)>();
    // Apart, so that the end of the input is noticed in the middle of an endless loop.
    let listen = move || {
        let mut input = io::stdin().lock();
        loop {
            let Ok(Some(request)) = wire::receive(&mut input) else { process::exit(0) };
            let Ok(Some(bytes)) = wire::receive(&mut input) else { process::exit(0) };
            let Ok(request) = serde_json::from_slice(&request) else { process::exit(1) };
            if send.send((request, bytes)).is_err() {
                return;
            }
        }
    };
    let work = move || -> io::Result<()> {
        let mut output = io::stdout().lock();
        output.write_all(HELLO)?;
        output.flush()?;
        for (request, bytes) in requests {
            let reply = reply(&*reader, &request, &bytes, &fault);
            wire::send(&mut output, &serde_json::to_vec(&reply)?)?;
        }
        Ok(())
    };
    thread::Builder::new().name("lettermark-requests".to_owned()).spawn(listen).map_err(failed)?;
    let worker = thread::Builder::new().name("lettermark-reader".to_owned()).stack_size(STACK).spawn(work);
    match worker.map_err(failed)?.join() {
        Ok(done) => done.map_err(failed),
        Err(_) => Err(Error::new(ErrorKind::Internal, "the reader ended by a panic")),
    }
}

/// What the last panic said, and where.
type Fault = Arc<Mutex<Option<String>>>;

/// A panic is told in the letter's error, not on a terminal that is not this process's own.
fn note_panics() -> Fault {
    let fault = Fault::default();
    let noted = fault.clone();
    panic::set_hook(Box::new(move |info| {
        let place = info.location().map(|l| format!(" at {}:{}", l.file(), l.line())).unwrap_or_default();
        let what = info.payload_as_str().unwrap_or("unknown");
        *noted.lock().unwrap_or_else(PoisonError::into_inner) = Some(format!("{what}{place}"));
    }));
    fault
}

fn reply(reader: &dyn Reader, request: &Request, bytes: &[u8], fault: &Fault) -> Reply {
    let read = || reader.read(&request.name, bytes, &request.limits);
    let result = catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        let what = fault.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default();
        let message = format!("internal error while reading it ({what}); please report it with the letter");
        Err(Error::new(ErrorKind::Internal, message))
    });
    result.map_err(|error| SentError::from(&error))
}
