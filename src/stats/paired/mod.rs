//! Whether a candidate's losses have risen against a baseline's on the same samples: each submission regressed, ok or
//! inconclusive, by margins, with sources as the units and one level for all submissions. Pure and seeded.

mod margin;
mod prepared;
mod spec;
mod verdict;

pub use margin::{Ends, FEWEST_SOURCES, Margin, MarginTest, Skew};
pub use spec::{Margins, PairedLoss, PairedSpec};
pub use verdict::{Comparison, Doubt, PairedVerdict};

#[cfg(test)]
mod tests;
