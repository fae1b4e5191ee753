//! Ctrl-C: work that is measuring keeps what it has and ends by itself; anything else is cut off after a moment. Either
//! way one line says what is kept, and the exit code is 130. Files are written whole or not at all, so nothing breaks.

use std::sync::Arc;
use std::time::Duration;

use super::exit;
use super::progress::Progress;

/// How long work may take to end by itself.
const GRACE: Duration = Duration::from_secs(1);

/// What is said at the end; `kept` says what is kept where.
pub fn line(kept: &str) -> String {
    format!("interrupted: {kept}")
}

/// From here on Ctrl-C (or SIGTERM) ends the program in an orderly way. `kept` says what is kept where.
///
/// # Errors
/// Where the system refuses a handler.
#[expect(clippy::exit, reason = "a handler has no other way to end the program")]
pub fn install(progress: Arc<Progress>, kept: &str) -> Result<(), ctrlc::Error> {
    let line = line(kept);
    ctrlc::set_handler(move || {
        progress.interrupt();
        std::thread::sleep(GRACE);
        progress.end_with(&line);
        std::process::exit(exit::INTERRUPTED.into());
    })
}
