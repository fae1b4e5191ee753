//! A what-if over one or two settings: the values that `--grid` asks for, with its grammar, and the rules that each point
//! comes to.

use std::collections::HashSet;
use std::str::FromStr;

use crate::report::{FigureSpec, GridValue, WhatIf, WhatIfPoint};
use crate::stats::Estimate;

/// Most points of a grid.
pub(super) const MOST_POINTS: usize = 1000;

/// What a grid looks like.
const EXPECTED: &str = "expected KEY=VALUE,VALUE,… or KEY=START:END:STEP";

/// Most decimals that a number needs: the smallest one has so many.
const MOST_DECIMALS: usize = 1074;

/// By how much of a step a range may miss its end and still hold it.
const SLACK: f64 = 1e-6;

/// Most settings of a grid: a picture has two sides.
const MOST_KEYS: usize = 2;

/// A grid as it is asked for: `KEY=A,B,C` or `KEY=START:END:STEP`, once or twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GridSpec {
    /// The settings that vary.
    pub sides: Vec<GridSide>,
}

/// One setting that varies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GridSide {
    /// Its name.
    pub key: String,
    /// Its values as texts in its grammar, each once.
    pub values: Vec<String>,
}

/// What a command judges by at each point of a grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid<R> {
    /// The settings that vary, by their names.
    pub keys: Vec<&'static str>,
    /// The points, the values of the last setting changing first.
    pub points: Vec<GridPoint<R>>,
}

/// A value of each setting that varies, and what follows from them.
#[derive(Debug, Clone, PartialEq)]
pub struct GridPoint<R> {
    /// The values, in the order of the settings.
    pub values: Vec<GridValue>,
    /// The rules with them.
    pub rules: R,
}

impl<R> Grid<R> {
    /// The what-if of these figures; `results` are those of each point, in its order and in that of the figures.
    pub fn what_if(
        &self,
        figures: &'static [FigureSpec],
        results: impl IntoIterator<Item = Vec<Option<Estimate>>>,
    ) -> WhatIf {
        let points = self.points.iter().zip(results);
        let points = points.map(|(point, results)| WhatIfPoint { values: point.values.clone(), results });
        WhatIf { keys: self.keys.clone(), figures, points: points.collect() }
    }

    /// A point as the user would type it.
    pub fn typed(&self, point: &GridPoint<R>) -> String {
        let sides = self.keys.iter().zip(&point.values).map(|(key, value)| format!("{key}={}", value.text));
        format!("--grid {}", sides.collect::<Vec<_>>().join(" "))
    }
}

impl GridSpec {
    /// Every point: one value of each setting, those of the last changing first.
    pub fn points(&self) -> Vec<Vec<&str>> {
        combinations(self.sides.iter().map(|side| side.values.as_slice()))
    }
}

/// Every combination of one value of each list, the last list changing first.
pub fn combinations<'a>(lists: impl Iterator<Item = &'a [String]>) -> Vec<Vec<&'a str>> {
    let with = |points: Vec<Vec<&'a str>>, values: &'a [String]| {
        let longer = |point: &Vec<&'a str>| {
            let point = point.clone();
            values.iter().map(move |value| point.iter().copied().chain([value.as_str()]).collect())
        };
        points.iter().flat_map(longer).collect()
    };
    lists.fold(vec![Vec::new()], with)
}

impl FromStr for GridSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let sides = sides(text)?;
        if sides.len() > MOST_KEYS {
            return Err(format!("expected at most {MOST_KEYS} settings; `weighhouse sweep` takes more"));
        }
        if let [one, other] = &sides[..]
            && one.key == other.key
        {
            return Err(format!("has {} twice", one.key));
        }
        if sides.iter().map(|side| side.values.len()).product::<usize>() > MOST_POINTS {
            return Err(too_many(MOST_POINTS));
        }
        Ok(Self { sides })
    }
}

/// The settings of a text, each with its values.
fn sides(text: &str) -> Result<Vec<GridSide>, String> {
    let heads: Vec<Head> = text.match_indices('=').filter_map(|(at, _)| Head::before(text, at)).collect();
    if heads.first().is_none_or(|head| !text[..head.start].trim().is_empty()) {
        return Err(EXPECTED.to_owned());
    }
    let ends = heads.iter().skip(1).map(|next| next.start).chain([text.len()]);
    let side = |(head, end): (&Head, usize)| {
        let values = distinct(&text[head.equals + 1..end], MOST_POINTS)?;
        // As in the file of settings, hyphens and underscores are the same.
        Ok(GridSide { key: text[head.start..head.equals].trim().replace('_', "-"), values })
    };
    heads.iter().zip(ends).map(side).collect()
}

