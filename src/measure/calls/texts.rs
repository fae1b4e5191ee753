//! Texts of a given number of tokens, each different from the others.

use crate::engine::bert::BertEmbedder;
use crate::engine::{EngineError, Result};

/// A word that tokenizers know as one token.
const FILLER: &str = "a";

/// `count` texts of `tokens` tokens each, special ones included, no two of them alike to the model; `None` for the
/// longest that it reads.
///
/// # Errors
/// The model reads no text of so many tokens, or its tokenizer makes none of these words.
pub fn texts_of(embedder: &BertEmbedder, count: u32, tokens: Option<u32>) -> Result<Vec<String>> {
    let longest = embedder.folder().longest;
    let wanted = tokens.map_or(longest, |tokens| tokens as usize);
    if wanted > longest {
        return Err(unfit(embedder, format!("the model reads {longest} tokens of a text, {wanted} were asked for")));
    }
    let mut known = std::collections::HashSet::new();
    let mut texts = Vec::new();
    for number in 0..count {
        let text = text_of(embedder, &prefix(number), wanted)?;
        if !known.insert(embedder.tokens(&text)?) {
            let problem = format!("no {count} different texts of {wanted} tokens can be made; ask for more tokens");
            return Err(unfit(embedder, problem));
        }
        texts.push(text);
    }
    Ok(texts)
}

/// A text that begins with `prefix` and is filled up to `wanted` tokens.
fn text_of(embedder: &BertEmbedder, prefix: &str, wanted: usize) -> Result<String> {
    let own = embedder.tokens(prefix)?.len();
    let mut fillers = wanted.saturating_sub(own);
    // A filler may be more than one token, or a part of one; a few steps find the number that fits.
    for _ in 0..8 {
        let text = format!("{prefix}{}", format!(" {FILLER}").repeat(fillers));
        let found = embedder.tokens(&text)?.len();
        if found == wanted {
            return Ok(text);
        }
        fillers = (fillers + wanted).saturating_sub(found);
    }
    Err(unfit(embedder, format!("no text of {wanted} tokens can be made of the words `{prefix}` and `{FILLER}`")))
}

/// Some words that no other number has.
fn prefix(number: u32) -> String {
    let digits = format!("{number:03}");
    let words: Vec<String> =
        digits.bytes().map(|digit| char::from(b'b' + digit.saturating_sub(b'0')).to_string()).collect();
    words.join(" ")
}

fn unfit(embedder: &BertEmbedder, problem: String) -> EngineError {
    EngineError::Config { path: embedder.folder().transformer.clone(), problem }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::path::Path;

    use candle_core::{DType, Device};

    use super::*;

    #[test]
    fn texts_have_the_length_asked_for_and_differ() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models/embedder");
        let embedder = BertEmbedder::load(&folder, &Device::Cpu, DType::F32).unwrap();
        for tokens in [None, Some(32), Some(100)] {
            let texts = texts_of(&embedder, 40, tokens).unwrap();
            let ids: HashSet<Vec<u32>> = texts.iter().map(|text| embedder.tokens(text).unwrap()).collect();
            assert_eq!(ids.len(), 40);
            assert!(ids.iter().all(|ids| ids.len() == tokens.unwrap_or(256) as usize));
        }
        for bad in [257, 1] {
            assert!(texts_of(&embedder, 4, Some(bad)).unwrap_err().to_string().contains(&bad.to_string()));
        }
    }
}
