//! For libraries that panic on strangers' data instead of failing. Inside a guard a panic is the data's fault: it comes
//! back as an error, and the program's panic hook keeps quiet about it.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// A library panicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("its content is corrupt")]
pub struct Panicked;

/// Runs a library's `work` on this thread; what it was working on is not to be used after a panic.
///
/// # Errors
/// It panicked.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    let outer = GUARDED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(outer);
    result.map_err(|_| Panicked)
}

/// Whether a panic on this thread would be caught by a guard.
pub fn is_guarded() -> bool {
    GUARDED.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_and_the_guard_ends_with_the_work() {
        assert_eq!(guarded(|| 5), Ok(5));
        assert!(!is_guarded());
        let inner = guarded(|| {
            assert_eq!(guarded(|| assert!(!is_guarded(), "expected here")), Err(Panicked));
            is_guarded()
        });
        assert_eq!(inner, Ok(true));
        assert!(!is_guarded());
    }
}
