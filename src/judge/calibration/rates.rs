//! Rates of flags under thresholds, at every unit, in every part of the requests, with every interval. A rate is
//! never given without its unit, its trials and how the trials hang together.

use super::run::CalibrationSpec;
use super::scores::{Class, RequestScores, Unit};
use crate::stats::bootstrap::Counts;
use crate::stats::cluster::{ClusteredRate, Ratio};
use crate::stats::{Confidence, Draws, Interval, Proportion, StatsError};

/// The purpose that names the stream of the split.
const SPLIT: &[u8; 8] = b"calsplit";

/// A part of the requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of them.
    All,
    /// Those that thresholds are chosen on.
    Choosing,
    /// The others, which know nothing of the choice.
    Reporting,
}

impl Part {
    /// All parts.
    pub const ALL: [Self; 3] = [Self::All, Self::Choosing, Self::Reporting];

    /// As tables name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Choosing => "choosing",
            Self::Reporting => "reporting",
        }
    }

    /// Indices of its requests among `count`, ascending. The choosing part is a seeded draw without replacement.
    pub(super) fn of(self, count: usize, spec: &CalibrationSpec) -> Vec<usize> {
        let wanted = (count as f64 * spec.split).round() as usize;
        let drawn = Draws::new(spec.bootstrap.seed, SPLIT, 0).distinct(count, wanted);
        let mut choosing = vec![false; count];
        drawn.into_iter().for_each(|index| choosing[index] = true);
        let belongs = |index: &usize| match self {
            Self::All => true,
            Self::Choosing => choosing[*index],
            Self::Reporting => !choosing[*index],
        };
        (0..count).filter(belongs).collect()
    }
}

/// A rate of flags.
#[derive(Debug, Clone, PartialEq)]
pub struct RateRow {
    /// The threshold; flagged is what lies strictly above.
    pub threshold: f64,
    /// What is counted.
    pub unit: Unit,
    /// Independent units give false positives, copied ones true positives.
    pub class: Class,
    /// Which requests.
    pub part: Part,
    /// Requests that hold such a unit.
    pub requests: u64,
    /// Flags and trials.
    pub counts: Proportion,
    /// As if trials were independent of each other.
    pub wilson: Option<Interval>,
    /// As if trials were independent of each other; never too narrow if they are.
    pub clopper_pearson: Option<Interval>,
    /// From resampling whole requests.
    pub clustered: ClusteredRate,
}

/// An interval that a person may quote.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quoted {
    /// The interval.
    pub interval: Interval,
    /// What it rests on.
    pub basis: Basis,
}

/// What an interval rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Clopper–Pearson, the units taken as independent.
    Exact,
    /// Clopper–Pearson on requests.
    ExactOnRequests,
    /// BCa from resampling requests.
    Resampling,
}

/// Thresholds that are counted at a time: a row of counts per request is in memory for each, so few at once.
const TOGETHER: usize = 12;

/// Rates at each of `thresholds`, for every unit and class, of the requests of one part.
///
/// # Errors
/// The bootstrap's parameters cannot be used.
pub fn rates(
    requests: &[RequestScores],
    part: Part,
    thresholds: &[f64],
    spec: &CalibrationSpec,
) -> Result<Vec<RateRow>, StatsError> {
    let members = part.of(requests.len(), spec);
    let kinds: Vec<(Unit, Class)> =
        Unit::ALL.into_iter().flat_map(|unit| Class::ALL.map(|class| (unit, class))).collect();
    let mut rows = Vec::with_capacity(kinds.len() * thresholds.len());
    for thresholds in thresholds.chunks(TOGETHER) {
        let tally = Tally::count(requests, &members, &kinds, thresholds, spec);
        // The draws depend on the part alone, so rates of different thresholds stay comparable.
        let clustered = spec.bootstrap.rates(part as u32, tally.table(), &tally.ratios())?;
        for ((ratio, clustered), number) in tally.ratios().iter().zip(clustered).zip(0..) {
            let threshold = thresholds[number % thresholds.len()];
            rows.push(tally.row(*ratio, clustered, (threshold, kinds[number / thresholds.len()], part), spec)?);
        }
    }
    rows.sort_by_key(|row| kinds.iter().position(|kind| *kind == (row.unit, row.class)));
    Ok(rows)
}

/// Counts per request: of each kind of unit its number, then its flags at each threshold.
struct Tally {
    counts: Vec<u32>,
    kinds: usize,
    thresholds: usize,
}

impl Tally {
    fn count(
        requests: &[RequestScores],
        members: &[usize],
        kinds: &[(Unit, Class)],
        thresholds: &[f64],
        spec: &CalibrationSpec,
    ) -> Self {
        let mut counts = Vec::with_capacity(members.len() * kinds.len() * (1 + thresholds.len()));
        for &member in members {
            for &(unit, class) in kinds {
                let scores = requests[member].scores(spec.profile, unit, class);
                counts.push(scores.len() as u32);
                let above = |threshold: &f64| scores.iter().filter(|score| **score > *threshold).count() as u32;
                counts.extend(thresholds.iter().map(above));
            }
        }
        Self { counts, kinds: kinds.len(), thresholds: thresholds.len() }
    }

    fn width(&self) -> usize {
        self.kinds * (1 + self.thresholds)
    }

