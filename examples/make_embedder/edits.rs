//! Edited copies of a text, as a person would make them who wants to hide where it comes from.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// A copy of `text` that keeps a run of 70 to 100 % of its words, without up to a tenth of them, and with up to a tenth
/// of the neighbours exchanged.
pub fn edited(text: &str, rng: &mut ChaCha8Rng) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut kept = drop_some(crop(&words, rng), rng);
    let share = rng.random_range(0.0..0.1);
    for at in 1..kept.len() {
        if rng.random_bool(share) {
            kept.swap(at - 1, at);
        }
    }
    kept.join(" ")
}

fn crop<'w, 't>(words: &'w [&'t str], rng: &mut ChaCha8Rng) -> &'w [&'t str] {
    let length = (words.len() as f64 * rng.random_range(0.7..1.0)).ceil() as usize;
    let start = rng.random_range(0..=words.len() - length);
    &words[start..start + length]
}

/// Never all of them: the first stays.
fn drop_some<'t>(words: &[&'t str], rng: &mut ChaCha8Rng) -> Vec<&'t str> {
    let share = rng.random_range(0.0..0.1);
    words.iter().enumerate().filter(|(at, _)| *at == 0 || !rng.random_bool(share)).map(|(_, word)| *word).collect()
}
