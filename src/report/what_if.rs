//! What other values of one setting would change: figures by each value, whatever the command. One value gives the file
//! `grid.parquet`, the table that people see, the objects in JSON and the plot `grid`.

use std::cmp::Ordering;

use serde_json::Value;

use super::grid::Grid;
use super::grid::Heading::{Number, Text};
use super::numbers::{counted, with_interval};
use super::plots::axis::Axis;
use super::plots::dots::{Dot, Dots};
use super::plots::frame::widest;
use super::plots::lines::{Key, Lines, Look, Series, Spot};
use super::plots::palette::category;
use super::plots::{Kind, Plot};
use super::table::{Sheet, Table};
use crate::excerpt::escaped;
use crate::stats::{Estimate, Interval};

/// The name of the plot.
pub(super) const PLOT: &str = "grid";

/// Height of the picture.
const HEIGHT: i32 = 1000;

/// A figure, declared once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FigureSpec {
    /// Its name.
    pub name: &'static str,
    /// What it is, with its unit.
    pub meaning: &'static str,
    /// Decimals that people see of it.
    pub places: usize,
    /// Whether the plot shows it; those that it shows have one scale.
    pub is_drawn: bool,
}

/// Figures by each value of one setting.
#[derive(Debug, Clone, PartialEq)]
pub struct WhatIf {
    /// The setting, by its name.
    pub key: &'static str,
    /// What is looked at.
    pub figures: &'static [FigureSpec],
    /// The values in the order in which they were given.
    pub points: Vec<WhatIfPoint>,
}

/// One value of the setting.
#[derive(Debug, Clone, PartialEq)]
pub struct WhatIfPoint {
    /// It as text.
    pub value: String,
    /// It as a number, if it is one.
    pub number: Option<f64>,
    /// What each figure comes to, in their order; `None` where it is not known.
    pub results: Vec<Option<Estimate>>,
}

/// One figure at one value.
#[derive(Clone, Copy)]
struct Row<'a> {
    key: &'a str,
    point: &'a WhatIfPoint,
    figure: &'a FigureSpec,
    result: Option<Estimate>,
}

/// A figure that is drawn.
struct Drawn {
    name: &'static str,
    /// Its place among all figures.
    place: usize,
}

impl WhatIfPoint {
    /// What the figure at this place comes to.
    pub(super) fn result(&self, place: usize) -> Option<Estimate> {
        self.results.get(place).copied().flatten()
    }
}

impl FigureSpec {
    /// A figure with so many decimals.
    pub const fn number(name: &'static str, meaning: &'static str, places: usize) -> Self {
        Self { name, meaning, places, is_drawn: false }
    }

    /// A whole number.
    pub const fn whole(name: &'static str, meaning: &'static str) -> Self {
        Self::number(name, meaning, 0)
    }

    /// With a line in the plot.
    pub const fn drawn(self) -> Self {
        Self { is_drawn: true, ..self }
    }
}

/// The file `grid.parquet`, without rows where there is no what-if; `figures` are those that it would have.
pub(super) fn sheet<'a>(figures: &[FigureSpec], what_if: Option<&'a WhatIf>) -> Sheet<'a> {
    table(figures).sheet(PLOT, what_if.into_iter().flat_map(WhatIf::rows))
}

fn table<'a>(figures: &[FigureSpec]) -> Table<'a, Row<'a>> {
    let meanings: Vec<String> = figures.iter().map(|figure| format!("`{}`: {}", figure.name, figure.meaning)).collect();
    Table::new("What other values of one setting would change. One row per value of `--grid` and figure.")
        .column("key", "the setting", |row: Row<'a>| row.key)
        .column("value", "its value", |row| row.point.value.as_str())
        .column("figure", &meanings.join("; "), |row| row.figure.name)
        .column("number", "the value as a number, if it is one", |row| row.point.number)
        .column("result", "what the figure comes to by that value", |row| row.result.map(|result| result.value))
        .interval("result", "the interval of result", |row| row.result?.interval)
}

