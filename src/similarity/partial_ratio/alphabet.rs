//! The characters of one text, numbered: a row per code point. Latin-1 code points are their own row in every
//! alphabet, the others follow in order, and the last row stands for every character that the text does not have.

/// The number of a character in an [`Alphabet`].
pub(super) type Row = u32;

const LATIN_1: Row = 256;

/// The characters of one text.
#[derive(Debug, Clone)]
pub(super) struct Alphabet {
    /// Code points beyond Latin-1, ascending.
    others: Vec<u32>,
}

impl Alphabet {
    /// The alphabet of a text of code points.
    pub(super) fn new(text: &[u32]) -> Self {
        let mut others: Vec<u32> = text.iter().copied().filter(|&point| point >= LATIN_1).collect();
        others.sort_unstable();
        others.dedup();
        Self { others }
    }

    /// How many rows there are, that of absent characters included.
    pub(super) fn size(&self) -> usize {
        LATIN_1 as usize + self.others.len() + 1
    }

    /// The row of a code point.
    pub(super) fn row(&self, point: u32) -> Row {
        if point < LATIN_1 {
            return point;
        }
        LATIN_1 + self.others.binary_search(&point).unwrap_or(self.others.len()) as Row
    }
}
