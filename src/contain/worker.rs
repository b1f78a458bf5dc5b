//! One worker process, as who started it sees it.

use std::io::{self, BufReader, Read};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::wire::{self, HELLO, Reply, Request};
use crate::error::{Error, ErrorKind, Result};

/// A busy machine may take its time to start a program; a program that is no worker says nothing for ever.
const START: Duration = Duration::from_secs(60);
/// A worker's last words are kept up to here.
const LAST_WORDS: usize = 4096;
/// A program that says so much before it says that it is a worker is none.
const NOISE: usize = 64 << 10;

/// Why a worker is no more.
#[derive(Debug)]
pub(super) enum Death {
    TooSlow,
    OutOfMemory,
    StackOverflow,
    /// Otherwise, with its status in words.
    Ended(String),
}

/// A running worker; dropped, it is killed.
pub(super) struct Worker {
    child: Child,
    requests: ChildStdin,
    replies: Receiver<Vec<u8>>,
    last_words: Arc<Mutex<Vec<u8>>>,
    stderr: Option<JoinHandle<()>>,
    has_read: bool,
}

impl Worker {
    /// Starts a worker and waits until it says that it is one.
    pub(super) fn start(command: &mut Command) -> Result<Self> {
        let failed =
            |why: String| Error::new(ErrorKind::Io, format!("could not start a process to read letters: {why}"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|e| failed(e.to_string()).caused_by(e))?;
        let (Some(requests), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(failed("it has no pipes".to_owned()));
        };
        let (send, replies) = mpsc::channel();
        let last_words = Arc::<Mutex<Vec<u8>>>::default();
        let words = last_words.clone();
        let thread = |name: &str| thread::Builder::new().name(name.to_owned());
        let listening = thread("lettermark-replies").spawn(move || listen(stdout, &send));
        let stderr = thread("lettermark-last-words").spawn(move || note(stderr, &words));
        let mut worker = Worker { child, requests, replies, last_words, stderr: None, has_read: false };
        listening.map_err(|e| failed(e.to_string()).caused_by(e))?;
        worker.stderr = Some(stderr.map_err(|e| failed(e.to_string()).caused_by(e))?);
        match worker.replies.recv_timeout(START) {
            Ok(_hello) => Ok(worker),
            Err(RecvTimeoutError::Timeout) => Err(failed("it does not answer".to_owned())),
            Err(RecvTimeoutError::Disconnected) => match worker.death() {
                Death::Ended(how) => Err(failed(how)),
                other => Err(failed(format!("{other:?}"))),
            },
        }
    }

    /// Whether it has read a letter before.
    pub(super) fn has_read(&self) -> bool {
        self.has_read
    }

    /// Has a letter read within `time`. After an error the worker is dead.
    pub(super) fn read(
        &mut self,
        request: &Request,
        bytes: &[u8],
        time: Duration,
    ) -> std::result::Result<Reply, Death> {
        let sent = serde_json::to_vec(request)
            .map_err(io::Error::other)
            .and_then(|request| wire::send(&mut self.requests, &request))
            .and_then(|()| wire::send(&mut self.requests, bytes));
        if sent.is_err() {
            return Err(self.death());
        }
        match self.replies.recv_timeout(time) {
            Ok(reply) => match serde_json::from_slice(&reply) {
                Ok(reply) => {
                    self.has_read = true;
                    Ok(reply)
                }
                Err(e) => {
                    let _ = self.kill();
                    Err(Death::Ended(format!("its answer is damaged: {e}")))
                }
            },
            Err(RecvTimeoutError::Timeout) => {
                let _ = self.kill();
                Err(Death::TooSlow)
            }
            Err(RecvTimeoutError::Disconnected) => Err(self.death()),
        }
    }

    /// Waits for the end of a worker whose output has ended, and says what it died of.
    fn death(&mut self) -> Death {
        let ended = (0..200).find_map(|_| match self.child.try_wait() {
            Ok(None) => {
                thread::sleep(Duration::from_millis(10));
                None
            }
            ended => Some(ended.transpose()),
        });
        // It may have closed its output and live on.
        let status = ended.flatten().unwrap_or_else(|| self.kill());
        if let Some(stderr) = self.stderr.take() {
            let _ = stderr.join();
        }
        let words = self.last_words.lock().unwrap_or_else(PoisonError::into_inner);
        death(status, &String::from_utf8_lossy(&words))
    }

    fn kill(&mut self) -> io::Result<ExitStatus> {
        // One that has ended meanwhile cannot be killed, and need not.
        let _ = self.child.kill();
        self.child.wait()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

fn death(status: io::Result<ExitStatus>, last_words: &str) -> Death {
    /// What Windows says of a process whose stack overflowed.
    const STATUS_STACK_OVERFLOW: i32 = 0xC000_00FD_u32 as i32;
    // The words of Rust's runtime.
    if last_words.contains("memory allocation of") {
        return Death::OutOfMemory;
    }
    if last_words.contains("has overflowed its stack") {
        return Death::StackOverflow;
    }
    match status {
        Ok(status) if status.code() == Some(STATUS_STACK_OVERFLOW) => Death::StackOverflow,
        Ok(status) => Death::Ended(status.to_string()),
        Err(e) => Death::Ended(e.to_string()),
    }
}

/// Gives one empty reply when the worker has said hello, then each of its replies, until its output ends.
fn listen(stdout: ChildStdout, replies: &mpsc::Sender<Vec<u8>>) {
    let mut stdout = BufReader::new(stdout);
    let mut said = Vec::new();
    while !said.ends_with(HELLO) {
        let mut byte = [0];
        if said.len() > NOISE || stdout.read_exact(&mut byte).is_err() {
            return;
        }
        said.push(byte[0]);
    }
    let mut next = Some(Vec::new());
    while let Some(reply) = next
        && replies.send(reply).is_ok()
    {
        next = wire::receive(&mut stdout).unwrap_or_default();
    }
}

/// Keeps the end of what a worker says on its standard error, which it must not be held up by.
fn note(mut stderr: ChildStderr, last_words: &Mutex<Vec<u8>>) {
    let mut piece = [0; 1024];
    while let Ok(length @ 1..) = stderr.read(&mut piece) {
        let mut words = last_words.lock().unwrap_or_else(PoisonError::into_inner);
        words.extend_from_slice(&piece[..length]);
        let over = words.len().saturating_sub(LAST_WORDS);
        words.drain(..over);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_death_is_known_by_its_last_words() {
        let status = || Err(io::Error::other("unknown"));
        assert!(matches!(death(status(), "memory allocation of 99 bytes failed"), Death::OutOfMemory));
        assert!(matches!(
            death(status(), "\nthread 'lettermark-pdf' (12) has overflowed its stack\n"),
            Death::StackOverflow
        ));
        assert!(matches!(death(status(), ""), Death::Ended(how) if how == "unknown"));
    }

    #[test]
    fn a_program_that_is_no_worker_is_told() {
        let error = Worker::start(&mut Command::new("no-such-program-of-lettermark")).err().unwrap();
        assert!(error.message().starts_with("could not start a process to read letters"), "{error}");
    }
}
