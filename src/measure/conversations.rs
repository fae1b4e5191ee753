//! The samples as one tokenizer sees them. What planning needs of each stays in memory, a few dozen bytes; its token
//! ids are set aside and read back a batch at a time, so memory hardly grows with the texts.

use std::io;

use sha2::{Digest, Sha256};

use crate::engine::conversation::Conversation;
use crate::spool::Spool;
use crate::store::SampleKey;

/// Tokenised samples in the order of the pool.
#[derive(Debug, Default)]
pub struct Conversations {
    outlines: Vec<Option<Outline>>,
    ids: Spool,
}

/// A tokenised sample without its ids.
#[derive(Debug, Clone, Copy)]
pub struct Outline {
    /// Its key in the store.
    pub key: SampleKey,
    /// Stands for the tokens before the first target: samples with equal prompts have equal ones.
    pub prompt: u64,
    /// Number of ids.
    pub length: u32,
    /// Length of the prompt with the generation prompt.
    pub prompt_len: u32,
    /// The largest id; 0 without any.
    pub largest: u32,
    place: u64,
}

impl Outline {
    /// Index of the first target, as [`Conversation::first_scored`].
    pub fn first_scored(&self) -> usize {
        self.prompt_len.max(1) as usize
    }

    /// Number of scored targets, as [`Conversation::scored`].
    pub fn scored(&self) -> usize {
        (self.length as usize).saturating_sub(self.first_scored())
    }
}

impl Conversations {
    /// Takes the next sample; `None` where its text could not be tokenised, which was reported then.
    ///
    /// # Errors
    /// The ids cannot be set aside.
    pub fn push(&mut self, conversation: Option<&Conversation>) -> io::Result<()> {
        let outline = conversation.map(|conversation| self.set_aside(conversation)).transpose()?;
        self.outlines.push(outline);
        Ok(())
    }

    fn set_aside(&mut self, conversation: &Conversation) -> io::Result<Outline> {
        let Conversation { ids, prompt_len } = conversation;
        let bytes: Vec<u8> = ids.iter().flat_map(|id| id.to_le_bytes()).collect();
        Ok(Outline {
            key: SampleKey::new(ids, *prompt_len),
            prompt: digest(&bytes[..4 * conversation.first_scored().min(ids.len())]),
            length: ids.len() as u32,
            prompt_len: u32::try_from(*prompt_len).unwrap_or(u32::MAX),
            largest: ids.iter().copied().max().unwrap_or(0),
            place: self.ids.append(&bytes)?,
        })
    }

    /// One outline per sample.
    pub fn outlines(&self) -> &[Option<Outline>] {
        &self.outlines
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.outlines.len()
    }

    /// The token ids of a sample.
    ///
    /// # Errors
    /// They cannot be read back.
    pub fn ids(&self, outline: &Outline) -> io::Result<Vec<u32>> {
        let bytes = self.ids.read(outline.place, 4 * outline.length as usize)?;
        let (ids, _) = bytes.as_chunks();
        Ok(ids.iter().map(|id| u32::from_le_bytes(*id)).collect())
    }
}

fn digest(bytes: &[u8]) -> u64 {
    let hash: [u8; 32] = Sha256::digest(bytes).into();
    hash.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_back_and_outlines_say_what_they_are() {
        let samples = [
            Conversation { ids: vec![3, 70_000, 5], prompt_len: 1 },
            Conversation { ids: vec![3, 4], prompt_len: 0 },
            Conversation { ids: vec![9], prompt_len: 7 },
            Conversation { ids: vec![], prompt_len: 0 },
        ];
        let mut conversations = Conversations::default();
        conversations.push(None).unwrap();
        samples.iter().for_each(|sample| conversations.push(Some(sample)).unwrap());
        assert_eq!(conversations.len(), 5);
        assert!(conversations.outlines()[0].is_none());
        let outlines: Vec<Outline> = conversations.outlines().iter().flatten().copied().collect();
        for (sample, outline) in samples.iter().zip(&outlines) {
            assert_eq!(conversations.ids(outline).unwrap(), sample.ids);
            assert_eq!((outline.first_scored(), outline.scored()), (sample.first_scored(), sample.scored()));
            assert_eq!(outline.key, SampleKey::new(&sample.ids, sample.prompt_len));
            assert_eq!(outline.largest, sample.ids.iter().copied().max().unwrap_or(0));
        }
        assert_eq!(outlines[0].prompt, outlines[1].prompt, "both begin with 3, and the first id is never a target");
        assert_ne!(outlines[0].prompt, outlines[2].prompt);
    }
}
