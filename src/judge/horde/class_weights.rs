//! What the executor classes weigh, and the text in which ComputeHorde writes it.

/// The class of the hash jobs, whose scores are horde scores.
pub const HASH_CLASS: &str = "spin_up-4min.gpu-24gb";
/// The class of the language model jobs.
pub const LLM_CLASS: &str = "always_on.llm.a6000";
/// The classes that the original knew in all eras.
pub const KNOWN_CLASSES: [&str; 3] = [HASH_CLASS, "always_on.gpu-24gb", LLM_CLASS];

/// The weight of one class.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassWeight {
    /// The class.
    pub class: String,
    /// Its weight: what its scores add up to in a batch.
    pub weight: f64,
}

/// The weights of classes, in the order in which they are summed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ClassWeights(pub Vec<ClassWeight>);

impl ClassWeights {
    /// Reads `CLASS=WEIGHT,CLASS=WEIGHT` as ComputeHorde at 71fb3137 does.
    ///
    /// Whatever is no such pair of a known class and a number is left out; of a class that comes twice, the first place
    /// and the last value stand.
    pub fn parse(text: &str, known: &[String]) -> Self {
        let mut weights = Self::default();
        for pair in text.split(',') {
            let mut parts = pair.split('=');
            let (Some(class), Some(number), None) = (parts.next(), parts.next(), parts.next()) else { continue };
            if !known.iter().any(|name| name == class) {
                continue;
            }
            if let Some(weight) = number_of(number) {
                weights.set(class, weight);
            }
        }
        weights
    }

    /// Of the hash jobs and of the language model jobs.
    pub fn of(hash: f64, llm: f64) -> Self {
        let weight = |class: &str, weight| ClassWeight { class: class.to_owned(), weight };
        Self(vec![weight(HASH_CLASS, hash), weight(LLM_CLASS, llm)])
    }

    /// The weight of a class.
    pub fn get(&self, class: &str) -> Option<f64> {
        self.0.iter().find(|own| own.class == class).map(|own| own.weight)
    }

    fn set(&mut self, class: &str, weight: f64) {
        match self.0.iter_mut().find(|own| own.class == class) {
            Some(own) => own.weight = weight,
            None => self.0.push(ClassWeight { class: class.to_owned(), weight }),
        }
    }
}

/// A number as Python reads one: with blanks around it, and single underscores between digits.
fn number_of(text: &str) -> Option<f64> {
    let bytes = text.trim().as_bytes();
    let is_digit = |place: Option<usize>| place.and_then(|place| bytes.get(place)).is_some_and(u8::is_ascii_digit);
    let mut plain = String::with_capacity(bytes.len());
    for (place, &byte) in bytes.iter().enumerate() {
        if byte != b'_' {
            plain.push(char::from(byte));
        } else if !is_digit(place.checked_sub(1)) || !is_digit(Some(place + 1)) {
            return None;
        }
    }
    plain.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_python_s() {
        for (text, expected) in [(" 7 ", Some(7.0)), ("1_0", Some(10.0)), (".5", Some(0.5)), ("1e2", Some(100.0))] {
            assert_eq!(number_of(text), expected, "{text}");
        }
        for text in ["", "x", "1__0", "_1", "1_", "1_.5", "ä"] {
            assert_eq!(number_of(text), None, "{text}");
        }
    }
}
