//! How much a rate owes to who answered: intervals over requests hold for these responders, and leaving out each of
//! them in turn tells what others might do to it.

use super::by_cluster::ByCluster;
use super::clusters::Clusters;
use super::scores::{Class, RequestScores};
use super::spec::CalibrationSpec;
use crate::stats::jackknife::{Jackknife, jackknife};
use crate::stats::{ClusterCounts, Proportion};

/// The share of flagged independent pairs, and how far requests and responders move it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Responders {
    /// Flagged pairs of all.
    pub counts: Proportion,
    /// Uids in these pairs.
    pub uids: u64,
    /// Leaving out one uid at a time, with all of its pairs; `None` of two uids, or where one is in every pair.
    pub by_uid: Option<Jackknife>,
    /// Leaving out one cluster at a time: a problem, or a request where no problem is named.
    pub by_cluster: Jackknife,
}

/// The responders' share of the error; `None` where all pairs are of one cluster.
pub fn responders(requests: &[RequestScores], threshold: f64, spec: &CalibrationSpec) -> Option<Responders> {
    let clusters = Clusters::of(requests);
    let (mut by_uid, mut by_cluster) = (ByCluster::default(), ByCluster::default());
    for (number, request) in requests.iter().enumerate() {
        for (a, b) in request.pairs_of(Class::Independent) {
            let Some(score) = request.pair_score(spec.profile, a, b) else { continue };
            by_cluster.add(clusters.number(number), score > threshold);
            [a, b].iter().for_each(|&one| by_uid.add(request.responses[one].uid as usize, score > threshold));
        }
    }
    let counts = ClusterCounts::of(by_cluster.parts()).counts;
    Some(Responders {
        counts,
        uids: by_uid.parts().count() as u64,
        by_uid: jackknife(counts, by_uid.parts()),
        by_cluster: jackknife(counts, by_cluster.parts())?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::scores::Role;
    use super::super::scores::testing::request;
    use super::*;
    use crate::similarity::Likeness;

    /// Requests of four in which the first two answers are alike.
    fn two_alike(count: usize) -> Vec<RequestScores> {
        let one = |number| {
            let mut request = request(number, &[Role::Independent; 4], 0.1);
            request.pairs[0] = Likeness { cosine: 1.0, partial_ratio: 1.0 };
            request
        };
        (0..count).map(one).collect()
    }

    #[test]
    fn what_two_responders_do_is_theirs_and_not_the_requests() {
        let found = responders(&two_alike(50), 0.95, &CalibrationSpec::default()).unwrap();
        assert_eq!((found.counts.events(), found.counts.trials(), found.uids), (50, 300, 4));
        let by_uid = found.by_uid.unwrap();
        assert_eq!((by_uid.lowest, by_uid.highest), (0.0, 1.0 / 3.0));
        // Without the first or the second 0, without another 1/3: √(3/4 · 4 · (1/6)²).
        assert!((by_uid.error - 3.0_f64.sqrt() / 6.0).abs() < 1e-12);
        assert!(found.by_cluster.error < 1e-12, "all requests are alike");
    }

    #[test]
    fn of_two_responders_none_can_be_left_out() {
        let requests: Vec<_> = (0..9).map(|n| request(n, &[Role::Independent; 2], 1.0)).collect();
        let found = responders(&requests, 0.95, &CalibrationSpec::default()).unwrap();
        assert_eq!((found.uids, found.by_uid), (2, None));
        assert_eq!(responders(&two_alike(1), 0.95, &CalibrationSpec::default()), None);
        assert_eq!(responders(&[], 0.95, &CalibrationSpec::default()), None);
    }
}
