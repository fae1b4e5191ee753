//! What `replay rewards` needs to know.

use std::path::PathBuf;
use std::str::FromStr;

use super::grid::{Grid, MOST_POINTS, listed};
use super::{EmbeddingSettings, Format, ResolvedSetting, Settings};
use crate::judge::rewards::{RewardsSpec, Rules};
use crate::records;
use crate::similarity::Profile;
use crate::similarity::attacks::Attack;

/// All that `replay rewards` needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplayRewardsSettings {
    /// The recorded responses, in any format.
    pub recording: records::Source,
    /// How records are read.
    pub reading: records::ReadOptions,
    /// How penalties are computed anew; `None` where they are taken as recorded.
    pub recompute: Option<Recompute>,
    /// What is judged by what.
    pub spec: RewardsSpec,
    /// What other values of one rule would change.
    pub grid: Option<Grid<Rules>>,
    /// What validators may ask of miners.
    pub rates: RateInput,
    /// Whether the tiny embedder of the fixtures would compare texts that are the user's.
    pub is_sample_embedder: bool,
    /// Seed of all that is drawn at random.
    pub seed: u64,
    /// Folder that the run is written to.
    pub out: PathBuf,
    /// Form of the table on stdout.
    pub format: Format,
    /// Every setting as text with its source, in the order they were resolved.
    pub sources: Vec<ResolvedSetting>,
}

impl Settings for ReplayRewardsSettings {
    fn sources(&self) -> &[ResolvedSetting] {
        &self.sources
    }

    fn format(&self) -> Format {
        self.format
    }

    fn kept(&self) -> String {
        match &self.recompute {
            Some(Recompute { embedding, .. }) => {
                format!(
                    "what was embedded is kept in {}; the same command continues from there",
                    embedding.store.display()
                )
            }
            None => format!("what was written before is kept in {}; the same command begins again", self.out.display()),
        }
    }
}

/// How penalties are computed anew.
#[derive(Debug, Clone, PartialEq)]
pub struct Recompute {
    /// How texts are embedded.
    pub embedding: EmbeddingSettings,
    /// How likeness becomes a penalty.
    pub profile: Profile,
    /// Miners that are made to copy.
    pub copying: Option<Copying>,
}

/// Miners that are made to copy.
#[derive(Debug, Clone, PartialEq)]
pub struct Copying {
    /// How a copy is edited.
    pub attack: Attack,
    /// As it was asked for.
    pub name: String,
    /// How many miners copy.
    pub copiers: usize,
}

/// What rates are computed from and held against.
#[derive(Debug, Clone, PartialEq)]
pub struct RateInput {
    /// The stakes of the validators, in any format; `None` where no rates are asked for.
    pub stakes: Option<records::Source>,
    /// The validator to look at; `None` for all.
    pub validator: Option<u32>,
    /// The least stake that counts.
    pub least_stake: f64,
    /// The rate limits that the validator recorded.
    pub recorded: Option<records::Source>,
}

/// Thresholds, as `A,B,C` or `START:END:STEP`.
#[derive(Debug, Clone, PartialEq)]
pub struct ThresholdList(pub Vec<f64>);

impl FromStr for ThresholdList {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |value: &String| value.parse().ok().filter(|number| (0.0..=1.0).contains(number));
        let numbers = listed(text, MOST_POINTS)?.iter().map(number).collect::<Option<_>>();
        numbers.map(Self).ok_or_else(|| "expected numbers from 0 to 1, as 0.9,0.95 or START:END:STEP".to_owned())
    }
}
