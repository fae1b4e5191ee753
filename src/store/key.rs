//! Content keys: what a measured loss depends on, and nothing else. Two measurements with equal keys are
//! interchangeable; changing how a key is made needs a new domain line, so that old entries are no longer found.

use std::fmt;

use crate::hex::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Everything on the model's side that a loss depends on. Written as `metadata.json` beside the losses, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelIdentity {
    /// Version of the engine's numerics; it grows when a change may move a loss.
    pub engine_version: String,
    /// Hash of the model's content.
    pub content_hash: String,
    /// Kind of device, for example `cpu` or `cuda`.
    pub device_kind: String,
    /// Number type of the computation.
    pub compute_dtype: String,
    /// Number type of the weights as stored.
    pub weight_dtype: String,
    /// By whose rules the tokenizer is built.
    pub tokenizer_rules: String,
}

impl ModelIdentity {
    /// The key of this identity: a SHA-256 over its fields, each with its length so that none runs into the next.
    pub fn key(&self) -> ModelKey {
        let mut hash = Sha256::new_with_prefix("weighhouse model 2\n");
        for field in [
            &self.engine_version,
            &self.content_hash,
            &self.device_kind,
            &self.compute_dtype,
            &self.weight_dtype,
            &self.tokenizer_rules,
        ] {
            hash.update((field.len() as u64).to_le_bytes());
            hash.update(field);
        }
        ModelKey(hash.finalize().into())
    }
}

/// Key of a model under an engine, a device kind and number types.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ModelKey([u8; 32]);

impl fmt::Display for ModelKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for ModelKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ModelKey({self})")
    }
}

/// Key of a sample as the model sees it. Text, tokenizer and template show in the token ids and need no mention.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SampleKey([u8; 32]);

impl SampleKey {
    /// The key of `ids`, of which the first `prompt_len` are the prompt.
    pub fn new(ids: &[u32], prompt_len: usize) -> Self {
        let mut hash = Sha256::new_with_prefix("weighhouse sample 1\n");
        hash.update((prompt_len as u64).to_le_bytes());
        for id in ids {
            hash.update(id.to_le_bytes());
        }
        Self(hash.finalize().into())
    }

    /// The 32 bytes of the hash.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key that was stored as `bytes`; `None` where they are not 32.
    pub(super) fn from_stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Debug for SampleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SampleKey({})", hex(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::identity;

    #[test]
    fn every_field_counts() {
        let key = identity().key();
        assert_eq!(key, identity().key());
        for other in [
            ModelIdentity { engine_version: "2".into(), ..identity() },
            ModelIdentity { content_hash: "abd".into(), ..identity() },
            ModelIdentity { device_kind: "cuda".into(), ..identity() },
            ModelIdentity { compute_dtype: "bf16".into(), ..identity() },
            ModelIdentity { weight_dtype: "f32".into(), ..identity() },
            ModelIdentity { tokenizer_rules: "file".into(), ..identity() },
            ModelIdentity { engine_version: "1a".into(), content_hash: "bc".into(), ..identity() },
        ] {
            assert_ne!(key, other.key(), "{other:?}");
        }
    }

    #[test]
    fn a_sample_is_its_tokens_and_its_prompt_length() {
        let key = SampleKey::new(&[1, 2, 3], 1);
        assert_eq!(key, SampleKey::new(&[1, 2, 3], 1));
        assert_ne!(key, SampleKey::new(&[1, 2, 3], 2));
        assert_ne!(key, SampleKey::new(&[1, 3, 2], 1));
        assert_ne!(key, SampleKey::new(&[1, 2], 1));
    }

    #[test]
    fn a_key_shows_as_hexadecimal() {
        let shown = identity().key().to_string();
        assert_eq!(shown.len(), 64);
        assert!(shown.bytes().all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase()));
        assert_eq!(hex(&[0, 171]), "00ab");
    }

    #[test]
    fn stored_bytes_give_the_key_back() {
        let key = SampleKey::new(&[7], 0);
        assert_eq!(SampleKey::from_stored(key.as_bytes()), Some(key));
        assert_eq!(SampleKey::from_stored(&[0; 31]), None);
    }
}
