//! The kinds of value that a cell can hold, and what each is read from: tables and texts write the same thing in many
//! ways.

use serde_json::Value;

use super::kind::Kind;
use super::text::strip;

/// What the text of a bare NaN or infinity begins with: see `json`.
pub(super) const BARE: char = '\0';

/// A kind of value that a cell can hold.
pub trait Cell {
    /// The value.
    type Value;
    /// What the schema calls it.
    const KIND: Kind;

    /// The value, or `None` where the cell holds something else.
    fn read(cell: &Value) -> Option<Self::Value>;
}

/// Text that is not blank.
impl Cell for String {
    type Value = Self;
    const KIND: Kind = Kind::Words;

    fn read(cell: &Value) -> Option<Self> {
        Text::read(cell).filter(|text| !strip(text).is_empty())
    }
}

/// A whole number of 0 or more; 7.0 is one, since tables often store whole numbers with gaps as floats, and so is "7".
impl Cell for u64 {
    type Value = Self;
    const KIND: Kind = Kind::Whole { most: u64::MAX };

    fn read(cell: &Value) -> Option<Self> {
        let written = || strip(cell.as_str()?).parse().ok();
        cell.as_u64().or_else(written).or_else(|| f64::read(cell).and_then(whole))
    }
}

impl Cell for u32 {
    type Value = Self;
    const KIND: Kind = Kind::Whole { most: u32::MAX as u64 };

    fn read(cell: &Value) -> Option<Self> {
        u64::read(cell).and_then(|number| number.try_into().ok())
    }
}

/// A finite number, or one as text.
impl Cell for f64 {
    type Value = Self;
    const KIND: Kind = Kind::Number;

    fn read(cell: &Value) -> Option<Self> {
        let written = || strip(cell.as_str()?).parse::<f64>().ok();
        cell.as_f64().or_else(written).filter(|number| number.is_finite())
    }
}

/// A flag: true or false, 1 or 0, also as text.
impl Cell for bool {
    type Value = Self;
    const KIND: Kind = Kind::Flag;

    fn read(cell: &Value) -> Option<Self> {
        let text = cell.as_str().map(|text| strip(text).to_ascii_lowercase());
        match (cell.as_bool(), text.as_deref()) {
            (Some(flag), _) => Some(flag),
            (_, Some("true")) => Some(true),
            (_, Some("false")) => Some(false),
            _ => [false, true].into_iter().find(|&flag| f64::read(cell) == Some(f64::from(u8::from(flag)))),
        }
    }
}

/// An id: text that is not blank, or a whole number, which becomes its text.
#[derive(Debug)]
pub enum Id {}

impl Cell for Id {
    type Value = String;
    const KIND: Kind = Kind::Id;

    fn read(cell: &Value) -> Option<String> {
        let number = || cell.as_i64().map(|number| number.to_string());
        let positive = || u64::read(cell).map(|number| number.to_string());
        String::read(cell).or_else(number).or_else(positive)
    }
}

/// A number from −1 to 1, or a flag as 1 or 0.
#[derive(Debug)]
pub enum Share {}

impl Cell for Share {
    type Value = f64;
    const KIND: Kind = Kind::Share;

    fn read(cell: &Value) -> Option<f64> {
        let flag = || bool::read(cell).map(|flag| f64::from(u8::from(flag)));
        Bounded::<-1, 1>::read(cell).or_else(flag)
    }
}

/// A finite number from `LOW` to `HIGH`; the greatest `HIGH` stands for no bound.
#[derive(Debug)]
pub enum Bounded<const LOW: i64, const HIGH: i64> {}

impl<const LOW: i64, const HIGH: i64> Cell for Bounded<LOW, HIGH> {
    type Value = f64;
    const KIND: Kind = Kind::Bounded { low: LOW, high: HIGH };

    fn read(cell: &Value) -> Option<f64> {
        f64::read(cell).filter(|&number| number >= LOW as f64 && (HIGH == i64::MAX || number <= HIGH as f64))
    }
}

/// A finite number above 0.
#[derive(Debug)]
pub enum Positive {}

impl Cell for Positive {
    type Value = f64;
    const KIND: Kind = Kind::Positive;

    fn read(cell: &Value) -> Option<f64> {
        f64::read(cell).filter(|&number| number > 0.0)
    }
}

/// Text that may be blank.
#[derive(Debug)]
pub enum Text {}

impl Cell for Text {
    type Value = String;
    const KIND: Kind = Kind::Text;

    fn read(cell: &Value) -> Option<String> {
        cell.as_str().filter(|text| !text.starts_with(BARE)).map(str::to_owned)
    }
}

/// A loss: a number of 0 or more, or `nan` or `inf` as text, which JSON has no number for.
#[derive(Debug)]
pub enum Loss {}

impl Cell for Loss {
    type Value = f64;
    const KIND: Kind = Kind::Loss;

