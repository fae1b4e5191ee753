//! The clusters of a step and how often each was drawn: however many are drawn, no more is held than there are clusters.

use crate::stats::Draws;

/// A step: clusters in ascending order, which is that of their rows in memory, each with how often it was drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step(Vec<(u32, u32)>);

impl Step {
    /// So many draws of these clusters.
    pub fn drawn(draws: &mut Draws, count: usize, clusters: usize) -> Self {
        let next = (0..count).map(|_| draws.below(clusters) as u32);
        if count < clusters {
            let mut drawn: Vec<u32> = next.collect();
            drawn.sort_unstable();
            return Self::of(drawn.into_iter().map(|cluster| (cluster, 1)));
        }
        let mut times = vec![0_u32; clusters];
        next.for_each(|cluster| times[cluster as usize] += 1);
        Self::of((0..).zip(times).filter(|(_, times)| *times > 0))
    }

    /// These clusters, in ascending order, each once for each time that it was drawn.
    pub fn of_each(drawn: &[u32]) -> Self {
        Self::of(drawn.iter().map(|&cluster| (cluster, 1)))
    }

    /// The same draws of a recording, which has these clusters at its places, in ascending order.
    pub fn through(&self, recorded: &[u32]) -> Self {
        Self::of(self.0.iter().map(|&(place, times)| (recorded[place as usize], times)))
    }

    /// Counts equal neighbours together.
    fn of(clusters: impl Iterator<Item = (u32, u32)>) -> Self {
        let mut step: Vec<(u32, u32)> = Vec::new();
        for (cluster, times) in clusters {
            match step.last_mut() {
                Some((last, known)) if *last == cluster => *known += times,
                _ => step.push((cluster, times)),
            }
        }
        Self(step)
    }

    /// The clusters with how often each was drawn.
    pub fn clusters(&self) -> impl Iterator<Item = (usize, u32)> {
        self.0.iter().map(|&(cluster, times)| (cluster as usize, times))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each of so many draws by itself, in ascending order.
    fn each(count: usize, clusters: usize) -> Vec<u32> {
        let mut draws = Draws::new(5, b"a step\0\0", 0);
        let mut drawn: Vec<u32> = (0..count).map(|_| draws.below(clusters) as u32).collect();
        drawn.sort_unstable();
        drawn
    }

    #[test]
    fn a_step_holds_the_same_draws_however_many_there_are() {
        for (count, clusters) in [(3, 50), (49, 50), (50, 50), (10_000, 50), (1, 1)] {
            let step = Step::drawn(&mut Draws::new(5, b"a step\0\0", 0), count, clusters);
            let one_by_one: Vec<u32> =
                step.clusters().flat_map(|(cluster, times)| (0..times).map(move |_| cluster as u32)).collect();
            assert_eq!(one_by_one, each(count, clusters), "{count} of {clusters}");
            assert!(step.0.len() <= clusters.min(count));
            assert_eq!(step, Step::of_each(&each(count, clusters)));
        }
    }

    #[test]
    fn places_that_hold_the_same_cluster_are_counted_together() {
        assert_eq!(Step::of_each(&[0, 1, 1, 3]).through(&[2, 2, 5, 7]), Step(vec![(2, 3), (7, 1)]));
    }
}
