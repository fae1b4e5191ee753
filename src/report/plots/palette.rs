//! Colours that people with any colour vision can tell apart: the qualitative palette of Okabe and Ito (2008), without
//! its yellow, which is too faint on white, and a blue–orange diverging scale.

use plotters::style::RGBColor;

pub(in crate::report) const PAPER: RGBColor = RGBColor(255, 255, 255);
pub(in crate::report) const INK: RGBColor = RGBColor(33, 37, 41);
pub(in crate::report) const FAINT_INK: RGBColor = RGBColor(92, 99, 106);
pub(in crate::report) const GRID: RGBColor = RGBColor(226, 229, 233);
/// Where there is nothing to show.
pub(in crate::report) const EMPTY: RGBColor = RGBColor(222, 224, 227);
/// Lines that are context only.
pub(in crate::report) const BACKGROUND_LINE: RGBColor = RGBColor(190, 195, 201);
pub(in crate::report) const ALERT: RGBColor = RGBColor(190, 60, 0);

/// Colours for categories, in order of use.
pub(in crate::report) const CATEGORIES: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
    RGBColor(70, 70, 70),
];

/// The colour of a category; they repeat after seven.
pub(in crate::report) fn category(index: usize) -> RGBColor {
    CATEGORIES[index % CATEGORIES.len()]
}

/// `colour` mixed with white; `strength` 0 is white, 1 the colour itself.
pub(in crate::report) fn tint(colour: RGBColor, strength: f64) -> RGBColor {
    mix(PAPER, colour, strength)
}

/// From orange (0) over near-white (0.5) to blue (1).
pub(in crate::report) fn diverging(share: f64) -> RGBColor {
    const STOPS: [RGBColor; 5] = [
        RGBColor(179, 88, 6),
        RGBColor(244, 178, 97),
        RGBColor(247, 247, 247),
        RGBColor(121, 179, 214),
        RGBColor(24, 93, 160),
    ];
    let place = share.clamp(0.0, 1.0) * (STOPS.len() - 1) as f64;
    let stop = (place as usize).min(STOPS.len() - 2);
    mix(STOPS[stop], STOPS[stop + 1], place - stop as f64)
}

/// Ink that can be read on `ground`.
pub(in crate::report) fn ink_on(ground: RGBColor) -> RGBColor {
    let RGBColor(red, green, blue) = ground;
    let luma = 0.299 * f64::from(red) + 0.587 * f64::from(green) + 0.114 * f64::from(blue);
    if luma < 140.0 { PAPER } else { INK }
}

fn mix(from: RGBColor, to: RGBColor, share: f64) -> RGBColor {
    let channel = |from: u8, to: u8| (f64::from(from) + share * (f64::from(to) - f64::from(from))).round() as u8;
    RGBColor(channel(from.0, to.0), channel(from.1, to.1), channel(from.2, to.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_diverging_scale_meets_its_stops_and_is_safe_outside() {
        assert_eq!(diverging(0.0), RGBColor(179, 88, 6));
        assert_eq!(diverging(0.5), RGBColor(247, 247, 247));
        assert_eq!(diverging(1.0), RGBColor(24, 93, 160));
        assert_eq!(diverging(7.0), diverging(1.0));
    }

    #[test]
    fn ink_contrasts_with_its_ground() {
        assert_eq!(ink_on(diverging(1.0)), PAPER);
        assert_eq!(ink_on(diverging(0.5)), INK);
    }
}
