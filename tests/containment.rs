//! A letter that overflows its reader's stack, never ends, aborts or takes all memory is that letter's error and nobody else's.
//!
//! The reader that does so is this test program itself, started again as a worker: what it does is what a fault in a library
//! would do, not a picture of it.

use std::hint::black_box;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use std::{env, process, thread};

use lettermark::contain::{self, Cost, Workers};
use lettermark::ingest::Limits;
use lettermark::pipeline::{Here, Reader, Reading};
use lettermark::{ErrorKind, Result};

const LETTER: &str = "Leaders know their area well. Plans are often late.\n";
const AS_WORKER: &str = "LETTERMARK_TEST_WORKER";

/// Does the harm that a letter's text asks for.
struct Harmful(AtomicUsize);

impl Reader for Harmful {
    fn read(&self, name: &str, bytes: &[u8], limits: &Limits) -> Result<Reading> {
        let read_before = self.0.fetch_add(1, Ordering::Relaxed);
        match bytes {
            b"OVERFLOW" => assert!(black_box(deeper(0)) > 0),
            b"LOOP" => loop {
                thread::yield_now();
            },
            b"ABORT" => process::abort(),
            b"EXIT" => process::exit(7),
            b"PANIC" => panic!("as asked"),
            // More than any machine has, so that the allocation fails as under a limit.
            b"MEMORY" => assert!(black_box(Vec::<u8>::with_capacity(isize::MAX as usize)).is_empty()),
            b"AGED" if read_before > 0 => process::abort(),
            _ => {}
        }
        Here.read(name, if bytes == b"AGED" { LETTER.as_bytes() } else { bytes }, limits)
    }
}

fn deeper(depth: usize) -> usize {
    let here = black_box([depth; 64]);
    if depth == usize::MAX { 0 } else { deeper(depth + 1) + here[depth % 64] }
}

/// Started with the variable set, this test is the process that the others give letters to.
#[test]
fn a_worker_ends_well_when_its_letters_end() {
    if env::var_os(AS_WORKER).is_some() {
        return contain::serve_with(Arc::new(Harmful(AtomicUsize::new(0)))).unwrap();
    }
    let ended = harmful().stdin(Stdio::null()).output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
}

fn harmful() -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "a_worker_ends_well_when_its_letters_end", "--nocapture"]).env(AS_WORKER, "1");
    command
}

fn workers(seconds: u64) -> Workers {
    Workers::new(harmful, Cost { time: Duration::from_secs(seconds), ..Cost::default() }).unwrap()
}

#[test]
fn a_crash_is_the_error_of_its_letter_and_the_letters_beside_it_are_read() {
    let workers = workers(120);
    let limits = Limits::default();
    let good = Here.read("good.txt", LETTER.as_bytes(), &limits).unwrap();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for (harm, kind, says) in [
                    ("OVERFLOW", ErrorKind::Unreadable, "stack overflowed"),
                    ("ABORT", ErrorKind::Unreadable, "ended its reader ("),
                    ("EXIT", ErrorKind::Unreadable, "ended its reader ("),
                    ("PANIC", ErrorKind::Internal, "as asked at tests"),
                    ("MEMORY", ErrorKind::Limit, "--memory-per-letter"),
                ] {
                    let error = workers.read("bad.pdf", harm.as_bytes(), &limits).unwrap_err();
                    assert_eq!(error.kind(), kind, "{error}");
                    assert!(error.to_string().starts_with("bad.pdf: ") && error.message().contains(says), "{error}");
                    assert_eq!(workers.read("good.txt", LETTER.as_bytes(), &limits).unwrap(), good);
                }
            });
        }
    });
}

#[test]
fn an_endless_loop_is_given_up_and_the_next_letter_is_read() {
    let (workers, limits) = (workers(3), Limits::default());
    let error = workers.read("bad.pdf", b"LOOP", &limits).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
    assert!(error.to_string().contains("was not read within 3 s") && error.message().contains("--time-per-letter"));
    drop(workers);
    assert!(self::workers(120).read("good.txt", LETTER.as_bytes(), &limits).is_ok());
}

#[test]
fn what_the_letters_before_did_to_a_reader_is_not_said_of_a_letter() {
    let (workers, limits) = (workers(120), Limits::default());
    let good = workers.read("good.txt", LETTER.as_bytes(), &limits).unwrap();
    // The worker dies of it because it has read another letter before; a new one does not.
    let aged = workers.read("good.txt", b"AGED", &limits).unwrap();
    assert_eq!(aged, good);
}

#[test]
fn errors_come_through_with_their_place() {
    let (workers, limits) = (workers(120), Limits::default());
    for (name, bytes) in [
        ("a.pdf", &b"%PDF-1.5 cut off"[..]),
        ("a.csv", b"sentence,page\nOne.,x\n"),
        ("a.txt", b""),
        ("a.docx", b"PK\x03\x04"),
    ] {
        let (there, here) = (workers.read(name, bytes, &limits), Here.read(name, bytes, &limits));
        let (there, here) = (there.unwrap_err(), here.unwrap_err());
        assert_eq!((there.kind(), there.to_string()), (here.kind(), here.to_string()));
    }
}

#[test]
fn a_worker_ends_when_who_started_it_is_gone_even_in_an_endless_loop() {
    let mut child = harmful().stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let request = serde_json::json!({"name": "bad.pdf", "limits": Limits::default()}).to_string();
    for frame in [request.as_bytes(), b"LOOP"] {
        stdin.write_all(&(frame.len() as u64).to_le_bytes()).unwrap();
        stdin.write_all(frame).unwrap();
    }
    drop(stdin);
    let ended = (0..1200).any(|_| {
        thread::sleep(Duration::from_millis(50));
        child.try_wait().unwrap().is_some()
    });
    let _ = child.kill();
    assert!(ended, "it goes on without anybody who waits for it");
}

#[test]
fn a_program_that_is_no_worker_is_refused_at_once() {
    let not_a_worker = || {
        let mut command = Command::new(env::current_exe().unwrap());
        command.arg("--list");
        command
    };
    let error = Workers::new(not_a_worker, Cost::default()).err().unwrap();
    assert!(error.message().contains("could not start a process to read letters"), "{error}");
}