    fn table(&self) -> Counts<'_> {
        Counts { rows: &self.counts, width: self.width() }
    }

    /// Kind by kind, threshold by threshold.
    fn ratios(&self) -> Vec<Ratio> {
        let of_kind = |kind: usize| {
            let trials = kind * (1 + self.thresholds);
            (1..=self.thresholds).map(move |place| Ratio { events: trials + place, trials })
        };
        (0..self.kinds).flat_map(of_kind).collect()
    }

    fn column(&self, column: usize) -> impl Iterator<Item = u64> {
        self.counts.iter().skip(column).step_by(self.width()).map(|&count| u64::from(count))
    }

    fn row(
        &self,
        ratio: Ratio,
        clustered: ClusteredRate,
        (threshold, (unit, class), part): (f64, (Unit, Class), Part),
        spec: &CalibrationSpec,
    ) -> Result<RateRow, StatsError> {
        let confidence = Confidence::new(spec.bootstrap.confidence)?;
        let counts = Proportion::new(self.column(ratio.events).sum(), self.column(ratio.trials).sum())?;
        Ok(RateRow {
            threshold,
            unit,
            class,
            part,
            requests: self.column(ratio.trials).filter(|&trials| trials > 0).count() as u64,
            counts,
            wilson: counts.wilson(confidence),
            clopper_pearson: counts.clopper_pearson(confidence),
            clustered,
        })
    }
}

impl RateRow {
    /// The interval to quote: of minibatches, which are independent, the exact one; of smaller units the bootstrap's
    /// over requests. Where no unit is flagged, or all are, resampling has nothing to vary and only requests are known
    /// to be independent trials: the exact interval of as many flagged requests is wide enough for smaller units too.
    pub fn quoted(&self, confidence: f64) -> Option<Quoted> {
        let (flags, trials) = (self.counts.events(), self.counts.trials());
        let exact = || Some(Quoted { interval: self.clopper_pearson?, basis: Basis::Exact });
        if self.unit == Unit::Minibatch {
            return exact();
        }
        if flags == 0 || flags == trials {
            let requests = Proportion::new(if flags == 0 { 0 } else { self.requests }, self.requests).ok()?;
            let interval = requests.clopper_pearson(Confidence::new(confidence).ok()?)?;
            return Some(Quoted { interval, basis: Basis::ExactOnRequests });
        }
        let resampled = |interval| Quoted { interval, basis: Basis::Resampling };
        self.clustered.bca.map(resampled).or_else(exact)
    }
}

#[cfg(test)]
mod tests {
    use super::super::scores::Role;
    use super::super::scores::testing::request;
    use super::*;

    fn spec() -> CalibrationSpec {
        let mut spec = CalibrationSpec::default();
        spec.bootstrap.resamples = 500;
        spec
    }

    #[test]
    fn the_parts_are_drawn_once_and_cover_everything() {
        for (count, split) in [(0, 0.5), (1, 0.5), (10, 0.5), (101, 0.3), (10, 1.0), (10, 0.0)] {
            let spec = CalibrationSpec { split, ..spec() };
            let (choosing, reporting) = (Part::Choosing.of(count, &spec), Part::Reporting.of(count, &spec));
            assert_eq!(choosing.len(), (count as f64 * split).round() as usize);
            let mut both = [choosing, reporting].concat();
            both.sort_unstable();
            assert_eq!(both, Part::All.of(count, &spec));
        }
    }

    #[test]
    fn flags_are_counted_per_unit_and_class() {
        // Penalty (.9 + 1) / 2 / 2 + .45 = .925 in three requests of four, .25 + .3 = … below in the fourth.
        let requests: Vec<_> = [0.9, 0.9, 0.9, 0.1].map(|value| request(0, &[Role::Independent; 3], value)).into();
        let rows = rates(&requests, Part::All, &[0.5, 0.92, 0.93], &spec()).unwrap();
        let find = |unit, class, threshold| {
            rows.iter().find(|row| (row.unit, row.class, row.threshold) == (unit, class, threshold)).unwrap()
        };
        let counts = |unit, threshold| {
            let row = find(unit, Class::Independent, threshold);
            (row.counts.events(), row.counts.trials(), row.requests)
        };
        assert_eq!(counts(Unit::Pair, 0.92), (9, 12, 4));
        assert_eq!(counts(Unit::Response, 0.92), (9, 12, 4));
        assert_eq!(counts(Unit::Minibatch, 0.92), (3, 4, 4));
        assert_eq!(counts(Unit::Minibatch, 0.93), (0, 4, 4));
        let copied = find(Unit::Response, Class::Copied, 0.5);
        assert_eq!((copied.counts.trials(), copied.quoted(0.95)), (0, None));
        assert_eq!(find(Unit::Response, Class::Independent, 0.92).clustered.rate, Some(0.75));
    }

    #[test]
    fn whole_requests_are_resampled() {
        // All three responses of a request are flagged or none: the rate varies as that of requests does.
        let requests: Vec<_> =
            (0..100).map(|n| request(n, &[Role::Independent; 3], if n % 2 == 0 { 0.9 } else { 0.1 })).collect();
        let rows = rates(&requests, Part::All, &[0.9], &spec()).unwrap();
        let width = |row: &RateRow| row.clustered.percentile.map(|interval| interval.high - interval.low).unwrap();
        let of = |unit| rows.iter().find(|row| row.unit == unit && row.class == Class::Independent).unwrap();
        assert!((width(of(Unit::Response)) - width(of(Unit::Minibatch))).abs() < 1e-12);
        let naive = of(Unit::Response).wilson.map(|interval| interval.high - interval.low).unwrap();
        assert!(width(of(Unit::Response)) > 1.5 * naive, "and not as that of 300 responses");
    }
}
