//! Ctrl-C: a line that says what is kept, and exit code 130. Measured losses are written whole or not at all, so
//! the program may end at any moment.

use std::path::Path;
use std::sync::Arc;

use super::exit;
use super::progress::Progress;

/// From here on Ctrl-C (or SIGTERM) ends the program in an orderly way. `store` is where measured losses are kept.
///
/// # Errors
/// Where the system refuses a handler.
#[expect(clippy::exit, reason = "a handler has no other way to end the program")]
pub fn install(progress: Arc<Progress>, store: &Path) -> Result<(), ctrlc::Error> {
    let line = format!(
        "interrupted: what was measured is kept in {}; the same command, without --fresh, continues from there",
        store.display()
    );
    ctrlc::set_handler(move || {
        progress.end_with(&line);
        std::process::exit(exit::INTERRUPTED.into());
    })
}
