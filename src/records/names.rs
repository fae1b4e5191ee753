//! What the columns of a file are called. A record's columns have names of their own; a user whose file calls them
//! otherwise says so once, and everything that is said of a column afterwards uses the file's name.

use super::column::Column;

/// Columns that a file calls otherwise: `prompt=question,response=answer`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnNames(Vec<Renamed>);

/// One column under two names.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Renamed {
    record: String,
    file: String,
}

impl ColumnNames {
    /// Reads a list of `COLUMN=NAME`; `known` are the columns that there are, by kind of record.
    ///
    /// # Errors
    /// What was expected, in words: a pair that is none, a column that is not known, a name that is given twice.
    pub fn parse(text: &str, known: &[&[Column]]) -> Result<Self, String> {
        let mut renamed: Vec<Renamed> = Vec::new();
        for pair in text.split(',') {
            let (record, file) = pair.split_once('=').unwrap_or_default();
            let (record, file) = (record.trim().to_owned(), file.trim().to_owned());
            if record.is_empty() || file.is_empty() {
                return Err("expected COLUMN=NAME, for example prompt=question,response=answer".to_owned());
            }
            if !known.iter().copied().flatten().any(|column| column.name == record) {
                let mut names: Vec<&str> = known.iter().copied().flatten().map(|column| column.name).collect();
                names.sort_unstable();
                names.dedup();
                return Err(format!("there is no column `{record}`; expected one of {}", names.join(", ")));
            }
            if renamed.iter().any(|other| other.record == record || other.file == file) {
                return Err(format!("{record}={file} says something twice; give each column one name of its own"));
            }
            renamed.push(Renamed { record, file });
        }
        Ok(Self(renamed))
    }

    /// What the file calls `column`; `None` where its own name stands for another one.
    pub(super) fn in_file<'a>(&'a self, column: &'a str) -> Option<&'a str> {
        match self.0.iter().find(|renamed| renamed.record == column) {
            Some(renamed) => Some(&renamed.file),
            None => self.0.iter().all(|renamed| renamed.file != column).then_some(column),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::column::Typed;
    use super::*;

    const KNOWN: &[&[Column]] = &[
        &[Typed::<String>::new("prompt", "", "").column(), Typed::<String>::new("response", "", "").column()],
        &[Typed::<u32>::new("uid", "", "").column()],
    ];

    #[test]
    fn a_column_has_one_name() {
        let names = ColumnNames::parse(" prompt = response, uid=miner ", KNOWN).unwrap();
        assert_eq!(
            ["prompt", "response", "uid"].map(|name| names.in_file(name)),
            [Some("response"), None, Some("miner")]
        );
        let swapped = ColumnNames::parse("prompt=response,response=prompt", KNOWN).unwrap();
        assert_eq!(swapped.in_file("response"), Some("prompt"));
        assert_eq!(ColumnNames::default().in_file("prompt"), Some("prompt"));
    }

    #[test]
    fn what_is_no_renaming_is_refused() {
        let refusal = |text| ColumnNames::parse(text, KNOWN).unwrap_err();
        for text in ["", "prompt", "prompt=", "=question", "prompt=a,"] {
            assert!(refusal(text).starts_with("expected COLUMN=NAME"), "{text}");
        }
        assert_eq!(refusal("promt=a"), "there is no column `promt`; expected one of prompt, response, uid");
        assert!(refusal("prompt=a,prompt=b").contains("twice") && refusal("prompt=a,response=a").contains("twice"));
    }
}
