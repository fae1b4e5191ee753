//! What is in the file, for whoever made it: per miner and over all.

use std::fmt::Write as _;

use crate::miners::MINERS;
use crate::record::Record;

/// Some lines for the terminal.
pub fn text(records: &[Record]) -> String {
    let mut text = String::new();
    for miner in &MINERS {
        let own = || records.iter().filter(|r| r.uid == miner.uid && r.copy_of.is_none() && r.status == 200);
        let correct: f64 = own().map(|record| record.correctness).sum();
        // Writing into a String cannot fail.
        let _ = writeln!(
            text,
            "uid {:>2} {} {:<16} at {:.1}: {correct:>2} of {:>2} answers correct",
            miner.uid,
            miner.operator,
            miner.model,
            miner.temperature,
            own().count(),
        );
    }
    text + &totals(records)
}

fn totals(records: &[Record]) -> String {
    let copies = records.iter().filter(|record| record.copy_of.is_some()).count();
    let failed = records.iter().filter(|record| record.status != 200).count();
    let unrewarded = records.iter().filter(|record| !record.rewarded).count();
    let (pairs, equal) = independent_pairs(records);
    format!(
        "{} responses: {copies} copies, {failed} failed, {unrewarded} not rewarded\n\
         {equal} of {pairs} pairs of independent answers have the same text\n",
        records.len()
    )
}

/// Pairs of answers in one request of which neither is a copy, and how many of them are equal by chance.
fn independent_pairs(records: &[Record]) -> (usize, usize) {
    let own = |records: &[Record]| -> Vec<String> {
        let own = records.iter().filter(|record| record.copy_of.is_none() && record.status == 200);
        own.map(|record| record.reasoning.clone()).collect()
    };
    let requests = records.chunk_by(|a, b| a.request_id == b.request_id).map(own);
    requests.fold((0, 0), |(pairs, equal), texts| {
        let rest = |i: usize| &texts[i + 1..];
        let same = (0..texts.len()).map(|i| rest(i).iter().filter(|other| **other == texts[i]).count());
        (pairs + texts.len() * texts.len().saturating_sub(1) / 2, equal + same.sum::<usize>())
    })
}
