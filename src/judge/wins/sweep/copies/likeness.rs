//! Of every submission the earlier one that it is most like, and the ε that it takes for it to win nothing against that
//! one. Samples are looked at one by one, whatever a match is by the rules.

use rayon::prelude::*;

use super::super::super::Entrant;
use super::super::super::matches::age;
use super::super::round::last_rounds;
use super::super::{Round, SweepError};
use super::{below_one, enough};
use crate::stats::{BootstrapSpec, Draws, Interval, percentile_interval};

/// The purpose that names the streams of draws.
const PURPOSE: &[u8; 8] = b"likeness";

/// A submission beside the earlier one of its competition that it is most like.
#[derive(Debug, Clone, PartialEq)]
pub struct Likeness {
    /// The competition.
    pub competition: usize,
    /// The later submission.
    pub later: usize,
    /// The one of a strictly earlier block whose losses differ from its the least on average.
    pub earlier: usize,
    /// Samples that both have.
    pub samples: usize,
    /// Mean difference of their losses without sign, over the samples on which both are finite.
    pub mean_difference: f64,
    /// The largest relative lead of the later one, 1 − its loss / the earlier one's, over these; below 0 where it is
    /// nowhere ahead, and `None` where the earlier one's losses are all 0.
    pub largest_lead: Option<f64>,
    /// The smallest ε from which on it wins no sample against the earlier one, exactly; `None` where no ε below 1 does.
    pub beats_up_to: Option<f64>,
    /// The smallest ε from which on it wins at most half of the samples; `None` where no ε below 1 does.
    pub half: Option<f64>,
    /// Its interval, by drawing the sources again; an end of 1 stands for no ε below 1. `None` without two sources.
    pub half_interval: Option<Interval>,
}

/// The likenesses in the last round of each competition, by competition and then by entrant. Submissions without losses,
/// and those without an earlier one to be like, have none; of equally like ones the earliest counts.
///
/// # Errors
/// Bootstrap parameters that do not hold.
pub fn likenesses(rounds: &[Round], bootstrap: BootstrapSpec) -> Result<Vec<Likeness>, SweepError> {
    bootstrap.validate()?;
    let mut found = Vec::new();
    for round in last_rounds(rounds) {
        let places = round.sources.places(&round.plan.samples);
        let all: Vec<Option<Likeness>> =
            round.entrants.par_iter().map(|later| likeness(round, later, &places, bootstrap)).collect();
        found.extend(all.into_iter().flatten());
    }
    Ok(found)
}

fn likeness(round: &Round, later: &Entrant, places: &[usize], bootstrap: BootstrapSpec) -> Option<Likeness> {
    let own = later.losses.as_ref()?;
    let difference = |other: &Entrant| {
        let losses = other.losses.as_ref().filter(|_| age(other.block) < age(later.block))?;
        mean(finite(own, losses).map(|(own, earlier)| (own - earlier).abs()))
    };
    let differences = round.entrants.iter().filter_map(|other| Some((difference(other)?, other)));
    let (mean_difference, earlier) =
        differences.min_by(|(one, a), (other, b)| one.total_cmp(other).then(age(a.block).cmp(&age(b.block))))?;
    let losses = earlier.losses.as_ref()?;
    let leads = finite(own, losses).filter(|&(_, earlier)| earlier > 0.0).map(|(own, earlier)| 1.0 - own / earlier);
    let mut needed: Vec<(f64, usize)> =
        own.iter().zip(losses).map(|(&own, &earlier)| enough(own, earlier)).zip(places.iter().copied()).collect();
    needed.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let clusters = places.iter().max().map_or(0, |&last| last + 1);
    Some(Likeness {
        competition: round.plan.competition,
        later: later.submission,
        earlier: earlier.submission,
        samples: needed.len(),
        mean_difference,
        largest_lead: leads.max_by(f64::total_cmp),
        beats_up_to: needed.first().and_then(|&(most, _)| below_one(most)),
        half: below_one(half(&needed, &vec![1; clusters])),
        half_interval: half_interval(&needed, clusters, bootstrap),
    })
}

/// The pairs of which both are finite.
fn finite(one: &[f64], other: &[f64]) -> impl Iterator<Item = (f64, f64)> {
    one.iter().copied().zip(other.iter().copied()).filter(|(one, other)| one.is_finite() && other.is_finite())
}

/// The mean; `None` of nothing.
fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

/// The smallest ε at which at most half of the samples need more: of samples from the most to the least that they need,
/// with their clusters and how often each cluster counts.
fn half(needed: &[(f64, usize)], times: &[usize]) -> f64 {
    let all: usize = needed.iter().map(|&(_, cluster)| times[cluster]).sum();
    let mut more = 0;
    for &(epsilon, cluster) in needed {
        more += times[cluster];
        if more > all / 2 {
            return epsilon;
        }
    }
    0.0
}

fn half_interval(needed: &[(f64, usize)], clusters: usize, bootstrap: BootstrapSpec) -> Option<Interval> {
    if clusters < 2 {
        return None;
    }
    let resample = |number: usize| {
        let mut draws = Draws::new(bootstrap.seed, PURPOSE, number as u64);
        let mut times = vec![0; clusters];
        (0..clusters).for_each(|_| times[draws.below(clusters)] += 1);
        half(needed, &times)
    };
    let mut values: Vec<f64> = (0..bootstrap.sparing().resamples).map(resample).collect();
    let whole = half(needed, &vec![1; clusters]);
    percentile_interval(&mut values, bootstrap.confidence).map(|ends| ends.hull(Interval { low: whole, high: whole }))
}
