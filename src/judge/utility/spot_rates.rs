//! What spot checks come to on average: false alarms, fetches and detection. All of it is computed exactly from what is
//! asked, not estimated, and so has no interval.

use super::spec::SpotQuestions;
use super::spot_check::{ATTEMPTS, Attempt, fetch};

/// What spot checks come to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SpotRates {
    /// Real items that fail.
    pub false_alarms: Vec<FalseAlarm>,
    /// Fake items that are found.
    pub detections: Vec<Detection>,
    /// How many items have to be fetched.
    pub samples: Vec<SampleSize>,
}

/// How often real items fail.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FalseAlarm {
    /// Probability that an attempt at a real item is a 404.
    pub spurious: f64,
    /// Items that are fetched again.
    pub items: usize,
    /// Probability that an item fails.
    pub item: f64,
    /// Probability that any of them does.
    pub batch: f64,
    /// Mean attempts of the batch, which its first failure ends.
    pub attempts: f64,
}

/// How often fake items are found, which always fail.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detection {
    /// Items of the response.
    pub items: usize,
    /// Fake ones among them: the share that is asked for, rounded, at least one where it is above 0.
    pub fakes: usize,
    /// Items that are fetched again, all of them at most.
    pub sample: usize,
    /// Probability that a fake one is among them: hypergeometric, as they are drawn without replacement.
    pub exact: f64,
    /// 1 − (1 − share)^sample, as if they were drawn with replacement: never more.
    pub approximate: f64,
}

/// How many items have to be fetched again to find a fake one with some probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampleSize {
    /// Items of the response.
    pub items: usize,
    /// Fake ones among them.
    pub fakes: usize,
    /// The probability.
    pub detection: f64,
    /// The fewest; nothing without a fake one.
    pub exact: Option<usize>,
    /// The fewest by the approximation; nothing without a fake one. It may be more than there are.
    pub approximate: Option<usize>,
}

/// All that is asked.
pub fn spot_rates(asked: &SpotQuestions) -> SpotRates {
    let alarms = |&spurious: &f64| asked.samples.iter().map(move |&items| false_alarm(spurious, items));
    let mut responses: Vec<(usize, usize)> = asked
        .items
        .iter()
        .flat_map(|&items| asked.fakes.iter().map(move |&share| (items, fakes(items, share))))
        .collect();
    // Small shares of few items are the same number of them.
    responses.dedup();
    let detections =
        |&(items, fakes): &(usize, usize)| asked.samples.iter().map(move |&sample| detection(items, fakes, sample));
    let samples =
        |&(items, fakes): &(usize, usize)| asked.detections.iter().map(move |&level| sample_size(items, fakes, level));
    SpotRates {
        false_alarms: asked.spurious.iter().flat_map(alarms).collect(),
        detections: responses.iter().flat_map(detections).collect(),
        samples: responses.iter().flat_map(samples).collect(),
    }
}

/// False alarms where an attempt at a real item is a 404 with this probability: of an item 3p²(1 − p) + p³.
pub fn false_alarm(spurious: f64, items: usize) -> FalseAlarm {
    let (mut item, mut attempts) = (0.0, 0.0);
    // Every course of three attempts, the bits of a number: 1 is a 404.
    for course in 0..1_usize << ATTEMPTS {
        let is_lost = |attempt: usize| course >> attempt & 1 == 1;
        let outcome = |attempt: usize| if is_lost(attempt) { Attempt::NotFound } else { Attempt::Found };
        let chance: f64 = (0..ATTEMPTS).map(|one| if is_lost(one) { spurious } else { 1.0 - spurious }).product();
        let fetched = fetch(&(0..ATTEMPTS).map(outcome).collect::<Vec<Attempt>>());
        item += if fetched.is_passed { 0.0 } else { chance };
        attempts += chance * fetched.attempts as f64;
    }
    let batch = if item >= 1.0 { 1.0 } else { -(items as f64 * (-item).ln_1p()).exp_m1() };
    // The items that are reached: Σ (1 − item)ⁱ = batch / item.
    let reached = if item > 0.0 { batch / item } else { items as f64 };
    FalseAlarm { spurious, items, item, batch, attempts: attempts * reached }
}

/// Detection of fake items.
pub fn detection(items: usize, fakes: usize, sample: usize) -> Detection {
    let sample = sample.min(items);
    let share = fakes as f64 / items as f64;
    let missed = misses(items, fakes).nth(sample).unwrap_or(0.0);
    Detection { items, fakes, sample, exact: 1.0 - missed, approximate: 1.0 - (1.0 - share).powf(sample as f64) }
}

/// The fewest items for a detection.
pub fn sample_size(items: usize, fakes: usize, detection: f64) -> SampleSize {
    let share = fakes as f64 / items as f64;
    // A hair less, so that rounding does not ask for one more.
    let most_missed = 1.0 - detection + 1e-12;
    let exact = (fakes > 0).then(|| misses(items, fakes).position(|missed| missed <= most_missed).unwrap_or(items));
    let approximate = match fakes {
        0 => None,
        fakes if fakes >= items => Some(1),
        _ => Some((most_missed.ln() / (-share).ln_1p()).ceil() as usize),
    };
    SampleSize { items, fakes, detection, exact, approximate }
}

/// Probabilities that no fake item is among the first 0, 1, 2, … that are drawn without replacement.
fn misses(items: usize, fakes: usize) -> impl Iterator<Item = f64> {
    let real = items.saturating_sub(fakes);
    std::iter::successors(Some((0, 1.0)), move |&(drawn, missed)| {
        (drawn < items).then(|| (drawn + 1, missed * real.saturating_sub(drawn) as f64 / (items - drawn) as f64))
    })
    .map(|(_, missed)| missed)
}

fn fakes(items: usize, share: f64) -> usize {
    let fakes = (share * items as f64).round() as usize;
    if share > 0.0 { fakes.max(1) } else { fakes }
}
