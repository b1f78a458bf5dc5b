//! Letters are read in processes of their own, so that a crash or a hang of a reader is one letter's error.
//!
//! A panic can be caught where it happens. An overflow of the stack, an abort and an endless loop cannot: they end the
//! process, or never end. So [`Workers`] keeps one process a thread, each of which reads many letters, one after the
//! other. One that dies is replaced, one that takes too long for a letter is killed; that letter gets an error that says
//! so, and no other letter knows of it.
//!
//! A worker is any program that calls [`serve`]; `lettermark` starts itself again with a hidden command. It gets the bytes of a
//! letter and the limits through its standard input and gives the document and its sentences through its standard
//! output (`wire`); it opens no file. It ends when its input ends, so none outlives who started it, however that ended.
//! There is no `fork` in this, so nothing is bound to Unix; it has run on Linux only.
//!
//! A worker that dies of a letter after it had read others is given a second chance in a new process, so that what is said
//! of a letter does not depend on the letters before it.

mod serve;
mod wire;
mod worker;

use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::ingest::{Limits, size};
use crate::pipeline::{Reader, Reading};

pub use serve::{serve, serve_with};
use worker::{Death, Worker};

/// What reading one letter may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// From sending the letter to having its text; 60 seconds. The longest of 85 real reports takes a quarter of one.
    pub time: Duration,
    /// Bytes of memory that a worker may hold; 2 GiB. The worker has to keep to it: see [`serve`].
    pub memory: u64,
}

impl Default for Cost {
    fn default() -> Self {
        Cost { time: Duration::from_secs(60), memory: 2 << 30 }
    }
}

/// Reads letters in worker processes: at most as many as threads ask at a time.
pub struct Workers {
    command: Box<dyn Fn() -> Command + Send + Sync>,
    cost: Cost,
    idle: Mutex<Vec<Worker>>,
}

impl Workers {
    /// Workers that `command` starts; the first is started now, so that it is known whether that works. `command` has to
    /// tell them how much memory they may hold.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] where the program cannot be started or does not answer as a worker.
    pub fn new(command: impl Fn() -> Command + Send + Sync + 'static, cost: Cost) -> Result<Self> {
        let first = Worker::start(&mut command())?;
        Ok(Workers { command: Box::new(command), cost, idle: Mutex::new(vec![first]) })
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Worker>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn error(&self, death: Death) -> Error {
        match death {
            Death::TooSlow => Error::new(
                ErrorKind::Limit,
                format!(
                    "was not read within {} s: it is damaged or made to do harm; save it anew from a viewer, or raise \
                     --time-per-letter",
                    self.cost.time.as_secs_f32()
                ),
            ),
            Death::OutOfMemory => Error::new(
                ErrorKind::Limit,
                format!(
                    "takes more than {} of memory to read: it is damaged or made to do harm; save it anew from a viewer, \
                     or raise --memory-per-letter",
                    size(self.cost.memory)
                ),
            ),
            Death::StackOverflow => Error::new(
                ErrorKind::Unreadable,
                "is nested so deeply that its reader's stack overflowed: it is damaged or made to do harm; save it anew \
                 from a viewer",
            ),
            Death::Ended(how) => Error::new(
                ErrorKind::Unreadable,
                format!("ended its reader ({how}): it is damaged or made to do harm; save it anew from a viewer"),
            ),
        }
    }
}

impl Reader for Workers {
    fn read(&self, name: &str, bytes: &[u8], limits: &Limits) -> Result<Reading> {
        let request = wire::Request { name: name.to_owned(), limits: limits.clone() };
        loop {
            // The lock is not held while a worker starts or reads.
            let idle = self.idle().pop();
            let mut worker = match idle {
                Some(worker) => worker,
                None => Worker::start(&mut (self.command)())?,
            };
            let has_read = worker.has_read();
            match worker.read(&request, bytes, self.cost.time) {
                Ok(reply) => {
                    self.idle().push(worker);
                    return reply.map_err(|error| Error::from(error).in_file(name));
                }
                Err(Death::TooSlow) => return Err(self.error(Death::TooSlow).in_file(name)),
                Err(_) if has_read => continue,
                Err(death) => return Err(self.error(death).in_file(name)),
            }
        }
    }
}
