//! The owner of stdout: results go there, and nothing else does.

use std::io::{self, Write};

/// Prints a result and a newline. It returns once the text is handed over.
///
/// # Errors
/// What stdout says; [`io::ErrorKind::BrokenPipe`] where its reader went away.
pub fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let printed = writeln!(stdout, "{}", text.trim_end_matches('\n')).and_then(|()| stdout.flush());
    printed.map_err(|error| io::Error::new(error.kind(), format!("stdout takes no more: {error}; send it elsewhere")))
}
