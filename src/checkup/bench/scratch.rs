//! Where models of a bench lie that nobody keeps.

use std::io;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use crate::reporter::Reporter;

/// How often the user's wish to stop is looked at.
const GLANCE: Duration = Duration::from_millis(50);

/// Does `work` in a folder that is removed at its end, and at once when the user asks to stop: the program ends a moment
/// after that, and whoever writes or loads many gigabytes does not look up in time.
///
/// # Errors
/// The folder cannot be made, or not be watched.
pub fn with_scratch<T>(reporter: &dyn Reporter, work: impl FnOnce(&Path) -> T) -> io::Result<T> {
    let scratch = tempfile::tempdir()?;
    thread::scope(|scope| {
        // Dropped at the end of the work, however it ends.
        let (_work, is_over) = channel::<()>();
        let folder = scratch.path();
        let watch = move || {
            while is_over.recv_timeout(GLANCE) == Err(RecvTimeoutError::Timeout) {
                if reporter.interrupted() {
                    // It is there no more after the first time, unless something was written since.
                    let _ = std::fs::remove_dir_all(folder);
                }
            }
        };
        thread::Builder::new().spawn_scoped(scope, watch)?;
        Ok(work(folder))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Instant;

    use super::*;
    use crate::reporter::Silent;

    #[derive(Default)]
    struct Stopping(AtomicBool);

    impl Reporter for Stopping {
        fn info(&self, _: &str) {}
        fn warn(&self, _: &str) {}
        fn start(&self, _: &str, _: u64) {}
        fn advance(&self, _: u64) {}
        fn finish(&self) {}
        fn interrupted(&self) -> bool {
            self.0.load(Ordering::Relaxed)
        }
    }

    #[test]
    fn nothing_is_left_of_work_that_is_stopped_while_it_does_not_look() {
        let stopping = Stopping::default();
        let await_removal = |folder: &Path| {
            std::fs::write(folder.join("weights"), "many").unwrap();
            stopping.0.store(true, Ordering::Relaxed);
            let start = Instant::now();
            while folder.exists() && start.elapsed() < Duration::from_secs(60) {
                thread::sleep(GLANCE);
            }
            assert!(!folder.exists(), "nobody removed it");
        };
        with_scratch(&stopping, await_removal).unwrap();
    }

    #[test]
    fn nothing_is_left_of_work_that_is_done() {
        let folder = with_scratch(&Silent, |folder| {
            std::fs::write(folder.join("weights"), "many").unwrap();
            folder.to_owned()
        });
        assert!(!folder.unwrap().exists());
    }
}
