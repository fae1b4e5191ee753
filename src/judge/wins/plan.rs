//! The schedule of steps: which competition, which block, which samples. Fixed before anything is measured and the
//! same for all submissions, so that a step can be repeated by anyone who knows the seed.

use super::StepPlan;
use crate::stats::Draws;

/// The purpose that names the schedule's streams of draws.
pub const PURPOSE: &[u8; 8] = b"schedule";

/// Plans `steps` steps over a pool of samples; none where there is no competition.
///
/// Step i judges competition i mod `competitions` at block `first_block` + i · `blocks_per_step`, and draws
/// min(`samples_per_step`, `pool`) different samples: the front of a Fisher–Yates shuffle of the pool by
/// [`Draws::new`]`(seed, b"schedule", i)`. That recipe is part of the output's meaning and does not change.
pub fn plan_steps(
    pool: usize,
    competitions: usize,
    steps: usize,
    samples_per_step: usize,
    seed: u64,
    first_block: u64,
    blocks_per_step: u64,
) -> Vec<StepPlan> {
    let steps = if competitions == 0 { 0 } else { steps };
    let plan = |step: usize| StepPlan {
        step,
        competition: step % competitions,
        current_block: first_block.saturating_add(blocks_per_step.saturating_mul(step as u64)),
        samples: Draws::new(seed, PURPOSE, step as u64).distinct(pool, samples_per_step),
        concludes: true,
    };
    (0..steps).map(plan).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn competitions_take_turns_and_blocks_advance() {
        let plans = plan_steps(10, 2, 5, 4, 0, 1000, 50);
        let turns: Vec<_> = plans.iter().map(|plan| (plan.step, plan.competition, plan.current_block)).collect();
        assert_eq!(turns, [(0, 0, 1000), (1, 1, 1050), (2, 0, 1100), (3, 1, 1150), (4, 0, 1200)]);
        assert!(plan_steps(10, 0, 5, 4, 0, 0, 1).is_empty());
        assert_eq!(plan_steps(1, 1, 3, 1, 0, u64::MAX, 9)[2].current_block, u64::MAX);
    }

    /// Expected values from a ChaCha8 and a shuffle written apart from this crate, after the recipe above.
    #[test]
    fn samples_follow_the_recipe() {
        let samples = plan_steps(300, 2, 4, 24, 42, 0, 0).remove(3).samples;
        let expected = [
            44, 159, 87, 187, 101, 143, 170, 234, 299, 45, 208, 166, 292, 137, 78, 127, 114, 195, 261, 111, 204, 152,
            296, 216,
        ];
        assert_eq!(samples, expected);
    }

    #[test]
    fn samples_are_distinct_and_differ_by_step_and_seed() {
        let plans = plan_steps(100, 1, 2, 60, 9, 0, 0);
        for plan in &plans {
            let mut samples = plan.samples.clone();
            samples.sort_unstable();
            samples.dedup();
            assert_eq!(samples.len(), 60);
            assert!(samples.iter().all(|&sample| sample < 100));
        }
        assert_ne!(plans[0].samples, plans[1].samples);
        assert_ne!(plans[0].samples, plan_steps(100, 1, 1, 60, 8, 0, 0)[0].samples);
    }

    #[test]
    fn a_small_pool_is_drawn_whole() {
        let mut samples = plan_steps(7, 1, 1, 400, 1, 0, 0).remove(0).samples;
        samples.sort_unstable();
        assert_eq!(samples, [0, 1, 2, 3, 4, 5, 6]);
        assert!(plan_steps(0, 1, 1, 400, 1, 0, 0)[0].samples.is_empty());
    }
}
