//! The terms of time and size among the answers in time of one request.

use super::rules::TimeTerm;

/// An answer in time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timed {
    /// Seconds that it took, above 0.
    pub seconds: f64,
    /// Seconds that it might take.
    pub timeout: f64,
}

/// A term of each answer in time of a request.
pub fn times(answers: &[Timed], term: TimeTerm) -> Vec<f64> {
    match term {
        TimeTerm::Inverse => answers.iter().map(|one| 1.0 / one.seconds).collect(),
        TimeTerm::Timeout => answers.iter().map(|one| 1.0 - one.seconds / one.timeout).collect(),
        TimeTerm::Logistic => answers.iter().map(|one| 1.0 / (1.0 + one.seconds)).collect(),
        TimeTerm::Fastest => {
            let fastest = answers.iter().map(|one| one.seconds).fold(f64::INFINITY, f64::min);
            answers.iter().map(|one| fastest / one.seconds).collect()
        }
        TimeTerm::Rank => ranks(answers),
    }
}

fn ranks(answers: &[Timed]) -> Vec<f64> {
    let mut sorted: Vec<f64> = answers.iter().map(|one| one.seconds).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let others = answers.len().saturating_sub(1);
    let rank = |one: &Timed| {
        let faster = sorted.partition_point(|&seconds| seconds < one.seconds);
        if others == 0 { 1.0 } else { (others - faster) as f64 / others as f64 }
    };
    answers.iter().map(rank).collect()
}

/// The size term of each answer in time of a request: its bytes over those of the median answer, 1 at most, so that
/// bytes beyond the usual earn nothing. 0 where the size is not known.
pub fn sizes(bytes: &[Option<u64>]) -> Vec<f64> {
    let mut known: Vec<u64> = bytes.iter().copied().flatten().collect();
    if known.is_empty() {
        return vec![0.0; bytes.len()];
    }
    let middle = (known.len() - 1) / 2;
    let (_, &mut median, _) = known.select_nth_unstable(middle);
    let term = |bytes: &Option<u64>| match *bytes {
        Some(bytes) if bytes >= median && bytes > 0 => 1.0,
        Some(bytes) if bytes > 0 => bytes as f64 / median as f64,
        _ => 0.0,
    };
    bytes.iter().map(term).collect()
}
