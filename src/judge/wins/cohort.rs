//! The participants of one step and what their losses come to: which matches there are, who wins them, and the counts per
//! sample that resampling adds up again. Everything that differs between kinds of matches is here.

use super::totals::SampleTotals;
use super::{Contestant, Matching, NegativeLoss, Rules, Tally, WinTable, count_wins, holders, sample_totals};

/// What one participant brings to a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Entrant {
    /// Index of its submission in the run.
    pub submission: usize,
    /// Its block in this step; `None` where it is not known.
    pub block: Option<u64>,
    /// Its losses on the step's samples, in their order; `None` where it was skipped.
    pub losses: Option<Vec<f64>>,
}

/// The participants of a step with the losses that count.
pub(super) struct Cohort<'l> {
    matching: Matching,
    /// 1 − the end of ε: what a contender has to beat the score of an earlier one by.
    keep_at_end: f64,
    contestants: Vec<Contestant<'l>>,
}

/// Counts per sample, which a resample adds up.
pub(super) enum Rows {
    /// Of each sample the wins of every participant, then its matches.
    Totals(SampleTotals),
    /// Of each sample the loss of every participant, then 1 where it has one.
    Losses(Vec<f64>),
}

/// Losses that count instead of the recorded ones.
pub(super) struct Counted {
    /// Of each entrant, its losses on the samples.
    lists: Vec<Vec<f64>>,
}

impl Counted {
    /// A skipped entrant has no losses where it has no matches, and else infinite ones, on one sample at least.
    pub(super) fn new(matching: Matching, entrants: &[Entrant]) -> Self {
        let lengths = entrants.iter().filter_map(|entrant| Some(entrant.losses.as_ref()?.len()));
        let samples = if matching == Matching::PerSample { 0 } else { lengths.max().unwrap_or(0).max(1) };
        let skipped = vec![f64::INFINITY; samples];
        let list = |entrant: &Entrant| entrant.losses.clone().unwrap_or_else(|| skipped.clone());
        Self { lists: entrants.iter().map(list).collect() }
    }
}

