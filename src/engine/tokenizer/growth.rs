//! How far a tokenizer may make a text grow before it is cut into tokens. tokenizer.json is a stranger's: a chain of
//! thirty replacements can double a text thirty times, so what may come of a text is known before it is encoded. The
//! bounds are of UTF-8 in bytes; those of Unicode's normal forms are the standard's
//! (<https://www.unicode.org/faq/normalization.html>).

use serde_json::Value;
use tokenizers::Tokenizer;

use super::charsmap::longest_replacement;

/// The most that may come of a text, in bytes or tokens.
pub(super) const MOST: u64 = 1 << 30;

/// A text of `n` bytes becomes at most `times · n + plus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Growth {
    times: u64,
    plus: u64,
}

impl Growth {
    const NONE: Self = Self { times: 1, plus: 0 };

    /// That of all that a tokenizer does to a text.
    ///
    /// # Errors
    /// A part of it cannot be written as JSON.
    pub(super) fn of(tokenizer: &Tokenizer) -> serde_json::Result<Self> {
        let parts = [
            serde_json::to_value(tokenizer.get_normalizer())?,
            serde_json::to_value(tokenizer.get_pre_tokenizer())?,
            serde_json::to_value(tokenizer.get_post_processor())?,
        ];
        Ok(parts.iter().fold(Self::NONE, |growth, part| growth.then(of_part(part))))
    }

    /// The most that may come of a text of so many bytes.
    pub(super) fn longest(self, bytes: usize) -> u64 {
        self.times.saturating_mul(bytes as u64).saturating_add(self.plus)
    }

    fn then(self, next: Self) -> Self {
        let plus = self.plus.saturating_mul(next.times).saturating_add(next.plus);
        Self { times: self.times.saturating_mul(next.times), plus }
    }
}

/// Growth by one part of tokenizer.json, whichever of the three it belongs to: their names differ where their effect does.
fn of_part(part: &Value) -> Growth {
    let (times, plus) = match part["type"].as_str().unwrap_or_default() {
        "Sequence" => {
            let lists = ["normalizers", "pretokenizers", "processors"].map(|key| part[key].as_array());
            let steps = lists.into_iter().flatten().flatten();
            return steps.fold(Growth::NONE, |growth, step| growth.then(of_part(step)));
        }
        "Replace" => {
            let content = length(&part["content"]);
            match length(&part["pattern"]["String"]) {
                // A pattern may match between any two bytes.
                0 => (1 + content, content),
                pattern => (content.div_ceil(pattern).max(1), 0),
            }
        }
        "Prepend" => (1, length(&part["prepend"])),
        "Precompiled" => (part["precompiled_charsmap"].as_str().map_or(1, longest_replacement).max(1), 0),
        "Lowercase" => (2, 0),
        "NFC" | "NFD" => (3, 0),
        "NFKC" | "NFKD" => (11, 0),
        // Spaces around ideographs, NFD, lower case.
        "BertNormalizer" => (2 * 3 * 2, 0),
        "ByteLevel" => (2, 2),
        "Metaspace" => (4, 4),
        "TemplateProcessing" => {
            let (single, special) = (part["single"].as_array(), part["special_tokens"].as_object());
            let pieces = || single.into_iter().flatten();
            let texts = pieces().filter(|piece| piece.get("Sequence").is_some()).count() as u64;
            let ids = special.into_iter().flatten().map(|(_, token)| token["ids"].as_array().map_or(1, Vec::len));
            (texts.max(1), pieces().count() as u64 * ids.max().unwrap_or(0) as u64)
        }
        "BertProcessing" | "RobertaProcessing" => (1, 4),
        _ => (1, 0),
    };
    Growth { times, plus }
}

fn length(value: &Value) -> u64 {
    value.as_str().map_or(0, str::len) as u64
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn growth(normalizer: Value, post_processor: Value) -> Growth {
        let model = json!({"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "a"});
        let file = json!({"model": model, "normalizer": normalizer, "post_processor": post_processor});
        Growth::of(&file.to_string().parse().unwrap()).unwrap()
    }

    fn replace(pattern: Value, content: &str) -> Value {
        json!({"type": "Replace", "pattern": pattern, "content": content})
    }

    #[test]
    fn what_tokenizers_do_stays_small() {
        assert_eq!(growth(Value::Null, Value::Null), Growth::NONE);
        let llama = json!([{"type": "Prepend", "prepend": "▁"}, replace(json!({"String": " "}), "▁")]);
        let sequence = json!({"type": "Sequence", "normalizers": llama});
        assert_eq!(growth(sequence, Value::Null), Growth { times: 3, plus: 9 });
    }

    #[test]
    fn every_step_of_a_chain_counts() {
        let steps: Vec<Value> = (0..40).map(|_| replace(json!({"String": "a"}), "aa")).collect();
        let chain = growth(json!({"type": "Sequence", "normalizers": steps}), Value::Null);
        assert_eq!(chain.longest(1), 1 << 40);
        assert_eq!(growth(replace(json!({"Regex": "x*"}), "yy"), Value::Null), Growth { times: 3, plus: 2 });
    }

    #[test]
    fn a_text_may_be_given_several_times() {
        let text = json!({"Sequence": {"id": "A", "type_id": 0}});
        let special = json!({"SpecialToken": {"id": "a", "type_id": 0}});
        let tokens = json!({"a": {"id": "a", "ids": [0, 0], "tokens": ["a", "a"]}});
        let single = json!([special, text, text, text]);
        let twice = json!({"type": "TemplateProcessing", "single": single, "pair": [text], "special_tokens": tokens});
        assert_eq!(growth(Value::Null, twice), Growth { times: 3, plus: 8 });
    }
}
