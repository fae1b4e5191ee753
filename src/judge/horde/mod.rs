//! ComputeHorde's scores: from jobs, receipts and manifests to what every batch and the chain made of them, by the rules
//! of an era. Nothing here reads a file; ids are numbers into the tables of names that a [`Recording`] holds.

mod answers;
mod books;
mod burn;
mod capping;
mod chain;
pub mod checks;
mod class_weights;
mod classes;
mod components;
mod copying;
mod dancing;
mod epochs;
mod error;
mod excuses;
mod findings;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod golden_functions;
mod hordes;
mod index;
mod job;
mod judged;
mod numbers;
mod passed;
mod passing;
mod peaks;
mod presets;
#[cfg(test)]
mod questions;
mod recording;
mod rules;
mod run;
mod scores;
mod shares;
mod spec;
mod tally;
mod timeline;
mod toggling;
mod trajectory;
#[cfg(test)]
mod vectors;
mod weighing;

pub use answers::{AnswerCheck, AnswerLikeness, AnswerRow, PromptAnswers, check_answers};
pub use burn::{Burn, burn};
#[cfg(test)]
use capping::{UidWeight, WeightLimits, cap, process_weights};
pub use chain::{ChainError, CommitReveal, Interval, U16_MAX, commit_integers};
pub use checks::CheckRow;
pub use class_weights::{ClassWeight, ClassWeights, KNOWN_CLASSES};
pub use components::{Component, Part};
pub use copying::{Copier, CopierRow, copier_losses, distance};
pub use dancing::is_size_changed;
pub use epochs::{Borders, CYCLE, EPOCH, PEAK_PERIOD, Span, cycle, epoch, peak_cycle};
pub use error::{HordeError, Row, Table};
pub use excuses::{Excuse, ReceiptOutcome};
pub use findings::{ExcuseRow, HordeFindings, Supposed, examine, stake_flips, suppose};
pub use hordes::{HordeFault, Shape, horde, normalise};
pub use job::{JobScore, Outcome};
pub use judged::{BatchScores, ClassScore, IntervalWeights, Judged, MinerScore, Total};
pub use passed::Passed;
pub use passing::{PassRate, PassRow, pass_rates};
pub use peaks::off_peak_executors;
pub use presets::PresetRow;
pub use recording::{Batch, Job, Kind, ManifestRow, Receipt, Recording, Status, Validator, Wrong};
pub use rules::{Dancing, HashScore, NAMES, Organic, Rules};
pub use run::judge;
pub use shares::{BonusShare, MinerShare, bonus_share};
pub use spec::{HordeSpec, OnChain};
pub use tally::Tally;
pub use timeline::{CHANGES, Change, class_weights_at};
pub use toggling::{Toggled, toggling};
pub use trajectory::TrajectoryStep;
pub use weighing::{JobCounts, MinerRow};
