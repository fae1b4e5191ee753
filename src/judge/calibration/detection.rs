//! What gets past the threshold: the true-positive rate of copies, recorded or made by construction, per attack and
//! strength.

use super::by_cluster::ByCluster;
use super::clusters::Clusters;
use super::rates::Quoted;
use super::scores::{RequestScores, ResponseScore, Role};
use super::spec::CalibrationSpec;
use crate::stats::{Confidence, Interval, Proportion, Scores, StatsError, quantile};

/// How the copies that the recording marks are named among the attacks.
pub const RECORDED: &str = "recorded";

/// A copy and its penalty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CopyScore {
    /// Number of its request in the recording, from 0.
    pub request: usize,
    /// Slot of the miner that returned it.
    pub uid: u32,
    /// Its penalty among the others of its request.
    pub penalty: f64,
}

/// Copies of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Attacked {
    /// The attack as it is written on the command line, or [`RECORDED`] for the recording's own copies.
    pub attack: String,
    /// Share of the text that it changes; `None` where the attack has none.
    pub strength: Option<f64>,
    /// The copies in the order of their requests: at most one in each where they are made, any number if recorded.
    pub copies: Vec<CopyScore>,
}

impl Attacked {
    /// Penalties of the copies.
    pub fn penalties(&self) -> Vec<f64> {
        self.copies.iter().map(|copy| copy.penalty).collect()
    }
}

/// The recording's own copies, if it has any that can be flagged, before those made by construction.
pub fn with_recorded(requests: &[RequestScores], attacks: &[Attacked]) -> Vec<Attacked> {
    let of_request = |(request, scores): (usize, &RequestScores)| {
        let copies = scores.flaggable().filter(|response| response.role == Role::Copy);
        let copy =
            |response: &ResponseScore| CopyScore { request, uid: response.uid, penalty: response.penalty.total.into() };
        copies.map(copy).collect::<Vec<_>>()
    };
    let copies: Vec<CopyScore> = requests.iter().enumerate().flat_map(of_request).collect();
    let recorded = Attacked { attack: RECORDED.into(), strength: None, copies };
    let recorded = (!recorded.copies.is_empty()).then_some(recorded);
    recorded.into_iter().chain(attacks.iter().cloned()).collect()
}

/// Detection of one kind of copies at the threshold in use.
#[derive(Debug, Clone, PartialEq)]
pub struct Detection {
    /// The attack.
    pub attack: String,
    /// Share of the text that it changes.
    pub strength: Option<f64>,
    /// The threshold.
    pub threshold: f64,
    /// Flagged copies of all.
    pub counts: Proportion,
    /// Clusters that hold them: problems, or requests where no problem is named.
    pub clusters: u64,
    /// Wilson's interval, copies taken as independent.
    pub wilson: Option<Interval>,
    /// The exact interval, copies taken as independent.
    pub clopper_pearson: Option<Interval>,
    /// The interval to quote, as that of any clustered rate: the exact one where each cluster holds one copy.
    pub quoted: Option<Quoted>,
    /// Median penalty.
    pub median: Option<f64>,
}

