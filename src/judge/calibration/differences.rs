//! Two thresholds on the same units. The higher one flags a part of what the lower one does, so their difference is the
//! rate of what lies between them, and is known better than either rate. A single unit there proves that they differ;
//! how much is what the interval says.

use super::by_cluster::ByCluster;
use super::clusters::Clusters;
use super::rates::{Part, Quoted};
use super::scores::{Class, RequestScores, Unit};
use super::spec::CalibrationSpec;
use super::thresholds::ThresholdRow;
use crate::stats::{Estimate, Interval, Proportion, StatsError};

/// How a threshold differs from the one in use, on requests that neither was chosen on.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The threshold.
    pub threshold: f64,
    /// The one in use.
    pub in_use: f64,
    /// What is counted.
    pub unit: Unit,
    /// Independent units give false positives, copied ones true positives.
    pub class: Class,
    /// The requests that are counted.
    pub part: Part,
    /// Units that the lower threshold alone flags, of all.
    pub between: Proportion,
    /// The interval of their share.
    pub quoted: Option<Quoted>,
    /// Clusters that hold such a unit: problems, or requests where no problem is named.
    pub clusters: u64,
}

impl Difference {
    /// The rate at the threshold minus that at the one in use, with its interval; `None` without a unit.
    pub fn by(&self) -> Option<Estimate> {
        let signed = |share: f64| if self.threshold < self.in_use { share } else { -share };
        let interval = self.quoted.map(|quoted| {
            let (one, other) = (signed(quoted.interval.low), signed(quoted.interval.high));
            Interval { low: one.min(other), high: one.max(other) }
        });
        Some(Estimate { value: signed(self.between.rate()?), interval })
    }
}

/// Each other threshold against the one in use, every unit and class that there is. None where one of the two was chosen
/// on all requests: then there are no others to tell them apart.
///
/// # Errors
/// The bootstrap's parameters cannot be used.
pub fn differences(
    requests: &[RequestScores],
    thresholds: &[ThresholdRow],
    spec: &CalibrationSpec,
) -> Result<Vec<Difference>, StatsError> {
    let Some(used) = thresholds.iter().find(|row| row.in_use) else { return Ok(Vec::new()) };
    let clusters = Clusters::of(requests);
    let mut compared: Vec<(f64, Part)> = Vec::new();
    let mut found = Vec::new();
    for row in thresholds.iter().filter(|row| !row.in_use) {
        let (Some(threshold), Some(in_use)) = (row.threshold, used.threshold) else { continue };
        let Some(part) = unused(row.part, used.part) else { continue };
        // Two thresholds that were chosen alike are one.
        if threshold == in_use || compared.contains(&(threshold, part)) {
            continue;
        }
        compared.push((threshold, part));
        let pair = Pair { requests, clusters: &clusters, members: &part.of(&clusters, spec), threshold, in_use, part };
        for (unit, class) in Unit::ALL.into_iter().flat_map(|unit| Class::ALL.map(|class| (unit, class))) {
            found.push(pair.difference(unit, class, spec)?);
        }
    }
    found.retain(|row| row.between.trials() > 0);
    Ok(found)
}

/// The requests that neither of two thresholds was chosen on, if there are any.
fn unused(one: Option<Part>, other: Option<Part>) -> Option<Part> {
    match (one, other) {
        (Some(Part::All), _) | (_, Some(Part::All)) => None,
        (None, None) => Some(Part::All),
        _ => Some(Part::Reporting),
    }
}

/// Two thresholds and the requests to count.
struct Pair<'a> {
    requests: &'a [RequestScores],
    clusters: &'a Clusters,
    members: &'a [usize],
    threshold: f64,
    in_use: f64,
    part: Part,
}

impl Pair<'_> {
    fn difference(&self, unit: Unit, class: Class, spec: &CalibrationSpec) -> Result<Difference, StatsError> {
        let Self { threshold, in_use, part, .. } = *self;
        let (low, high) = (threshold.min(in_use), threshold.max(in_use));
        let mut tally = ByCluster::default();
        for &number in self.members {
            for score in self.requests[number].scores(spec.profile, unit, class) {
                tally.add(self.clusters.number(number), low < score && score <= high);
            }
        }
        let rate = tally.rate(spec)?;
        let clusters = rate.found.with_events;
        let (between, quoted) = (rate.found.counts, rate.quoted);
        Ok(Difference { threshold, in_use, unit, class, part, between, quoted, clusters })
    }
}

#[cfg(test)]
mod tests {
    use super::super::scores::Role;
    use super::super::scores::testing::request;
    use super::super::thresholds::thresholds;
    use super::*;

    /// Of 100 requests of three, ten lie between .85 and .95 and ten above.
    fn requests() -> Vec<RequestScores> {
        let alike = |n: usize| [0.95, 0.88, 0.2][(n % 10).min(2)];
        (0..100).map(|n| request(n, &[Role::Independent; 3], alike(n))).collect()
    }

    fn of(spec: CalibrationSpec) -> Vec<Difference> {
        let mut spec = spec;
        spec.bootstrap.resamples = 200;
        differences(&requests(), &thresholds(&requests(), &spec).unwrap(), &spec).unwrap()
    }

    #[test]
    fn what_lies_between_two_thresholds_is_their_difference() {
        let found = of(CalibrationSpec { threshold: Some(0.95), target_fpr: 0.4, ..CalibrationSpec::default() });
        let row = found.iter().find(|row| row.unit == Unit::Minibatch).unwrap();
        let between = |row: &Difference| {
            let (low, high) = (row.threshold.min(row.in_use), row.threshold.max(row.in_use));
            let spec = CalibrationSpec::default();
            let reporting = row.part.of(&Clusters::of(&requests()), &spec);
            let scores = reporting.iter().flat_map(|&n| requests()[n].scores(spec.profile, row.unit, row.class));
            scores.filter(|score| low < *score && *score <= high).count() as u64
        };
        assert!(found.iter().all(|row| row.part == Part::Reporting && row.between.events() == between(row)));
        assert!(row.in_use == 0.95 && row.between.events() > 0 && row.clusters == row.between.events(), "{row:?}");
        let (share, by) = (row.between.rate().unwrap(), row.by().unwrap());
        assert!(row.threshold < row.in_use && by.value == share && by.interval.unwrap().low > 0.0, "{row:?}");
        let turned = Difference { threshold: row.in_use, in_use: row.threshold, ..row.clone() }.by().unwrap();
        assert!(turned.value == -share && turned.interval.unwrap().high < 0.0);
    }

    #[test]
    fn a_threshold_chosen_on_all_requests_leaves_none_to_compare_on() {
        let found = of(CalibrationSpec { threshold: Some(0.95), target_fpr: 0.15, ..CalibrationSpec::default() });
        let spec = CalibrationSpec { threshold: Some(0.95), target_fpr: 0.15, ..CalibrationSpec::default() };
        let guaranteed = thresholds(&requests(), &spec).unwrap().pop().unwrap();
        assert!(guaranteed.part == Some(Part::All) && guaranteed.threshold.is_some());
        assert!(!found.is_empty() && found.iter().all(|row| Some(row.threshold) != guaranteed.threshold));
        let in_use = of(CalibrationSpec { target_fpr: 0.15, ..CalibrationSpec::default() });
        assert!(in_use.is_empty(), "{in_use:?}");
    }
}
