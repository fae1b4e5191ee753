//! Token ids of the bench, drawn from a seed: even windows, ragged chats, one long text.

use crate::checkup::values::Values;
use crate::engine::batch::Sequence;

/// Texts that go through a model together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    /// As the table has it.
    pub name: String,
    /// Token ids of each.
    pub ids: Vec<Vec<u32>>,
    /// Index of the first target of each.
    pub scored_from: Vec<usize>,
}

impl Texts {
    /// For the engine.
    pub fn sequences(&self) -> Vec<Sequence<'_>> {
        let texts = self.ids.iter().zip(&self.scored_from);
        texts.map(|(ids, &scored_from)| Sequence { ids, scored_from }).collect()
    }
}

/// Sizes of the batches: two windows, eight, chats of up to so many tokens, one text.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    two: usize,
    eight: usize,
    chats: usize,
    one: usize,
}

/// The batches for a vocabulary; on the CPU short ones.
pub fn batches(vocabulary: usize, is_short: bool) -> Vec<Texts> {
    let sizes = match is_short {
        true => Sizes { two: 512, eight: 128, chats: 160, one: 2048 },
        false => Sizes { two: 2048, eight: 512, chats: 640, one: 8192 },
    };
    let mut values = Values::new(vocabulary as u64);
    vec![
        windows(2, sizes.two, vocabulary, &mut values),
        windows(8, sizes.eight, vocabulary, &mut values),
        chats(sizes.chats, vocabulary, &mut values),
        windows(1, sizes.one, vocabulary, &mut values),
    ]
}

/// Windows in which so many tokens are read, the first of which is no target.
fn windows(count: usize, tokens: usize, vocabulary: usize, values: &mut Values) -> Texts {
    let ids = (0..count).map(|_| values.ids(tokens + 1, vocabulary)).collect();
    Texts { name: format!("{count} × {tokens}"), ids, scored_from: vec![0; count] }
}

/// Sixteen chats of every length up to `longest`, of which a part is prompt.
fn chats(longest: usize, vocabulary: usize, values: &mut Values) -> Texts {
    const COUNT: usize = 16;
    const SHORTEST: usize = 8;
    let mut texts = Texts { name: format!("{COUNT} chats"), ids: Vec::new(), scored_from: Vec::new() };
    for _ in 0..COUNT {
        let length = SHORTEST + values.below((longest - SHORTEST) as u32) as usize;
        texts.ids.push(values.ids(length, vocabulary));
        texts.scored_from.push(1 + values.below(length as u32 * 2 / 3) as usize);
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_has_a_target_and_ids_of_the_vocabulary() {
        for texts in [batches(100, true), batches(100, false)].concat() {
            assert!(texts.sequences().iter().all(|sequence| sequence.targets() > 0), "{}", texts.name);
            assert!(texts.ids.iter().flatten().all(|&id| id < 100));
        }
    }
}
