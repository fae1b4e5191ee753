//! The rules of `replay horde`: a preset, and a setting for each of its constants that a network would vary.

use super::error::SettingsError;
use super::groups::Group;
use super::keys::{Setting, choice, names, setting, share, within};
use super::layers::Layers;
use crate::commands::settings::Scoring;
use crate::judge::horde::{ClassWeights, Dancing, HashScore, KNOWN_CLASSES, NAMES, Organic, Rules, Shape};

const HASH_SCORES: [(&str, HashScore); 3] =
    [("linear", HashScore::Linear), ("inverse", HashScore::Inverse), ("one", HashScore::One)];
const ORGANIC: [(&str, Organic); 3] =
    [("ignored", Organic::Ignored), ("raw", Organic::Raw), ("in-class", Organic::InClass)];
const DANCING: [(&str, Dancing); 4] = [
    ("per-job", Dancing::PerJob),
    ("latest-batch", Dancing::LatestBatch),
    ("previous-cycle", Dancing::PreviousCycle),
    ("peaks", Dancing::Peaks),
];
const RECEIPTS: [(&str, Receipts); 3] = [
    ("ignored", Receipts { excuse: false, are_repeated: false }),
    ("once", Receipts { excuse: true, are_repeated: false }),
    ("each", Receipts { excuse: true, are_repeated: true }),
];

/// The text of a constant that is not there.
const NONE: &str = "none";
/// The text of a timeout that is the recorded one.
const RECORDED: &str = "recorded";

/// What receipts are good for.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Receipts {
    excuse: bool,
    are_repeated: bool,
}

/// A preset by name.
#[derive(Debug, Clone)]
struct NamedRules {
    name: String,
    rules: Rules,
}

const PRESET: Setting<NamedRules> = setting("preset", "NAME", "Rules of a network", |text| {
    let rules = Rules::preset(text).map(|rules| NamedRules { name: text.to_owned(), rules });
    rules.ok_or_else(|| format!("expected one of {}", NAMES.join(", ")))
})
.one_of(&NAMES)
.default("computehorde-2025-02-once");
const CLASS_WEIGHTS: Setting<ClassWeights> = setting(
    "class-weights",
    "WEIGHTS",
    "What the classes weigh: CLASS=WEIGHT,…, or HASH/LLM like 65/35 of the hash and the language model jobs",
    class_weights,
)
.of_preset();
const HASH_SCORE: Setting<HashScore> =
    setting("hash-score", "HOW", "What a right hash job in time t is worth: 2(1 - t/(2 timeout)), 1/t or 1", |text| {
        choice(text, &HASH_SCORES)
    })
    .one_of(&names(&HASH_SCORES))
    .of_preset();
const HASH_TIMEOUT: Setting<Option<f64>> =
    setting("hash-timeout", "SECONDS", "Time that a hash job may take, or recorded for that of each job", |text| {
        if text == RECORDED {
            Ok(None)
        } else {
            seconds(text).map(Some).map_err(|error| format!("{error}, or recorded"))
        }
    })
    .of_preset();
const LLM_TIMEOUT: Setting<f64> =
    setting("llm-timeout", "SECONDS", "Time that a language model job may take", seconds).of_preset();
const STREAMING_TIMEOUT: Setting<f64> =
    setting("streaming-timeout", "SECONDS", "Time that a streamed job may be worked on", seconds).of_preset();
const ORGANIC_JOBS: Setting<Organic> = setting(
    "organic-jobs",
    "HOW",
    "What organic jobs add: nothing, points as they are, or points of their class",
    |text| choice(text, &ORGANIC),
)
.one_of(&names(&ORGANIC))
.of_preset();
const ORGANIC_POINTS: Setting<f64> =
    setting("organic-points", "NUMBER", "Points of an organic job", points).of_preset();
const EXCUSED_POINTS: Setting<f64> =
    setting("excused-points", "NUMBER", "Points of a job that was declined with a good excuse", points).of_preset();
const ORGANIC_LIMIT: Setting<Option<u32>> = setting(
    "organic-limit",
    "COUNT",
    "Most organic jobs of a miner and batch where they count raw, else 0 wipes them out and more does nothing; or none",
    |text| {
        let count = |text| within(text, 0..=u32::MAX, "a whole number of 0 or more, or none");
        if text == NONE { Ok(None) } else { count(text).map(Some) }
    },
)
.of_preset();
const RECEIPTS_COUNT: Setting<Receipts> = setting(
    "receipts",
    "HOW",
    "Whether receipts excuse declined jobs, and whether those of one job count once or each",
    |text| choice(text, &RECEIPTS),
)
.one_of(&names(&RECEIPTS))
.of_preset();
const STAKE_MINIMUM: Setting<Option<f64>> = setting(
    "stake-minimum",
    "STAKE",
    "Stake from which a validator's receipts count, or none for those of any validator",
    |text| {
        let stake = |text| within(text, 0.0..=1e15, "a number from 0 to 1e15, or none");
        if text == NONE { Ok(None) } else { stake(text).map(Some) }
    },
)
.of_preset();
const RECEIPT_GRACE: Setting<f64> =
    setting("receipt-grace", "SECONDS", "Time for which a receipt holds beyond its own", |text| {
        within(text, 0.0..=1e9, "a number of seconds from 0 to 1e9")
    })
    .of_preset();
