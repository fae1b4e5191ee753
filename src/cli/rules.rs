//! From a preset and what the user changed to the rules of judging. A rule that the preset does not have cannot be
//! changed: that is said, never ignored.

use super::error::SettingsError;
use super::groups::{Group, PRESET};
use super::keys::{Optional, Setting, count, own, setting, share, within};
use super::layers::Layers;
use crate::commands::settings::Origin;
use crate::judge::wins::presets::Preset;
use crate::judge::wins::{Averaging, Competition, Epsilon, Rules, Weighting};

/// The boost of the earlier submission.
pub const EPSILON: Setting<Epsilon> = setting(
    "epsilon",
    "EPSILON",
    "Boost of the earlier submission: a number, linear:START:END:BLOCKS or exponential:START:FACTOR:BLOCKS",
    own,
)
.of_preset();
/// The temperature of the softmax.
pub const TEMPERATURE: Optional<f64> =
    setting("temperature", "NUMBER", "Temperature of the softmax over win rates", |text| {
        // The softmax is computed in f32, where neither the temperature nor what is divided by it may overflow.
        within(text, f64::from(f32::MIN_POSITIVE)..=f64::from(f32::MAX), "a number from 1.2e-38 to 3.4e38")
    })
    .of_preset()
    .or("no softmax");
/// The exponent of the win rates.
pub const SKEW: Optional<f64> =
    setting("skew", "NUMBER", "Exponent of the win rates, where these are the weights", |text| {
        within(text, f64::MIN_POSITIVE..=f64::MAX, "a number above 0")
    })
    .of_preset()
    .or("no exponent");
/// The least weight that counts.
pub const MINIMUM_WEIGHT: Optional<f64> =
    setting("minimum-weight", "NUMBER", "Least average within a competition that is paid", share)
        .of_preset()
        .or("no average within a competition");
/// The weight of the old value in the moving average.
pub const ALPHA: Setting<f64> =
    setting("alpha", "NUMBER", "Weight of the old value in the moving average over steps", share).of_preset();
/// How many submissions stay.
pub const SAMPLE_MIN: Setting<usize> =
    setting("sample-min", "COUNT", "Submissions that a competition keeps for its next step", count).of_preset();

/// All that rules come from.
pub const RULES: Group = Group {
    heading: Some("Rules"),
    keys: &[&PRESET.key, &EPSILON.key, &TEMPERATURE.key, &SKEW.key, &MINIMUM_WEIGHT.key, &ALPHA.key, &SAMPLE_MIN.key],
};

/// Chooses the preset and puts its constants behind what the user says.
///
/// # Errors
/// [`SettingsError`] for a name that no preset has.
pub fn choose_preset(layers: &mut Layers) -> Result<Preset, SettingsError> {
    let preset = layers.get(&PRESET)?;
    layers.set_preset(preset.name, constants(&preset));
    Ok(preset)
}

/// The preset's rules with the user's changes.
///
/// # Errors
/// [`SettingsError`] for a value out of range, or one that the preset has no use for.
pub fn resolve(preset: Preset, layers: &mut Layers) -> Result<Rules, SettingsError> {
    Ok(Rules {
        competitions: competitions(&preset, layers),
        epsilon: layers.get(&EPSILON)?,
        matching: preset.rules.matching,
        weighting: weighting(&preset, layers)?,
        averaging: averaging(&preset, layers)?,
        alpha: layers.get(&ALPHA)?,
        sample_min: layers.get(&SAMPLE_MIN)?,
    })
}

/// The preset's constants as settings, in the grammar of their flags.
fn constants(preset: &Preset) -> Vec<(&'static str, String)> {
    let rules = &preset.rules;
    let mut constants = vec![
        (EPSILON.key.name, rules.epsilon.to_string()),
        (ALPHA.key.name, rules.alpha.to_string()),
        (SAMPLE_MIN.key.name, rules.sample_min.to_string()),
        ("samples-per-step", preset.samples_per_step.to_string()),
        ("sequence-length", preset.sequence_length.to_string()),
        ("max-repo-bytes", preset.max_repo_bytes.to_string()),
    ];
    match rules.weighting {
        Weighting::Softmax { temperature } | Weighting::RunningSoftmax { temperature, .. } => {
            constants.push((TEMPERATURE.key.name, temperature.to_string()));
        }
        Weighting::Power { skew } => constants.push((SKEW.key.name, skew.to_string())),
        Weighting::WinnerTakesAll => {}
    }
    if let Averaging::PerCompetition { minimum } = rules.averaging {
        constants.push((MINIMUM_WEIGHT.key.name, minimum.to_string()));
    }
    constants
}

fn weighting(preset: &Preset, layers: &mut Layers) -> Result<Weighting, SettingsError> {
    let (temperature, skew) = (layers.find(&TEMPERATURE)?, layers.find(&SKEW)?);
    let of = preset.rules.weighting;
    match (of, temperature, skew) {
        (Weighting::Softmax { .. }, Some(temperature), None) => Ok(Weighting::Softmax { temperature }),
        (Weighting::RunningSoftmax { slots, .. }, Some(temperature), None) => {
            Ok(Weighting::RunningSoftmax { temperature, slots })
        }
        (Weighting::Power { .. }, None, Some(skew)) => Ok(Weighting::Power { skew }),
        (Weighting::Softmax { .. } | Weighting::RunningSoftmax { .. }, _, Some(skew)) => {
            Err(senseless(preset, "skew", skew, "has a softmax"))
        }
        (_, Some(temperature), _) => Err(senseless(preset, "temperature", temperature, "has no softmax")),
        (Weighting::WinnerTakesAll, None, Some(skew)) => Err(senseless(preset, "skew", skew, "pays the winner alone")),
        (_, None, None) => Ok(of),
    }
}

fn averaging(preset: &Preset, layers: &mut Layers) -> Result<Averaging, SettingsError> {
    match (preset.rules.averaging, layers.find(&MINIMUM_WEIGHT)?) {
        (Averaging::PerCompetition { .. }, Some(minimum)) => Ok(Averaging::PerCompetition { minimum }),
        (averaging, None) => Ok(averaging),
        (_, Some(minimum)) => Err(senseless(preset, "minimum-weight", minimum, "has no average within a competition")),
    }
}

/// The error of a value that a preset has no use for.
fn senseless(preset: &Preset, key: &str, value: f64, why: &str) -> SettingsError {
    SettingsError::Conflict(format!(
        "{key} {value} has no meaning in preset {}, which {why}; leave it out",
        preset.name
    ))
}

/// The competitions of the configuration file, or the preset's.
pub fn competitions(preset: &Preset, layers: &mut Layers) -> Vec<Competition> {
    let file = layers.file();
    let (competitions, source) = match &file.competitions {
        Some(competitions) => (competitions.clone(), Origin::File(file.path.clone())),
        None => (preset.rules.competitions.clone(), Origin::Preset(preset.name.to_owned())),
    };
    for competition in &competitions {
        layers.record(&format!("competitions.{}", competition.id), describe(competition), source.clone());
    }
    competitions
}

/// A competition in one line, for example `LlamaForCausalLM, at most 8589934592 parameters, reward 0.6`.
fn describe(competition: &Competition) -> String {
    let Competition { architectures, max_parameters, reward_share, .. } = competition;
    let who = if architectures.is_empty() { "any architecture".to_owned() } else { architectures.join(" or ") };
    let limit = max_parameters.map_or(String::new(), |limit| format!(", at most {limit} parameters"));
    format!("{who}{limit}, reward {reward_share}")
}
