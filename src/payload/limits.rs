//! What a schema may ask for at most, so that examining by it ends soon.

/// Longest text of a schema that is read, in bytes.
pub const LONGEST: usize = 1 << 20;
/// Most schemas within one.
pub const MOST_SUBSCHEMAS: usize = 5000;
/// Most schemas within each other that hold for one and the same value.
pub const DEEPEST_IN_PLACE: usize = 32;
/// Most schemas that hold for one and the same value, counted as often as they are come to.
pub const MOST_IN_PLACE: usize = 10_000;
