//! What other values of one setting would change, or of two: figures at each point, whatever the command. One value gives
//! the file `grid.parquet`, the table that people see, the objects in JSON and the plot `grid`.

mod plot;

use std::cmp::Ordering;

use serde_json::Value;

use super::grid::Grid;
use super::grid::Heading::{Number, Text};
use super::numbers::{counted, with_interval};
use super::table::{Sheet, Table};
use crate::excerpt::escaped;
use crate::stats::{Estimate, Interval};

/// The name of the plot.
pub(super) const PLOT: &str = "grid";

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

/// Figures at each point of a grid.
#[derive(Debug, Clone, PartialEq)]
pub struct WhatIf {
    /// The settings that vary, by their names.
    pub keys: Vec<&'static str>,
    /// What is looked at.
    pub figures: &'static [FigureSpec],
    /// The points in the order in which they were given.
    pub points: Vec<WhatIfPoint>,
}

/// A value of each setting.
#[derive(Debug, Clone, PartialEq)]
pub struct WhatIfPoint {
    /// The values, in the order of the settings.
    pub values: Vec<GridValue>,
    /// What each figure comes to, in their order; `None` where it is not known.
    pub results: Vec<Option<Estimate>>,
}

/// A value of a setting that varies.
#[derive(Debug, Clone, PartialEq)]
pub struct GridValue {
    /// It as text.
    pub text: String,
    /// It as a number, if it is a finite one.
    pub number: Option<f64>,
}

/// One figure at one point.
#[derive(Clone, Copy)]
struct Row<'a> {
    what_if: &'a WhatIf,
    point: &'a WhatIfPoint,
    figure: &'a FigureSpec,
    result: Option<Estimate>,
}

impl GridValue {
    /// The value of a text.
    pub fn new(text: &str) -> Self {
        let number = text.parse().ok().filter(|number: &f64| number.is_finite());
        Self { text: text.to_owned(), number }
    }
}

impl WhatIfPoint {
    /// What the figure at this place comes to.
    pub(super) fn result(&self, place: usize) -> Option<Estimate> {
        self.results.get(place).copied().flatten()
    }

    /// Its values as people read them.
    pub(super) fn label(&self) -> String {
        self.values.iter().map(|value| escaped(&value.text)).collect::<Vec<_>>().join(", ")
    }
}