/// Detection at `threshold` of every kind of copies.
///
/// # Errors
/// The bootstrap's parameters cannot be used.
pub fn detections(
    attacks: &[Attacked],
    clusters: &Clusters,
    threshold: f64,
    spec: &CalibrationSpec,
) -> Result<Vec<Detection>, StatsError> {
    let confidence = Confidence::new(spec.bootstrap.confidence)?;
    let detection = |attacked: &Attacked| {
        let scores = Scores::new(attacked.penalties())?;
        let counts = scores.above(threshold);
        let mut tally = ByCluster::default();
        for copy in &attacked.copies {
            tally.add(clusters.number(copy.request), copy.penalty > threshold);
        }
        let rate = tally.rate(spec)?;
        Ok(Detection {
            attack: attacked.attack.clone(),
            strength: attacked.strength,
            threshold,
            counts,
            clusters: rate.found.clusters,
            wilson: counts.wilson(confidence),
            clopper_pearson: counts.clopper_pearson(confidence),
            quoted: rate.quoted,
            median: quantile(scores.sorted(), 0.5),
        })
    };
    attacks.iter().map(detection).collect()
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;

    /// One copy in each request.
    pub fn attacked(attack: &str, strength: Option<f64>, penalties: &[f64]) -> Attacked {
        let copy = |(request, &penalty): (usize, &f64)| CopyScore { request, uid: 0, penalty };
        Attacked { attack: attack.into(), strength, copies: penalties.iter().enumerate().map(copy).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::scores::testing::request;
    use super::*;

    /// Detection among requests of which each is its own cluster.
    fn detected(attacks: &[Attacked]) -> Vec<Detection> {
        let requests: Vec<_> = (0..100).map(|n| request(n, &[Role::Independent; 2], 0.5)).collect();
        detections(attacks, &Clusters::of(&requests), 0.95, &CalibrationSpec::default()).unwrap()
    }

    fn attacked(penalties: &[f64]) -> Attacked {
        testing::attacked("words", Some(0.2), penalties)
    }

    #[test]
    fn copies_of_one_request_are_not_independent_of_each_other() {
        let roles = [Role::Original, Role::Copy, Role::Copy];
        let requests: Vec<_> = (0..20).map(|n| request(n, &roles, if n < 15 { 1.0 } else { 0.2 })).collect();
        let rows = detected(&with_recorded(&requests, &[]));
        assert_eq!((rows[0].counts.trials(), rows[0].clusters, rows[0].attack.as_str()), (40, 20, RECORDED));
        let of_twenty = Proportion::new(15, 20).unwrap().clopper_pearson(Confidence::new(0.95).unwrap()).unwrap();
        let found = rows[0].quoted.unwrap().interval;
        // Five misses count whole: gamma bounds, which are a little wider than the exact ones.
        assert!(found.low < of_twenty.low && (found.low - of_twenty.low).abs() < 0.1, "{found:?} {of_twenty:?}");
        assert!((found.high - of_twenty.high).abs() < 0.02, "{found:?} {of_twenty:?}");
        assert!(rows[0].clopper_pearson.unwrap().low > found.low, "as if they were 40");
    }

    #[test]
    fn copies_in_requests_of_one_problem_are_one_cluster() {
        let mut requests: Vec<_> = (0..100).map(|n| request(n, &[Role::Independent; 2], 0.5)).collect();
        for (number, request) in requests.iter_mut().enumerate() {
            request.problem = Some(format!("p{}", number / 5).into());
        }
        let penalties: Vec<f64> = (0..100).map(|n| if n < 50 { 1.0 } else { 0.1 }).collect();
        let attacks = [attacked(&penalties)];
        let rows = detections(&attacks, &Clusters::of(&requests), 0.95, &CalibrationSpec::default()).unwrap();
        let width = |ends: Interval| ends.high - ends.low;
        assert_eq!((rows[0].counts.trials(), rows[0].clusters), (100, 20));
        assert!(width(rows[0].quoted.unwrap().interval) > 1.8 * width(rows[0].clopper_pearson.unwrap()));
    }

    #[test]
    fn copies_above_the_threshold_are_found() {
        let attacks = [attacked(&[0.95, 0.96, 0.99, 0.2]), attacked(&[])];
        let rows = detected(&attacks);
        assert_eq!((rows[0].counts.events(), rows[0].counts.trials()), (2, 4));
        assert_eq!(rows[0].median, Some((0.95 + 0.96) / 2.0));
        let quoted = rows[0].quoted.map(|quoted| quoted.interval);
        assert_eq!((rows[0].clusters, quoted), (4, rows[0].clopper_pearson), "one copy in each request");
        assert_eq!((rows[1].counts.rate(), rows[1].wilson, rows[1].median), (None, None, None));
    }
}