/// Where a setting of a grid begins: a word at the start or behind a blank, with a `=` behind it.
#[derive(Debug, Clone, Copy)]
struct Head {
    start: usize,
    equals: usize,
}

impl Head {
    /// The word ahead of the `=` at this place, if it can be a key; a value may have a `=` too.
    fn before(text: &str, equals: usize) -> Option<Self> {
        let ahead = text[..equals].trim_end();
        let start = ahead.char_indices().rev().find(|(_, letter)| letter.is_whitespace());
        let start = start.map_or(0, |(at, blank)| at + blank.len_utf8());
        let is_key = |word: &str| word.chars().all(|letter| letter.is_alphanumeric() || "-_".contains(letter));
        (!ahead[start..].is_empty() && is_key(&ahead[start..])).then_some(Self { start, equals })
    }
}

/// The values of `A,B,C` or `START:END:STEP`, as texts, each once; `most` at most.
pub fn distinct(text: &str, most: usize) -> Result<Vec<String>, String> {
    let values = listed(text, most)?;
    let mut seen = HashSet::new();
    match values.iter().find(|value| value.is_empty() || !seen.insert(value.as_str())) {
        Some(empty) if empty.is_empty() => Err(EXPECTED.replace("KEY=", "")),
        Some(twice) => Err(format!("has the value {twice} twice")),
        None => Ok(values),
    }
}

/// The same, where a value may stand there more than once.
pub(super) fn listed(text: &str, most: usize) -> Result<Vec<String>, String> {
    let values = match Range::of(text)? {
        Some(range) => range.values(most)?,
        None => text.split(',').map(|value| value.trim().to_owned()).collect(),
    };
    if values.len() > most { Err(too_many(most)) } else { Ok(values) }
}

/// Numbers from one to another, by equal steps.
#[derive(Debug, Clone, Copy)]
struct Range {
    start: f64,
    end: f64,
    step: f64,
    /// How many of their decimals are typed.
    decimals: usize,
}

impl Range {
    /// The range that a text is; `None` where it is a list, in which a value may have colons too.
    fn of(text: &str) -> Result<Option<Self>, String> {
        let parts: Vec<&str> = text.split(':').map(str::trim).collect();
        let [start, end, step] = parts[..] else { return Ok(None) };
        let number = |part: &str| part.parse::<f64>().ok().filter(|number| number.is_finite());
        match [start, end, step].map(number) {
            [Some(from), Some(to), Some(by)] => {
                let decimals = decimals(start).max(decimals(step));
                Ok(Some(Self { start: from, end: to, step: by, decimals }))
            }
            [None, None, None] => Ok(None),
            _ => Err("expected finite numbers in START:END:STEP".to_owned()),
        }
    }

    /// Its numbers as texts, without what rounding adds to them.
    fn values(self, most: usize) -> Result<Vec<String>, String> {
        if self.step <= 0.0 {
            return Err("expected a STEP above 0".to_owned());
        }
        if self.end < self.start {
            return Err("expected an END that is not below START".to_owned());
        }
        let steps = (self.end - self.start) / self.step + SLACK;
        if steps >= most as f64 {
            return Err(too_many(most));
        }
        let rounded = |number: f64| format!("{number:.*}", self.decimals).parse::<f64>().unwrap_or(number);
        // Adding 0 makes 0 of −0.
        let value = |index: usize| (rounded(self.start + index as f64 * self.step) + 0.0).to_string();
        Ok((0..=steps as usize).map(value).collect())
    }
}

fn too_many(most: usize) -> String {
    format!("expected at most {most} values")
}

