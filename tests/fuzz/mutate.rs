//! Changes to an input: to bytes, to lines, to numbers, by tokens of the target's dictionary, by pieces of other inputs,
//! and to the structure of JSON. All chance comes from one seeded generator.

use rand::Rng;
use rand::seq::{IndexedMutRandom, IndexedRandom};
use rand_chacha::ChaCha8Rng;

use crate::case::Case;
use crate::json;

/// Longest input that is made, in bytes.
pub const LONGEST: usize = 256 << 10;

/// Numbers at the edges of types and of what is usual.
pub const NUMBERS: [&str; 24] = [
    "0",
    "-1",
    "1",
    "-0",
    "0.5",
    "255",
    "256",
    "65536",
    "16777217",
    "2147483647",
    "-2147483649",
    "4294967295",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "1e308",
    "1e309",
    "-1e-320",
    "1e999999",
    "NaN",
    "Infinity",
];

/// Makes new inputs from old ones.
pub struct Mutator<'a> {
    pub rng: &'a mut ChaCha8Rng,
    pub dictionary: &'a [&'a str],
}

impl Mutator<'_> {
    /// Changes `case` once or a few times; `other` lends pieces.
    pub fn change(&mut self, case: &mut Case, other: &Case) {
        let times = if self.chance(8) { self.rng.random_range(4..=24) } else { self.rng.random_range(1..=3) };
        for _ in 0..times {
            let index = self.rng.random_range(0..case.parts.len());
            let part = &mut case.parts[index];
            let same = other.parts.iter().find(|other| other.name == part.name);
            let lender = same.unwrap_or(&other.parts[0]).bytes.clone();
            self.change_part(&mut part.bytes, &lender);
            part.bytes.truncate(LONGEST);
        }
        if case.parts.len() > 1 && self.chance(64) {
            let index = self.rng.random_range(0..case.parts.len());
            case.parts.remove(index);
        }
    }

    fn change_part(&mut self, bytes: &mut Vec<u8>, lender: &[u8]) {
        let is_text = std::str::from_utf8(bytes).is_ok();
        match self.rng.random_range(0..10) {
            0..=4 if is_text && json::change(self, bytes, lender) => {}
            5 | 6 if is_text => self.change_lines(bytes, lender),
            _ => self.change_bytes(bytes, lender),
        }
    }

    /// True once in `odds` times.
    pub fn chance(&mut self, odds: u32) -> bool {
        self.rng.random_ratio(1, odds)
    }

    /// A word of the dictionary or a number.
    pub fn token(&mut self) -> String {
        match self.dictionary.choose(self.rng) {
            Some(token) if !self.chance(4) => (*token).to_owned(),
            _ => self.number().to_owned(),
        }
    }

    /// A number at an edge.
    pub fn number(&mut self) -> &'static str {
        NUMBERS.choose(self.rng).unwrap()
    }

    /// A place in something of this length, its end included.
    fn place(&mut self, length: usize) -> usize {
        self.rng.random_range(0..=length)
    }

    /// A stretch of something of this length: mostly short.
    fn stretch(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.place(length);
        let most = if self.chance(4) { length - start } else { (length - start).min(16) };
        start..start + self.place(most)
    }

    pub fn change_bytes(&mut self, bytes: &mut Vec<u8>, lender: &[u8]) {
        match self.rng.random_range(0..9) {
            0 | 1 => self.flip(bytes),
            2 => {
                let place = self.place(bytes.len());
                bytes.insert(place, self.rng.random());
            }
            3 => drop(bytes.drain(self.stretch(bytes.len()))),
            4 => self.put_integer(bytes),
            5 => self.put_number(bytes),
            6 => {
                let token = self.token();
                let stretch = if self.chance(2) { self.stretch(bytes.len()) } else { self.between(bytes.len()) };
                bytes.splice(stretch, token.into_bytes());
            }
            7 => {
                let piece = lender[self.stretch(lender.len())].to_vec();
                let stretch = if self.chance(2) { self.stretch(bytes.len()) } else { self.between(bytes.len()) };
                bytes.splice(stretch, piece);
            }
            _ => self.repeat(bytes),
        }
    }

    fn between(&mut self, length: usize) -> std::ops::Range<usize> {
        let place = self.place(length);
        place..place
    }

    fn flip(&mut self, bytes: &mut [u8]) {
        if let Some(byte) = bytes.choose_mut(self.rng) {
            *byte = if self.rng.random() { *byte ^ (1 << self.rng.random_range(0..8)) } else { self.rng.random() };
        }
    }

    /// An integer of one to eight bytes at an edge of its type, or near what stands there.
    fn put_integer(&mut self, bytes: &mut [u8]) {
        let width = *[1, 2, 4, 8].choose(self.rng).unwrap();
        if bytes.len() < width {
            return;
        }
        let place = self.rng.random_range(0..=bytes.len() - width);
        let target = &mut bytes[place..place + width];
        let edges = [0, 1, u64::MAX, i64::MAX as u64, i32::MAX as u64, i32::MAX as u64 + 1, u32::MAX as u64, 1 << 30];
        if self.rng.random() {
            target.copy_from_slice(&edges.choose(self.rng).unwrap().to_le_bytes()[..width]);
        } else {
            target[0] = target[0].wrapping_add(self.rng.random_range(0..9)).wrapping_sub(4);
        }
    }

    /// A number at an edge in the place of digits.
    fn put_number(&mut self, bytes: &mut Vec<u8>) {
        let starts: Vec<usize> = (0..bytes.len())
            .filter(|&at| bytes[at].is_ascii_digit() && (at == 0 || !bytes[at - 1].is_ascii_digit()))
            .collect();
        if let Some(&start) = starts.choose(self.rng) {
            let length = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            bytes.splice(start..start + length, self.number().bytes());
        }
    }

    /// A stretch or a token many times over: what nests or grows.
    fn repeat(&mut self, bytes: &mut Vec<u8>) {
        let stretch = self.stretch(bytes.len());
        let end = stretch.end;
        let piece = if self.rng.random() { bytes[stretch].to_vec() } else { self.token().into_bytes() };
        let most = if self.chance(16) { 50_000 } else { 40 };
        let times = self.rng.random_range(2..=most).min(LONGEST / piece.len().max(1));
        bytes.splice(end..end, piece.repeat(times));
    }

    fn change_lines(&mut self, bytes: &mut Vec<u8>, lender: &[u8]) {
        let mut lines: Vec<&[u8]> = bytes.split_inclusive(|&byte| byte == b'\n').collect();
        if lines.is_empty() {
            return;
        }
        let index = self.rng.random_range(0..lines.len());
        let lent: Vec<&[u8]> = lender.split_inclusive(|&byte| byte == b'\n').collect();
        match (self.rng.random_range(0..4), lent.choose(self.rng)) {
            (0, _) => drop(lines.remove(index)),
            (1, _) => lines.insert(index, lines[index]),
            (2, Some(line)) => lines.insert(index, line),
            _ => {
                let with = self.rng.random_range(0..lines.len());
                lines.swap(index, with);
            }
        }
        *bytes = lines.concat();
    }
}
