//! Which response is returned to the caller: the one with the best score, of equal ones the fastest.

use super::error::UtilityError;

/// A response that could be returned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// Its score; compared in single precision.
    pub score: f64,
    /// Seconds that it took.
    pub latency: Option<f64>,
}

/// The places of candidates, the best one first: by score, then latency, then as they stand.
///
/// # Errors
/// Equal scores where a latency is not known.
pub fn best_first(candidates: &[Candidate]) -> Result<Vec<usize>, UtilityError> {
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    let latency = |place: usize| candidates[place].latency.unwrap_or(f64::INFINITY);
    order.sort_by(|&one, &other| {
        let scores = score(&candidates[other]).total_cmp(&score(&candidates[one]));
        scores.then(latency(one).total_cmp(&latency(other)))
    });
    let is_unknown = |pair: &[usize]| {
        let [one, other] = [candidates[pair[0]], candidates[pair[1]]];
        score(&one) == score(&other) && (one.latency.is_none() || other.latency.is_none())
    };
    if order.windows(2).any(is_unknown) { Err(UtilityError::NoLatency) } else { Ok(order) }
}

/// What stands by the best of candidates whose latencies are known; `None` without any.
pub(super) fn best<T>(candidates: impl Iterator<Item = (Candidate, T)>) -> Option<T> {
    let latency = |one: &Candidate| one.latency.unwrap_or(f64::INFINITY);
    let is_better = |one: &Candidate, than: &Candidate| {
        let scores = score(one).total_cmp(&score(than));
        scores.then_with(|| latency(than).total_cmp(&latency(one))).is_gt()
    };
    candidates.reduce(|best, one| if is_better(&one.0, &best.0) { one } else { best }).map(|(_, of)| of)
}

/// Adding 0 makes −0 and 0 the same.
fn score(one: &Candidate) -> f32 {
    one.score as f32 + 0.0
}
