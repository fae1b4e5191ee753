//! Where cases are, and what they say.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::engine::batch::Sequence;

/// The file that makes a folder a case.
const EXPECTED: &str = "expected.json";

/// What a case says of its texts.
#[derive(Deserialize)]
pub struct Expected {
    input_ids: Vec<Vec<u32>>,
    /// Of each text, of every token but the first.
    nll: Vec<Vec<f64>>,
    /// By how much transformers' own losses of tokens are off in bf16: root mean square, in nats.
    #[serde(default)]
    pub bf16_scatter: Option<f64>,
}

/// A text and −ln p of its targets.
pub type Text<'a> = (Sequence<'a>, &'a [f64]);

impl Expected {
    /// Every text, scored from its second token on.
    pub fn texts(&self) -> Vec<Text<'_>> {
        let texts = self.input_ids.iter().zip(&self.nll);
        texts.map(|(ids, nll)| (Sequence { ids, scored_from: 0 }, nll.as_slice())).collect()
    }

    /// Texts that begin like the longest one, of different lengths and scored behind `prompt` tokens; none where it is
    /// too short.
    pub fn alike(&self, prompt: usize) -> Vec<Text<'_>> {
        let longest = self.texts().into_iter().max_by_key(|(sequence, _)| sequence.ids.len());
        let Some((Sequence { ids, .. }, nll)) = longest.filter(|(sequence, _)| sequence.ids.len() > prompt + 1) else {
            return Vec::new();
        };
        let cut = |length: usize| (Sequence { ids: &ids[..length], scored_from: prompt }, &nll[prompt - 1..length - 1]);
        [ids.len(), ids.len() - 1, ids.len(), prompt + 1].map(cut).into()
    }
}

/// Folders with a case: the folder itself, those in it and those in these, in the order of their paths; and why others
/// cannot be looked into.
pub fn cases_below(folder: &Path) -> (Vec<PathBuf>, Vec<String>) {
    let mut unread = Vec::new();
    let mut inside = |folders: &[PathBuf]| -> Vec<PathBuf> {
        let mut found = Vec::new();
        for folder in folders {
            match std::fs::read_dir(folder).and_then(Iterator::collect::<std::io::Result<Vec<_>>>) {
                Ok(entries) => found.extend(entries.into_iter().map(|entry| entry.path()).filter(|path| path.is_dir())),
                Err(error) => unread.push(format!("{}: {error}", folder.display())),
            }
        }
        found
    };
    let roots = vec![folder.to_owned()];
    let children = inside(&roots);
    let grandchildren = inside(&children);
    let all = roots.into_iter().chain(children).chain(grandchildren);
    let mut cases: Vec<PathBuf> = all.filter(|folder| folder.join(EXPECTED).is_file()).collect();
    cases.sort();
    (cases, unread)
}

/// What the case in `folder` says, or why that cannot be read.
pub fn read(folder: &Path) -> Result<Expected, String> {
    let path = folder.join(EXPECTED);
    let refuse = |problem: String| format!("{}: {problem}", path.display());
    let text = std::fs::read(&path).map_err(|error| refuse(error.to_string()))?;
    let expected: Expected = serde_json::from_slice(&text).map_err(|error| refuse(error.to_string()))?;
    let fits = |(ids, nll): (&Vec<u32>, &Vec<f64>)| ids.len() == nll.len() + 1 && !nll.is_empty();
    let is_whole = expected.input_ids.len() == expected.nll.len() && !expected.nll.is_empty();
    if !is_whole || !expected.input_ids.iter().zip(&expected.nll).all(fits) {
        return Err(refuse("`nll` must have one number for each token of each text but its first".into()));
    }
    match expected.bf16_scatter.is_none_or(|scatter| scatter > 0.0) {
        true => Ok(expected),
        false => Err(refuse("`bf16_scatter` must be a number above 0".into())),
    }
}
