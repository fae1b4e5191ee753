//! Which submissions there are, and where the weights of each come from.

use crate::folder::Storage;
use crate::shape::{Family, Shape};
use crate::train::Recipe;

/// One submission: who, when, and what.
#[derive(Debug)]
pub struct Plan {
    /// The folder under `fixtures/models`.
    pub name: &'static str,
    pub uid: u32,
    pub block: u64,
    pub shape: Shape,
    pub storage: Storage,
    pub origin: Origin,
    /// Whether the record names the competition; where it does not, the architecture decides.
    pub names_competition: bool,
    /// Whether the record states the content hash.
    pub states_hash: bool,
}

/// Where weights come from. Other models are named by their folder and stand earlier in [`PLANS`].
#[derive(Debug)]
pub enum Origin {
    /// Trained from scratch.
    Trained(Recipe),
    /// The very same files.
    Copy { of: &'static str },
    /// Every weight moved at random by this share of its tensor's mean magnitude.
    Perturbed { of: &'static str, share: f64, seed: u64 },
    /// Trained on, then taken back towards the start until the validation loss is lower by just this share.
    Nudged { of: &'static str, recipe: Recipe, gain: f64 },
    /// The same weights, but one tensor is missing.
    Broken { of: &'static str, without: &'static str },
}

const SMALL_LLAMA: Shape = Shape { family: Family::Llama, hidden: 48, inner: 128, tied: true };
const WIDE_LLAMA: Shape = Shape { family: Family::Llama, hidden: 64, inner: 176, tied: false };
const SMALL_STABLE: Shape = Shape { family: Family::StableLm, hidden: 48, inner: 128, tied: true };
const WIDE_STABLE: Shape = Shape { family: Family::StableLm, hidden: 64, inner: 160, tied: false };

const BASE: Plan = Plan {
    name: "",
    uid: 0,
    block: 0,
    shape: SMALL_LLAMA,
    storage: Storage::Single,
    origin: Origin::Copy { of: "" },
    names_competition: true,
    states_hash: false,
};

/// All submissions, in the order in which they are made and recorded.
pub const PLANS: &[Plan] = &[
    Plan {
        name: "llama-first",
        uid: 12,
        block: 5_100_000,
        origin: Origin::Trained(Recipe { steps: 300, rate: 6e-3, seed: 1 }),
        ..BASE
    },
    Plan {
        name: "llama-hasty",
        uid: 27,
        block: 5_101_800,
        storage: Storage::Brain,
        origin: Origin::Trained(Recipe { steps: 80, rate: 4e-3, seed: 2 }),
        ..BASE
    },
    Plan { name: "llama-copy", uid: 34, block: 5_103_600, origin: Origin::Copy { of: "llama-first" }, ..BASE },
    Plan {
        name: "llama-perturbed",
        uid: 41,
        block: 5_105_400,
        origin: Origin::Perturbed { of: "llama-first", share: 0.02, seed: 3 },
        ..BASE
    },
    Plan {
        name: "llama-nudged",
        uid: 58,
        block: 5_107_200,
        origin: Origin::Nudged { of: "llama-first", recipe: Recipe { steps: 60, rate: 2e-3, seed: 4 }, gain: 0.005 },
        ..BASE
    },
    Plan {
        name: "llama-wide",
        uid: 63,
        block: 5_109_000,
        shape: WIDE_LLAMA,
        storage: Storage::Shards,
        origin: Origin::Trained(Recipe { steps: 400, rate: 6e-3, seed: 5 }),
        states_hash: true,
        ..BASE
    },
    Plan {
        name: "llama-broken",
        uid: 70,
        block: 5_110_800,
        storage: Storage::Brain,
        origin: Origin::Broken { of: "llama-first", without: "model.layers.1.mlp.down_proj.weight" },
        ..BASE
    },
    Plan {
        name: "stablelm-first",
        uid: 105,
        block: 5_100_900,
        shape: SMALL_STABLE,
        origin: Origin::Trained(Recipe { steps: 250, rate: 6e-3, seed: 6 }),
        ..BASE
    },
    Plan {
        name: "stablelm-hasty",
        uid: 119,
        block: 5_102_700,
        shape: SMALL_STABLE,
        storage: Storage::Brain,
        origin: Origin::Trained(Recipe { steps: 100, rate: 6e-3, seed: 7 }),
        ..BASE
    },
    Plan {
        name: "stablelm-wide",
        uid: 133,
        block: 5_108_100,
        shape: WIDE_STABLE,
        storage: Storage::Brain,
        origin: Origin::Trained(Recipe { steps: 350, rate: 6e-3, seed: 8 }),
        names_competition: false,
        ..BASE
    },
];