const HORDE_ALPHA: Setting<f64> =
    setting("horde-alpha", "NUMBER", "Exponent of the mean in the horde score", exponent).of_preset();
const HORDE_BETA: Setting<f64> =
    setting("horde-beta", "NUMBER", "Power of ten that makes the horde score steep in the number of jobs", exponent)
        .of_preset();
const CENTRAL_SIZE: Setting<f64> =
    setting("central-size", "JOBS", "Jobs at which the horde score's curve is at a half", |text| {
        within(text, 1e-6..=1e9, "a number from 1e-6 to 1e9")
    })
    .of_preset();
const DANCING_HOW: Setting<Dancing> =
    setting("dancing", "HOW", "Which two sizes of a miner are compared for the bonus", |text| choice(text, &DANCING))
        .one_of(&names(&DANCING))
        .of_preset();
const DANCING_BONUS: Setting<f64> =
    setting("dancing-bonus", "FACTOR", "What a changed size multiplies the score with; 1 for no bonus", points)
        .of_preset();
const SIZE_RATIO: Setting<f64> =
    setting("size-ratio", "RATIO", "The greater size over the smaller one from which it is changed", |text| {
        within(text, 1.0..=1e9, "a number from 1 to 1e9")
    })
    .of_preset();
const PEAK_PENALTY: Setting<f64> =
    setting("peak-penalty", "FACTOR", "What too small a size between peaks multiplies the score with", points)
        .of_preset();
const LEAST_SHARE: Setting<f64> =
    setting("least-share", "SHARE", "Share of the size at the peak below which it is too small", share).of_preset();
const NETUID: Setting<u32> = setting("netuid", "NUMBER", "The subnet, which shifts epochs", |text| {
    within(text, 0..=65_535, "a whole number from 0 to 65535")
})
.of_preset();

/// What rules come from.
pub const RULES: Group = Group {
    heading: Some("Rules"),
    keys: &[
        &PRESET.key,
        &CLASS_WEIGHTS.key,
        &HASH_SCORE.key,
        &HASH_TIMEOUT.key,
        &LLM_TIMEOUT.key,
        &STREAMING_TIMEOUT.key,
        &ORGANIC_JOBS.key,
        &ORGANIC_POINTS.key,
        &EXCUSED_POINTS.key,
        &ORGANIC_LIMIT.key,
        &RECEIPTS_COUNT.key,
        &STAKE_MINIMUM.key,
        &RECEIPT_GRACE.key,
        &HORDE_ALPHA.key,
        &HORDE_BETA.key,
        &CENTRAL_SIZE.key,
        &DANCING_HOW.key,
        &DANCING_BONUS.key,
        &SIZE_RATIO.key,
        &PEAK_PENALTY.key,
        &LEAST_SHARE.key,
        &NETUID.key,
    ],
};

fn seconds(text: &str) -> Result<f64, String> {
    within(text, 0.001..=1e9, "a number of seconds from 0.001 to 1e9")
}

fn points(text: &str) -> Result<f64, String> {
    within(text, 0.0..=1e9, "a number from 0 to 1e9")
}

fn exponent(text: &str) -> Result<f64, String> {
    within(text, -300.0..=300.0, "a number from -300 to 300")
}

/// The pairs of a list, none of which may be bad, or the weights of the two classes.
fn class_weights(text: &str) -> Result<ClassWeights, String> {
    let known = KNOWN_CLASSES.map(str::to_owned);
    let expected = || format!("expected HASH/LLM like 65/35, or CLASS=WEIGHT,… with classes of {}", known.join(", "));
    let weight = |text: &str| points(text.trim()).map_err(|_| expected());
    if let Some((hash, llm)) = text.split_once('/') {
        return Ok(ClassWeights::of(weight(hash)?, weight(llm)?));
    }
    for pair in text.split(',') {
        let (class, number) = pair.split_once('=').ok_or_else(expected)?;
        if !known.iter().any(|name| name == class) {
            return Err(expected());
        }
        weight(number)?;
    }
    Ok(ClassWeights::parse(text, &known))
}