impl WhatIf {
    /// Every figure at every value.
    fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.points.iter().flat_map(|point| {
            let figures = self.figures.iter().zip(&point.results);
            figures.map(|(figure, &result)| Row { key: self.key, point, figure, result })
        })
    }

    /// The rows of the file as objects.
    pub(super) fn objects(&self) -> Value {
        table(self.figures).objects(self.rows())
    }

    /// A row for each value, with a column for each figure.
    pub(super) fn grid(&self) -> Grid {
        let heading = if self.is_ordered() { Number(self.key) } else { Text(self.key) };
        let cells = |point: &WhatIfPoint| {
            let figures = self.figures.iter().zip(&point.results);
            let shown = figures.map(|(figure, result)| {
                with_interval(result.map(|it| it.value), result.and_then(|it| it.interval), figure.places)
            });
            std::iter::once(escaped(&point.value)).chain(shown).collect()
        };
        Grid {
            columns: std::iter::once(heading).chain(self.figures.iter().map(|figure| Number(figure.name))).collect(),
            rows: self.points.iter().map(cells).collect(),
        }
    }

    /// What it goes over, in words: `epsilon from 0 to 0.05`, `3 values of preset`.
    pub(super) fn range(&self) -> String {
        match self.span() {
            Some(Interval { low, high }) if low < high => format!("{} from {low} to {high}", self.key),
            _ => self.values(),
        }
    }

    fn values(&self) -> String {
        format!("{} of {}", counted(self.points.len(), "value"), self.key)
    }

    /// Whether all values are numbers.
    pub(super) fn is_ordered(&self) -> bool {
        self.span().is_some()
    }

    /// The values in ascending order, where all are numbers, and else as they were given.
    pub(super) fn ordered(&self) -> Vec<&WhatIfPoint> {
        let mut points: Vec<&WhatIfPoint> = self.points.iter().collect();
        if self.is_ordered() {
            points.sort_by(|one, other| one.number.partial_cmp(&other.number).unwrap_or(Ordering::Equal));
        }
        points
    }

    /// The lowest and the highest value, where all are numbers.
    fn span(&self) -> Option<Interval> {
        let numbers = self.points.iter().map(|point| point.number).collect::<Option<Vec<f64>>>()?;
        let ends = numbers.into_iter().map(|number| Interval { low: number, high: number });
        ends.reduce(Interval::hull)
    }

    /// The figures that are drawn.
    fn drawn(&self) -> Vec<Drawn> {
        let all = self.figures.iter().enumerate().map(|(place, figure)| Drawn { name: figure.name, place });
        all.filter(|drawn| self.figures[drawn.place].is_drawn).collect()
    }

    /// Lines over numbers; dots, where a value is no number or there is only one.
    pub(super) fn plot(&self) -> Plot {
        let kind = match self.span().filter(|span| span.low < span.high) {
            _ if self.drawn().is_empty() => Kind::Nothing("none of the figures is a share"),
            Some(span) => Kind::Lines(self.lines(span)),
            None => Kind::Dots(self.dots()),
        };
        Plot {
            name: PLOT,
            caption: "What other values of one setting would change.",
            title: "What if",
            subtitle: format!("Judged again by each of {}", self.values()),
            kind,
        }
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
            let spot = |point: &&WhatIfPoint| {
                let Estimate { value, interval } = point.result(place)?;
                Some(Spot { x: point.number?, y: value, band: interval })
            };
            let spots: Vec<Spot> = points.iter().filter_map(spot).collect();
            let look = Look { has_band: spots.iter().any(|spot| spot.band.is_some()), ..Look::category(rank) };
            series.push(Series { look, spots });
            keys.push(Key { look, label: name.into() });
        }
        Lines {
            height: HEIGHT,
            across: Axis::linear(self.key, span.low, span.high),
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
                let (value, result) = (escaped(&point.value), point.result(*place));
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
        Dots { height: HEIGHT + widest(&labels), upwards: self.upwards(), slots: self.key, dots, levels: vec![] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::plots::testing::assert_drawable;

    const FIGURES: [FigureSpec; 3] = [
        FigureSpec::whole("paid", "submissions that are paid"),
        FigureSpec::number("share", "share of the first", 2).drawn(),
        FigureSpec::number("other", "share of the second", 2).drawn(),
    ];

    fn what_if(values: &[&str]) -> WhatIf {
        let point = |value: &&str| {
            let share = Estimate { value: 0.5, interval: Some(Interval { low: 0.25, high: 0.75 }) };
            let other = Estimate { value: 0.125, interval: None };
            let results = vec![None, Some(share), Some(other)];
            WhatIfPoint { value: (*value).into(), number: value.parse().ok(), results }
        };
        WhatIf { key: "alpha", figures: &FIGURES, points: values.iter().map(point).collect() }
    }

    #[test]
    fn people_see_a_row_for_each_value() {
        let text = what_if(&["0.2", "0.1"]).grid().markdown();
        let rows = "| 0.2 | – | 0.50 [0.25–0.75] | 0.12 |\n| 0.1 | – | 0.50 [0.25–0.75] | 0.12 |";
        assert_eq!(text, format!("| alpha | paid | share | other |\n| --: | --: | --: | --: |\n{rows}"));
        assert!(what_if(&["a|b"]).grid().markdown().contains("| a\\|b |"));
    }

    #[test]
    fn objects_have_a_row_for_each_value_and_figure() {
        let objects = what_if(&["0.2", "x"]).objects();
        assert_eq!(objects.as_array().map(Vec::len), Some(6));
        assert_eq!((&objects[0]["result"], &objects[1]["result_high"]), (&Value::Null, &Value::from(0.75)));
        assert_eq!((&objects[2]["number"], &objects[5]["number"]), (&Value::from(0.2), &Value::Null));
        assert_eq!((&objects[5]["value"], &objects[5]["figure"]), (&Value::from("x"), &Value::from("other")));
    }

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
    fn what_it_goes_over_is_said() {
        assert_eq!(what_if(&["0.3", "0", "0.1"]).range(), "alpha from 0 to 0.3");
        assert_eq!(what_if(&["a", "0.1"]).range(), "2 values of alpha");
        assert_eq!(what_if(&["0.1"]).range(), "1 value of alpha");
    }
}
