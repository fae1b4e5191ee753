//! Who won how often against whom, step by step. A step of n submissions has n² such counts, so they are set aside as the
//! steps are judged, and memory holds only their sums over all steps.

use std::collections::BTreeMap;
use std::io;

use crate::judge::wins::StepTable;
use crate::spool::Spool;

/// Bytes of an ordered pair as it is set aside: its wins and its matches.
const CELL: usize = 16;

/// What judging made of the losses, as the steps come.
#[derive(Debug, Default)]
pub struct Judged {
    /// The steps in order, without their pairs.
    pub steps: Vec<StepTable>,
    /// Who won how often against whom.
    pub pairs: Pairs,
}

impl Judged {
    /// Takes the next step.
    ///
    /// # Errors
    /// Its pairs cannot be set aside.
    pub fn add(&mut self, mut step: StepTable) -> io::Result<()> {
        self.pairs.take(&mut step)?;
        self.steps.push(step);
        Ok(())
    }

    /// The weights of the run's submissions, of which there are `size`, after the last step; 0 ahead of the first.
    pub fn weights(&self, size: usize) -> Vec<f64> {
        self.steps.last().map_or_else(|| vec![0.0; size], |step| step.weights.clone())
    }
}

/// Wins and matches of every ordered pair, of every step and of all steps together.
#[derive(Debug, Default)]
pub struct Pairs {
    steps: Vec<Step>,
    totals: BTreeMap<(usize, usize), Met>,
    cells: Spool,
}

/// A step whose cells are set aside.
#[derive(Debug)]
struct Step {
    number: usize,
    competition: usize,
    /// Its submissions, as indices into the run's.
    members: Vec<usize>,
    /// Where its cells begin, row by row.
    place: u64,
}

/// How often one submission met another, and won.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Met {
    /// Samples on which the first won.
    pub wins: u64,
    /// Samples on which both were compared.
    pub matches: u64,
}

impl Met {
    /// Both together.
    pub fn and(self, other: Self) -> Self {
        Self { wins: self.wins + other.wins, matches: self.matches + other.matches }
    }

    /// The share of matches won; `None` where there was no match.
    pub fn share(self) -> Option<f64> {
        (self.matches > 0).then(|| self.wins as f64 / self.matches as f64)
    }
}

/// What one submission did against another in a step; both are indices into the run's submissions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    pub step: usize,
    pub competition: usize,
    pub a: usize,
    pub b: usize,
    pub met: Met,
}

impl Pairs {
    /// Takes the pairs out of a judged step.
    fn take(&mut self, table: &mut StepTable) -> io::Result<()> {
        let wins = std::mem::take(&mut table.wins);
        let members: Vec<usize> = table.rows.iter().map(|row| row.submission).collect();
        let mut bytes = Vec::with_capacity(wins.wins.len() * CELL);
        for (cell, (&wins, &matches)) in wins.wins.iter().zip(&wins.matches).enumerate() {
            bytes.extend(wins.to_le_bytes().into_iter().chain(matches.to_le_bytes()));
            let met = self.totals.entry((members[cell / members.len()], members[cell % members.len()])).or_default();
            met.wins += wins;
            met.matches += matches;
        }
        let place = self.cells.append(&bytes)?;
        self.steps.push(Step { number: table.plan.step, competition: table.plan.competition, members, place });
        Ok(())
    }

    /// What `a` did against `b` over all steps.
    pub fn total(&self, a: usize, b: usize) -> Met {
        self.totals.get(&(a, b)).copied().unwrap_or_default()
    }

    /// Every ordered pair of different submissions, step by step.
    pub fn iter(&self) -> impl Iterator<Item = io::Result<Pair>> {
        self.steps.iter().flat_map(|step| match self.cells.read(step.place, step.members.len().pow(2) * CELL) {
            Ok(cells) => step.pairs(&cells).into_iter().map(Ok).collect::<Vec<_>>(),
            Err(error) => vec![Err(error)],
        })
    }
}

impl Step {
    fn pairs(&self, cells: &[u8]) -> Vec<Pair> {
        let mut pairs = Vec::with_capacity(cells.len() / CELL);
        for (row, cells) in self.members.iter().zip(cells.chunks_exact(CELL * self.members.len().max(1))) {
            for (column, cell) in self.members.iter().zip(cells.chunks_exact(CELL)) {
                let count = |half: &[u8]| half.iter().rev().fold(0, |count, &byte| count << 8 | u64::from(byte));
                let met = Met { wins: count(&cell[..CELL / 2]), matches: count(&cell[CELL / 2..]) };
                if row != column {
                    pairs.push(Pair { step: self.number, competition: self.competition, a: *row, b: *column, met });
                }
            }
        }
        pairs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::wins::{StepPlan, StepRow, WinTable};
    use crate::report::evaluation::testing;

    fn table(step: usize, members: [usize; 2], wins: [u64; 2]) -> StepTable {
        let mut table = testing::evaluation(2, 3, 1).judgement.steps.remove(0);
        let row = table.rows[0].clone();
        table.rows = members.map(|submission| StepRow { submission, ..row.clone() }).into();
        table.plan = StepPlan { step, ..table.plan };
        table.wins = WinTable { size: 2, wins: vec![0, wins[0], wins[1], 0], matches: vec![0, 300, 300, 0] };
        table
    }

    #[test]
    fn pairs_come_back_step_by_step_and_as_sums() {
        let mut pairs = Pairs::default();
        for mut step in [table(3, [4, 0], [70, 230]), table(5, [0, 4], [1, 299]), table(9, [0, 2], [300, 0])] {
            pairs.take(&mut step).unwrap();
            assert_eq!(step.wins, WinTable::default());
        }
        let found: Vec<_> = pairs.iter().map(Result::unwrap).collect();
        let all = |pair: &Pair| (pair.step, pair.a, pair.b, pair.met.wins, pair.met.matches);
        let expected = [
            (3, 4, 0, 70, 300),
            (3, 0, 4, 230, 300),
            (5, 0, 4, 1, 300),
            (5, 4, 0, 299, 300),
            (9, 0, 2, 300, 300),
            (9, 2, 0, 0, 300),
        ];
        assert_eq!(found.iter().map(all).collect::<Vec<_>>(), expected);
        assert_eq!(pairs.total(0, 4), Met { wins: 231, matches: 600 });
        assert_eq!((pairs.total(2, 4), pairs.total(4, 4)), (Met::default(), Met::default()));
    }
}
