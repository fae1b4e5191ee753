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
/// Looks that an examination may take at most, an error counting as the bytes that it holds.
pub const MOST_LOOKS: u64 = 1 << 26;

/// Bytes that the validator's errors hold, beside their paths, and those of the paths for each level, as measured with a
/// schema of two alternatives.
const ERROR: u64 = 256;
const LEVEL: u64 = 352;

/// How often the validator may still look at a value. A schema that leads to itself in several ways for the same value, as
/// alternatives that overlap do, has twice as many errors with each level of a payload, and all are held until the end.
#[derive(Debug)]
pub(super) struct Looks(Cell<u64>);

impl Looks {
    /// As many as an examination may take.
    pub fn all() -> Self {
        Self(Cell::new(MOST_LOOKS))
    }

    /// Takes one, and says whether there was one.
    pub fn one(&self) -> bool {
        self.take(1)
    }

    /// Takes those of an error about a value so many levels deep.
    pub fn error(&self, depth: u16) {
        self.take(ERROR + LEVEL * u64::from(depth));
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
