//! How long a command takes and how much memory, for the table of timings.

use std::time::Instant;

use crate::measure::host::peak_bytes;
use crate::report::Timing;

/// What a phase of the work takes.
pub fn timed<T>(phase: &str, work: impl FnOnce() -> T) -> (T, Timing) {
    let start = Instant::now();
    let result = work();
    (result, Timing::of_all(phase, start.elapsed().as_secs_f64()))
}

/// A command's time from its beginning on.
pub struct Clock(Instant);

impl Clock {
    /// Begins now.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// All of it until now, with the most memory that the process held.
    pub fn whole(&self) -> Timing {
        Timing { peak_bytes: peak_bytes(), ..Timing::of_all("run", self.0.elapsed().as_secs_f64()) }
    }
}
