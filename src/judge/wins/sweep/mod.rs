//! What a change of a constant, or of who takes part, would do, on losses that are recorded: the same steps by many rules at
//! once, with copies and clones, and with a candidate. Nothing is measured again.

pub mod candidate;
mod clones;
mod copies;
mod critical;
mod decay;
mod duels;
mod error;
#[cfg(test)]
mod fixtures;
mod leaders;
mod points;
mod resampled;
mod round;
mod ways;

pub use candidate::{CandidateSpec, Chance, chances};
pub(crate) use candidate::{FEW_SOURCES, Improvement, Reach, take_part};
pub(crate) use clones::{CloneSpec, Cloned, Other, Winner, cloned};
pub(crate) use copies::{CopySpec, FLOOR, Likeness, Perturbed, Spread, Threshold, likenesses, perturbed};
pub(crate) use decay::{DecayPoint, decay};
pub use error::SweepError;
pub(crate) use leaders::{LeaderRow, leaders};
pub use points::Sweeping;
pub(crate) use points::Swept;
pub use resampled::another_leads;
pub(crate) use resampled::work;
pub use round::Round;
pub(crate) use ways::ways;
