//! Masa's utility of responses: how complete and how fast they are, what that earns, and what it invites. Nothing here
//! reads a file or a payload; names are numbers into the tables that a [`Recording`] holds.

mod average;
mod clusters;
mod components;
mod dethroning;
mod error;
mod fast_wins;
mod fields;
#[cfg(test)]
mod fixtures;
mod front;
mod front_draws;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod golden_rounds;
mod grid;
mod kinds;
mod miners;
mod order;
mod presets;
#[cfg(test)]
mod properties;
mod recording;
mod responses;
mod returned;
mod rules;
mod run;
mod spec;
mod splitting;
mod spot_check;
mod spot_rates;
mod standing;
mod terms;
#[cfg(test)]
mod vectors;
mod volumes;

pub use average::{MovingAverage, Reward};
pub use clusters::{Clusters, MOST_CLUSTERS};
pub use components::{Component, Part};
pub use dethroning::{ChallengerRow, Dethroning, NewcomerRow, half_life, rounds_to_exceed};
pub use error::{Row, Table, UtilityError};
pub use fast_wins::{FastWin, above};
pub use fields::{Penalties, valid_fields};
pub use front::{Completeness, FrontRow, Speed};
pub use grid::GridRow;
pub use kinds::{FaultKind, KindRow};
pub use miners::MinerRow;
pub use order::{Candidate, best_first};
pub use presets::PresetRow;
pub use recording::{
    Answer, Fault, Junk, JunkAnswer, MOST_CONTENDERS, MOST_KINDS, Recording, Request, Response, Status, Volume,
};
pub use responses::{ResponseRow, responses};
pub use returned::{OrderBy, Quality, ReturnedRow};
pub use rules::{
    Averaging, Items, KindPenalty, NAMES, Nothing, Rules, Source, TimeTerm, Unanswered, VolumeEra, Weights,
};
pub use run::{Judged, Supposed, VolumeRow, judge, suppose};
pub use spec::{Questions, SpotQuestions, UtilitySpec};
pub use splitting::{SplitBy, SplitRow};
pub use spot_check::{Asked, Attempt, Fetched, Item, SpotCheck, fetch, spot_check};
pub use spot_rates::{Detection, FalseAlarm, SampleSize, SpotRates, detection, false_alarm, sample_size, spot_rates};
pub use terms::{Timed, sizes, times};
pub use volumes::{Ledger, VolumeReward};
