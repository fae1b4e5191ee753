//! The constants of utility, and of what it becomes, under each preset.

use super::error::UtilityError;

/// Presets by name. `masa-volume` is commit e9b6968, `masa-volume-c0d6955` the other era.
pub const NAMES: [&str; 5] = ["issue", "masa-missing-fields", "masa-difference", "masa-volume", "masa-volume-c0d6955"];

/// No weight or penalty is larger: what they are multiplied with stays finite.
const LARGEST: f64 = 1e6;

/// How many seconds become a term of utility.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimeTerm {
    /// 1 / seconds: without bound.
    Inverse,
    /// 1 − seconds / timeout.
    Timeout,
    /// The fewest seconds of the request / seconds.
    Fastest,
    /// 1 / (1 + seconds).
    Logistic,
    /// The share of the request's other answers in time that were not faster; 1 for one that is alone.
    Rank,
}

impl TimeTerm {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Inverse, Self::Timeout, Self::Fastest, Self::Logistic, Self::Rank];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inverse => "inverse",
            Self::Timeout => "timeout",
            Self::Fastest => "fastest",
            Self::Logistic => "logistic",
            Self::Rank => "rank",
        }
    }
}

/// How faults of a list's items add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Items {
    /// Over all items, as the original does.
    Sum,
    /// Each item has a score of its own, and their mean counts; an empty list has none and is taken as a sum.
    Mean,
}

/// What becomes of an answer that should earn nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nothing {
    /// What its faults make of it, as in the original.
    AsFaulty,
    /// Its valid fields are 0.
    Zero,
}

/// What a timeout or an error does to the moving average.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unanswered {
    /// Nothing: the score stays.
    Unchanged,
    /// It is a reward of 0.
    Zero,
}

/// What the rewards are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Utility, 0 after the timeout.
    Utility,
    /// The score by missing fields, however late.
    MissingFields,
    /// The score by differences from the truth, however late.
    Difference,
    /// The volume.
    Volume(VolumeEra),
}

/// Which uids' volumes are scored; named by commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VolumeEra {
    /// Those of the table alone, though mean and deviation are those of all. One of the table alone has 1.
    E9b6968,
    /// All.
    C0d6955,
}

/// Whose scores a round changes; named by commits. They differ by rounding alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Averaging {
    /// Those with a reward.
    E9b6968,
    /// All: who has no reward is averaged with the own score.
    Dd11191,
}

/// The weights of utility, each 0 or more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// Of the valid fields: w1.
    pub fields: f64,
    /// Of the time: w2.
    pub time: f64,
    /// Of the size: w3.
    pub size: f64,
}

impl Weights {
    /// Utility of an answer in time.
    pub fn utility(self, valid_fields: f64, time: f64, size: f64) -> f64 {
        self.fields * valid_fields + self.time * time + self.size * size
    }

    /// Checks that they can be used.
    ///
    /// # Errors
    /// One that is no number from 0 to 1e6.
    pub fn check(self) -> Result<(), UtilityError> {
        let named = [("the weight of fields", self.fields), ("the weight of time", self.time)];
        named
            .into_iter()
            .chain([("the weight of the size", self.size)])
            .try_for_each(|(name, value)| constant(name, value, 0.0..=LARGEST, "a number from 0 to 1e6"))
    }
}

/// The penalty of a kind of faults.
#[derive(Debug, Clone, PartialEq)]
pub struct KindPenalty {
    /// Its name.
    pub kind: Box<str>,
    /// What one costs.
    pub penalty: f64,
}

/// Constants of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// What the rewards are.
    pub source: Source,
    /// The weights of utility.
    pub weights: Weights,
    /// The time term of utility.
    pub time: TimeTerm,
    /// How faults of items add up.
    pub items: Items,
    /// What a fault costs.
    pub penalty: f64,
    /// What faults of other costs cost.
    pub penalties: Vec<KindPenalty>,
    /// What a null costs, whatever its kind; nothing where it costs what its kind does.
    pub null_penalty: Option<f64>,
    /// What becomes of broken answers.
    pub broken: Nothing,
    /// What becomes of empty answers.
    pub empty: Nothing,
    /// What timeouts and errors do to the moving average.
    pub unanswered: Unanswered,
    /// Seconds that a response might take where none are recorded.
    pub timeout: f64,
    /// Share of a round in the moving average.
    pub alpha: f64,
    /// Whose scores a round changes.
    pub averaging: Averaging,
    /// Buckets of volume that count.
    pub window: usize,
    /// Uids of the network's table, those from this number on being none of it; nothing where all are.
    pub table: Option<u32>,
}

impl Rules {
    /// The rules of a preset.
    pub fn preset(name: &str) -> Option<Self> {
        let source = match name {
            "issue" => Source::Utility,
            "masa-missing-fields" => Source::MissingFields,
            "masa-difference" => Source::Difference,
            "masa-volume" => Source::Volume(VolumeEra::E9b6968),
            "masa-volume-c0d6955" => Source::Volume(VolumeEra::C0d6955),
            _ => return None,
        };
        Some(Self {
            source,
            weights: Weights { fields: 0.2, time: 0.8, size: 0.0 },
            time: TimeTerm::Inverse,
            items: Items::Sum,
            penalty: 0.1,
            penalties: Vec::new(),
            null_penalty: None,
            broken: Nothing::AsFaulty,
            empty: Nothing::AsFaulty,
            unanswered: Unanswered::Unchanged,
            timeout: 10.0,
            alpha: 0.1,
            averaging: Averaging::E9b6968,
            window: 6,
            table: None,
        })
    }

    /// Checks that they can be used.
    ///
    /// # Errors
    /// The first constant that is out of range.
    pub fn check(&self) -> Result<(), UtilityError> {
        self.weights.check()?;
        let penalties = self.penalties.iter().map(|one| one.penalty);
        for penalty in penalties.chain([self.penalty]).chain(self.null_penalty) {
            constant("a penalty", penalty, 0.0..=LARGEST, "a number from 0 to 1e6")?;
        }
        constant("alpha", self.alpha, 0.0..=1.0, "a share from 0 to 1")?;
        constant("the timeout", self.timeout, f64::MIN_POSITIVE..=1e100, "seconds above 0")?;
        constant("the window", self.window as f64, 1.0..=1e6, "a number of buckets from 1 to 1000000")
    }
}

/// Refuses a constant out of its range, NaN included.
pub(super) fn constant(
    name: &'static str,
    value: f64,
    range: std::ops::RangeInclusive<f64>,
    words: &'static str,
) -> Result<(), UtilityError> {
    if range.contains(&value) { Ok(()) } else { Err(UtilityError::Constant { name, value, range: words }) }
}
