//! Whether a candidate's losses have risen against a baseline's on the same samples: each submission regressed, ok or
//! inconclusive, by margins, with sources as the units and one level for all submissions. Pure and seeded.

mod comparing;
mod margin;
mod prepared;
mod spec;
mod verdict;

pub(crate) use margin::{Ends, FEWEST_SOURCES, MarginTest};
pub(crate) use spec::LARGEST;
pub use spec::{Margins, PairedLoss, PairedSpec};
pub use verdict::PairedVerdict;
pub(crate) use verdict::{Comparison, Doubt};

#[cfg(test)]
mod tests;
