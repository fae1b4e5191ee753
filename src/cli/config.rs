//! `weighhouse.toml`: the settings a project keeps. A key is a flag without dashes; hyphens and underscores are the
//! same; paths are relative to the file; a key that nothing knows is an error, never ignored.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use clap::ValueHint;
use toml::{Table, Value};

use super::competitions;
use super::error::SettingsError;
use super::keys::Key;
use super::spelling::nearest;
use crate::judge::wins::Competition;

/// Where settings are looked for when no file is named.
const USUAL_FILE: &str = "weighhouse.toml";

/// Longest file that is read, in bytes: the parser's depth grows with what is wrong in it.
const LONGEST: usize = 64 << 10;

/// Values that stand where a path may stand and are none.
const NO_PATHS: [&str; 3] = ["-", "auto", "none"];

/// The content of a configuration file; of no file, when there is none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ConfigFile {
    /// The file.
    pub path: PathBuf,
    /// Key and value as text, in the order of the file.
    values: Vec<(String, String)>,
    /// The competitions that replace the preset's, in the order of the file.
    pub competitions: Option<Vec<Competition>>,
}

impl ConfigFile {
    /// Reads the file named, or the usual one where it is there.
    ///
    /// # Errors
    /// The file named cannot be read, or a file holds anything that is not understood.
    pub fn find(named: Option<&Path>, keys: &[&Key]) -> Result<Self, SettingsError> {
        let path = named.unwrap_or(Path::new(USUAL_FILE));
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(path, &text, keys),
            Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                let problem = "is not UTF-8; save it as UTF-8".to_owned();
                Err(SettingsError::Malformed { file: path.to_owned(), problem })
            }
            Err(source) => Err(SettingsError::Unreadable { file: path.to_owned(), source }),
        }
    }

    /// The value of a key as text.
    pub fn value(&self, key: &str) -> Option<&str> {
        self.values.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    fn parse(path: &Path, text: &str, keys: &[&Key]) -> Result<Self, SettingsError> {
        if text.len() > LONGEST {
            let problem = format!("holds {} bytes; settings take at most {LONGEST}", text.len());
            return Err(SettingsError::Malformed { file: path.to_owned(), problem });
        }
        let table: Table = text.parse().map_err(|error| not_toml(path, text, &error))?;
        let mut file = Self { path: path.to_owned(), ..Self::default() };
        for (name, value) in &table {
            match value {
                Value::Table(table) if name == "competitions" => {
                    file.competitions = Some(competitions::read(path, table)?);
                }
                _ if name == "competitions" => {
                    return Err(file.bad_value(name, value, "expected tables like [competitions.ID]"));
                }
                _ => file.add(name, value, keys)?,
            }
        }
        Ok(file)
    }

    fn add(&mut self, name: &str, value: &Value, keys: &[&Key]) -> Result<(), SettingsError> {
        let spelled = name.replace('_', "-");
        let Some(key) = keys.iter().find(|key| key.name == spelled) else {
            let known = keys.iter().map(|key| key.name).chain(["competitions"]);
            let (file, key, nearest) = (self.path.clone(), name.to_owned(), nearest(&spelled, known));
            return Err(SettingsError::UnknownKey { file, key, nearest });
        };
        if self.value(&spelled).is_some() {
            let problem = format!("`{spelled}` is given twice; hyphens and underscores are the same");
            return Err(SettingsError::Malformed { file: self.path.clone(), problem });
        }
        let text =
            scalar(value).ok_or_else(|| self.bad_value(name, value, "expected one value, no list and no table"))?;
        let text = match key.hint {
            ValueHint::FilePath | ValueHint::DirPath => self.anchored(&text),
            // A folder beside the file, else the name of a repository.
            ValueHint::AnyPath if Path::new(&self.anchored(&text)).exists() => self.anchored(&text),
            _ => text,
        };
        self.values.push((spelled, text));
        Ok(())
    }

    /// A path of this file as seen from the current folder.
    fn anchored(&self, text: &str) -> String {
        if NO_PATHS.contains(&text) {
            return text.to_owned();
        }
        let folder = self.path.parent().unwrap_or(Path::new(""));
        folder.join(text).display().to_string()
    }

    fn bad_value(&self, name: &str, value: &Value, reason: &str) -> SettingsError {
        let (file, key, value) = (self.path.clone(), name.to_owned(), value.to_string());
        SettingsError::FileValue { file, key, value, reason: reason.to_owned() }
    }
}

