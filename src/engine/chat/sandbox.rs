//! Where templates run, which are strangers' programs: on a thread of their own with room for deep nesting, which Rust
//! would otherwise end the whole program for, and with the engine's panics caught. Nothing of the engine's own leaves it.

use std::io;
use std::path::Path;
use std::thread::Builder;

use minijinja::Error;

use super::message;
use super::python::is_raised;
use crate::engine::text_error::{TextError, shown};
use crate::guard::guarded;

/// Longest template, in bytes; the longest in use have some ten thousands. The depth of nesting grows with it, and the
/// time to compile a chain with its square.
pub(super) const LONGEST: usize = 64 << 10;

/// Stack of the thread, in bytes. It is address space; memory is taken as the nesting needs it.
const ROOM: usize = 256 << 20;

/// Why nothing came of a template.
#[derive(Debug)]
pub(super) enum Failure {
    /// In words, what is wrong with it, or what here cannot follow it.
    Template(String),
    /// In its own words, why it refuses what it is given.
    Raised(String),
    /// The machine has no room for a thread, which says nothing of the template.
    Thread(io::Error),
}

impl Failure {
    fn of(error: &Error) -> Self {
        if is_raised(error) { Self::Raised(message(error)) } else { Self::Template(message(error)) }
    }

    /// As an error of the text; `template` says what a failure of the template in `file` is.
    pub(super) fn or(self, file: &Path, template: impl FnOnce(String, String) -> TextError) -> TextError {
        match self {
            Self::Template(message) => template(shown(file), message),
            Self::Raised(message) => TextError::Refused { file: shown(file), message },
            Self::Thread(error) => TextError::NoThread(error),
        }
    }
}

/// What `work` comes to.
pub(super) fn sandboxed<T: Send>(work: impl FnOnce() -> Result<T, Error> + Send) -> Result<T, Failure> {
    sandboxed_in(ROOM, work)
}

fn sandboxed_in<T: Send>(room: usize, work: impl FnOnce() -> Result<T, Error> + Send) -> Result<T, Failure> {
    let fails = || Failure::Template("the template engine fails on it".to_owned());
    let quiet = || match guarded(|| work().map_err(|error| Failure::of(&error))) {
        Ok(result) => result,
        Err(_) => Err(fails()),
    };
    std::thread::scope(|scope| match Builder::new().stack_size(room).spawn_scoped(scope, quiet) {
        Ok(thread) => thread.join().unwrap_or_else(|_| Err(fails())),
        Err(error) => Err(Failure::Thread(error)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_without_room_is_no_fault_of_the_template() {
        assert!(matches!(sandboxed_in(1 << 60, || Ok(())), Err(Failure::Thread(_))));
        assert!(matches!(sandboxed(|| Ok(7)), Ok(7)));
        assert!(matches!(sandboxed::<()>(|| panic!("within")), Err(Failure::Template(_))));
    }
}
