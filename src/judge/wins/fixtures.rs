//! Small submissions, plans and rules to test on. For tests only.

use super::{Rules, StepPlan, Submitted, presets};

/// The rules of a preset.
pub fn rules_of(preset: &str) -> Rules {
    presets::preset(preset).expect("a preset").rules
}

/// The default rules.
pub fn rules() -> Rules {
    rules_of(presets::NAMES[0])
}

pub fn submitted(uid: u32, block: impl Into<Option<u64>>, competition: usize, losses: &[f64]) -> Submitted {
    Submitted { uid, block: block.into(), competition: Some(competition), losses: Some(losses.to_vec()) }
}

pub fn skipped(uid: u32, competition: usize) -> Submitted {
    Submitted { uid, block: None, competition: Some(competition), losses: None }
}

pub fn plan(step: usize, competition: usize, current_block: u64, samples: &[usize]) -> StepPlan {
    StepPlan { step, competition, current_block, samples: samples.to_vec(), concludes: true }
}
