//! A what-if over one setting: the values that `--grid` asks for, with its grammar, and the rules that each comes to.

use std::str::FromStr;

use crate::report::{FigureSpec, WhatIf, WhatIfPoint};
use crate::stats::Estimate;

/// Most values of a grid.
const MOST_POINTS: usize = 1000;

/// Most decimals that a number needs: the smallest one has so many.
const MOST_DECIMALS: usize = 1074;

/// By how much of a step a range may miss its end and still hold it.
const SLACK: f64 = 1e-6;

/// A grid as it is asked for: `KEY=A,B,C` or `KEY=START:END:STEP`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GridSpec {
    /// The setting that takes the values, by its name.
    pub key: String,
    /// Its values as texts in the grammar of that setting, each once.
    pub values: Vec<String>,
}

/// What a command judges by at each value of one setting.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid<R> {
    /// The setting, by its name.
    pub key: &'static str,
    /// The values in the order in which they were given.
    pub points: Vec<GridPoint<R>>,
}

/// One value of the setting, and what follows from it.
#[derive(Debug, Clone, PartialEq)]
pub struct GridPoint<R> {
    /// The value as text.
    pub value: String,
    /// It as a number, if it is a finite one.
    pub number: Option<f64>,
    /// The rules with this value.
    pub rules: R,
}

impl<R> Grid<R> {
    /// The what-if of these figures; `results` are those of each point, in its order and in that of the figures.
    pub fn what_if(
        &self,
        figures: &'static [FigureSpec],
        results: impl IntoIterator<Item = Vec<Option<Estimate>>>,
    ) -> WhatIf {
        let points = self.points.iter().zip(results).map(|(point, results)| WhatIfPoint {
            value: point.value.clone(),
            number: point.number,
            results,
        });
        WhatIf { key: self.key, figures, points: points.collect() }
    }
}

impl FromStr for GridSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || "expected KEY=VALUE,VALUE,… or KEY=START:END:STEP".to_owned();
        let (key, values) = text.split_once('=').ok_or_else(expected)?;
        let values = listed(values)?;
        if key.trim().is_empty() || values.iter().any(String::is_empty) {
            return Err(expected());
        }
        if values.len() > MOST_POINTS {
            return Err(too_many());
        }
        if let Some(twice) = (1..values.len()).find(|&index| values[..index].contains(&values[index])) {
            return Err(format!("has the value {} twice", values[twice]));
        }
        // As in the file of settings, hyphens and underscores are the same.
        Ok(Self { key: key.trim().replace('_', "-"), values })
    }
}

/// The values of `A,B,C` or `START:END:STEP`, as texts.
pub(super) fn listed(text: &str) -> Result<Vec<String>, String> {
    Ok(match Range::of(text)? {
        Some(range) => range.values()?,
        None => text.split(',').map(|value| value.trim().to_owned()).collect(),
    })
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
    fn values(self) -> Result<Vec<String>, String> {
        if self.step <= 0.0 {
            return Err("expected a STEP above 0".to_owned());
        }
        if self.end < self.start {
            return Err("expected an END that is not below START".to_owned());
        }
        let steps = (self.end - self.start) / self.step + SLACK;
        if steps >= MOST_POINTS as f64 {
            return Err(too_many());
        }
        let rounded = |number: f64| format!("{number:.*}", self.decimals).parse::<f64>().unwrap_or(number);
        // Adding 0 makes 0 of −0.
        let value = |index: usize| (rounded(self.start + index as f64 * self.step) + 0.0).to_string();
        Ok((0..=steps as usize).map(value).collect())
    }
}

fn too_many() -> String {
    format!("expected at most {MOST_POINTS} values")
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
        text.parse::<GridSpec>().expect("a grid").values
    }

    fn refusal(text: &str) -> String {
        text.parse::<GridSpec>().expect_err("refused")
    }

    #[test]
    fn a_list_is_taken_as_it_is() {
        let grid: GridSpec = "sample_min = 1, 5,07".parse().expect("a grid");
        assert_eq!(grid, GridSpec { key: "sample-min".into(), values: vec!["1".into(), "5".into(), "07".into()] });
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
    fn what_is_no_grid_is_refused() {
        for text in ["", "alpha", "=1", "alpha=", "alpha=1,,2", "alpha=1,"] {
            assert!(refusal(text).starts_with("expected KEY=VALUE,VALUE,… or KEY=START:END:STEP"), "{text}");
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
        fn any_text_is_a_grid_of_few_values_or_refused(text in "x=[-+0-9.eE:, ]{0,24}") {
            if let Ok(GridSpec { values, .. }) = text.parse() {
                prop_assert!((1..=MOST_POINTS).contains(&values.len()));
                prop_assert!(values.iter().all(|value| !value.is_empty()));
            }
        }
    }
}