/// How many decimals a number is typed with.
fn decimals(text: &str) -> usize {
    let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let typed = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len() as i64);
    let places = typed.saturating_sub(exponent.parse().unwrap_or(0));
    usize::try_from(places).unwrap_or(0).min(MOST_DECIMALS)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn values(text: &str) -> Vec<String> {
        text.parse::<GridSpec>().expect("a grid").sides.remove(0).values
    }

    fn refusal(text: &str) -> String {
        text.parse::<GridSpec>().expect_err("refused")
    }

    #[test]
    fn a_list_is_taken_as_it_is() {
        let grid: GridSpec = "sample_min = 1, 5,07".parse().expect("a grid");
        let side = GridSide { key: "sample-min".into(), values: vec!["1".into(), "5".into(), "07".into()] };
        assert_eq!(grid, GridSpec { sides: vec![side] });
        assert_eq!(values("preset=coldint"), ["coldint"]);
        assert_eq!(values("epsilon=0.01,linear:0.1:0.05:9"), ["0.01", "linear:0.1:0.05:9"]);
        assert_eq!(values("epsilon=linear:0.1:0.05:9"), ["linear:0.1:0.05:9"]);
        assert_eq!(values("x=a:b:c"), ["a:b:c"], "three words are no range");
    }

    #[test]
    fn a_range_has_both_ends_and_no_noise() {
        let hundredths = ["0.9", "0.91", "0.92", "0.93", "0.94", "0.95", "0.96", "0.97", "0.98", "0.99"];
        assert_eq!(values("alpha=0.9:0.99:0.01"), hundredths);
        assert_eq!(values("x=0:0.3:0.1"), ["0", "0.1", "0.2", "0.3"]);
        assert_eq!(values("x=-0.1:0.1:0.1"), ["-0.1", "0", "0.1"]);
        assert_eq!(values("x=1:5:2"), ["1", "3", "5"]);
        assert_eq!(values("x=1:5.9:2"), ["1", "3", "5"], "an end between two steps is not reached");
        assert_eq!(values("x=2:2:1"), ["2"]);
        assert_eq!(values("x=1e-3:3E-3:1e-3"), ["0.001", "0.002", "0.003"]);
        assert_eq!(values("x=5:20:5e0"), ["5", "10", "15", "20"]);
        assert_eq!(values("x=1e-320:1e-320:1e-320").len(), 1);
        assert_eq!(values("x=0e-999999999999999999999:2:1"), ["0", "1", "2"]);
        assert_eq!(values("x=1:1000:1").len(), 1000);
    }

    #[test]
    fn two_settings_make_a_point_of_each_pair() {
        let grid: GridSpec = "alpha=0.5,0.9  sample_min = 1:3:1".parse().expect("a grid");
        assert_eq!(grid.sides.iter().map(|side| side.key.as_str()).collect::<Vec<_>>(), ["alpha", "sample-min"]);
        let points = grid.points();
        assert_eq!(points.len(), 6);
        assert_eq!([&points[0], &points[2], &points[5]], [&["0.5", "1"], &["0.5", "3"], &["0.9", "3"]]);
        assert_eq!(values("shares=l3=0.6"), ["l3=0.6"], "a value may have a = too");
        assert_eq!(refusal("a=1 b=2 c=3"), "expected at most 2 settings; `weighhouse sweep` takes more");
        assert_eq!(refusal("a=1 a=2"), "has a twice");
        assert_eq!(refusal("a=1:100:1 b=1:11:1"), "expected at most 1000 values");
        assert!(refusal("a=1, b=2").starts_with("expected VALUE"));
    }

    #[test]
    fn what_is_no_grid_is_refused() {
        for text in ["", "alpha", "=1", "alpha=", "alpha=1,,2", "alpha=1,"] {
            assert!(refusal(text).starts_with("expected ") && refusal(text).ends_with("START:END:STEP"), "{text}");
        }
        assert_eq!(refusal("x=0:1:0"), "expected a STEP above 0");
        assert_eq!(refusal("x=1:0:-0.1"), "expected a STEP above 0");
        assert_eq!(refusal("x=1:0:0.1"), "expected an END that is not below START");
        for text in ["x=0:inf:1", "x=nan:1:1", "x=0:1:y", "x=0::1", "x=0:1e999:1"] {
            assert_eq!(refusal(text), "expected finite numbers in START:END:STEP", "{text}");
        }
        for text in ["x=1:1001:1", "x=0:1:1e-300", "x=-1e308:1e308:1"] {
            assert_eq!(refusal(text), "expected at most 1000 values", "{text}");
        }
        let list: Vec<String> = (0..1001).map(|value: usize| value.to_string()).collect();
        assert_eq!(refusal(&format!("x={}", list.join(","))), "expected at most 1000 values");
        assert_eq!(refusal("x=1,2,1"), "has the value 1 twice");
        assert_eq!(refusal("x=1e17:100000000000000020:1"), "has the value 100000000000000000 twice");
    }
    proptest! {
        #[test]
        fn any_text_is_a_grid_of_few_values_or_refused(text in "x=[-+0-9.eE:, x=]{0,24}") {
            if let Ok(grid) = text.parse::<GridSpec>() {
                prop_assert!((1..=MOST_POINTS).contains(&grid.points().len()));
                prop_assert!(grid.sides.iter().flat_map(|side| &side.values).all(|value| !value.is_empty()));
            }
        }
    }
}
