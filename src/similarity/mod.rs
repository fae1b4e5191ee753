//! How alike two answers are, and what a validator makes of it: the likeness of every pair of a minibatch, and the
//! penalties of its responses under a profile; and copies edited on purpose. Knows texts and vectors, not files,
//! requests or rates.

pub(crate) mod attacks;
pub mod partial_ratio;
pub(crate) mod penalty;

pub use partial_ratio::{Matcher, Text};
pub(crate) use penalty::Profile;
pub use penalty::{Likeness, Pairs, Penalty, penalties};