impl<'l> Cohort<'l> {
    /// # Errors
    /// The first negative loss, with the place of its entrant.
    pub(super) fn new(
        rules: &Rules,
        current_block: u64,
        entrants: &[Entrant],
        counted: &'l Counted,
    ) -> Result<Self, (usize, NegativeLoss)> {
        let contestant = |(place, (entrant, losses)): (usize, (&Entrant, &'l Vec<f64>))| {
            let epsilon = rules.epsilon_at(entrant.block, current_block);
            Contestant::new(entrant.block, epsilon, losses).map_err(|negative| (place, negative))
        };
        let contestants = entrants.iter().zip(&counted.lists).enumerate().map(contestant).collect::<Result<_, _>>()?;
        Ok(Self { matching: rules.matching, keep_at_end: 1.0 - rules.epsilon.end(), contestants })
    }

    fn size(&self) -> usize {
        self.contestants.len()
    }

    /// The participants with the losses that count.
    pub(super) fn contestants(&self) -> &[Contestant<'l>] {
        &self.contestants
    }

    /// Wins and matches of every pair. Where one wins each sample, those are a comparison alone: how often a's boosted
    /// loss is below b's.
    pub(super) fn pairs(&self) -> WinTable {
        match self.matching {
            Matching::PerSample | Matching::PerBatch => count_wins(&self.contestants),
            Matching::PerModel | Matching::PerContender => self.bouts(&self.scores()).pairs,
            Matching::OneWinner => holders::comparisons(&self.contestants),
        }
    }

    /// What each reached.
    pub(super) fn tallies(&self, pairs: &WinTable) -> Vec<Tally> {
        match self.matching {
            Matching::PerSample | Matching::PerBatch => tallies((0..self.size()).map(|place| pairs.total(place))),
            Matching::PerModel | Matching::PerContender => self.bouts(&self.scores()).tallies,
            Matching::OneWinner => {
                let totals = holders::sample_totals(&self.contestants);
                tallies((0..self.size()).map(|place| totals.total(place)))
            }
        }
    }

    /// What each would have reached if nobody had a boost.
    pub(super) fn unboosted(&self) -> Vec<Tally> {
        let contestants = self.contestants.iter().map(Contestant::unboosted).collect();
        Self { matching: self.matching, keep_at_end: 1.0, contestants }.reached()
    }

    /// What each reached, where nobody asks for the pairs.
    pub(super) fn reached(&self) -> Vec<Tally> {
        match self.matching {
            Matching::PerSample | Matching::PerBatch => {
                let totals = sample_totals(&self.contestants);
                tallies((0..self.size()).map(|place| totals.total(place)))
            }
            _ => self.tallies(&WinTable::default()),
        }
    }

    /// Which of the participants can win at all.
    pub(super) fn competing(&self) -> Vec<bool> {
        match self.matching {
            Matching::PerContender => self.contenders(&self.scores()),
            _ => vec![true; self.size()],
        }
    }

    /// The mean loss of each; +inf of none.
    pub(super) fn scores(&self) -> Vec<f64> {
        self.contestants.iter().map(|contestant| mean(contestant.losses(), |loss| loss)).collect()
    }

    /// Counts per sample.
    pub(super) fn rows(&self) -> Rows {
        match self.matching {
            Matching::PerSample | Matching::PerBatch => Rows::Totals(sample_totals(&self.contestants)),
            Matching::PerModel | Matching::PerContender => Rows::Losses(self.losses_by_sample()),
            Matching::OneWinner => Rows::Totals(holders::sample_totals(&self.contestants)),
        }
    }

    fn losses_by_sample(&self) -> Vec<f64> {
        let samples = self.contestants.iter().map(|contestant| contestant.losses().len()).max().unwrap_or(0);
        let loss = |sample: usize, place: usize| self.contestants[place].losses().get(sample).copied();
        let row = |sample: usize| {
            let losses = (0..self.size()).map(move |place| loss(sample, place).unwrap_or(0.0));
            losses.chain((0..self.size()).map(move |place| f64::from(u8::from(loss(sample, place).is_some()))))
        };
        (0..samples).flat_map(row).collect()
    }

    /// What each reached by the summed wins and matches of a resample.
    pub(super) fn of_totals(&self, summed: &[u64]) -> Vec<Tally> {
        let (wins, matches) = summed.split_at(self.size());
        tallies(wins.iter().copied().zip(matches.iter().copied()))
    }

    /// What each reached by the summed losses of a resample.
    pub(super) fn of_losses(&self, summed: &[f64]) -> Vec<Tally> {
        let (losses, counts) = summed.split_at(self.size());
        let score = |(loss, count): (&f64, &f64)| if *count > 0.0 { loss / count } else { f64::INFINITY };
        self.bouts(&losses.iter().zip(counts).map(score).collect::<Vec<_>>()).tallies
    }

    /// One match of each pair by the scores.
    fn bouts(&self, scores: &[f64]) -> Bouts {
        let competing = match self.matching {
            Matching::PerContender => self.contenders(scores),
            _ => vec![true; self.size()],
        };
        let losses: Vec<&[f64]> = scores
            .iter()
            .zip(&competing)
            .map(|(score, competes)| match competes {
                true => std::slice::from_ref(score),
                false => &[],
            })
            .collect();
        let contestants: Vec<Contestant<'_>> =
            self.contestants.iter().zip(&losses).map(|(contestant, losses)| contestant.with(losses)).collect();
        let pairs = count_wins(&contestants);
        let filters = self.matching == Matching::PerContender;
        let tally = |(place, competes): (usize, &bool)| {
            let (wins, matches) = pairs.total(place);
            Tally { wins, matches, unopposed: filters && *competes }
        };
        let tallies = competing.iter().enumerate().map(tally).collect();
        Bouts { pairs, tallies }
    }

    /// Of each, whether its score is below the boosted one of every other of an earlier or equal block, with the boost
    /// that remains at the end.
    fn contenders(&self, scores: &[f64]) -> Vec<bool> {
        let beats = |place: usize, other: usize| {
            let is_later = self.contestants[other].age() > self.contestants[place].age();
            is_later || scores[place] < self.keep_at_end * scores[other]
        };
        (0..self.size()).map(|place| (0..self.size()).all(|other| other == place || beats(place, other))).collect()
    }
}

/// One match of each pair, and what comes of it.
struct Bouts {
    pairs: WinTable,
    tallies: Vec<Tally>,
}

fn tallies(totals: impl Iterator<Item = (u64, u64)>) -> Vec<Tally> {
    totals.map(|(wins, matches)| Tally { wins, matches, unopposed: false }).collect()
}

/// The plain mean of a function of the losses; +inf of none.
pub(super) fn mean(losses: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    if losses.is_empty() {
        return f64::INFINITY;
    }
    losses.iter().map(|&loss| of(loss)).sum::<f64>() / losses.len() as f64
}
