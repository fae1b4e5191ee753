//! By which rules jobs become scores: ComputeHorde's, of six commits and of its README.

use super::class_weights::{ClassWeights, KNOWN_CLASSES};
use super::epochs::Borders;
use super::error::HordeError;
use super::hordes::Shape;

/// The names of all presets.
pub const NAMES: [&str; 7] = [
    "computehorde-2024-12",
    "computehorde-2025-01-raw",
    "computehorde-2025-01",
    "computehorde-2025-01-cycle",
    "computehorde-2025-02",
    "computehorde-2025-02-once",
    "computehorde-readme",
];

/// What a right answer of a hash job in time t is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashScore {
    /// 2·(1 − t/(2·timeout)).
    Linear,
    /// 1/t.
    Inverse,
    /// 1.
    One,
}

/// What becomes of organic jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Organic {
    /// Nothing.
    Ignored,
    /// Their points, and once more those of excused jobs, are added to the normalised scores, whatever the class.
    Raw,
    /// Their points are added to those of their class, which are normalised.
    InClass,
}

/// Which two sizes of a miner are compared for the bonus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dancing {
    /// For each job: those that passed in its class, and those online in the batch with the next lower id.
    PerJob,
    /// The batch and the one with the highest id of all others, be it a later one.
    LatestBatch,
    /// The batch and the first one of the cycle ahead.
    PreviousCycle,
    /// The first batches of the two last peak cycles.
    Peaks,
}

/// How jobs become scores.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// What the classes weigh.
    pub class_weights: ClassWeights,
    /// Classes that a manifest may name, and whose weights are read.
    pub known_classes: Vec<String>,
    /// What a hash job is worth.
    pub hash_score: HashScore,
    /// Seconds that a hash job may take; `None` for those that were recorded.
    pub hash_timeout: Option<f64>,
    /// Seconds that a language model job may take.
    pub llm_timeout: f64,
    /// Seconds that a streamed job may be worked on.
    pub streaming_timeout: f64,
    /// Whether the hash of the file of answers must be right.
    pub checks_answer_hash: bool,
    /// What becomes of organic jobs.
    pub organic: Organic,
    /// Points of an organic job.
    pub organic_score: f64,
    /// Points of an excused job.
    pub excused_score: f64,
    /// Most organic jobs of a miner and batch: a true limit where they count raw; else 0 wipes their points out and more
    /// does nothing. `None` for no limit.
    pub organic_limit: Option<u32>,
    /// Whether organic jobs that were found to be cheats do not count.
    pub skips_cheated: bool,
    /// Whether organic jobs on the trusted miner do not count.
    pub skips_trusted_miner: bool,
    /// Whether a declined job can be excused by receipts.
    pub has_excuses: bool,
    /// Stake from which a validator's receipts count; `None` for those of any validator.
    pub minimum_stake: Option<f64>,
    /// Whether two receipts of one job count as two.
    pub counts_repeated_receipts: bool,
    /// Seconds for which a receipt holds beyond its time.
    pub receipt_grace: f64,
    /// The horde score of the hash jobs.
    pub shape: Shape,
    /// Which sizes are compared for the bonus.
    pub dancing: Dancing,
    /// What a changed size multiplies the score with.
    pub bonus: f64,
    /// The greater size over the smaller one from which it is changed.
    pub ratio: f64,
    /// What too small a size between peaks multiplies the score with.
    pub penalty: f64,
    /// The share of the size at the peak below which it is too small.
    pub least_share: f64,
    /// The subnet, which shifts epochs.
    pub netuid: i64,
    /// To which epoch the block between two belongs.
    pub borders: Borders,
}