/// A value as the text a flag would have; `None` for a list or a table.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(_) | Value::Table(_) => None,
        other => Some(other.to_string()),
    }
}

fn not_toml(path: &Path, text: &str, error: &toml::de::Error) -> SettingsError {
    let line = error.span().map_or(1, |Range { start, .. }| 1 + text[..start].matches('\n').count());
    SettingsError::Malformed { file: path.to_owned(), problem: format!("line {line}: {}", error.message()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args;

    fn parse(text: &str) -> Result<ConfigFile, SettingsError> {
        ConfigFile::parse(Path::new("conf/weighhouse.toml"), text, &args::keys())
    }

    fn refusal(text: &str) -> String {
        parse(text).expect_err("refused").to_string()
    }

    #[test]
    fn values_are_text_under_either_spelling() {
        let file =
            parse("epsilon = 0.02\nsamples_per_step = 12\npreset = 'pretraining'\nfresh = true\ndate = 2024-07-26")
                .expect("parses");
        assert_eq!(file.value("epsilon"), Some("0.02"));
        assert_eq!(file.value("samples-per-step"), Some("12"));
        assert_eq!(file.value("preset"), Some("pretraining"));
        assert_eq!(file.value("fresh"), Some("true"));
        assert_eq!(file.value("date"), Some("2024-07-26"));
        assert_eq!(file.value("seed"), None);
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let file = parse("samples = 'a.jsonl'\nsubmissions = '-'\ntemplate = 'none'\nout = '/abs'").expect("parses");
        assert_eq!(file.value("samples"), Some("conf/a.jsonl"));
        assert_eq!(file.value("submissions"), Some("-"));
        assert_eq!(file.value("template"), Some("none"));
        assert_eq!(file.value("out"), Some("/abs"));
    }

    #[test]
    fn a_model_is_a_folder_beside_the_file_or_a_repository() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("w.toml");
        let embedder = || {
            let file = ConfigFile::parse(&path, "embedder = 'ns/name'", &args::keys()).expect("parses");
            file.value("embedder").map(PathBuf::from)
        };
        assert_eq!(embedder(), Some("ns/name".into()));
        std::fs::create_dir_all(folder.path().join("ns/name")).expect("a folder");
        assert_eq!(embedder(), Some(folder.path().join("ns/name")));
    }

    #[test]
    fn an_unknown_key_is_named_with_its_nearest() {
        assert_eq!(
            refusal("epsilonn = 1"),
            "conf/weighhouse.toml: unknown key `epsilonn`; the nearest known key is `epsilon`"
        );
        assert!(refusal("[competition.l3]").contains("`competitions`"));
        assert!(refusal("show-settings = true").contains("unknown key"));
    }

    #[test]
    fn a_key_is_given_once() {
        assert!(refusal("sample-min = 1\nsample_min = 2").contains("given twice"));
        assert!(refusal("seed = 1\nseed = 2").contains("line 2"));
    }

    #[test]
    fn lists_and_tables_are_no_values() {
        assert!(refusal("epsilon = [1]").contains("invalid value `[1]` for `epsilon`"));
        assert!(refusal("[epsilon]\nstart = 1").contains("expected one value"));
        assert!(refusal("competitions = 1").contains("expected tables"));
    }

    #[test]
    fn a_mistake_in_toml_is_placed() {
        assert!(refusal("seed = 1\n\nepsilon = = 2").starts_with("conf/weighhouse.toml: line 3: "));
    }

    #[test]
    fn what_is_too_long_for_settings_is_not_parsed() {
        let told = "conf/weighhouse.toml: holds 65537 bytes; settings take at most 65536";
        assert_eq!(refusal(&"#".repeat(65537)), told);
        assert!(parse(&"#".repeat(65536)).is_ok());
    }

    #[test]
    fn only_a_file_that_was_named_must_be_there() {
        let keys = args::keys();
        assert!(matches!(
            ConfigFile::find(Some(Path::new("no/such.toml")), &keys),
            Err(SettingsError::Unreadable { .. })
        ));
    }
}
