//! A replay of utility as a whole.

use super::clusters::Clusters;
use super::components::{Component, components};
use super::dethroning::{Dethroning, Simulation, dethroning};
use super::error::UtilityError;
use super::fast_wins::{FastWin, fast_wins};
use super::front::{FrontRow, fronts};
use super::grid::{GridRow, grid};
use super::kinds::{KindRow, kinds};
use super::miners::{MinerRow, miners};
use super::presets::{PresetRow, moved, presets};
use super::recording::Recording;
use super::responses::{ResponseRow, responses};
use super::returned::{ReturnedRow, returned};
use super::rules::{Rules, VolumeEra};
use super::spec::UtilitySpec;
use super::splitting::{SplitRow, splits};
use super::spot_rates::{SpotRates, spot_rates};
use super::standing::{Standing, volume_rounds};
use super::volumes::VolumeReward;
use crate::stats::ranks::kendall_tau;

/// All that a replay found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judged {
    /// Every response, in the order of the recording.
    pub responses: Vec<ResponseRow>,
    /// Why utilities are what they are.
    pub components: Vec<Component>,
    /// Every contender, by number.
    pub miners: Vec<MinerRow>,
    /// What every preset makes of the recording.
    pub presets: Vec<PresetRow>,
    /// Who wins by other weights and time terms.
    pub grid: Vec<GridRow>,
    /// When fast answers that nothing is in win.
    pub fast_wins: Vec<FastWin>,
    /// Completeness against speed.
    pub front: Vec<FrontRow>,
    /// How good what is returned to the caller is.
    pub returned: Vec<ReturnedRow>,
    /// What splitting gains.
    pub splits: Vec<SplitRow>,
    /// How long a leader stays one.
    pub dethroning: Dethroning,
    /// What spot checks come to.
    pub spot_rates: SpotRates,
    /// What kinds of faults cost.
    pub kinds: Vec<KindRow>,
    /// The last rewards by volume, by era.
    pub volumes: Vec<VolumeRow>,
    /// Rounds without any reward, which the original ends with an error and which change nothing here.
    pub empty_rounds: u64,
    /// Requests that are resampled together, and how many such clusters there are.
    pub clusters: Clusters,
}

/// A volume in the last buckets, and its reward by one era.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VolumeRow {
    /// The era.
    pub era: VolumeEra,
    /// Whose, how much, and what for.
    pub volume: VolumeReward,
}

/// Replays a recording.
///
/// # Errors
/// The recording, the rules, the questions or the bootstrap cannot be used.
pub fn judge(recording: &Recording, spec: &UtilitySpec) -> Result<Judged, UtilityError> {
    let UtilitySpec { rules, baseline, questions, bootstrap } = spec;
    spec.check()?;
    let weighs_size = rules.weights.size > 0.0 || baseline.weights.size > 0.0;
    recording.check(weighs_size || questions.weights.iter().any(|weights| weights.size > 0.0))?;
    let clusters = Clusters::new(recording.requests.len());
    let rows = responses(recording, rules);
    let standing = Standing::of(recording, &rows, rules);
    let before = Standing::of(recording, &responses(recording, baseline), baseline);
    let contenders = recording.uids.len();
    let simulation = Simulation { successions: questions.successions, rounds: questions.rounds, seed: bootstrap.seed };
    Ok(Judged {
        components: components(recording, &rows, rules),
        miners: miners(recording, &rows, [&standing, &before], clusters, bootstrap),
        presets: presets(recording, rules, &standing),
        grid: grid(&rows, contenders, rules, questions, clusters, bootstrap),
        fast_wins: fast_wins(recording, &rows, rules, &recording.junk, &questions.fast_seconds),
        front: fronts(&rows, contenders, clusters, bootstrap),
        returned: returned(&rows, rules, clusters, bootstrap),
        splits: splits(recording, &rows, rules, &questions.copies),
        dethroning: dethroning(recording, &rows, rules, &standing, &questions.leads, simulation),
        spot_rates: spot_rates(&questions.spot),
        kinds: kinds(recording, &rows, rules, clusters, bootstrap),
        volumes: volumes(recording, rules),
        empty_rounds: standing.empty_rounds,
        clusters,
        responses: rows,
    })
}

/// The rewards by volume after all that arrived, in both eras.
fn volumes(recording: &Recording, rules: &Rules) -> Vec<VolumeRow> {
    let of = |era: VolumeEra| {
        let mut last = Vec::new();
        volume_rounds(recording, rules, era, &mut |rewards| last = rewards.to_vec());
        last.into_iter().map(move |volume| VolumeRow { era, volume })
    };
    [VolumeEra::E9b6968, VolumeEra::C0d6955].into_iter().flat_map(of).collect()
}

/// What other rules come to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Supposed {
    /// Who leads by score.
    pub leader: Option<usize>,
    /// Its weight.
    pub weight: Option<f64>,
    /// Sum of absolute differences of the weights from those of the run; nothing where one has none.
    pub moved: Option<f64>,
    /// Kendall's τ-b of the order by score and the run's; nothing where one is no order.
    pub tau: Option<f64>,
    /// Mean utility of all responses.
    pub utility: Option<f64>,
    /// Mean valid fields of all answers that were held against a schema.
    pub valid_fields: Option<f64>,
}

/// What other rules come to than those of a run, which found `miners`.
///
/// # Errors
/// The recording or the rules cannot be used.
pub fn suppose(recording: &Recording, rules: &Rules, miners: &[MinerRow]) -> Result<Supposed, UtilityError> {
    rules.check()?;
    recording.check(rules.weights.size > 0.0)?;
    let rows = responses(recording, rules);
    let standing = Standing::of(recording, &rows, rules);
    let leader = standing.leader();
    let scores: Vec<f64> = miners.iter().map(|one| one.score).collect();
    let weights: Vec<Option<f64>> = miners.iter().map(|one| one.weight).collect();
    Ok(Supposed {
        leader,
        weight: leader.and_then(|leader| standing.weights[leader]),
        moved: moved(&weights, &standing.weights),
        tau: kendall_tau(&scores, &standing.scores),
        utility: super::clusters::mean(rows.iter().map(|row| row.utility)),
        valid_fields: super::clusters::mean(rows.iter().filter_map(|row| row.valid_fields)),
    })
}