impl Rules {
    /// The rules of a preset, with the class weights that are the default in ComputeHorde's code, 99 to 1; those of
    /// production are in [`CHANGES`](super::CHANGES).
    ///
    /// Commits: 2024-12 5fed3487, 2025-01-raw 27102de1, 2025-01 ff1289f2, 2025-01-cycle a2081d6c, 2025-02 71fb3137,
    /// 2025-02-once 10bf7641. `computehorde-readme` is the last one with the README's stake of 50 000.
    pub fn preset(name: &str) -> Option<Self> {
        let rules = match name {
            "computehorde-2024-12" => Self::december(),
            "computehorde-2025-01-raw" => {
                Self { organic: Organic::Raw, has_excuses: true, llm_timeout: 60.0, ..Self::december() }
            }
            "computehorde-2025-01" => Self::january(),
            "computehorde-2025-01-cycle" => Self { dancing: Dancing::PreviousCycle, ..Self::january() },
            "computehorde-2025-02" => Self { counts_repeated_receipts: true, ..Self::february() },
            "computehorde-2025-02-once" => Self::february(),
            "computehorde-readme" => Self { minimum_stake: Some(50_000.0), ..Self::february() },
            _ => return None,
        };
        Some(rules)
    }

    fn december() -> Self {
        Self {
            class_weights: ClassWeights::of(99.0, 1.0),
            known_classes: KNOWN_CLASSES.map(str::to_owned).to_vec(),
            hash_score: HashScore::One,
            hash_timeout: Some(53.0),
            llm_timeout: 48.0,
            streaming_timeout: 30.0,
            checks_answer_hash: false,
            organic: Organic::Ignored,
            organic_score: 1.0,
            excused_score: 1.0,
            organic_limit: None,
            skips_cheated: false,
            skips_trusted_miner: false,
            has_excuses: false,
            minimum_stake: None,
            counts_repeated_receipts: false,
            receipt_grace: 2.0,
            shape: Shape { alpha: 0.0, beta: 0.0, delta: 1.0 },
            dancing: Dancing::PerJob,
            bonus: 1.3,
            ratio: 1.4,
            penalty: 0.8,
            least_share: 0.1,
            netuid: 12,
            borders: Borders::Ends,
        }
    }

    fn january() -> Self {
        Self {
            llm_timeout: 60.0,
            organic: Organic::InClass,
            has_excuses: true,
            dancing: Dancing::LatestBatch,
            borders: Borders::Begins,
            ..Self::december()
        }
    }

    fn february() -> Self {
        Self {
            llm_timeout: 150.0,
            checks_answer_hash: true,
            skips_cheated: true,
            skips_trusted_miner: true,
            minimum_stake: Some(30_000.0),
            dancing: Dancing::Peaks,
            ..Self::january()
        }
    }

    /// Whether all constants are finite numbers, and the ratio above 0.
    pub fn check(&self) -> Result<(), HordeError> {
        let fields = [
            ("hash_timeout", self.hash_timeout.unwrap_or_default()),
            ("llm_timeout", self.llm_timeout),
            ("streaming_timeout", self.streaming_timeout),
            ("organic_score", self.organic_score),
            ("excused_score", self.excused_score),
            ("minimum_stake", self.minimum_stake.unwrap_or_default()),
            ("receipt_grace", self.receipt_grace),
            ("alpha", self.shape.alpha),
            ("beta", self.shape.beta),
            ("delta", self.shape.delta),
            ("bonus", self.bonus),
            ("ratio", self.ratio),
            ("penalty", self.penalty),
            ("least_share", self.least_share),
        ];
        for (field, value) in fields {
            finite(field, value)?;
        }
        if self.ratio <= 0.0 {
            return Err(HordeError::Rules { field: "ratio".to_owned(), value: self.ratio });
        }
        for own in &self.class_weights.0 {
            finite(&format!("weight of class `{}`", own.class), own.weight)?;
        }
        Ok(())
    }
}

fn finite(field: &str, value: f64) -> Result<(), HordeError> {
    if value.is_finite() { Ok(()) } else { Err(HordeError::Rules { field: field.to_owned(), value }) }
}
