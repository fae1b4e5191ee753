//! Labels that many rows share, each kept once and numbered in the order of its first row.

use std::collections::HashMap;

/// Labels by number.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Labels {
    numbers: HashMap<Box<str>, u32>,
    texts: Vec<Box<str>>,
}

impl Labels {
    /// The number of a label, a new one if it was not met before.
    pub fn number(&mut self, label: &str) -> u32 {
        if let Some(&number) = self.numbers.get(label) {
            return number;
        }
        let number = self.texts.len() as u32;
        self.numbers.insert(label.into(), number);
        self.texts.push(label.into());
        number
    }

    /// The number of a label that was met before.
    pub fn find(&self, label: &str) -> Option<u32> {
        self.numbers.get(label).copied()
    }

    /// The label of a number; `?` of one that was never given.
    pub fn name(&self, number: u32) -> &str {
        self.texts.get(number as usize).map_or("?", |text| text)
    }

    /// All of them, by their numbers.
    pub fn texts(&self) -> &[Box<str>] {
        &self.texts
    }
}
