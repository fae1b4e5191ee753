//! `weighhouse import`: its settings, and how they resolve.

use std::path::PathBuf;

use clap::ValueHint;

use super::declared::Declared;
use super::error::SettingsError;
use super::groups::{self, Group};
use super::keys::{Setting, choice, names, own, setting};
use super::layers::Layers;
use super::resolving::reading;
use crate::commands::settings::ImportSettings;
use crate::imports::{ImportFormat, ModelFile};

/// What stands below the options in `--help`.
const EXAMPLES: &str = "\
Examples:
  weighhouse import step-log history.jsonl
      A validator's steps, as wandb's history or a dashboard has them; what the log says of them is held against ours.
  weighhouse import lm-eval results/*/samples_lambada_*.jsonl --submissions submissions.jsonl
      Losses of the harness; the submissions give the uid and block of each model.
  weighhouse import llama-perplexity org/one=one.txt org/two=two.txt --submissions submissions.jsonl
      What does not name its model is given as MODEL=FILE.
  weighhouse import evalstate vali-state/evalstate --submissions submissions.jsonl --out c.parquet
      All that coldint's validator has measured; the submissions give the uid of each hotkey.

Exit codes:
  0 done; 1 internal; 2 usage; 65 bad input, or one that cannot be judged; 66 missing input; 130 interrupted";

const NAMES: [&str; 5] = names(&ImportFormat::ALL);
const FROM: Setting<ImportFormat> =
    setting("from", "FORMAT", "Whose format the files have", |text| choice(text, &ImportFormat::ALL))
        .one_of(&NAMES)
        .positional();
const FILES: Setting<Vec<ModelFile>> =
    setting("files", "FILE", "Files to import, in their order; MODEL=FILE names the model of one", |text| {
        text.lines().map(own).collect()
    })
    .hint(ValueHint::AnyPath)
    .list();
const OUT: Setting<PathBuf> =
    groups::OUT.called("FILE").help("File of losses to write, *.parquet").default("losses.parquet");

/// `import` on the command line.
pub const DECLARED: Declared = Declared {
    name: "import",
    about: "Turn others' recordings of losses into one that `replay wins` judges",
    examples: EXAMPLES,
    groups: &[
        groups::arguments(&[&FROM.key, &FILES.key]),
        Group {
            heading: Some("Submissions"),
            keys: &[&groups::LACKING.key, &groups::COLUMNS.key, &groups::SKIP_BAD_ROWS.key],
        },
        Group { heading: Some("Output"), keys: &[&OUT.key] },
    ],
};

/// Resolves every setting of `import`.
///
/// # Errors
/// [`SettingsError`] for the first value that does not fit.
pub fn resolve(mut layers: Layers) -> Result<ImportSettings, SettingsError> {
    let settings = ImportSettings {
        from: layers.get(&FROM)?,
        files: layers.get(&FILES)?,
        submissions: layers.find(&groups::LACKING)?,
        reading: reading(&mut layers)?,
        out: layers.get(&OUT)?,
        format: layers.get(&groups::FORMAT)?,
        sources: Vec::new(),
    };
    if settings.out.extension().is_none_or(|extension| extension != "parquet") {
        let out = settings.out.display();
        return Err(SettingsError::Conflict(format!("--out {out} is no table; name it *.parquet")));
    }
    Ok(ImportSettings { sources: layers.into_resolved(), ..settings })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::config::ConfigFile;
    use crate::cli::testing::{assert_all_resolved, parsed};

    fn resolved(flags: &[&str]) -> Result<ImportSettings, SettingsError> {
        let file = ConfigFile::default();
        let flags = parsed("import", flags);
        resolve(Layers::new(&flags, &|_| None, &file))
    }

    #[test]
    fn every_key_of_the_command_line_is_resolved() {
        assert_all_resolved(&DECLARED, &resolved(&["lm-eval", "a"]).expect("resolves").sources);
    }

    #[test]
    fn files_may_name_their_models_and_flags_may_stand_behind_them() {
        let settings = resolved(&["lm-eval", "a.jsonl", "org/m=b.jsonl", "--out", "x.parquet"]).expect("resolves");
        let file = |model: Option<&str>, path: &str| ModelFile { model: model.map(str::to_owned), path: path.into() };
        assert_eq!(settings.files, [file(None, "a.jsonl"), file(Some("org/m"), "b.jsonl")]);
        assert_eq!(settings.from, ImportFormat::LmEval);
        let refusal = resolved(&["csv", "a"]).expect_err("refused").to_string();
        assert!(refusal.contains("for FORMAT: expected one of step-log, evalstate"), "{refusal}");
        let refusal = resolved(&["lm-eval", "a", "--out", "folder"]).expect_err("refused").to_string();
        assert!(refusal.contains("name it *.parquet"), "{refusal}");
        let refusal = resolved(&["lm-eval"]).expect_err("refused").to_string();
        assert!(refusal.contains("`files` has no value; give FILE"), "{refusal}");
    }
}
