//! The rules of `sweep`: what they are at every combination of values, and what all points are held against.

use super::{ALPHAS, EPSILONS, MINIMUM_WEIGHTS, PRESETS, SAMPLE_MINS, SKEWS, TEMPERATURES};
use super::{MOST_POINTS, RULES, USUAL, values};
use crate::cli::error::SettingsError;
use crate::cli::keys::{Key, Optional};
use crate::cli::layers::Layers;
use crate::cli::rules::{self, ALPHA, EPSILON, MINIMUM_WEIGHT, SAMPLE_MIN, SKEW, TEMPERATURE};
use crate::cli::{grid, groups};
use crate::commands::settings::{Grid, Origin, PresetRules, ShareList, combinations};
use crate::commands::sweep::RunRules;
use crate::judge::wins::{Competition, Rules, presets};

/// A setting of which there are values to judge by.
pub(super) struct Side {
    key: &'static Key,
    values: Vec<String>,
}

impl Side {
    /// The value, where there is but one.
    fn only(&self) -> Option<(&'static Key, &str)> {
        match self.values.as_slice() {
            [only] => Some((self.key, only)),
            _ => None,
        }
    }
}

/// All that there are values of.
pub(super) struct Sides {
    /// The presets, then every rule that the user gave values; ε, where nothing would vary.
    pub sides: Vec<Side>,
    /// The values of ε that vary since nothing else does.
    pub usual: Option<&'static str>,
}

impl Sides {
    /// Reads them.
    ///
    /// # Errors
    /// [`SettingsError`] for values that do not fit.
    pub fn read(layers: &mut Layers) -> Result<Self, SettingsError> {
        let mut sides = vec![Side { key: &groups::PRESET.key, values: layers.get(&PRESETS)? }];
        let rules: [(&Key, Optional<Vec<String>>); 6] = [
            (&EPSILON.key, EPSILONS),
            (&TEMPERATURE.key, TEMPERATURES),
            (&SKEW.key, SKEWS),
            (&MINIMUM_WEIGHT.key, MINIMUM_WEIGHTS),
            (&ALPHA.key, ALPHAS),
            (&SAMPLE_MIN.key, SAMPLE_MINS),
        ];
        for (key, rule) in rules {
            sides.extend(layers.find(&rule)?.map(|values| Side { key, values }));
        }
        let usual =
            sides.iter().all(|side| side.values.len() == 1 && side.key.name != EPSILON.key.name).then_some(USUAL);
        if let Some(usual) = usual {
            sides.push(Side { key: &EPSILON.key, values: values(usual).map_err(SettingsError::Conflict)? });
        }
        Ok(Self { sides, usual })
    }

    /// The presets.
    pub fn presets(&self) -> &[String] {
        self.sides.first().map_or(&[], |side| side.values.as_slice())
    }
}

/// What rules come from beside presets and values.
pub(super) struct Ruling<'a> {
    pub run: Option<&'a RunRules>,
    pub shares: Option<&'a ShareList>,
}

impl Ruling<'_> {
    /// The rules that every point is held against: those of the run, or of the first preset, with each rule that has one
    /// value.
    ///
    /// # Errors
    /// [`SettingsError`] for rules that do not hold.
    pub fn baseline(&self, layers: &mut Layers, sides: &Sides) -> Result<PresetRules, SettingsError> {
        let first = sides.presets().first().map(|preset| (&groups::PRESET.key, preset.as_str()));
        let only = sides.sides.iter().skip(1).filter_map(Side::only);
        let supposed: Vec<(&Key, &str)> = first.into_iter().chain(only).collect();
        let baseline = layers.untold(RULES.keys, |layers| layers.supposing(&supposed, |layers| self.rules(layers)))?;
        self.record(layers, baseline.preset);
        Ok(baseline)
    }

    /// Remembers the competitions for the record of the run.
    fn record(&self, layers: &mut Layers, preset: &str) {
        match self.run_shares(layers) {
            Some((run, shares)) => shares.iter().for_each(|Competition { id, reward_share, .. }| {
                let source = Origin::Preset(run.name.clone());
                layers.record(&format!("competitions.{id}"), format!("reward {reward_share}"), source);
            }),
            None => {
                if let Some(preset) = presets::preset(preset) {
                    rules::competitions(&preset, layers);
                }
            }
        }
    }

    /// The run and its competitions, by whatever preset, where the file of settings says none.
    fn run_shares(&self, layers: &Layers) -> Option<(&RunRules, &[Competition])> {
        let run = self.run.filter(|run| !run.competitions.is_empty())?;
        layers.file().competitions.is_none().then_some((run, &run.competitions))
    }

    /// The rules at every combination of values.
    ///
    /// # Errors
    /// [`SettingsError`] for too many of them, and for rules that do not hold.
    pub fn grid(&self, layers: &mut Layers, sides: &[Side]) -> Result<Grid<PresetRules>, SettingsError> {
        let count = sides.iter().map(|side| side.values.len()).try_fold(1, usize::checked_mul);
        if count.is_none_or(|count| count > MOST_POINTS) {
            let sizes: Vec<String> = sides.iter().map(|side| side.values.len().to_string()).collect();
            let sizes = sizes.join(" x ");
            let reason =
                format!("{sizes} values make more than {MOST_POINTS} points; give fewer values or larger steps");
            return Err(SettingsError::Conflict(reason));
        }
        let varied: Vec<&'static Key> = sides.iter().map(|side| side.key).collect();
        let typed = |supposed: &[(&Key, &str)]| {
            supposed.iter().map(|(key, value)| format!("--{} {value}", key.name)).collect::<Vec<_>>().join(" ")
        };
        let points = combinations(sides.iter().map(|side| side.values.as_slice()));
        grid::at_points(layers, &varied, points, typed, |layers| self.rules(layers))
    }

    /// The rules of the layers as they are.
    fn rules(&self, layers: &mut Layers) -> Result<PresetRules, SettingsError> {
        let preset = rules::choose_preset(layers)?;
        let name = preset.name;
        if let Some(run) = self.run.filter(|run| run.preset == name) {
            layers.amend_preset(&run.values);
        }
        let rules = rules::resolve(preset, layers)?;
        let of_run = self.run_shares(layers).map(|(_, shares)| shares);
        let given = self.shares.map(|ShareList(shares)| shares.as_slice()).or(of_run);
        let competitions = given.map_or(rules.competitions, <[Competition]>::to_vec);
        Ok(PresetRules { preset: name, rules: Rules { competitions, ..rules } })
    }
}
