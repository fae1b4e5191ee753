//! The length of the longest common subsequence (LCS) of a pattern and every prefix of a text, 64 cells at a time
//! (Hyyrö 2004, "Bit-parallel LCS-length computation revisited"). A pattern is stored in strips of some words each, in
//! space linear in its length; a pass takes the strips one after another and hands on one carry per text character.

use super::alphabet::Row;

/// Words of 64 pattern characters in a strip: as many as a pass keeps in registers.
const WORDS: usize = 4;
const WORD_BITS: usize = u64::BITS as usize;

/// For one character: the places of a strip that hold it, one bit each.
type Places = [u64; WORDS];

/// A text prepared as the side of the LCS that lies across the bits.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    length: usize,
    strips: Vec<Strip>,
}

#[derive(Debug, Clone)]
struct Strip {
    length: usize,
    places: Vec<(Row, Places)>,
}

/// Memory that passes share. Between passes every entry of `places` is zero.
#[derive(Debug, Default)]
pub(super) struct PassMemory {
    places: Vec<Places>,
    carries: Vec<u8>,
    spare: Vec<Vec<u32>>,
}

impl Pattern {
    /// Prepares a text of rows of an alphabet of `size` rows.
    pub(super) fn new(text: impl Iterator<Item = Row>, size: usize) -> Self {
        let text: Vec<Row> = text.collect();
        let mut places = vec![[0; WORDS]; size];
        let strips = text.chunks(WORDS * WORD_BITS).map(|part| Strip::new(part, &mut places)).collect();
        Self { length: text.len(), strips }
    }

    /// The LCS of this pattern and each prefix of `text` (rows of this pattern's alphabet), the empty one first.
    pub(super) fn prefix_lengths(&self, text: &[Row], memory: &mut PassMemory) -> Vec<u32> {
        self.pass(text, 0, memory);
        memory.lengths()
    }

    /// The same, or `None` where the LCS with the whole text is less than `needed`: often seen after a few strips.
    pub(super) fn prefix_lengths_from(&self, needed: usize, text: &[Row], memory: &mut PassMemory) -> Option<Vec<u32>> {
        self.pass(text, needed, memory).then(|| memory.lengths())
    }

    /// Leaves the growth of the LCS in the carries. False, with the pass not finished, where it cannot reach `needed`.
    fn pass(&self, text: &[Row], needed: usize, memory: &mut PassMemory) -> bool {
        memory.carries.clear();
        memory.carries.resize(text.len(), 0);
        let (mut reached, mut left) = (0, self.length);
        for strip in &self.strips {
            if reached + left < needed {
                return false;
            }
            strip.pass(text, memory);
            reached = memory.carries.iter().map(|&carry| usize::from(carry)).sum();
            left -= strip.length;
        }
        reached >= needed
    }
}

impl Strip {
    /// `places` is all zero before and after.
    fn new(part: &[Row], places: &mut [Places]) -> Self {
        let mut rows = Vec::with_capacity(part.len().min(64));
        for (at, &row) in part.iter().enumerate() {
            let here = &mut places[row as usize];
            if *here == [0; WORDS] {
                rows.push(row);
            }
            here[at / WORD_BITS] |= 1 << (at % WORD_BITS);
        }
        let places = rows.into_iter().map(|row| (row, std::mem::take(&mut places[row as usize]))).collect();
        Self { length: part.len(), places }
    }

    fn pass(&self, text: &[Row], memory: &mut PassMemory) {
        let PassMemory { places, carries, .. } = memory;
        for &(row, here) in &self.places {
            places[row as usize] = here;
        }
        match self.length.div_ceil(WORD_BITS) {
            1 => pass_words::<1>(places, text, carries),
            2 => pass_words::<2>(places, text, carries),
            3 => pass_words::<3>(places, text, carries),
            _ => pass_words::<WORDS>(places, text, carries),
        }
        for &(row, _) in &self.places {
            places[row as usize] = [0; WORDS];
        }
    }
}

impl PassMemory {
    /// Makes room for an alphabet of `size` rows.
    pub(super) fn reserve(&mut self, size: usize) {
        if self.places.len() < size {
            self.places.resize(size, [0; WORDS]);
        }
    }

    /// Takes back a list of lengths that is no longer needed.
    pub(super) fn recycle(&mut self, lengths: Vec<u32>) {
        self.spare.push(lengths);
    }

    fn lengths(&mut self) -> Vec<u32> {
        let mut lengths = self.spare.pop().unwrap_or_default();
        lengths.clear();
        lengths.push(0);
        let mut length = 0;
        lengths.extend(self.carries.iter().map(|&carry| {
            length += u32::from(carry);
            length
        }));
        lengths
    }
}

/// One strip against the whole text. A zero bit in `state` is a pattern character at which the LCS grows by one; the
/// carry out of the strip says that the LCS up to its end has grown with this text character. Bits beyond the end of
/// the pattern match nothing, stay ones and let the carry through.
fn pass_words<const N: usize>(places: &[Places], text: &[Row], carries: &mut [u8]) {
    let mut state = [u64::MAX; N];
    for (&row, carry) in text.iter().zip(carries) {
        let here = &places[row as usize];
        let mut carried = *carry != 0;
        for (word, &here) in state.iter_mut().zip(here) {
            let (sum, out) = word.carrying_add(*word & here, carried);
            *word = sum | (*word & !here);
            carried = out;
        }
        *carry = u8::from(carried);
    }
}
