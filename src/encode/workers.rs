//! Sharing work between threads, with results in order.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// `work(state, i)` for each `i` under `count`, in order, on `threads` threads that each make a state of their own.
/// A thread takes the next item when it is done with one.
pub(super) fn in_parallel<S, R: Send>(
    count: usize,
    threads: usize,
    start: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) -> R + Sync,
) -> Vec<R> {
    let threads = threads.min(count);
    if threads <= 1 {
        let mut state = start();
        return (0..count).map(|i| work(&mut state, i)).collect();
    }
    let next = AtomicUsize::new(0);
    let share = || {
        let mut state = start();
        let mut results = Vec::new();
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            if i >= count {
                return results;
            }
            results.push((i, work(&mut state, i)));
        }
    };
    let mut results = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(share)).collect();
        let mut results = share();
        for other in others {
            // A panic in a thread is a panic of the caller, as it would be with one thread.
            results.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        results
    });
    results.sort_unstable_by_key(|(i, _)| *i);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Things that are costly to make and are kept for the next who needs one.
#[derive(Default)]
pub(super) struct Pool<T>(Mutex<Vec<T>>);

/// A thing on loan from a [`Pool`]; it goes back when this is dropped.
pub(super) struct Loan<'a, T: Default> {
    pool: &'a Pool<T>,
    thing: T,
}

impl<T: Default> Pool<T> {
    /// One that was given back, or a new one.
    pub(super) fn take(&self) -> Loan<'_, T> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Loan { pool: self, thing: kept.unwrap_or_default() }
    }
}

impl<T: Default> Drop for Loan<'_, T> {
    fn drop(&mut self) {
        let thing = std::mem::take(&mut self.thing);
        self.pool.0.lock().unwrap_or_else(PoisonError::into_inner).push(thing);
    }
}

impl<T: Default> Deref for Loan<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.thing
    }
}

impl<T: Default> DerefMut for Loan<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.thing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_order_whatever_the_threads() {
        for threads in [0, 1, 2, 7, 100] {
            assert_eq!(in_parallel(50, threads, || 3, |s, i| *s * i), (0..50).map(|i| 3 * i).collect::<Vec<_>>());
        }
        assert!(in_parallel(0, 4, || (), |(), i| i).is_empty());
    }

    #[test]
    fn a_loan_goes_back_to_its_pool() {
        let pool: Pool<Vec<u8>> = Pool::default();
        pool.take().push(7);
        assert_eq!(*pool.take(), [7]);
    }
}
