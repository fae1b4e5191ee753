//! Histograms of penalties, one above the other on the same scale: independent answers, and each kind of copies that is
//! shown; what is right of the threshold line is flagged.

use plotters::style::RGBColor;

use super::curves::{NamedCurve, curves};
use super::percent_ticks;
use crate::judge::calibration::Class;
use crate::report::calibration::CalibrationFindings;
use crate::report::calibration::words::measured;
use crate::report::numbers::counted;
use crate::report::plots::axis::{Frame, SMALL, draw_heading, draw_nothing, draw_title_beside, round_ticks};
use crate::report::plots::palette::{INK, PAPER, category, tint};
use crate::report::plots::plane::Plane;
use crate::report::plots::scene::{Align, Scene, Shape, Words};

/// Width of a bin, of which tenths are multiples, so that no bin stretches over a threshold of two decimals.
const BIN: f64 = 0.005;

/// Height of all histograms together, if they are few, and the least height of one with its label.
const HEIGHT: i32 = 700;
const PANEL: i32 = 230;

const LEFT: i32 = 190;
const RIGHT: i32 = 1800;
/// Where the first panel begins, with its label.
const TOP: i32 = 170;

/// Penalties of one class.
struct Panel {
    label: String,
    penalties: Vec<f64>,
    ink: RGBColor,
}

/// The plot.
pub(super) fn scene(findings: &CalibrationFindings) -> Scene {
    let panels = panels(findings);
    let height = TOP + panel_height(panels.len()) * panels.len().max(1) as i32 + 90;
    let mut scene =
        Scene::new((1840, height as u32), "Histograms of the penalties of independent answers and of copies");
    draw_heading(&mut scene, "Penalties of responses", "Share of the responses of each kind in bins of equal width");
    if panels.is_empty() {
        draw_nothing(&mut scene, "no response has a penalty");
        return scene;
    }
    let limit = findings.calibration.threshold();
    let planes: Vec<Plane> = (0..panels.len()).map(|index| plane(&panels, index, limit)).collect();
    draw_threshold(&mut scene, &planes[0], findings);
    for (panel, plane) in panels.iter().zip(&planes) {
        draw_panel(&mut scene, plane, panel, limit);
    }
    let middle = (planes[0].frame.top + planes[planes.len() - 1].frame.bottom) / 2;
    draw_title_beside(&mut scene, middle, "share of its kind");
    planes[planes.len() - 1].frame.draw_title_below(&mut scene, "penalty");
    scene
}

fn panels(findings: &CalibrationFindings) -> Vec<Panel> {
    let independent = findings.penalties(Class::Independent);
    let label = format!("independent: {}", counted(independent.len(), "response"));
    let first = Panel { label, penalties: independent, ink: category(0) };
    let copies = |named: NamedCurve| {
        let label = format!("{}: {}", named.label, counted(named.penalties.len(), "response"));
        Panel { label, penalties: named.penalties, ink: category(1) }
    };
    let all = std::iter::once(first).chain(curves(findings).into_iter().map(copies));
    all.filter(|panel| !panel.penalties.is_empty()).collect()
}

/// Height of each of `count` histograms with its label.
fn panel_height(count: usize) -> i32 {
    (HEIGHT / count.max(1) as i32).max(PANEL)
}

/// The plane of a panel; all share the scale to the right.
fn plane(panels: &[Panel], index: usize, limit: f64) -> Plane {
    let penalties = panels.iter().flat_map(|panel| panel.penalties.iter().copied());
    let lowest = penalties.fold(limit.clamp(0.0, 1.0), f64::min);
    let first = ((lowest * 10.0 + 1e-6).floor() / 10.0).clamp(0.0, 0.9);
    let height = panel_height(panels.len());
    let top = TOP + height * index as i32 + 44;
    let frame = Frame { left: LEFT, top, right: RIGHT, bottom: top + height - 84, low: 0.0, high: 1.0 };
    let plane = Plane { frame, first, last: 1.0 };
    let highest = shares(&plane, &panels[index].penalties).into_iter().fold(0.0, f64::max);
    Plane { frame: Frame { high: if highest > 0.0 { highest } else { 1.0 }, ..frame }, ..plane }
}

/// The share of penalties in each bin. A bin holds what is above its lower end up to its upper one, as a threshold
/// tells them apart; the first holds what is below as well.
fn shares(plane: &Plane, penalties: &[f64]) -> Vec<f64> {
    let bins = ((plane.last - plane.first) / BIN).round() as usize;
    let mut shares = vec![0.0; bins];
    for penalty in penalties {
        let bin = ((penalty - plane.first) / BIN - 1e-9).ceil() as usize;
        shares[bin.clamp(1, bins) - 1] += 1.0 / penalties.len() as f64;
    }
    shares
}

fn draw_panel(scene: &mut Scene, plane: &Plane, panel: &Panel, limit: f64) {
    let Frame { bottom, top, .. } = plane.frame;
    let upwards = percent_ticks(plane.frame.high, ((bottom - top) / 100 + 2) as usize);
    plane.draw_across(scene, &round_ticks(plane.first, plane.last, 10));
    plane.frame.draw_rungs(scene, &upwards);
    draw_bars(scene, plane, panel);
    let flagged = panel.penalties.iter().filter(|penalty| **penalty > limit).count();
    let share = measured(flagged as f64 / panel.penalties.len() as f64);
    let label = format!("{}, {share} % above the threshold", panel.label);
    let words = Words::new(label, (LEFT, top - 14), SMALL).ink(panel.ink).bold();
    // The threshold's line passes behind the label.
    let (from, to) = words.extent();
    scene.add(Shape::Block { from, to: (to.0 + (to.0 - from.0) / 8, to.1), fill: PAPER });
    scene.write(words);
    if (plane.first..=plane.last).contains(&limit) {
        let x = plane.x(limit);
        scene.rule((x, top), (x, bottom), INK, 3);
    }
}

fn draw_bars(scene: &mut Scene, plane: &Plane, panel: &Panel) {
    let edge = |bin: usize| plane.x(plane.first + bin as f64 * BIN);
    let bottom = plane.frame.bottom;
    for (bin, share) in shares(plane, &panel.penalties).into_iter().enumerate().filter(|(_, share)| *share > 0.0) {
        // What is there at all can be seen.
        let height = plane.frame.y(share).min(bottom - 3);
        let (from, to) = ((edge(bin), height), (edge(bin + 1), bottom));
        scene.add(Shape::Block { from, to, fill: tint(panel.ink, 0.75) });
    }
}

/// The label of the threshold line, above the first panel.
fn draw_threshold(scene: &mut Scene, plane: &Plane, findings: &CalibrationFindings) {
    let limit = findings.calibration.threshold();
    let text = format!("threshold {} ({})", findings.shown_threshold(), findings.origin());
    let words = Words::new(text, (plane.x(limit), TOP - 22), SMALL);
    let align = if limit > (plane.first + plane.last) / 2.0 { Align::End } else { Align::Start };
    scene.write(words.align(align));
    scene.rule((plane.x(limit), TOP - 14), (plane.x(limit), plane.frame.top), INK, 3);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_end_at_their_upper_edge() {
        let frame = Frame { left: 0, top: 0, right: 1200, bottom: 100, low: 0.0, high: 1.0 };
        let plane = Plane { frame, first: 0.4, last: 1.0 };
        let found = shares(&plane, &[0.1, 0.95, 0.951, 1.0]);
        // .95 is the upper edge of bin 110, counted from 1: .4 + 110 · .005.
        assert_eq!((found[0], found[109], found[110], found[119]), (0.25, 0.25, 0.25, 0.25));
    }
}
