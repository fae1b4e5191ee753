//! What a schema may ask for at most, and a payload by it, so that examining ends soon.

use std::cell::Cell;

/// Longest text of a schema that is read, in bytes.
pub const LONGEST: usize = 1 << 20;
/// Most schemas within one.
pub const MOST_SUBSCHEMAS: usize = 5000;
/// Most schemas within each other that hold for one and the same value.
pub const DEEPEST_IN_PLACE: usize = 32;
/// Most schemas that hold for one and the same value, counted as often as they are come to.
pub const MOST_IN_PLACE: usize = 10_000;
/// Most errors of one examination; each costs memory until its end.
pub const MOST_ERRORS: u64 = 1 << 20;

/// Looks that an error counts as.
const ERROR: u64 = 256;

/// How often the validator may still look at a value. A schema that leads to itself in several ways for the same value, as
/// alternatives that overlap do, would be gone through twice as often with each level of a payload.
#[derive(Debug)]
pub(super) struct Looks(Cell<u64>);

impl Looks {
    /// As many as an examination may take.
    pub fn all() -> Self {
        Self(Cell::new(MOST_ERRORS * ERROR))
    }

    /// Takes one, and says whether there was one.
    pub fn one(&self) -> bool {
        self.take(1)
    }

    /// Takes those of an error.
    pub fn error(&self) {
        self.take(ERROR);
    }

    /// Whether none are left.
    pub fn are_spent(&self) -> bool {
        self.0.get() == 0
    }

    fn take(&self, looks: u64) -> bool {
        let left = self.0.get();
        self.0.set(left.saturating_sub(looks));
        left > 0
    }
}
