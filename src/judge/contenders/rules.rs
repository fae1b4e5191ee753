//! The constants of picking by history, and of the weights, under each preset.

/// Presets by name.
pub const NAMES: [&str; 1] = ["nineteen"];

/// Which requests the quality and speed of a node in a task come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowsOf {
    /// Its own of the task; fewer than fifty are topped up with the newest of any task.
    ToppedUp,
    /// Its own of the task.
    OwnTask,
}

/// Constants of a network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// By what the history loses its worth in an interval: D.
    pub drop_off: f64,
    /// The interval in seconds: I.
    pub interval: f64,
    /// Seconds that a period stays in the history.
    pub window: f64,
    /// Requests that one unit of history is worth: W.
    pub weight: f64,
    /// By what the similarities are multiplied; none exceeds 1.
    pub similarity_factor: f64,
    /// Contenders that a request is tried with.
    pub top: usize,
    /// Seconds that requests count for quality and speed.
    pub rows_window: f64,
    /// Which requests these are.
    pub rows_of: RowsOf,
}

impl Rules {
    /// The rules of a preset.
    pub fn preset(name: &str) -> Option<Self> {
        (name == NAMES[0]).then_some(Self {
            drop_off: 2.0,
            interval: 3600.0,
            window: 86_400.0,
            weight: 50.0,
            similarity_factor: 1.0,
            top: 5,
            rows_window: 259_200.0,
            rows_of: RowsOf::ToppedUp,
        })
    }

    /// What is left of a history after so many seconds.
    pub fn left(&self, seconds: f64) -> f64 {
        self.drop_off.powf(-seconds / self.interval)
    }

    /// What a registered similarity counts.
    pub fn similarity(&self, registered: f64) -> f64 {
        (self.similarity_factor * registered).min(1.0)
    }
}
