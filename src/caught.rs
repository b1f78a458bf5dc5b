//! Panics of libraries on hostile bytes: caught where they happen, and nothing is said of them on stderr.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// Whether this thread runs what [`caught`] was given.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// What `run` gives; `None` where it panics. Nothing that it changed may be used after that.
pub(crate) fn caught<T>(run: impl FnOnce() -> T) -> Option<T> {
    static QUIET: Once = Once::new();
    // Set once; outside of this function it does what the hook before it did.
    QUIET.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !INSIDE.get() {
                before(info);
            }
        }));
    });
    let outer = INSIDE.replace(true);
    let done = panic::catch_unwind(AssertUnwindSafe(run));
    INSIDE.set(outer);
    done.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_nothing_and_the_next_run_gives_what_it_gives() {
        let inner = || caught(|| -> u8 { panic!("inside") });
        assert_eq!(caught(|| (inner(), 1)), Some((None, 1)));
        assert!(!INSIDE.get());
    }
}
