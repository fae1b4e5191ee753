//! What a contender gains that answers from several uids alike, or splits its volume over them. A replay of the same
//! recording has no interval: copies answer exactly as the one did.

use rayon::prelude::*;

use super::average::{MovingAverage, Reward};
use super::recording::{Recording, Volume};
use super::responses::{ResponseRow, add_sizes, add_term};
use super::returned::OrderBy;
use super::rules::{Rules, Source, TimeTerm, VolumeEra};
use super::standing::{Standing, volume_rounds};

/// What the rewards are that a contender is split under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SplitBy {
    /// A score of responses.
    Response(OrderBy),
    /// The volume, in equal parts.
    Volume(VolumeEra),
}

impl SplitBy {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Response(OrderBy::Utility(TimeTerm::Inverse)),
        Self::Response(OrderBy::Utility(TimeTerm::Timeout)),
        Self::Response(OrderBy::Utility(TimeTerm::Fastest)),
        Self::Response(OrderBy::Utility(TimeTerm::Logistic)),
        Self::Response(OrderBy::Utility(TimeTerm::Rank)),
        Self::Response(OrderBy::MissingFields),
        Self::Response(OrderBy::Difference),
        Self::Volume(VolumeEra::E9b6968),
        Self::Volume(VolumeEra::C0d6955),
    ];
}

/// A contender on so many uids.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SplitRow {
    /// What the rewards are.
    pub by: SplitBy,
    /// Number of the contender.
    pub contender: usize,
    /// Uids that it has.
    pub uids: usize,
    /// The final score of its one uid.
    pub score: f64,
    /// The final scores of all its uids.
    pub scores: f64,
    /// The share of all scores that it has with one uid; nothing where they add up to nothing.
    pub weight: Option<f64>,
    /// The share that its uids have together.
    pub weights: Option<f64>,
    /// How much more that is: the second over the first.
    pub gain: Option<f64>,
    /// Share of requests with an answer to which one of its uids is returned, being one; nothing by volume.
    pub returned: Option<f64>,
    /// The same, being so many.
    pub returned_split: Option<f64>,
}

/// The first, the middle and the last of who has a score under each kind of reward that the recording has, split over each
/// number of uids under it.
pub(super) fn splits(recording: &Recording, rows: &[ResponseRow], rules: &Rules, copies: &[usize]) -> Vec<SplitRow> {
    let is_known = |by: &SplitBy| match by {
        SplitBy::Response(OrderBy::MissingFields) => rows.iter().any(|row| row.missing_fields.is_some()),
        SplitBy::Response(OrderBy::Difference) => rows.iter().any(|row| row.difference.is_some()),
        SplitBy::Response(_) => !rows.is_empty(),
        SplitBy::Volume(_) => !recording.volumes.is_empty(),
    };
    let replay = |by: SplitBy, split: Split| match by {
        SplitBy::Response(by) => replay_responses(recording, rows, rules, by, split),
        SplitBy::Volume(era) => replay_volumes(recording, rules, era, split),
    };
    let kinds: Vec<SplitBy> = SplitBy::ALL.into_iter().filter(is_known).collect();
    let targets = |&by: &SplitBy| {
        // Whoever is on one uid, scores are the same.
        let standing = Standing::of_scores(&replay(by, Split { contender: 0, uids: 1 }).scores);
        targets(&standing).into_iter().map(move |contender| (by, contender)).collect::<Vec<_>>()
    };
    let tasks: Vec<(SplitBy, usize)> = kinds.par_iter().flat_map_iter(targets).collect();
    let of = |&(by, contender): &(SplitBy, usize)| {
        let replay = |uids: usize| {
            let split = Split { contender, uids };
            total(&replay(by, split), split, recording.uids.len())
        };
        let one = replay(1);
        copies.iter().map(|&uids| row(by, Split { contender, uids }, one, replay(uids))).collect::<Vec<SplitRow>>()
    };
    tasks.par_iter().flat_map_iter(of).collect()
}

/// A contender and how many uids it has: its own and new ones behind all others.
#[derive(Debug, Clone, Copy)]
struct Split {
    contender: usize,
    uids: usize,
}

/// What everyone came to where a contender is split.
struct Replayed {
    /// Final scores, those of the new uids last.
    scores: Vec<f32>,
    /// Share of requests with an answer to which one of its uids is returned; nothing by volume.
    returned: Option<f64>,
}

/// What the uids of a contender came to.
#[derive(Debug, Clone, Copy, Default)]
struct Total {
    score: f64,
    weight: Option<f64>,
    returned: Option<f64>,
}

fn row(by: SplitBy, Split { contender, uids }: Split, one: Total, split: Total) -> SplitRow {
    let gain = one.weight.zip(split.weight).filter(|&(alone, _)| alone > 0.0).map(|(alone, together)| together / alone);
    SplitRow {
        by,
        contender,
        uids,
        score: one.score,
        scores: split.score,
        weight: one.weight,
        weights: split.weight,
        gain,
        returned: one.returned,
        returned_split: split.returned,
    }
}

