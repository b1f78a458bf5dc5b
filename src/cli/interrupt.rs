//! Ctrl-C: what is half written goes, and the program ends; a long training ends its epoch instead.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use lettermark::beside;

/// The exit code of a program that the user interrupted, as shells give it: 128 and the number of the signal.
const INTERRUPTED: i32 = 130;

static STOP: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Listens for Ctrl-C from now on. Where that cannot be, Ctrl-C ends the program as it ends any, and the next one that
/// writes there tidies up.
pub fn listen() {
    let _ = ctrlc::set_handler(|| match STOP.get() {
        Some(stop) => stop.store(true, Ordering::Relaxed),
        None => beside::abandon(|| process::exit(INTERRUPTED)),
    });
}

/// From now on Ctrl-C raises this flag, which is looked at now and then, and does not end the program.
#[cfg(feature = "torch")]
pub fn raise(stop: &Arc<AtomicBool>) {
    // The first flag of the process stays; there is only one training in it.
    let _ = STOP.set(stop.clone());
}