/// The name of a choice.
fn name_of<T: Copy + PartialEq>(choices: &[(&'static str, T)], value: T) -> String {
    choices.iter().find(|(_, choice)| *choice == value).map_or("", |(name, _)| name).to_owned()
}

fn or_word(value: Option<impl ToString>, word: &str) -> String {
    value.map_or_else(|| word.to_owned(), |value| value.to_string())
}

/// The preset's constants in the grammar of their settings.
fn constants(rules: &Rules) -> Vec<(&'static str, String)> {
    let weights: Vec<String> =
        rules.class_weights.0.iter().map(|own| format!("{}={}", own.class, own.weight)).collect();
    let receipts = Receipts { excuse: rules.has_excuses, are_repeated: rules.counts_repeated_receipts };
    vec![
        (CLASS_WEIGHTS.key.name, weights.join(",")),
        (HASH_SCORE.key.name, name_of(&HASH_SCORES, rules.hash_score)),
        (HASH_TIMEOUT.key.name, or_word(rules.hash_timeout, RECORDED)),
        (LLM_TIMEOUT.key.name, rules.llm_timeout.to_string()),
        (STREAMING_TIMEOUT.key.name, rules.streaming_timeout.to_string()),
        (ORGANIC_JOBS.key.name, name_of(&ORGANIC, rules.organic)),
        (ORGANIC_POINTS.key.name, rules.organic_score.to_string()),
        (EXCUSED_POINTS.key.name, rules.excused_score.to_string()),
        (ORGANIC_LIMIT.key.name, or_word(rules.organic_limit, NONE)),
        (RECEIPTS_COUNT.key.name, name_of(&RECEIPTS, receipts)),
        (STAKE_MINIMUM.key.name, or_word(rules.minimum_stake, NONE)),
        (RECEIPT_GRACE.key.name, rules.receipt_grace.to_string()),
        (HORDE_ALPHA.key.name, rules.shape.alpha.to_string()),
        (HORDE_BETA.key.name, rules.shape.beta.to_string()),
        (CENTRAL_SIZE.key.name, (1.0 / rules.shape.delta).to_string()),
        (DANCING_HOW.key.name, name_of(&DANCING, rules.dancing)),
        (DANCING_BONUS.key.name, rules.bonus.to_string()),
        (SIZE_RATIO.key.name, rules.ratio.to_string()),
        (PEAK_PENALTY.key.name, rules.penalty.to_string()),
        (LEAST_SHARE.key.name, rules.least_share.to_string()),
        (NETUID.key.name, rules.netuid.to_string()),
    ]
}

/// The preset's rules with the user's changes.
///
/// # Errors
/// [`SettingsError`] for the first value that does not fit.
pub fn scoring(layers: &mut Layers) -> Result<Scoring, SettingsError> {
    let NamedRules { name, rules: baseline } = layers.get(&PRESET)?;
    layers.set_preset(&name, constants(&baseline));
    let receipts = |receipts: Receipts, rules: Rules| Rules {
        has_excuses: receipts.excuse,
        counts_repeated_receipts: receipts.are_repeated,
        ..rules
    };
    let rules = Rules {
        class_weights: layers.get(&CLASS_WEIGHTS)?,
        hash_score: layers.get(&HASH_SCORE)?,
        hash_timeout: layers.get(&HASH_TIMEOUT)?,
        llm_timeout: layers.get(&LLM_TIMEOUT)?,
        streaming_timeout: layers.get(&STREAMING_TIMEOUT)?,
        organic: layers.get(&ORGANIC_JOBS)?,
        organic_score: layers.get(&ORGANIC_POINTS)?,
        excused_score: layers.get(&EXCUSED_POINTS)?,
        organic_limit: layers.get(&ORGANIC_LIMIT)?,
        ..baseline.clone()
    };
    let rules = receipts(layers.get(&RECEIPTS_COUNT)?, rules);
    let rules = Rules {
        minimum_stake: layers.get(&STAKE_MINIMUM)?,
        receipt_grace: layers.get(&RECEIPT_GRACE)?,
        shape: shape(layers)?,
        dancing: layers.get(&DANCING_HOW)?,
        bonus: layers.get(&DANCING_BONUS)?,
        ratio: layers.get(&SIZE_RATIO)?,
        penalty: layers.get(&PEAK_PENALTY)?,
        least_share: layers.get(&LEAST_SHARE)?,
        netuid: i64::from(layers.get(&NETUID)?),
        ..rules
    };
    Ok(Scoring { rules, baseline })
}

fn shape(layers: &mut Layers) -> Result<Shape, SettingsError> {
    Ok(Shape {
        alpha: layers.get(&HORDE_ALPHA)?,
        beta: layers.get(&HORDE_BETA)?,
        delta: 1.0 / layers.get(&CENTRAL_SIZE)?,
    })
}