impl<'a> Row<'a> {
    /// The name of a setting.
    fn key(&self, side: usize) -> Option<&'a str> {
        self.what_if.keys.get(side).copied()
    }

    fn value(&self, side: usize) -> Option<&'a str> {
        Some(self.point.values.get(side)?.text.as_str())
    }

    fn number(&self, side: usize) -> Option<f64> {
        self.point.values.get(side)?.number
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
    Table::new("What other values of one or two settings would change. One row per point of `--grid` and figure.")
        .column("key", "the setting", |row: Row<'a>| row.key(0).unwrap_or_default())
        .column("value", "its value", |row| row.value(0).unwrap_or_default())
        .column("number", "the value as a number, if it is one", |row| row.number(0))
        .column("other_key", "the other setting that varies; null where there is none", |row| row.key(1))
        .column("other_value", "its value", |row| row.value(1))
        .column("other_number", "that value as a number, if it is one", |row| row.number(1))
        .column("figure", &meanings.join("; "), |row| row.figure.name)
        .column("result", "what the figure comes to at that point", |row| row.result.map(|result| result.value))
        .interval("result", "the interval of result", |row| row.result?.interval)
}

impl WhatIf {
    /// Every figure at every point.
    fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.points.iter().flat_map(move |point| {
            let figures = self.figures.iter().zip(&point.results);
            figures.map(move |(figure, &result)| Row { what_if: self, point, figure, result })
        })
    }

    /// The rows of the file as objects.
    pub(super) fn objects(&self) -> Value {
        table(self.figures).objects(self.rows())
    }

    /// A row for each point, with a column for each setting and figure.
    pub(super) fn grid(&self) -> Grid {
        let heading = |(side, &key): (usize, &&'static str)| {
            if self.numbers(side).is_some() { Number(key) } else { Text(key) }
        };
        let cells = |point: &WhatIfPoint| {
            let figures = self.figures.iter().zip(&point.results);
            let shown = figures.map(|(figure, result)| {
                with_interval(result.map(|it| it.value), result.and_then(|it| it.interval), figure.places)
            });
            point.values.iter().map(|value| escaped(&value.text)).chain(shown).collect()
        };
        let settings = self.keys.iter().enumerate().map(heading);
        Grid {
            columns: settings.chain(self.figures.iter().map(|figure| Number(figure.name))).collect(),
            rows: self.points.iter().map(cells).collect(),
        }
    }

    /// What it goes over, in words: `epsilon from 0 to 0.05`, `3 values of preset`, both with an `and`.
    pub(super) fn range(&self) -> String {
        let range = |(side, key): (usize, &&str)| match self.span(side) {
            Some(Interval { low, high }) if low < high => format!("{key} from {low} to {high}"),
            _ => format!("{} of {key}", counted(self.texts(side).len(), "value")),
        };
        self.keys.iter().enumerate().map(range).collect::<Vec<_>>().join(" and ")
    }

    /// Whether there is one setting and all its values are numbers.
    pub(super) fn is_ordered(&self) -> bool {
        self.keys.len() == 1 && self.numbers(0).is_some()
    }

    /// The points in ascending order, where they have one, and else as they were given.
    pub(super) fn ordered(&self) -> Vec<&WhatIfPoint> {
        let mut points: Vec<&WhatIfPoint> = self.points.iter().collect();
        if self.is_ordered() {
            let number = |point: &WhatIfPoint| point.values[0].number;
            points.sort_by(|one, other| number(one).partial_cmp(&number(other)).unwrap_or(Ordering::Equal));
        }
        points
    }

    /// The values of a setting, each once.
    fn texts(&self, side: usize) -> Vec<&str> {
        let mut texts: Vec<&str> = Vec::new();
        for value in self.points.iter().filter_map(|point| point.values.get(side)) {
            if !texts.contains(&value.text.as_str()) {
                texts.push(&value.text);
            }
        }
        texts
    }

    /// The values of a setting as numbers, if all are.
    fn numbers(&self, side: usize) -> Option<Vec<f64>> {
        self.points.iter().map(|point| point.values.get(side)?.number).collect()
    }

    /// The lowest and the highest value, where all are numbers.
    fn span(&self, side: usize) -> Option<Interval> {
        let ends = self.numbers(side)?.into_iter().map(|number| Interval { low: number, high: number });
        ends.reduce(Interval::hull)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIGURES: [FigureSpec; 3] = [
        FigureSpec::whole("paid", "submissions that are paid"),
        FigureSpec::number("share", "share of the first", 2).drawn(),
        FigureSpec::number("other", "share of the second", 2).drawn(),
    ];

    pub(super) fn what_if(values: &[&str]) -> WhatIf {
        let point = |value: &&str| {
            let share = Estimate { value: 0.5, interval: Some(Interval { low: 0.25, high: 0.75 }) };
            let other = Estimate { value: 0.125, interval: None };
            let results = vec![None, Some(share), Some(other)];
            WhatIfPoint { values: value.split(' ').map(GridValue::new).collect(), results }
        };
        let sides = values[0].split(' ').count();
        WhatIf {
            keys: ["alpha", "preset"][..sides].into(),
            figures: &FIGURES,
            points: values.iter().map(point).collect(),
        }
    }

    #[test]
    fn people_see_a_row_for_each_value() {
        let text = what_if(&["0.2", "0.1"]).grid().markdown();
        let rows = "| 0.2 | – | 0.50 [0.25–0.75] | 0.12 |\n| 0.1 | – | 0.50 [0.25–0.75] | 0.12 |";
        assert_eq!(text, format!("| alpha | paid | share | other |\n| --: | --: | --: | --: |\n{rows}"));
        assert!(what_if(&["a|b"]).grid().markdown().contains("| a\\|b |"));
        let text = what_if(&["0.2 x"]).grid().markdown();
        assert_eq!(text.lines().last(), Some("| 0.2 | x | – | 0.50 [0.25–0.75] | 0.12 |"));
    }

    #[test]
    fn objects_have_a_row_for_each_value_and_figure() {
        let objects = what_if(&["0.2", "x"]).objects();
        assert_eq!(objects.as_array().map(Vec::len), Some(6));
        assert_eq!((&objects[0]["result"], &objects[1]["result_high"]), (&Value::Null, &Value::from(0.75)));
        assert_eq!((&objects[2]["number"], &objects[5]["number"]), (&Value::from(0.2), &Value::Null));
        assert_eq!((&objects[5]["value"], &objects[5]["figure"]), (&Value::from("x"), &Value::from("other")));
        assert_eq!(objects[0]["other_key"], Value::Null);
        let objects = what_if(&["0.2 7"]).objects();
        let other = |column: &str| objects[0][format!("other_{column}")].clone();
        assert_eq!([other("key"), other("value"), other("number")], ["preset".into(), "7".into(), Value::from(7.0)]);
    }

    #[test]
    fn what_it_goes_over_is_said() {
        assert_eq!(what_if(&["0.3", "0", "0.1"]).range(), "alpha from 0 to 0.3");
        assert_eq!(what_if(&["a", "0.1"]).range(), "2 values of alpha");
        assert_eq!(what_if(&["0.1"]).range(), "1 value of alpha");
        assert_eq!(what_if(&["1 a", "1 b", "2 a", "2 b"]).range(), "alpha from 1 to 2 and 2 values of preset");
    }
}
