//! How long a hub is waited for: attempts, pauses between them, and when a connection counts as dead.

use std::time::{Duration, Instant};

use rand::Rng;

use super::error::HubError;

/// An attempt that failed.
#[derive(Debug)]
pub(super) enum Fault {
    /// It may work later.
    Again {
        /// How it failed.
        problem: String,
        /// How long the hub asks to wait.
        after: Option<Duration>,
    },
    /// It never will.
    Final(HubError),
}

impl Fault {
    pub(super) fn again(problem: impl Into<String>) -> Self {
        Self::Again { problem: problem.into(), after: None }
    }
}

impl From<HubError> for Fault {
    fn from(error: HubError) -> Self {
        Self::Final(error)
    }
}

/// The limits of waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Attempts in a row without progress.
    pub attempts: u32,
    /// Pause after the first failure; it doubles with every further one.
    pub first: Duration,
    /// Longest pause, also where the hub asks for a longer one.
    pub longest: Duration,
    /// Longest silence of a connection.
    pub silence: Duration,
    /// Bytes that must arrive within [`Patience::silence`], or the connection counts as dead.
    pub trickle: u64,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            attempts: 5,
            first: Duration::from_millis(500),
            longest: Duration::from_secs(300),
            silence: Duration::from_secs(30),
            trickle: 30 * 1024,
        }
    }
}

/// How often the user's wish to stop is looked at while waiting.
const GLANCE: Duration = Duration::from_millis(50);

impl Patience {
    /// Attempts until one succeeds; `attempt` may say that it made progress, which starts the count anew.
    ///
    /// # Errors
    /// A final one, [`HubError::Unreachable`] after too many attempts, or [`HubError::Interrupted`].
    pub(super) fn retry<T>(
        &self,
        what: &str,
        stopped: &dyn Fn() -> bool,
        mut attempt: impl FnMut(&mut bool) -> Result<T, Fault>,
    ) -> Result<T, HubError> {
        let mut failures = 0;
        loop {
            let mut progress = false;
            let (problem, after) = match attempt(&mut progress) {
                Ok(value) => return Ok(value),
                Err(Fault::Final(error)) => return Err(error),
                Err(Fault::Again { problem, after }) => (problem, after),
            };
            failures = if progress { 1 } else { failures + 1 };
            if failures >= self.attempts {
                let problem = format!("{problem}, {failures} times in a row");
                return Err(HubError::Unreachable { what: what.to_owned(), problem });
            }
            if let Some(after) = after.filter(|after| *after > self.longest) {
                let problem = format!("{problem}, and asks to wait {} s", after.as_secs());
                return Err(HubError::Unreachable { what: what.to_owned(), problem });
            }
            self.pause(after.unwrap_or_else(|| self.backoff(failures)), stopped)?;
        }
    }

    /// Twice as long after each failure, up to half of it by chance, so that many clients do not come back at once.
    fn backoff(&self, failures: u32) -> Duration {
        let full = self.first.saturating_mul(1 << (failures - 1).min(16)).min(self.longest);
        full.mul_f64(rand::rng().random_range(0.5..=1.0))
    }

    fn pause(&self, length: Duration, stopped: &dyn Fn() -> bool) -> Result<(), HubError> {
        let start = Instant::now();
        while start.elapsed() < length {
            if stopped() {
                return Err(HubError::Interrupted);
            }
            std::thread::sleep(GLANCE.min(length.saturating_sub(start.elapsed())));
        }
        Ok(())
    }
}

/// Watches that a stream does not trickle for ever: a little must arrive in every stretch of time.
pub(super) struct Pace {
    window: Duration,
    least: u64,
    start: Instant,
    arrived: u64,
}

impl Pace {
    pub(super) fn new(patience: &Patience) -> Self {
        Self { window: patience.silence, least: patience.trickle, start: Instant::now(), arrived: 0 }
    }

