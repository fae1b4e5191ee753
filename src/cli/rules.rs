//! From a preset and what the user changed to the rules of judging. A rule that the preset does not have cannot be
//! changed: that is said, never ignored.

use super::error::SettingsError;
use super::layers::Layers;
use crate::commands::settings::Origin;
use crate::judge::wins::presets::{self, Preset};
use crate::judge::wins::{Competition, Rules, Weighting};

/// Chooses the preset and puts its constants behind what the user says.
///
/// # Errors
/// [`SettingsError`] for a name that no preset has.
pub fn choose_preset(layers: &mut Layers) -> Result<Preset, SettingsError> {
    let PresetName(preset) = layers.required("preset")?;
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
        epsilon: layers.required("epsilon")?,
        weighting: weighting(&preset, layers)?,
        alpha: layers.number("alpha", 0.0..=1.0, "a number from 0 to 1")?,
        sample_min: layers.number("sample-min", 1.., "a whole number above 0")?,
    })
}

/// A preset as it is named on the command line.
struct PresetName(Preset);

impl std::str::FromStr for PresetName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        presets::preset(text).map(Self).ok_or_else(|| format!("expected one of {}", presets::NAMES.join(", ")))
    }
}

/// The preset's constants as settings, in the grammar of their flags.
fn constants(preset: &Preset) -> Vec<(&'static str, String)> {
    let rules = &preset.rules;
    let mut constants = vec![
        ("epsilon", rules.epsilon.to_string()),
        ("alpha", rules.alpha.to_string()),
        ("sample-min", rules.sample_min.to_string()),
        ("samples-per-step", preset.samples_per_step.to_string()),
        ("sequence-length", preset.sequence_length.to_string()),
        ("max-repo-bytes", preset.max_repo_bytes.to_string()),
    ];
    if let Weighting::Softmax { temperature } | Weighting::RunningSoftmax { temperature, .. } = rules.weighting {
        constants.push(("temperature", temperature.to_string()));
    }
    constants
}

fn weighting(preset: &Preset, layers: &mut Layers) -> Result<Weighting, SettingsError> {
    // The softmax is computed in f32, where neither the temperature nor what is divided by it may overflow.
    let range = f64::from(f32::MIN_POSITIVE)..=f64::from(f32::MAX);
    let unset = "the winner takes all";
    let given = layers.optional_number("temperature", range, "a number from 1.2e-38 to 3.4e38", unset)?;
    match (preset.rules.weighting, given) {
        (Weighting::Softmax { .. }, Some(temperature)) => Ok(Weighting::Softmax { temperature }),
        (Weighting::RunningSoftmax { slots, .. }, Some(temperature)) => {
            Ok(Weighting::RunningSoftmax { temperature, slots })
        }
        (Weighting::WinnerTakesAll { .. }, Some(temperature)) => Err(SettingsError::Conflict(format!(
            "temperature {temperature} has no meaning in preset {}, where the winner takes all; leave it out",
            preset.name
        ))),
        (weighting, None) => Ok(weighting),
    }
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
