//! This program, to be started again.

use std::io;
use std::path::{Path, PathBuf};

/// What Linux holds of a program as long as it runs.
const HELD: &str = "/proc/self/exe";

/// This program's file: the one that it was started from or, where that was removed or replaced since, what Linux still
/// holds of it. So a process that is started late is of the same version.
///
/// # Errors
/// The system does not tell it.
pub fn own_program() -> io::Result<PathBuf> {
    let named = std::env::current_exe()?;
    let is_lost = !named.exists() && Path::new(HELD).exists();
    Ok(if is_lost { HELD.into() } else { named })
}
