//! How long a validator sleeps after it has handed on a batch.

/// A formula of the sleep; T is the time meant for a loop, B the size of a batch, N the length of the queue at its start
/// and R what is left of it ahead of the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pacing {
    /// T·min(B / (N + 1), 1), about T in all: as it was.
    Even,
    /// T·min(B / (N + 1), 1)·exp(1 − R / N), about T·(e − 1) in all: the fix.
    Growing,
    /// T·min(B / (R + 1), 1)·exp(1 − R / N): the fix's first version, which shrinks R in both places.
    Mistaken,
}

impl Pacing {
    /// All, in the order of their making.
    pub const ALL: [Self; 3] = [Self::Even, Self::Growing, Self::Mistaken];

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Even => "even",
            Self::Growing => "growing",
            Self::Mistaken => "mistaken",
        }
    }

    /// Seconds of sleep after a batch.
    pub fn sleep(self, pace: Pace) -> f64 {
        let Pace { loop_seconds, batch, queue, remaining } = pace;
        let share = |of: f64| (batch / (of + 1.0)).min(1.0);
        let growth = || (1.0 - remaining / queue).exp();
        match self {
            Self::Even => loop_seconds * share(queue),
            Self::Growing => loop_seconds * share(queue) * growth(),
            Self::Mistaken => loop_seconds * share(remaining) * growth(),
        }
    }
}

/// Where a loop stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// T, in seconds.
    pub loop_seconds: f64,
    /// B.
    pub batch: f64,
    /// N.
    pub queue: f64,
    /// R.
    pub remaining: f64,
}
