//! Histograms one above the other on the same axis, cut by one mark.

use plotters::style::RGBColor;

use super::axis::{Axis, Numbers};
use super::frame::{LEFT, Mark, RIGHT, SMALL, draw_title_below, draw_title_beside};
use super::palette::{PAPER, tint};
use super::scene::{Align, Area, Scene, Words, at};

/// Height of all histograms together, if they are few, and the least height of one with its label.
const HEIGHT: i32 = 700;
const PANEL: i32 = 230;

/// Where the first panel begins, with its label.
const TOP: i32 = 170;

/// A chart of histograms.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Histograms {
    pub across: Axis,
    /// What the bars are shares of.
    pub upwards: &'static str,
    /// Width of a bin, a whole number of which lies on the axis.
    pub bin: f64,
    pub panels: Vec<Panel>,
    pub mark: Mark,
}

/// The values of one histogram; there is at least one.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Panel {
    pub label: String,
    pub values: Vec<f64>,
    pub ink: RGBColor,
}

impl Histograms {
    /// Height of the picture.
    pub(super) fn height(&self) -> i32 {
        TOP + self.panel_height() * self.panels.len() as i32 + 90
    }

    pub(super) fn draw(&self, scene: &mut Scene) {
        let areas: Vec<Area> = (0..self.panels.len()).map(|index| self.area(index)).collect();
        self.draw_mark(scene);
        for (panel, area) in self.panels.iter().zip(&areas) {
            self.draw_panel(scene, panel, *area);
        }
        let all = Area { bottom: areas[areas.len() - 1].bottom, ..areas[0] };
        draw_title_beside(scene, all.middle().y, self.upwards);
        draw_title_below(scene, at(all.middle().x, self.height() - 28), &self.across.title);
    }

    fn panel_height(&self) -> i32 {
        (HEIGHT / self.panels.len().max(1) as i32).max(PANEL)
    }

    /// The frame of a panel, below its label.
    fn area(&self, index: usize) -> Area {
        let height = self.panel_height();
        let top = TOP + height * index as i32 + 44;
        Area { left: LEFT, top, right: RIGHT, bottom: top + height - 84 }
    }

    /// The share of values in each bin. A bin holds what is above its lower end up to its upper one, as a threshold
    /// tells them apart; the first holds what is below as well.
    fn shares(&self, values: &[f64]) -> Vec<f64> {
        let bins = ((self.across.high - self.across.low) / self.bin).round() as usize;
        let mut shares = vec![0.0; bins];
        for value in values {
            let bin = ((value - self.across.low) / self.bin - 1e-9).ceil() as usize;
            shares[bin.clamp(1, bins) - 1] += 1.0 / values.len() as f64;
        }
        shares
    }

    fn draw_panel(&self, scene: &mut Scene, panel: &Panel, area: Area) {
        let shares = self.shares(&panel.values);
        let high = shares.iter().copied().fold(0.0, f64::max);
        let ticks = (area.height() / 100 + 2) as usize;
        let upwards = Axis { numbers: Numbers::Percent, ticks, ..Axis::linear("", 0.0, high) };
        self.across.draw_across(scene, area);
        upwards.draw_upwards(scene, area);
        let edge = |bin: usize| self.across.x(area, self.across.low + bin as f64 * self.bin);
        for (bin, share) in shares.into_iter().enumerate().filter(|(_, share)| *share > 0.0) {
            // What is there at all can be seen.
            let top = upwards.y(area, share).min(area.bottom - 3);
            let bar = Area { left: edge(bin), top, right: edge(bin + 1), ..area };
            scene.block(bar, tint(panel.ink, 0.75));
        }
        let words = Words::new(&panel.label, at(LEFT, area.top - 14), SMALL).ink(panel.ink).bold();
        // The line of the mark passes behind the label.
        let behind = words.extent();
        scene.block(Area { right: behind.right + behind.width() / 8, ..behind }, PAPER);
        scene.write(words);
        if self.across.holds(self.mark.at) {
            let x = self.across.x(area, self.mark.at);
            scene.rule(at(x, area.top), at(x, area.bottom), self.mark.ink, 3);
        }
    }

    /// The label of the mark above the first panel, and a line from there.
    fn draw_mark(&self, scene: &mut Scene) {
        let first = self.area(0);
        let x = self.across.x(first, self.mark.at);
        let align = if self.across.share(self.mark.at) > 0.5 { Align::End } else { Align::Start };
        scene.write(Words::new(&self.mark.label, at(x, TOP - 22), SMALL).align(align));
        scene.rule(at(x, TOP - 14), at(x, first.top), self.mark.ink, 3);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::plots::palette::INK;

    #[test]
    fn bins_end_at_their_upper_edge() {
        let mark = Mark::new(0.95, String::new(), INK);
        let across = Axis::linear("", 0.4, 1.0);
        let found = Histograms { across, upwards: "", bin: 0.005, panels: vec![], mark };
        let found = found.shares(&[0.1, 0.95, 0.951, 1.0]);
        // .95 is the upper edge of bin 110, counted from 1: .4 + 110 · .005.
        assert_eq!([found[0], found[109], found[110], found[119]], [0.25; 4]);
    }
}
