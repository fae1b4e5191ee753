//! The picture of a what-if: lines over the numbers of one setting, dots for values that are no numbers, cells for two
//! settings.

use super::{PLOT, WhatIf};
use crate::excerpt::escaped;
use crate::report::plots::axis::Axis;
use crate::report::plots::dots::{Dot, Dots};
use crate::report::plots::frame::widest;
use crate::report::plots::heat_map::{Colours, HeatMap, Scale, Side};
use crate::report::plots::lines::{Key, Lines, Look, Series, Spot};
use crate::report::plots::palette::category;
use crate::report::plots::{Kind, Plot};
use crate::stats::Interval;

/// Height of the picture.
const HEIGHT: i32 = 1000;

/// A figure that is drawn.
#[derive(Clone, Copy)]
struct Drawn {
    name: &'static str,
    /// Its place among all figures.
    place: usize,
}

impl WhatIf {
    /// Lines over numbers; dots, where a value is no number or there is only one; cells of the first figure that is drawn,
    /// where two settings vary.
    pub(in crate::report) fn plot(&self) -> Plot {
        let drawn = self.drawn();
        let kind = match (&drawn[..], &self.keys[..], self.span(0).filter(|span| span.low < span.high)) {
            ([], _, _) => Kind::Nothing("none of the figures is a share"),
            ([first, ..], [_, _], _) => Kind::HeatMap(self.map_of(first.place)),
            (_, _, Some(span)) => Kind::Lines(self.lines(span)),
            _ => Kind::Dots(self.dots()),
        };
        let subtitle = match (&kind, drawn.first()) {
            (Kind::HeatMap(_), Some(first)) => format!("{} over {}", first.name, self.range()),
            _ => format!("Judged again over {}", self.range()),
        };
        let caption = "What other values of one or two settings would change.";
        Plot { name: PLOT, caption, title: "What if", subtitle, kind }
    }

    /// The figures that are drawn.
    fn drawn(&self) -> Vec<Drawn> {
        let all = self.figures.iter().enumerate().filter(|(_, figure)| figure.is_drawn);
        all.map(|(place, figure)| Drawn { name: figure.name, place }).collect()
    }

    /// An axis that holds all that is drawn.
    fn upwards(&self) -> Axis {
        let drawn = self.rows().filter(|row| row.figure.is_drawn).filter_map(|row| row.result);
        let ends = drawn.flat_map(|result| {
            let ends = result.interval.map(|ends| [ends.low, ends.high]);
            std::iter::once(result.value).chain(ends.into_iter().flatten())
        });
        let title = if let [only] = &self.drawn()[..] { only.name } else { "" };
        Axis::around(title, ends)
    }

    fn lines(&self, span: Interval) -> Lines {
        let (points, mut series, mut keys) = (self.ordered(), Vec::new(), Vec::new());
        for (rank, Drawn { name, place }) in self.drawn().into_iter().enumerate() {
            let spots: Vec<Spot> = points
                .iter()
                .filter_map(|point| {
                    let result = point.result(place)?;
                    Some(Spot { x: point.values.first()?.number?, y: result.value, band: result.interval })
                })
                .collect();
            let look = Look { has_band: spots.iter().any(|spot| spot.band.is_some()), ..Look::category(rank) };
            series.push(Series { look, spots });
            keys.push(Key { look, label: name.into() });
        }
        Lines {
            height: HEIGHT,
            across: Axis::linear(self.keys[0], span.low, span.high),
            upwards: self.upwards(),
            series,
            keys,
            ..Lines::default()
        }
    }

    /// The values beside each other, figure by figure.
    fn dots(&self) -> Dots {
        let (drawn, mut dots) = (self.drawn(), Vec::new());
        for (rank, Drawn { name, place }) in drawn.iter().enumerate() {
            for point in &self.points {
                let (value, result) = (point.label(), point.result(*place));
                dots.push(Dot {
                    label: if drawn.len() == 1 { value } else { format!("{name}: {value}") },
                    value: result.map_or(f64::NAN, |result| result.value),
                    interval: result.and_then(|result| result.interval),
                    ink: category(rank),
                });
            }
        }
        let labels: Vec<String> = dots.iter().map(|dot| dot.label.clone()).collect();
        // Long labels stand upright below the frame, which keeps its height.
        Dots { height: HEIGHT + widest(&labels), upwards: self.upwards(), slots: self.keys[0], dots, levels: vec![] }
    }

    /// The figure at this place by the values of two settings; those of the first go down.
    pub(in crate::report) fn map_of(&self, place: usize) -> HeatMap {
        let side =
            |side: usize| Side { title: self.keys[side], labels: self.texts(side).into_iter().map(escaped).collect() };
        let cells: Vec<Option<f64>> =
            self.points.iter().map(|point| point.result(place).map(|result| result.value)).collect();
        let ends = cells.iter().flatten().filter(|value| value.is_finite());
        let ends = ends.map(|&value| Interval { low: value, high: value }).reduce(Interval::hull);
        let Interval { low, high } = ends.unwrap_or(Interval { low: 0.0, high: 1.0 });
        let places = self.figures[place].places;
        let scale = Scale { low, high, places, empty: "not known", colours: Colours::Rising, ..Scale::default() };
        HeatMap { rows: side(0), columns: side(1), cells, scale }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::what_if;
    use super::*;
    use crate::report::plots::testing::assert_drawable;

    #[test]
    fn lines_go_over_numbers_and_dots_stand_for_what_is_none() {
        let Kind::Lines(lines) = what_if(&["0.3", "0.1"]).plot().kind else { panic!("no lines") };
        assert_eq!((lines.across.low, lines.across.high), (0.1, 0.3));
        assert_eq!(lines.series.len(), 2, "one for each figure that is drawn");
        assert_eq!(lines.series[0].spots.iter().map(|spot| spot.x).collect::<Vec<_>>(), [0.1, 0.3]);
        assert!(lines.keys[0].look.has_band && !lines.keys[1].look.has_band);
        assert!(lines.upwards.holds(0.75));
        for values in [&["a", "0.1"][..], &["0.1"]] {
            let Kind::Dots(dots) = what_if(values).plot().kind else { panic!("no dots") };
            assert_eq!(dots.dots.len(), 2 * values.len());
            assert_eq!(dots.dots[0].label, format!("share: {}", values[0]));
        }
        let many: Vec<String> = (0..40).map(|value| format!("a-preset-{value}")).collect();
        let many = what_if(&many.iter().map(String::as_str).collect::<Vec<_>>());
        for plot in [many.plot(), what_if(&["0.3", "0.1"]).plot()] {
            assert_drawable(PLOT, &plot.scene());
        }
    }

    #[test]
    fn two_settings_are_cells() {
        let Kind::HeatMap(map) = what_if(&["0.1 a", "0.1 b", "0.2 a", "0.2 b"]).plot().kind else { panic!("no cells") };
        assert_eq!((map.rows.title, &map.rows.labels[..]), ("alpha", &["0.1".to_owned(), "0.2".to_owned()][..]));
        assert_eq!((map.columns.title, &map.columns.labels[..]), ("preset", &["a".to_owned(), "b".to_owned()][..]));
        assert_eq!(map.cells, [Some(0.5); 4]);
        let many: Vec<String> = (0..40).flat_map(|row| (0..25).map(move |column| format!("{row} {column}"))).collect();
        let many = what_if(&many.iter().map(String::as_str).collect::<Vec<_>>());
        for plot in [many.plot(), what_if(&["1 a", "1 b"]).plot(), what_if(&["1 2"]).plot()] {
            assert_drawable(PLOT, &plot.scene());
        }
    }
}
