//! Settings that are lists, each with its grammar.

use std::str::FromStr;

use crate::judge::wins::Competition;
use crate::records::MOST_RESPONSES;
use crate::similarity::attacks::{Attack, AttackError};

/// Reward shares of competitions, as `l3=0.6,s1=0.4`; they sum to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct ShareList(pub Vec<Competition>);

impl FromStr for ShareList {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let pair = |pair: &str| {
            let (id, share) = pair.split_once('=')?;
            let share = share.trim().parse().ok().filter(|share| (0.0..=1.0).contains(share))?;
            let id = id.trim().to_owned();
            let limits = Competition { id, architectures: Vec::new(), max_parameters: None, reward_share: share };
            (!limits.id.is_empty()).then_some(limits)
        };
        let shares: Vec<Competition> = text.split(',').map(pair).collect::<Option<_>>().unwrap_or_default();
        let sum: f64 = shares.iter().map(|competition| competition.reward_share).sum();
        let is_whole = (sum - 1.0).abs() < 1e-9;
        is_whole.then_some(Self(shares)).ok_or_else(|| "expected ID=SHARE,… with shares that sum to 1".to_owned())
    }
}

/// Attacks as they are listed on the command line; `none` for no attack.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AttackList(pub Vec<Attack>);

impl FromStr for AttackList {
    type Err = AttackError;

    fn from_str(text: &str) -> Result<Self, AttackError> {
        if text == "none" { Ok(Self::default()) } else { Attack::list(text).map(Self) }
    }
}

/// Whole numbers above 0, separated by commas; each once, in ascending order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountList(pub Vec<usize>);

impl FromStr for CountList {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let count = |part: &str| part.trim().parse().ok().filter(|&count| count > 0);
        let mut counts: Vec<usize> = text
            .split(',')
            .map(count)
            .collect::<Option<_>>()
            .ok_or("expected whole numbers above 0, separated by commas")?;
        counts.sort_unstable();
        counts.dedup();
        Ok(Self(counts))
    }
}

/// Sizes of minibatches: whole numbers as in a [`CountList`], none above what a request can have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SizeList(pub Vec<usize>);

impl FromStr for SizeList {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let sizes = CountList::from_str(text).ok().filter(|list| list.0.iter().all(|&size| size <= MOST_RESPONSES));
        let expected = || format!("expected whole numbers from 1 to {MOST_RESPONSES}, separated by commas");
        sizes.map(|list| Self(list.0)).ok_or_else(expected)
    }
}
