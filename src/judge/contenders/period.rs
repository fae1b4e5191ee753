//! The score of a period, and of all periods of a contender together.

/// What a contender was asked for in a period, and how that went.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PeriodCounts {
    /// Volume that it says it takes.
    pub capacity: f64,
    /// Volume that it was asked for.
    pub consumed: f64,
    /// Requests that were made to it.
    pub requests: u64,
    /// Those that it refused for want of room, HTTP status 429.
    pub n429: u64,
    /// Those that failed, HTTP status 500.
    pub n500: u64,
}

/// The least capacity that is divided by.
const LEAST_CAPACITY: f64 = 1.0;
/// What an older period counts of the one after it.
const DECAY: f64 = 0.5;
/// A contender has a full history with more periods than these.
const SHORT_HISTORY: usize = 8;
/// What a short history counts.
const SHORT_FACTOR: f64 = 0.25;

/// The score of a period from 0 to 1; none without a request or a capacity.
///
/// With u the share of the capacity that was not used, a and b those of the statuses 429 and 500:
/// (1 − a − b)(1 − a·u)(1 − b·u), at least 0: refusing is worse with room left.
pub fn period_score(counts: &PeriodCounts) -> Option<f64> {
    if counts.requests == 0 || counts.capacity == 0.0 {
        return None;
    }
    let capacity = counts.capacity.max(LEAST_CAPACITY);
    let unused = (capacity - counts.consumed).max(0.0) / capacity;
    let share = |count: u64| count as f64 / counts.requests as f64;
    let (refused, failed) = (share(counts.n429), share(counts.n500));
    Some(((1.0 - refused - failed) * (1.0 - refused * unused) * (1.0 - failed * unused)).max(0.0))
}

/// A period that has a score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoredPeriod {
    /// Its score.
    pub score: f64,
    /// Volume that was asked for.
    pub consumed: f64,
    /// How often it counts, as if so many were recorded one after another.
    pub times: u32,
}

/// What the periods of a contender come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NormalisedPeriod {
    /// Mean of the scores, by volume and age, times the factor.
    pub value: f64,
    /// What the length of the history counts: 1, or less of a short one.
    pub factor: f64,
}

/// The scores of a contender's periods, the newest first, as one number: the i-th, from 0, weighs its volume · 0.5^i, and a
/// history of at most 8 counts a quarter. 0 where nothing was asked for.
pub fn normalised_period(newest_first: impl Iterator<Item = ScoredPeriod> + Clone) -> NormalisedPeriod {
    let volume: f64 = newest_first.clone().map(|one| f64::from(one.times) * one.consumed).sum();
    let (mut count, mut weights, mut scores, mut decay) = (0, 0.0, 0.0, 1.0);
    for period in newest_first {
        for _ in 0..period.times {
            let weight = if volume > 0.0 { period.consumed / volume * decay } else { 0.0 };
            weights += weight;
            scores += period.score * weight;
            decay *= DECAY;
            count += 1;
        }
    }
    let factor = if count > SHORT_HISTORY { 1.0 } else { SHORT_FACTOR };
    NormalisedPeriod { value: if weights > 0.0 { factor * scores / weights } else { 0.0 }, factor }
}