    fn read(cell: &Value) -> Option<f64> {
        let written = || strip(cell.as_str()?).trim_start_matches(BARE).parse::<f64>().ok();
        cell.as_f64().or_else(written).filter(|loss| loss.is_nan() || *loss >= 0.0)
    }
}

/// Losses, as a list or as its JSON text.
#[derive(Debug)]
pub enum Losses {}

impl Cell for Losses {
    type Value = Vec<f64>;
    const KIND: Kind = Kind::Losses;

    fn read(cell: &Value) -> Option<Vec<f64>> {
        match cell {
            Value::Array(losses) => losses.iter().map(Loss::read).collect(),
            Value::String(text) => serde_json::from_str::<Vec<Value>>(text).ok()?.iter().map(Loss::read).collect(),
            _ => None,
        }
    }
}

/// Anything that JSON has, as it is.
#[derive(Debug)]
pub enum Json {}

impl Cell for Json {
    type Value = Value;
    const KIND: Kind = Kind::Json;

    fn read(cell: &Value) -> Option<Value> {
        Some(cell.clone())
    }
}

/// The whole number that a float stands for without doubt: below 2⁵³ every one has its own float.
fn whole(float: f64) -> Option<u64> {
    const EXACT: f64 = (1_u64 << f64::MANTISSA_DIGITS) as f64;
    (float.fract() == 0.0 && (0.0..EXACT).contains(&float)).then_some(float as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn whole_numbers_only() {
        assert_eq!(u64::read(&json!(u64::MAX)), Some(u64::MAX));
        assert_eq!(u64::read(&json!(12.0)), Some(12));
        for bad in [
            json!(-1),
            json!(1.5),
            json!(-0.5),
            json!(1e19),
            json!("x"),
            json!("-1"),
            json!(true),
            json!(null),
            json!([1]),
        ] {
            assert_eq!(u64::read(&bad), None, "{bad}");
        }
        assert_eq!(u32::read(&json!(u32::MAX)), Some(u32::MAX));
        assert_eq!(u32::read(&json!(1_u64 << 32)), None);
        assert_eq!([json!(" 7"), json!("7.0")].map(|text| u64::read(&text)), [Some(7), Some(7)]);
        assert_eq!(u64::read(&json!("18446744073709551615")), Some(u64::MAX));
    }

    #[test]
    fn flags_and_ids_come_as_tables_have_them() {
        let flags = [json!(true), json!(1), json!(1.0), json!("True"), json!("1"), json!(0), json!("FALSE")];
        assert_eq!(flags.map(|flag| bool::read(&flag)), [true, true, true, true, true, false, false].map(Some));
        assert!([json!(2), json!("yes"), json!(-1), json!("")].iter().all(|bad| bool::read(bad).is_none()));
        let id = |cell: Value| Id::read(&cell);
        assert_eq!([json!(" a"), json!(7), json!(7.0)].map(id), [" a", "7", "7"].map(|text| Some(text.into())));
        assert_eq!([json!(-7), json!(u64::MAX)].map(id), ["-7", "18446744073709551615"].map(|text| Some(text.into())));
        assert_eq!([json!(""), json!(1.5), json!(true), json!([1])].map(id), [None, None, None, None]);
    }

    #[test]
    fn losses_may_be_no_numbers_and_are_never_negative() {
        let losses = |cell: Value| Losses::read(&cell);
        assert_eq!(losses(json!([1, 0.0, "inf", "2.5"])), Some(vec![1.0, 0.0, f64::INFINITY, 2.5]));
        assert!(losses(json!("[\"nan\"]")).is_some_and(|losses| losses[0].is_nan()));
        assert_eq!(losses(json!([])), Some(vec![]));
        for bad in [json!([null]), json!([-1]), json!(["-inf"]), json!([true]), json!(1), json!("1,2"), json!([[1]])] {
            assert_eq!(losses(bad.clone()), None, "{bad}");
        }
    }

    #[test]
    fn bounds_are_part_of_what_they_bound() {
        let read = |number: f64| [Bounded::<-1, 1>::read(&json!(number)), Positive::read(&json!(number))];
        assert_eq!(read(1.0), [Some(1.0), Some(1.0)]);
        assert_eq!(read(-1.0), [Some(-1.0), None]);
        assert_eq!(read(1.0000000001), [None, Some(1.0000000001)]);
        assert_eq!([read(0.0)[1], read(-1.5)[0]], [None, None]);
        assert_eq!(Bounded::<0, { i64::MAX }>::read(&json!(1e300)), Some(1e300));
        assert_eq!(
            [json!(true), json!(2), json!("-0.5")].map(|cell| Share::read(&cell)),
            [Some(1.0), None, Some(-0.5)]
        );
    }

    #[test]
    fn blank_text_is_no_text() {
        assert_eq!(String::read(&json!(" a ")), Some(" a ".into()));
        assert_eq!(String::read(&json!(" \u{1f}\n")), None);
        assert_eq!(String::read(&json!(3)), None);
    }
}
