//! Where the value of a setting comes from: flag > environment > file > preset > default. One mechanism for all
//! settings; every value is text until it is read here, and every reading is remembered with its source.

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::config::ConfigFile;
use super::error::SettingsError;
use super::keys::{Key, Optional, Setting};
use crate::commands::settings::{Origin, ResolvedSetting};

/// Looks up a variable of the environment.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// All places a value may come from, and what was read from them so far.
pub struct Layers<'a> {
    flags: &'a ArgMatches,
    environment: Environment<'a>,
    file: &'a ConfigFile,
    preset: Option<(String, Vec<(&'static str, String)>)>,
    supposed: Vec<Supposed>,
    /// Keys of which nobody has said anything, as far as is supposed.
    untold: Vec<&'static str>,
    resolved: Vec<ResolvedSetting>,
}

/// A value that is tried out; it stands before what the user says.
#[derive(Debug, Clone)]
struct Supposed {
    key: &'static str,
    text: String,
}

impl<'a> Layers<'a> {
    /// The layers of one subcommand, without a preset yet.
    pub fn new(flags: &'a ArgMatches, environment: Environment<'a>, file: &'a ConfigFile) -> Self {
        Self { flags, environment, file, preset: None, supposed: Vec::new(), untold: Vec::new(), resolved: Vec::new() }
    }

    /// From here on `values` of the preset `name` stand behind what the user says.
    pub fn set_preset(&mut self, name: &str, values: Vec<(&'static str, String)>) {
        self.preset = Some((name.to_owned(), values));
    }

    /// Puts `values` in the place of those of the preset.
    pub fn amend_preset(&mut self, values: &[(&'static str, String)]) {
        let Some((_, known)) = &mut self.preset else { return };
        known.retain(|(key, _)| values.iter().all(|(amended, _)| amended != key));
        known.extend(values.iter().cloned());
    }

    /// What `read` comes to if nobody had said anything of these keys. Nothing of it is remembered, as below.
    pub fn untold<T>(&mut self, keys: &[&'static Key], read: impl FnOnce(&mut Self) -> T) -> T {
        self.untold = keys.iter().map(|key| key.name).collect();
        let found = self.supposing(&[], read);
        self.untold.clear();
        found
    }

    /// What `read` comes to if keys have these values, whatever anybody says. Nothing of it is remembered, and the preset is
    /// afterwards what it was.
    pub fn supposing<T>(&mut self, values: &[(&Key, &str)], read: impl FnOnce(&mut Self) -> T) -> T {
        let (preset, known) = (self.preset.clone(), self.resolved.len());
        let supposed = |(key, text): &(&Key, &str)| Supposed { key: key.name, text: (*text).to_owned() };
        self.supposed = values.iter().map(supposed).collect();
        let found = read(self);
        self.supposed.clear();
        self.preset = preset;
        self.resolved.truncate(known);
        found
    }

    /// The configuration file.
    pub fn file(&self) -> &'a ConfigFile {
        self.file
    }

    /// A variable of the environment; one that is set to nothing counts as not set.
    pub fn variable(&self, name: &str) -> Option<String> {
        (self.environment)(name).filter(|text| !text.is_empty())
    }

    /// Whether anybody gave a key a value.
    pub fn is_given(&self, key: &Key) -> bool {
        self.look_up(key).is_some()
    }

    /// Where the value of a key that was read came from.
    pub fn source_of(&self, key: &Key) -> Option<&Origin> {
        self.resolved.iter().rev().find(|setting| setting.key == key.name).map(|setting| &setting.source)
    }

    /// Everything read so far, in order.
    pub fn into_resolved(self) -> Vec<ResolvedSetting> {
        self.resolved
    }

    /// Remembers a setting that was resolved elsewhere.
    pub fn record(&mut self, key: &str, value: String, source: Origin) {
        self.resolved.push(ResolvedSetting { key: key.to_owned(), value, source });
    }

    /// The value of a setting; a switch that nobody turned on is off.
    ///
    /// # Errors
    /// The value is none of its grammar, or nothing has one.
    pub fn get<T>(&mut self, setting: &Setting<T>) -> Result<T, SettingsError> {
        let (text, source) = match self.look_up(&setting.key) {
            Some(found) => found,
            None if setting.key.is_switch() => ("false".to_owned(), Origin::Default),
            None => {
                let name = setting.key.name;
                return Err(SettingsError::Conflict(format!("`{name}` has no value; give {}", setting.key.typed())));
            }
        };
        self.take(&setting.key, setting.parse, text, source)
    }

    /// The value of a setting that may have none.
    ///
    /// # Errors
    /// The value is none of its grammar.
    pub fn find<T>(&mut self, setting: &Optional<T>) -> Result<Option<T>, SettingsError> {
        self.find_or(setting, setting.unset)
    }

    /// The value of a setting that may have none; then `unset` is remembered, in parentheses.
    ///
    /// # Errors
    /// The value is none of its grammar.
    pub fn find_or<T>(&mut self, setting: &Optional<T>, unset: &str) -> Result<Option<T>, SettingsError> {
        match self.look_up(&setting.key) {
            Some((text, source)) => self.take(&setting.key, setting.parse, text, source).map(Some),
            None => {
                self.record(setting.key.name, format!("({unset})"), Origin::Default);
                Ok(None)
            }
        }
    }

    /// Reads a text that was found for a key and remembers it.
    fn take<T>(
        &mut self,
        key: &Key,
        parse: fn(&str) -> Result<T, String>,
        text: String,
        source: Origin,
    ) -> Result<T, SettingsError> {
        let value = parse(&text).map_err(|reason| refuse(key, &text, &source, reason))?;
        self.record(key.name, text.replace('\n', ", "), source);
        Ok(value)
    }

    fn look_up(&self, key: &Key) -> Option<(String, Origin)> {
        let file = || self.file.value(key.name).map(|text| (text.to_owned(), Origin::File(self.file.path.clone())));
        let supposed = self.supposed.iter().find(|supposed| supposed.key == key.name);
        let told = || {
            let typed = self.on_command_line(key, ValueSource::CommandLine).map(|text| (text, Origin::Flag));
            typed.or_else(|| self.in_environment(key)).or_else(file)
        };
        let is_told = !self.untold.contains(&key.name);
        supposed
            .map(|supposed| (supposed.text.clone(), Origin::Flag))
            .or_else(|| if is_told { told() } else { None })
            .or_else(|| self.in_preset(key))
            .or_else(|| self.on_command_line(key, ValueSource::DefaultValue).map(|text| (text, Origin::Default)))
    }

    /// What the command line says of a key, typed or declared as its default.
    fn on_command_line(&self, key: &Key, source: ValueSource) -> Option<String> {
        let texts: Vec<&str> =
            self.flags.try_get_many::<String>(key.name).ok().flatten()?.map(String::as_str).collect();
        (self.flags.value_source(key.name) == Some(source)).then(|| texts.join("\n"))
    }

    fn in_environment(&self, key: &Key) -> Option<(String, Origin)> {
        let foreign = key.variables.iter().map(|name| (*name).to_owned());
        let mut variables = std::iter::once(key.variable()).chain(foreign);
        variables.find_map(|variable| Some((self.variable(&variable)?, Origin::Environment(variable))))
    }

    fn in_preset(&self, key: &Key) -> Option<(String, Origin)> {
        let (name, values) = self.preset.as_ref()?;
        let (_, text) = values.iter().find(|(known, _)| *known == key.name)?;
        Some((text.clone(), Origin::Preset(name.clone())))
    }
}

fn refuse(key: &Key, text: &str, source: &Origin, reason: String) -> SettingsError {
    let (name, value) = (key.name, text.to_owned());
    match source {
        Origin::File(file) => SettingsError::FileValue { file: file.clone(), key: name.to_owned(), value, reason },
        Origin::Environment(variable) => SettingsError::Value { name: variable.clone(), value, reason },
        _ => SettingsError::Value { name: key.typed(), value, reason },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::testing::parsed;
    use crate::cli::{args, evaluate, groups, hub, rules};
    use crate::engine::request::DeviceRequest;
    use crate::judge::wins::Epsilon;

    /// Reads with `read` under the given flags and variables, and a file with `seed = 3` and `quiet = true`.
    fn reading<T>(
        flags: &[&str],
        variables: &[(&str, &str)],
        read: impl Fn(&mut Layers) -> Result<T, SettingsError>,
    ) -> (Result<T, SettingsError>, Vec<ResolvedSetting>) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("w.toml");
        std::fs::write(&path, "seed = 3\nquiet = true\nalpha = 7").expect("writes");
        let file = ConfigFile::find(Some(&path), &args::keys()).expect("parses");
        let flags = parsed("evaluate", flags);
        let environment =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
        let mut layers = Layers::new(&flags, &environment, &file);
        layers.set_preset("some", vec![("seed", "4".to_owned()), ("epsilon", "0.5".to_owned())]);
        let value = read(&mut layers);
        (value, layers.into_resolved())
    }

    fn seed(flags: &[&str], variables: &[(&str, &str)]) -> (u64, Origin) {
        let (value, mut resolved) = reading(flags, variables, |layers| layers.get(&groups::SEED));
        (value.expect("a seed"), resolved.remove(0).source)
    }

    #[test]
    fn the_stronger_place_wins() {
        let variable = [("WEIGHHOUSE_SEED", "2")];
        assert_eq!(seed(&["--seed", "1"], &variable), (1, Origin::Flag));
        assert_eq!(seed(&[], &variable), (2, Origin::Environment("WEIGHHOUSE_SEED".into())));
        let (value, source) = seed(&[], &[]);
        assert!(value == 3 && matches!(source, Origin::File(_)));
    }

    #[test]
    fn the_preset_stands_behind_the_file_and_before_the_default() {
        let (value, resolved) = reading(&[], &[], |layers| layers.get(&rules::EPSILON));
        assert_eq!(value.expect("a number"), Epsilon::Constant(0.5));
        assert_eq!(resolved[0].source, Origin::Preset("some".into()));
        let (value, resolved) = reading(&[], &[], |layers| layers.get(&groups::DEVICE));
        assert_eq!(value.expect("a device"), DeviceRequest::Auto);
        assert_eq!(resolved[0].source, Origin::Default);
    }

    #[test]
    fn what_is_supposed_stands_before_all_and_leaves_no_trace() {
        let flags = ["--seed", "1"];
        let (value, resolved) = reading(&flags, &[("WEIGHHOUSE_SEED", "2")], |layers| {
            let supposed = layers.supposing(&[(&groups::SEED.key, "9")], |layers| {
                layers.set_preset("other", vec![("epsilon", "0.25".to_owned())]);
                Ok((layers.get(&groups::SEED)?, layers.get(&rules::EPSILON)?))
            });
            Ok((supposed?, layers.get(&groups::SEED)?, layers.get(&rules::EPSILON)?))
        });
        let supposed = (9, Epsilon::Constant(0.25));
        assert_eq!(value.expect("values"), (supposed, 1, Epsilon::Constant(0.5)));
        let keys: Vec<&str> = resolved.iter().map(|setting| setting.key.as_str()).collect();
        assert_eq!(keys, ["seed", "epsilon"]);
        assert_eq!(resolved[1].source, Origin::Preset("some".into()));
    }

    #[test]
    fn a_flag_that_repeats_the_default_is_still_a_flag() {
        let (_, resolved) = reading(&["--device", "auto"], &[], |layers| layers.get(&groups::DEVICE));
        assert_eq!(resolved[0].source, Origin::Flag);
    }

    #[test]
    fn an_empty_variable_is_not_set() {
        let (value, _) = seed(&[], &[("WEIGHHOUSE_SEED", "")]);
        assert_eq!(value, 3);
    }

    #[test]
    fn switches_are_turned_both_ways() {
        let quiet = |flags: &[&str], variables: &[(&str, &str)]| {
            reading(flags, variables, |layers| layers.get(&groups::QUIET)).0.map_err(|error| error.to_string())
        };
        assert_eq!(quiet(&[], &[]), Ok(true), "the file says so");
        assert_eq!(quiet(&["--quiet=false"], &[("WEIGHHOUSE_QUIET", "1")]), Ok(false));
        assert_eq!(quiet(&["-q"], &[("WEIGHHOUSE_QUIET", "off")]), Ok(true));
        assert_eq!(
            quiet(&[], &[("WEIGHHOUSE_QUIET", "maybe")]),
            Err("invalid value `maybe` for WEIGHHOUSE_QUIET: expected true or false".to_owned())
        );
    }

    #[test]
    fn the_hub_s_variable_means_offline() {
        let offline = |variables: &[(&str, &str)]| {
            let (value, mut resolved) = reading(&[], variables, |layers| layers.get(&hub::OFFLINE));
            (value.expect("a switch"), resolved.remove(0).source)
        };
        assert_eq!(offline(&[]), (false, Origin::Default));
        assert_eq!(offline(&[("HF_HUB_OFFLINE", "1")]), (true, Origin::Environment("HF_HUB_OFFLINE".into())));
        let both = [("HF_HUB_OFFLINE", "1"), ("WEIGHHOUSE_OFFLINE", "0")];
        assert_eq!(offline(&both), (false, Origin::Environment("WEIGHHOUSE_OFFLINE".into())));
    }

    #[test]
    fn a_bad_value_is_told_with_its_place() {
        let alpha = |flags: &[&str]| {
            let (value, _) = reading(flags, &[], |layers| layers.get(&rules::ALPHA));
            value.expect_err("refused").to_string()
        };
        assert_eq!(alpha(&["--alpha", "nan"]), "invalid value `nan` for --alpha: expected a number from 0 to 1");
        assert!(alpha(&[]).ends_with("w.toml: invalid value `7` for `alpha`: expected a number from 0 to 1"));
    }

    #[test]
    fn what_nobody_gave_is_remembered_in_words() {
        let (value, resolved) = reading(&[], &[], |layers| layers.find(&evaluate::STEPS));
        assert_eq!(value.expect("no error"), None);
        assert_eq!((resolved[0].value.as_str(), &resolved[0].source), ("(one per competition)", &Origin::Default));
    }
}
