//! Character maps of sentencepiece, looked at before the tokenizer's library reads them: it makes room for as many units
//! as a map says it has, which may be a thousand million.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

/// The part of tokenizer.json that may hold such maps.
#[derive(Deserialize)]
struct Outline {
    #[serde(default)]
    normalizer: Value,
}

/// Whether every map of tokenizer.json is as long as it says.
///
/// # Errors
/// One is shorter, or the file is no JSON object.
pub(super) fn check_maps(file: &[u8]) -> Result<(), String> {
    let outline: Outline = serde_json::from_slice(file).map_err(|error| error.to_string())?;
    check(&outline.normalizer)
}

fn check(value: &Value) -> Result<(), String> {
    match value {
        Value::Array(items) => items.iter().try_for_each(check),
        Value::Object(map) => map.iter().try_for_each(|(key, value)| match (key.as_str(), value) {
            ("precompiled_charsmap", Value::String(text)) => check_map(text),
            _ => check(value),
        }),
        _ => Ok(()),
    }
}

/// A map begins with the length of its trie in bytes; one that cannot be decoded is left to the library to refuse.
fn check_map(text: &str) -> Result<(), String> {
    let bytes = STANDARD.decode(text).unwrap_or_default();
    let said = bytes.first_chunk::<4>().map_or(0, |length| u32::from_le_bytes(*length) as usize);
    match bytes.len().saturating_sub(4) {
        length if said > length => {
            Err(format!("a `precompiled_charsmap` says {said} bytes, {length} follow; it is cut short"))
        }
        _ => Ok(()),
    }
}

/// Bytes of the longest text that a map puts in place of another; they stand behind its trie, each with a zero after it.
pub(super) fn longest_replacement(map: &str) -> u64 {
    let bytes = STANDARD.decode(map).unwrap_or_default();
    let Some((length, rest)) = bytes.split_first_chunk::<4>() else { return 0 };
    let texts = rest.get(u32::from_le_bytes(*length) as usize..).unwrap_or_default();
    texts.split(|&byte| byte == 0).map(<[u8]>::len).max().unwrap_or(0) as u64
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn checked(map: &[u8]) -> Result<(), String> {
        let map = json!({"type": "Precompiled", "precompiled_charsmap": STANDARD.encode(map)});
        let file = json!({"normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, map]}});
        check_maps(file.to_string().as_bytes())
    }

    #[test]
    fn a_map_is_as_long_as_it_says() {
        assert_eq!(checked(b"\x08\0\0\0\0\0\0\0\0\0\0\0rest"), Ok(()));
        assert!(checked(b"\x09\0\0\0\0\0\0\0\0\0\0\0").unwrap_err().contains("says 9 bytes, 8 follow"));
        assert!(checked(b"Temp1").unwrap_err().contains("says 1886217556 bytes, 1 follow"));
        assert_eq!(checked(b""), Ok(()), "left to the library");
    }

    #[test]
    fn the_longest_text_of_a_map_is_found() {
        let map = [&4u32.to_le_bytes()[..], b"trieab\0abc\0\0"].concat();
        assert_eq!(longest_replacement(&STANDARD.encode(map)), 3);
        assert_eq!(longest_replacement(&STANDARD.encode([9, 0, 0, 0, 1])), 0);
        assert_eq!(longest_replacement("no base64"), 0);
    }

    #[test]
    fn files_without_maps_pass() {
        assert_eq!(check_maps(br#"{"normalizer": null, "model": {"vocab": {"a": 0}}}"#), Ok(()));
        assert_eq!(check_maps(b"{}"), Ok(()));
        assert!(check_maps(b"[").is_err());
    }
}