fn targets(standing: &Standing) -> Vec<usize> {
    let mut scored: Vec<usize> = (0..standing.scores.len()).filter(|&one| standing.scores[one] > 0.0).collect();
    scored.sort_by_key(|&one| standing.ranks[one]);
    let Some(last) = scored.len().checked_sub(1) else { return Vec::new() };
    let mut places = vec![0, last / 2, last];
    places.dedup();
    places.into_iter().map(|place| scored[place]).collect()
}

fn replay_responses(recording: &Recording, rows: &[ResponseRow], rules: &Rules, by: OrderBy, split: Split) -> Replayed {
    let contenders = recording.uids.len();
    let is_own = |contender: usize| contender == split.contender || contender >= contenders;
    let mut average = MovingAverage::new(rules.alpha, rules.averaging, contenders + split.uids - 1);
    let (mut rewards, mut copied): (Vec<Reward>, Vec<ResponseRow>) = (Vec::new(), Vec::new());
    let (mut answered, mut won) = (0_u64, 0_u64);
    let hangs = split.uids > 1 && hangs_on_others(by, rules);
    for recorded in rows.chunk_by(|one, other| one.request == other.request) {
        let request = if hangs { with_copies(recorded, split, contenders, rules, by, &mut copied) } else { recorded };
        let reward = |row: &ResponseRow| row.rewarded(rules, by.value(row, rules));
        rewards.clear();
        rewards.extend(request.iter().filter_map(|row| Some((row.contender, reward(row)?))));
        let own = || recorded.iter().find(|row| row.contender == split.contender);
        if let Some(reward) = (!hangs).then(own).flatten().and_then(reward) {
            rewards.extend((1..split.uids).map(|copy| (contenders + copy - 1, reward)));
        }
        // An empty round changes nothing.
        average.round(&rewards).unwrap_or_default();
        if let Some(row) = by.returned(request, rules) {
            answered += 1;
            won += u64::from(is_own(row.contender));
        }
    }
    let returned = (answered > 0).then(|| won as f64 / answered as f64);
    Replayed { scores: average.scores().to_vec(), returned }
}

/// Whether copies of an answer change what other answers come to. They do not change the fastest time, nor who is
/// returned: each stands behind the one that it is a copy of.
fn hangs_on_others(by: OrderBy, rules: &Rules) -> bool {
    matches!(by, OrderBy::Utility(TimeTerm::Rank)) || (matches!(by, OrderBy::Utility(_)) && rules.weights.size > 0.0)
}

/// The responses to a request with those of new uids at the end; terms that hang on the others are made anew.
fn with_copies<'a>(
    recorded: &'a [ResponseRow],
    split: Split,
    contenders: usize,
    rules: &Rules,
    by: OrderBy,
    copied: &'a mut Vec<ResponseRow>,
) -> &'a [ResponseRow] {
    let Some(own) = recorded.iter().find(|row| row.contender == split.contender) else { return recorded };
    copied.clear();
    copied.extend_from_slice(recorded);
    copied.extend((1..split.uids).map(|copy| ResponseRow { contender: contenders + copy - 1, ..*own }));
    if by == OrderBy::Utility(TimeTerm::Rank) {
        add_term(copied, TimeTerm::Rank);
    }
    if rules.weights.size > 0.0 {
        add_sizes(copied);
    }
    copied
}

fn replay_volumes(recording: &Recording, rules: &Rules, era: VolumeEra, split: Split) -> Replayed {
    let contenders = recording.uids.len();
    let part = |volume: &Volume| {
        let parts = if volume.contender == split.contender { split.uids } else { 1 };
        let share = Volume { volume: volume.volume / parts as f64, ..*volume };
        let copies = (1..parts).map(move |copy| Volume { contender: contenders + copy - 1, ..share });
        std::iter::once(share).chain(copies)
    };
    // New uids are in the table where the contender's own is.
    let own = recording.uids[split.contender];
    let uids = recording.uids.iter().copied().chain(std::iter::repeat_n(own, split.uids - 1)).collect();
    let volumes = recording.volumes.iter().flat_map(part).collect();
    let recording = Recording { uids, volumes, ..Recording::default() };
    let rules = Rules { source: Source::Volume(era), ..rules.clone() };
    let mut average = MovingAverage::new(rules.alpha, rules.averaging, recording.uids.len());
    volume_rounds(&recording, &rules, era, &mut |rewards| {
        let rewards: Vec<Reward> = rewards.iter().filter_map(|one| Some((one.contender, one.reward?))).collect();
        average.round(&rewards).unwrap_or_default();
    });
    Replayed { scores: average.scores().to_vec(), returned: None }
}

/// What the uids of the one that is split came to, among so many contenders.
fn total(found: &Replayed, split: Split, contenders: usize) -> Total {
    let standing = Standing::of_scores(&found.scores);
    let others = contenders..found.scores.len();
    let own = || std::iter::once(split.contender).chain(others.clone());
    let weight = own().map(|contender| standing.weights[contender]).sum::<Option<f64>>();
    Total { score: own().map(|contender| standing.scores[contender]).sum(), weight, returned: found.returned }
}
