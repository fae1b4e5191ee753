//! The block-age boost ε, its forms and what each comes to at an age.

use std::fmt;
use std::str::FromStr;

use super::WinsError;

/// The block-age boost ε: the loss of the strictly earlier submission is multiplied by 1 − ε.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Epsilon {
    /// The same ε at any age.
    Constant(f64),
    /// ε falls in a straight line from `start` to `end` over `blocks` blocks of the earlier submission's age.
    Linear {
        /// ε of a submission just made.
        start: f64,
        /// ε from the age of `blocks` on.
        end: f64,
        /// Blocks over which it falls.
        blocks: u64,
    },
    /// ε falls by a factor each `blocks` blocks of the earlier submission's age, without an end.
    Exponential {
        /// ε of a submission just made.
        start: f64,
        /// What remains of it after `blocks` blocks, from 0 to 1.
        factor: f64,
        /// Blocks over which it falls by the factor.
        blocks: u64,
    },
}

impl Epsilon {
    /// ε that the loss of a submission of `block` is reduced by at `current_block`, against later submissions.
    ///
    /// With the age max(current − block, 0), linear: start − min(age / blocks, 1) · (start − end); exponential:
    /// start · factor^(age / blocks). An unknown block counts as infinitely late, so its ε has not begun to fall (and is
    /// never used: no submission is later).
    pub fn at(&self, block: Option<u64>, current_block: u64) -> f64 {
        let age = block.map_or(0, |block| current_block.saturating_sub(block)) as f64;
        match *self {
            Self::Constant(epsilon) => epsilon,
            Self::Linear { start, end, blocks } => start - (age / blocks as f64).min(1.0) * (start - end),
            Self::Exponential { start, factor, blocks } => start * factor.powf(age / blocks as f64),
        }
    }

    /// Whether it depends on the age.
    pub fn falls(&self) -> bool {
        !matches!(self, Self::Constant(_))
    }

    /// ε at the greatest age.
    pub fn end(&self) -> f64 {
        match *self {
            Self::Constant(epsilon) | Self::Linear { end: epsilon, .. } => epsilon,
            Self::Exponential { start, factor, .. } => {
                if factor < 1.0 {
                    0.0
                } else {
                    start
                }
            }
        }
    }

    /// Checks 0 ≤ ε < 1 at every age, and that one that falls takes time to.
    pub fn validate(&self) -> Result<(), WinsError> {
        match *self {
            Self::Constant(epsilon) => check_epsilon(epsilon),
            Self::Linear { blocks: 0, .. } | Self::Exponential { blocks: 0, .. } => Err(WinsError::EpsilonBlocks),
            Self::Linear { start, end, .. } => check_epsilon(start).and_then(|()| check_epsilon(end)),
            Self::Exponential { start, factor, .. } if (0.0..=1.0).contains(&factor) => check_epsilon(start),
            Self::Exponential { factor, .. } => Err(WinsError::EpsilonFactor(factor)),
        }
    }
}

/// Checks one value of ε.
fn check_epsilon(epsilon: f64) -> Result<(), WinsError> {
    if (0.0..1.0).contains(&epsilon) { Ok(()) } else { Err(WinsError::EpsilonRange(epsilon)) }
}

impl FromStr for Epsilon {
    type Err = WinsError;

    /// Reads `0.01`, `linear:START:END:BLOCKS` or `exponential:START:FACTOR:BLOCKS`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let epsilon = parse_epsilon(text).ok_or_else(|| WinsError::EpsilonForm(text.to_owned()))?;
        epsilon.validate().map(|()| epsilon)
    }
}

/// The form alone, without the ranges.
fn parse_epsilon(text: &str) -> Option<Epsilon> {
    let parts: Vec<&str> = text.split(':').collect();
    match parts[..] {
        [epsilon] => epsilon.parse().ok().map(Epsilon::Constant),
        [form, start, then, blocks] => {
            let (start, then, blocks) = (start.parse().ok()?, then.parse().ok()?, blocks.parse().ok()?);
            match form {
                "linear" => Some(Epsilon::Linear { start, end: then, blocks }),
                "exponential" => Some(Epsilon::Exponential { start, factor: then, blocks }),
                _ => None,
            }
        }
        _ => None,
    }
}

impl fmt::Display for Epsilon {
    /// Writes the form that [`FromStr`] reads.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(epsilon) => write!(formatter, "{epsilon}"),
            Self::Linear { start, end, blocks } => write!(formatter, "linear:{start}:{end}:{blocks}"),
            Self::Exponential { start, factor, blocks } => {
                write!(formatter, "exponential:{start}:{factor}:{blocks}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epsilon_reads_what_it_writes() {
        for text in ["0", "0.01", "0.999", "linear:0.005:0.0001:14400", "linear:0:0.5:1", "exponential:0.004:0.995:361"]
        {
            assert_eq!(text.parse::<Epsilon>().map(|epsilon| epsilon.to_string()), Ok(text.to_owned()));
        }
        let expected = Epsilon::Linear { start: 0.05, end: 0.01, blocks: 36_000 };
        assert_eq!("linear:0.05:0.01:36000".parse(), Ok(expected));
    }

    #[test]
    fn epsilon_refuses_odd_forms_and_values() {
        for text in [
            "",
            "abc",
            "linear",
            "linear:0.1:0.2",
            "linear:0.1:0.2:-5",
            "linear:0.1:0.2:1.5",
            "cubic:0:0:1",
            "exponential:0:1",
        ] {
            assert_eq!(text.parse::<Epsilon>(), Err(WinsError::EpsilonForm(text.to_owned())));
        }
        for text in ["1", "-0.01", "inf", "NaN", "linear:1:0:5", "linear:0:-1:5"] {
            assert!(matches!(text.parse::<Epsilon>(), Err(WinsError::EpsilonRange(_))), "{text}");
        }
        assert_eq!("linear:0.1:0.2:0".parse::<Epsilon>(), Err(WinsError::EpsilonBlocks));
        assert_eq!("exponential:0.1:0.2:0".parse::<Epsilon>(), Err(WinsError::EpsilonBlocks));
        assert_eq!("exponential:0.1:1.5:9".parse::<Epsilon>(), Err(WinsError::EpsilonFactor(1.5)));
    }

    #[test]
    fn a_linear_epsilon_starts_at_its_block_and_stops_at_its_end() {
        let epsilon = Epsilon::Linear { start: 0.5, end: 0.25, blocks: 100 };
        assert_eq!(epsilon.at(Some(1000), 900), 0.5);
        assert_eq!(epsilon.at(Some(1000), 1050), 0.375);
        assert_eq!(epsilon.at(Some(1000), 9999), 0.25);
        assert_eq!(epsilon.at(None, 9999), 0.5);
        assert_eq!(Epsilon::Constant(0.01).at(Some(0), u64::MAX), 0.01);
        assert_eq!(epsilon.end(), 0.25);
    }

    #[test]
    fn an_exponential_epsilon_falls_by_its_factor() {
        let epsilon = Epsilon::Exponential { start: 0.5, factor: 0.25, blocks: 100 };
        assert_eq!([900, 1000, 1050, 1200].map(|block| epsilon.at(Some(1000), block)), [0.5, 0.5, 0.25, 0.03125]);
        assert_eq!((epsilon.end(), epsilon.at(None, 9999)), (0.0, 0.5));
        assert_eq!(Epsilon::Exponential { start: 0.5, factor: 1.0, blocks: 1 }.end(), 0.5);
    }
}
