//! The schedule of steps: which competition, which block, which samples. Fixed before anything is measured and the
//! same for all submissions, so that a step can be repeated by anyone who knows the seed.

use super::StepPlan;
use crate::stats::Draws;

/// The purpose that names the schedule's streams of draws.
pub const PURPOSE: &[u8; 8] = b"schedule";

/// What decides a run's steps, whatever is measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Schedule {
    /// Samples that there are.
    pub pool: usize,
    /// Competitions that take turns.
    pub competitions: usize,
    /// Number of steps.
    pub steps: usize,
    /// Samples that a step draws, or all where there are fewer.
    pub samples_per_step: usize,
    /// Seed of the draws.
    pub seed: u64,
    /// The chain's block at the first step.
    pub first_block: u64,
    /// Blocks that pass from one step to the next.
    pub blocks_per_step: u64,
}

impl Schedule {
    /// The steps; none where there is no competition.
    ///
    /// Step i judges competition i mod `competitions` at block `first_block` + i · `blocks_per_step`, and draws
    /// min(`samples_per_step`, `pool`) different samples: the front of a Fisher–Yates shuffle of the pool by
    /// [`Draws::new`]`(seed, b"schedule", i)`. That recipe is part of the output's meaning and does not change.
    pub fn plan(&self) -> Vec<StepPlan> {
        let steps = if self.competitions == 0 { 0 } else { self.steps };
        let plan = |step: usize| StepPlan {
            step,
            competition: step % self.competitions,
            current_block: self.first_block.saturating_add(self.blocks_per_step.saturating_mul(step as u64)),
            samples: Draws::new(self.seed, PURPOSE, step as u64).distinct(self.pool, self.samples_per_step),
            concludes: true,
        };
        (0..steps).map(plan).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn competitions_take_turns_and_blocks_advance() {
        let plans = Schedule {
            pool: 10,
            competitions: 2,
            steps: 5,
            samples_per_step: 4,
            first_block: 1000,
            blocks_per_step: 50,
            ..Schedule::default()
        }
        .plan();
        let turns: Vec<_> = plans.iter().map(|plan| (plan.step, plan.competition, plan.current_block)).collect();
        assert_eq!(turns, [(0, 0, 1000), (1, 1, 1050), (2, 0, 1100), (3, 1, 1150), (4, 0, 1200)]);
        assert!(
            Schedule {
                pool: 10,
                competitions: 0,
                steps: 5,
                samples_per_step: 4,
                blocks_per_step: 1,
                ..Schedule::default()
            }
            .plan()
            .is_empty()
        );
        assert_eq!(
            Schedule {
                pool: 1,
                competitions: 1,
                steps: 3,
                samples_per_step: 1,
                first_block: u64::MAX,
                blocks_per_step: 9,
                ..Schedule::default()
            }
            .plan()[2]
                .current_block,
            u64::MAX
        );
    }

    /// Expected values from a ChaCha8 and a shuffle written apart from this crate, after the recipe above.
    #[test]
    fn samples_follow_the_recipe() {
        let samples =
            Schedule { pool: 300, competitions: 2, steps: 4, samples_per_step: 24, seed: 42, ..Schedule::default() }
                .plan()
                .remove(3)
                .samples;
        let expected = [
            44, 159, 87, 187, 101, 143, 170, 234, 299, 45, 208, 166, 292, 137, 78, 127, 114, 195, 261, 111, 204, 152,
            296, 216,
        ];
        assert_eq!(samples, expected);
    }

    #[test]
    fn samples_are_distinct_and_differ_by_step_and_seed() {
        let plans =
            Schedule { pool: 100, competitions: 1, steps: 2, samples_per_step: 60, seed: 9, ..Schedule::default() }
                .plan();
        for plan in &plans {
            let mut samples = plan.samples.clone();
            samples.sort_unstable();
            samples.dedup();
            assert_eq!(samples.len(), 60);
            assert!(samples.iter().all(|&sample| sample < 100));
        }
        assert_ne!(plans[0].samples, plans[1].samples);
        assert_ne!(
            plans[0].samples,
            Schedule { pool: 100, competitions: 1, steps: 1, samples_per_step: 60, seed: 8, ..Schedule::default() }
                .plan()[0]
                .samples
        );
    }

    #[test]
    fn a_small_pool_is_drawn_whole() {
        let mut samples =
            Schedule { pool: 7, competitions: 1, steps: 1, samples_per_step: 400, seed: 1, ..Schedule::default() }
                .plan()
                .remove(0)
                .samples;
        samples.sort_unstable();
        assert_eq!(samples, [0, 1, 2, 3, 4, 5, 6]);
        assert!(
            Schedule { pool: 0, competitions: 1, steps: 1, samples_per_step: 400, seed: 1, ..Schedule::default() }
                .plan()[0]
                .samples
                .is_empty()
        );
    }
}
