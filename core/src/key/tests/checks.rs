//! Counts the signatures that a test's thread checks: what an attacker can make a node spend.

use core::cell::Cell;

std::thread_local!(static CHECKS: Cell<usize> = const { Cell::new(0) });

pub(crate) fn count() {
    CHECKS.set(CHECKS.get().saturating_add(1));
}

/// How many signatures `work` checks.
pub(crate) fn during<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = CHECKS.get();
    let result = work();
    (result, CHECKS.get().saturating_sub(before))
}