    /// Notes bytes that arrived.
    ///
    /// # Errors
    /// Too few came for too long.
    pub(super) fn note(&mut self, bytes: u64) -> Result<(), Fault> {
        self.arrived += bytes;
        if self.start.elapsed() < self.window {
            return Ok(());
        }
        if self.arrived < self.least {
            return Err(Fault::again("the bytes come too slowly"));
        }
        (self.start, self.arrived) = (Instant::now(), 0);
        Ok(())
    }
}

/// `Retry-After` as a delay: seconds, or a date.
pub fn retry_after(header: &str, now: chrono::DateTime<chrono::Utc>) -> Option<Duration> {
    let seconds = header.trim().parse().ok().map(Duration::from_secs);
    seconds.or_else(|| {
        let date = chrono::DateTime::parse_from_rfc2822(header.trim()).ok()?;
        Some((date.with_timezone(&chrono::Utc) - now).to_std().unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quick() -> Patience {
        Patience { first: Duration::from_millis(1), longest: Duration::from_secs(2), ..Patience::default() }
    }

    fn retry(patience: Patience, mut attempt: impl FnMut(u32, &mut bool) -> Result<u32, Fault>) -> (String, u32) {
        let mut tries = 0;
        let result = patience.retry("a/b", &|| false, |progress| {
            tries += 1;
            attempt(tries, progress)
        });
        (result.map_or_else(|error| error.to_string(), |value| value.to_string()), tries)
    }

    #[test]
    fn a_failure_that_passes_is_overcome() {
        let result = retry(quick(), |tries, _| if tries < 5 { Err(Fault::again("500")) } else { Ok(7) });
        assert_eq!(result, ("7".into(), 5));
    }

    #[test]
    fn patience_ends() {
        let (error, tries) = retry(quick(), |_, _| Err(Fault::again("500")));
        assert_eq!((error.as_str(), tries), ("a/b: 500, 5 times in a row; try again later", 5));
    }

    #[test]
    fn progress_starts_the_count_anew() {
        let (_, tries) = retry(quick(), |tries, progress| {
            *progress = tries <= 20;
            Err(Fault::again("cut"))
        });
        assert_eq!(tries, 24);
    }

    #[test]
    fn a_final_fault_is_not_tried_again() {
        let (error, tries) = retry(quick(), |_, _| Err(HubError::Interrupted.into()));
        assert_eq!((error.as_str(), tries), ("interrupted", 1));
    }

    #[test]
    fn the_hub_is_obeyed_up_to_a_limit() {
        let start = Instant::now();
        let wait = |seconds| Err(Fault::Again { problem: "429".into(), after: Some(Duration::from_secs(seconds)) });
        let (value, _) = retry(quick(), |tries, _| if tries == 1 { wait(1) } else { Ok(1) });
        assert!(value == "1" && start.elapsed() >= Duration::from_secs(1));
        let (error, tries) = retry(quick(), |_, _| wait(3));
        assert!(error.contains("asks to wait 3 s") && tries == 1, "{error}");
    }

    #[test]
    fn a_wish_to_stop_is_seen_while_waiting() {
        let patience = Patience { first: Duration::from_secs(60), ..Patience::default() };
        let result: Result<(), _> = patience.retry("a/b", &|| true, |_| Err(Fault::again("500")));
        assert!(matches!(result, Err(HubError::Interrupted)));
    }

    #[test]
    fn a_trickle_is_told_from_a_stream() {
        let patience = Patience { silence: Duration::ZERO, trickle: 10, ..Patience::default() };
        let mut pace = Pace::new(&patience);
        assert!(pace.note(10).is_ok());
        assert!(pace.note(9).is_err());
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = chrono::DateTime::parse_from_rfc2822("Fri, 31 Dec 1999 23:59:00 GMT").unwrap().to_utc();
        assert_eq!(retry_after(" 120 ", now), Some(Duration::from_secs(120)));
        assert_eq!(retry_after("Fri, 31 Dec 1999 23:59:59 GMT", now), Some(Duration::from_secs(59)));
        assert_eq!(retry_after("Fri, 31 Dec 1999 23:58:59 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", now), None);
    }
}
