//! The plot of weights by hotkey, which several mechanisms have.

use super::numbers::counted;
use super::plots::axis::Axis;
use super::plots::dots::{Dot, Dots};
use super::plots::palette::category;
use super::plots::{Kind, Plot};
use crate::excerpt::{escaped, keep_start};
use crate::stats::Estimate;

/// Height of the picture.
const HEIGHT: i32 = 1000;
/// Hotkeys that are drawn at most.
const MOST: usize = 40;
/// Characters of a hotkey that are drawn.
const SHOWN: usize = 16;

/// The weight of a hotkey.
pub(super) struct HotkeyWeight<'a> {
    pub hotkey: &'a str,
    pub weight: Estimate,
}

/// A hotkey as it is drawn.
pub(super) fn short(hotkey: &str) -> String {
    keep_start(&escaped(hotkey), SHOWN)
}

/// The first of these weights, each with its interval.
pub(super) fn weights(rows: &[HotkeyWeight<'_>], caption: &'static str) -> Plot {
    let dot = |row: &HotkeyWeight<'_>| Dot {
        label: short(row.hotkey),
        value: row.weight.value,
        interval: row.weight.interval,
        ink: category(0),
    };
    let dots: Vec<Dot> = rows.iter().take(MOST).map(dot).collect();
    let tops = dots.iter().map(|dot| dot.interval.map_or(dot.value, |ends| ends.high.max(dot.value)));
    let ends: Vec<f64> = tops.chain([0.0]).collect();
    let all = counted(rows.len(), "hotkey");
    Plot {
        name: "weights",
        caption,
        title: "Weights",
        subtitle: if rows.len() > MOST { format!("The first {MOST} of {all}") } else { all },
        kind: Kind::Dots(Dots {
            height: HEIGHT,
            upwards: Axis::around("weight", ends.into_iter()),
            slots: "hotkey",
            dots,
            levels: Vec::new(),
        }),
    }
}
