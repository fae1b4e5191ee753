//! `[competitions.ID]` of `weighhouse.toml`: who may enter, and which share of the reward is paid. The tables replace
//! the preset's competitions as a whole, in the order of the file; their shares sum to 1.

use std::path::Path;

use toml::{Table, Value};

use super::error::SettingsError;
use super::spelling::nearest;
use crate::judge::wins::Competition;

/// What may stand in one competition's table.
const KEYS: [&str; 3] = ["architectures", "max_parameters", "reward_share"];

/// Reads all competitions of a file.
///
/// # Errors
/// [`SettingsError`] for an unknown key, a value that does not fit, and shares that do not sum to 1.
pub fn read(file: &Path, table: &Table) -> Result<Vec<Competition>, SettingsError> {
    let sections = table.iter().map(|(id, value)| Section::new(file, id, value)?.competition());
    let competitions = sections.collect::<Result<Vec<_>, _>>()?;
    let total: f64 = competitions.iter().map(|competition| competition.reward_share).sum();
    if (total - 1.0).abs() > 1e-9 {
        return Err(malformed(file, format!("the reward shares of all competitions sum to {total}; make it 1")));
    }
    Ok(competitions)
}

/// The table of one competition.
struct Section<'a> {
    file: &'a Path,
    id: &'a str,
    table: &'a Table,
}

impl<'a> Section<'a> {
    fn new(file: &'a Path, id: &'a str, value: &'a Value) -> Result<Self, SettingsError> {
        match value {
            Value::Table(table) => Ok(Self { file, id, table }),
            _ => Err(malformed(file, format!("`competitions.{id}` is {value}; make it a table"))),
        }
    }

    fn competition(&self) -> Result<Competition, SettingsError> {
        self.check_keys()?;
        let share = self.read("reward_share", "expected a number from 0 to 1", fraction)?;
        let missing = || malformed(self.file, format!("`competitions.{}` needs a reward_share from 0 to 1", self.id));
        Ok(Competition {
            id: self.id.to_owned(),
            architectures: self.read("architectures", "expected a list of names", strings)?.unwrap_or_default(),
            max_parameters: self.read("max_parameters", "expected a whole number above 0", count)?,
            reward_share: share.ok_or_else(missing)?,
        })
    }

    fn check_keys(&self) -> Result<(), SettingsError> {
        let unknown = self.table.keys().find(|key| !KEYS.contains(&key.replace('-', "_").as_str()));
        unknown.map_or(Ok(()), |key| {
            let nearest = self.full(&nearest(&key.replace('-', "_"), KEYS));
            Err(SettingsError::UnknownKey { file: self.file.to_owned(), key: self.full(key), nearest })
        })
    }

    /// The value of a key, where it is given; hyphens and underscores are the same.
    fn read<T>(&self, key: &str, expected: &str, convert: fn(&Value) -> Option<T>) -> Result<Option<T>, SettingsError> {
        let found = self.table.iter().find(|(name, _)| name.replace('-', "_") == key);
        let fits = |(name, value): (&String, &Value)| {
            convert(value).ok_or_else(|| SettingsError::FileValue {
                file: self.file.to_owned(),
                key: self.full(name),
                value: value.to_string(),
                reason: expected.to_owned(),
            })
        };
        found.map(fits).transpose()
    }

    fn full(&self, key: &str) -> String {
        format!("competitions.{}.{key}", self.id)
    }
}

fn malformed(file: &Path, problem: String) -> SettingsError {
    SettingsError::Malformed { file: file.to_owned(), problem }
}

fn strings(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|name| name.as_str().map(str::to_owned)).collect()
}

fn count(value: &Value) -> Option<u64> {
    value.as_integer().and_then(|count| u64::try_from(count).ok()).filter(|&count| count > 0)
}

fn fraction(value: &Value) -> Option<f64> {
    let number = value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64))?;
    (0.0..=1.0).contains(&number).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Vec<Competition>, SettingsError> {
        read(Path::new("w.toml"), &text.parse().expect("toml"))
    }

    fn refusal(text: &str) -> String {
        parse(text).expect_err("refused").to_string()
    }

    #[test]
    fn competitions_keep_the_order_of_the_file() {
        let limits = "architectures = ['LlamaForCausalLM']\nmax-parameters = 1000";
        let text = format!("[z]\n{limits}\nreward_share = 0.75\n[a]\nreward_share = 0.25");
        let open = Competition { id: "a".into(), architectures: vec![], max_parameters: None, reward_share: 0.25 };
        let closed = Competition {
            id: "z".into(),
            architectures: vec!["LlamaForCausalLM".into()],
            max_parameters: Some(1000),
            reward_share: 0.75,
        };
        assert_eq!(parse(&text).expect("parses"), [closed, open]);
    }

    #[test]
    fn an_unknown_key_is_named_with_its_nearest() {
        let refusal = refusal("[l3]\nmax-params = 1\nreward_share = 1");
        assert!(refusal.starts_with("w.toml: unknown key `competitions.l3.max-params`; "), "{refusal}");
        assert!(refusal.ends_with("the nearest known key is `competitions.l3.max_parameters`"), "{refusal}");
    }

    #[test]
    fn values_must_fit() {
        for (line, complaint) in [
            ("architectures = 'Llama'", "`competitions.l3.architectures`: expected a list of names"),
            ("architectures = [1]", "expected a list of names"),
            ("max_parameters = 0", "expected a whole number above 0"),
            ("max_parameters = 1.5", "expected a whole number above 0"),
        ] {
            let refusal = refusal(&format!("[l3]\nreward_share = 1\n{line}"));
            assert!(refusal.contains(complaint), "{refusal}");
        }
        assert!(refusal("[l3]\nreward_share = 1.5").contains("expected a number from 0 to 1"));
        assert!(refusal("[l3]\nreward_share = nan").contains("expected a number from 0 to 1"));
    }

    #[test]
    fn shares_are_given_and_sum_to_one() {
        assert!(refusal("[l3]").contains("`competitions.l3` needs a reward_share"));
        assert!(refusal("[a]\nreward_share = 0.5\n[b]\nreward_share = 0.4").contains("sum to 0.9"));
        assert!(refusal("").contains("sum to"));
        assert!(refusal("l3 = 1").contains("make it a table"));
    }
}
