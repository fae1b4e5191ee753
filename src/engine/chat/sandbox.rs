//! Where templates run, which are strangers' programs: on a thread of their own with room for deep nesting, which Rust
//! would otherwise end the whole program for, and with the engine's panics caught. Nothing of the engine's own leaves it.

use std::thread::Builder;

use minijinja::Error;

use super::message;
use crate::guard::guarded;

/// Longest template, in bytes; the longest in use have some ten thousands. The depth of nesting grows with it, and the
/// time to compile a chain with its square.
pub(super) const LONGEST: usize = 64 << 10;

/// Stack of the thread, in bytes. It is address space; memory is taken as the nesting needs it.
const ROOM: usize = 256 << 20;

/// What `work` comes to, or what went wrong in words.
pub(super) fn sandboxed<T: Send>(work: impl FnOnce() -> Result<T, Error> + Send) -> Result<T, String> {
    let quiet = || match guarded(|| work().map_err(|error| message(&error))) {
        Ok(result) => result,
        Err(_) => Err("the template engine fails on it".to_owned()),
    };
    std::thread::scope(|scope| match Builder::new().stack_size(ROOM).spawn_scoped(scope, quiet) {
        Ok(thread) => thread.join().unwrap_or_else(|_| Err("the template engine fails on it".to_owned())),
        Err(error) => Err(format!("no thread can be had for it: {error}")),
    })
}
