//! The networks' published constants as named presets: data only. A preset's rules are always valid; whoever judges
//! another network takes one and changes fields.

use super::{Averaging, Competition, Epsilon, Matching, Rules, Weighting};

/// A network's rules and the further constants its validators measure with.
#[derive(Debug, Clone, PartialEq)]
pub struct Preset {
    /// Name as typed, one of [`NAMES`].
    pub name: &'static str,
    /// One line on whose constants these are.
    pub summary: &'static str,
    /// All that judging needs.
    pub rules: Rules,
    /// Samples that a step draws.
    pub samples_per_step: usize,
    /// Tokens that a conversation is truncated to.
    pub sequence_length: usize,
    /// Largest sum of all file sizes of a repository, in bytes; a greater one is rejected.
    pub max_repo_bytes: u64,
}

/// What one preset has of its own.
struct Constants {
    name: &'static str,
    summary: &'static str,
    epsilon: Epsilon,
    matching: Matching,
    weighting: Weighting,
    averaging: Averaging,
    alpha: f64,
    sample_min: usize,
}

/// The presets; the first is the default. Each is what its original does, shown by running that: see
/// `tests/replay/golden.rs`.
const TABLE: [Constants; 6] = [
    Constants {
        name: "finetuning-subnet",
        summary: "the finetuning subnet's validator: softmax of the win rates, moving average over steps",
        epsilon: Epsilon::Constant(0.01),
        matching: Matching::PerSample,
        weighting: Weighting::Softmax { temperature: 0.08 },
        averaging: Averaging::Overall,
        alpha: 0.9,
        sample_min: 5,
    },
    Constants {
        name: "finetuning-doc",
        summary: "the finetuning subnet's documentation: win shares added up, softmax over all 256 uids",
        epsilon: Epsilon::Constant(0.01),
        matching: Matching::PerSample,
        weighting: Weighting::RunningSoftmax { temperature: 0.08, slots: 256 },
        // Its pseudocode has no moving average; nothing reads these two.
        averaging: Averaging::Overall,
        alpha: 0.9,
        sample_min: 5,
    },
    Constants {
        name: "finetuning-successor",
        summary: "the finetuning subnet's successor (v3.1.0): one score per model, winner takes all, epsilon that falls \
                  within five days",
        epsilon: Epsilon::Linear { start: 0.05, end: 0.01, blocks: 36_000 },
        matching: Matching::PerModel,
        weighting: Weighting::WinnerTakesAll,
        averaging: Averaging::PerCompetition { minimum: 0.18 },
        alpha: 0.9,
        sample_min: 3,
    },
    Constants {
        name: "pretraining",
        summary: "the pretraining subnet (v4.5.0 to v6.0.4): one score per model after a filter, sharp softmax, epsilon \
                  that falls within two days",
        epsilon: Epsilon::Linear { start: 0.005, end: 0.0001, blocks: 14_400 },
        matching: Matching::PerContender,
        weighting: Weighting::Softmax { temperature: 0.01 },
        averaging: Averaging::PerCompetition { minimum: 0.0 },
        alpha: 0.5,
        sample_min: 5,
    },
    Constants {
        name: "pretraining-batches",
        summary: "the pretraining subnet before (v4.4.0): a match per batch, sharp softmax, epsilon that falls within \
                  seven days",
        epsilon: Epsilon::Linear { start: 0.005, end: 0.001, blocks: 50_400 },
        matching: Matching::PerBatch,
        weighting: Weighting::Softmax { temperature: 0.01 },
        averaging: Averaging::PerCompetition { minimum: 0.0 },
        alpha: 0.5,
        sample_min: 5,
    },
    Constants {
        name: "coldint",
        summary: "coldint (1.0.17): one winner per sample, win rate to the power of 1.2, epsilon that falls by half in \
                  seven days",
        epsilon: Epsilon::Exponential { start: 0.004, factor: 0.995, blocks: 361 },
        matching: Matching::OneWinner,
        weighting: Weighting::Power { skew: 1.2 },
        averaging: Averaging::OfTotals,
        alpha: 0.5,
        sample_min: 7,
    },
];

/// Names of all presets, the default first.
pub const NAMES: [&str; 6] = {
    let mut names = [""; 6];
    let mut index = 0;
    while index < names.len() {
        names[index] = TABLE[index].name;
        index += 1;
    }
    names
};

/// The preset of that name, if there is one.
pub fn preset(name: &str) -> Option<Preset> {
    TABLE.iter().find(|constants| constants.name == name).map(Preset::from)
}

/// The rules of the default preset.
impl Default for Rules {
    fn default() -> Self {
        Preset::from(&TABLE[0]).rules
    }
}

impl From<&Constants> for Preset {
    fn from(constants: &Constants) -> Self {
        Self {
            name: constants.name,
            summary: constants.summary,
            rules: Rules {
                epsilon: constants.epsilon,
                matching: constants.matching,
                weighting: constants.weighting,
                averaging: constants.averaging,
                alpha: constants.alpha,
                sample_min: constants.sample_min,
                competitions: subnet_competitions(),
            },
            samples_per_step: 400,
            sequence_length: 2048,
            max_repo_bytes: 15 << 30,
        }
    }
}

/// The finetuning subnet's two competitions, which every preset starts from.
fn subnet_competitions() -> Vec<Competition> {
    let competition = |id: &str, architecture: &str, parameters: u64, reward_share| Competition {
        id: id.to_owned(),
        architectures: vec![architecture.to_owned()],
        max_parameters: Some(parameters),
        reward_share,
    };
    vec![competition("l3", "LlamaForCausalLM", 8 << 30, 0.6), competition("s1", "StableLmForCausalLM", 2 << 30, 0.4)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_found_by_name_and_valid() {
        for name in NAMES {
            let preset = preset(name).expect("a listed name");
            assert_eq!(preset.name, name);
            assert_eq!(preset.rules.validate(), Ok(()));
        }
        assert_eq!(preset("finetuning"), None);
    }

    #[test]
    fn the_subnet_has_its_published_constants() {
        let preset = preset(NAMES[0]).expect("the default");
        assert_eq!(preset.rules.epsilon, Epsilon::Constant(0.01));
        assert_eq!(preset.rules.weighting, Weighting::Softmax { temperature: 0.08 });
        assert_eq!((preset.rules.alpha, preset.rules.sample_min), (0.9, 5));
        assert_eq!((preset.samples_per_step, preset.sequence_length), (400, 2048));
        assert_eq!(preset.max_repo_bytes, 15 * 1024 * 1024 * 1024);
        let limits: Vec<_> = preset.rules.competitions.iter().map(|competition| competition.max_parameters).collect();
        assert_eq!(limits, [Some(8 * 1024 * 1024 * 1024), Some(2 * 1024 * 1024 * 1024)]);
    }
}
