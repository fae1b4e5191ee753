//! The candidate where samples are won one by one: of each source and level, by how many wins it is ahead of each rival
//! that can lead. A step is a sum of such rows.

use std::sync::OnceLock;

use super::super::super::{Matching, SampleTotals, holders};
use super::super::duels::{duels, without};
use super::field::Field;
use super::finish::Finish;
use super::step::Step;

/// The lanes that are added at once.
const LANES: usize = 8;

/// One row: a number for each of some rivals.
type Row = [i32; LANES];

/// Rivals that are kept however far behind they are, since with so few a match with the candidate is a large part of all.
const FEW: usize = 16;

/// The race for the highest win rate.
pub(super) struct Tallied<'f, 'l> {
    field: &'f Field<'l>,
    /// What the others reach among themselves.
    others: SampleTotals,
    /// Whether all have the same matches, so that wins alone decide.
    is_even: bool,
    /// The rivals that can lead, in whole rows; the last one repeats.
    rivals: Vec<usize>,
    /// By level, what is added up; made when it is first asked for.
    tables: Vec<OnceLock<Table>>,
}

/// What is added up at one level: rows by rivals, then by cluster.
struct Table {
    /// Where matches are even, the candidate's wins minus a rival's. Else the candidate's wins, its matches, a rival's wins
    /// and its matches.
    parts: Vec<Vec<Row>>,
}

/// Wins by sample.
struct Won {
    own: Vec<u32>,
    /// By rival.
    theirs: Vec<Vec<u32>>,
}

/// Wins by cluster.
struct Sums {
    own: Vec<f64>,
    /// By rival.
    theirs: Vec<Vec<f64>>,
}

impl Sums {
    /// The rival with the most wins.
    fn best(&self) -> usize {
        (0..self.theirs.len()).max_by(|&a, &b| total(&self.theirs[a]).total_cmp(&total(&self.theirs[b]))).unwrap_or(0)
    }

    /// By how much one with these wins is ahead of a rival.
    fn ahead(&self, wins: &[f64], rival: usize) -> Vec<f64> {
        wins.iter().zip(&self.theirs[rival]).map(|(wins, theirs)| wins - theirs).collect()
    }
}

fn total(values: &[f64]) -> f64 {
    values.iter().sum()
}

impl<'f, 'l> Tallied<'f, 'l> {
    pub fn new(field: &'f Field<'l>) -> Self {
        let lengths = field.contestants.iter().map(|one| one.losses().len()).filter(|&length| length > 0);
        let longest = lengths.clone().max().unwrap_or(0);
        let mut race = Self {
            field,
            others: without(&field.contestants, field.candidate),
            is_even: field.matching == Matching::OneWinner || lengths.into_iter().all(|length| length == longest),
            rivals: field.rivals(),
            tables: (0..field.levels.count()).map(|_| OnceLock::new()).collect(),
        };
        race.rivals = race.leading();
        while !race.rivals.len().is_multiple_of(LANES) {
            race.rivals.extend(race.rivals.last().copied());
        }
        race
    }

    /// Number of rivals that can lead.
    pub fn rivals(&self) -> usize {
        let mut rivals = self.rivals.clone();
        rivals.dedup();
        rivals.len()
    }

    /// The rivals that can lead, the closest first: those that are not surely behind the candidate or the best of them at
    /// one of the levels between which it is not sure whether the candidate leads. Matches that differ leave all.
    fn leading(&self) -> Vec<usize> {
        let rivals = &self.rivals;
        if rivals.len() <= FEW || !self.is_even {
            return rivals.clone();
        }
        let mut closest = vec![f64::INFINITY; rivals.len()];
        for level in self.open() {
            let sums = self.sums(level);
            let best = sums.best();
            for (rival, closest) in closest.iter_mut().enumerate() {
                let ahead = sums.ahead(&sums.theirs[best], rival);
                // Whoever is nowhere ahead of another asks for nothing that this one does not.
                let asks =
                    rival == best || ahead.iter().any(|&ahead| ahead < 0.0) && !self.field.is_surely_ahead(&ahead);
                if asks && !self.field.is_surely_ahead(&sums.ahead(&sums.own, rival)) {
                    *closest = closest.min(total(&ahead));
                }
            }
        }
        let mut kept: Vec<usize> = (0..rivals.len()).filter(|&rival| closest[rival].is_finite()).collect();
        kept.sort_by(|&a, &b| closest[a].total_cmp(&closest[b]));
        kept.into_iter().map(|rival| rivals[rival]).collect()
    }

    /// Levels from the highest at which the best rival is surely ahead of the candidate to the lowest at which the
    /// candidate surely is, among them 0 and the least at which it leads on the recorded samples.
    fn open(&self) -> Vec<usize> {
        let (levels, last) = (&self.field.levels, self.field.levels.count() - 1);
        let from = |holds: &dyn Fn(&[f64]) -> bool| {
            let at = |level: usize| {
                let sums = self.sums(level);
                let ahead = sums.ahead(&sums.own, sums.best());
                holds(&ahead)
            };
            levels.first(None, last, levels.zero(), at)
        };
        let low = from(&|ahead| !self.field.is_surely_ahead(&ahead.iter().map(|ahead| -ahead).collect::<Vec<_>>()));
        let even = from(&|ahead| total(ahead) > 0.0);
        let high = from(&|ahead| self.field.is_surely_ahead(ahead));
        vec![low.saturating_sub(1), (low + even) / 2, even, (even + high) / 2, high, levels.zero()]
    }

    /// Wins at a level by cluster.
    fn sums(&self, level: usize) -> Sums {
        let won = self.won(level);
        let by_cluster = |wins: &Vec<u32>| self.field.by_cluster(wins.iter().map(|&wins| f64::from(wins)));
        Sums { own: by_cluster(&won.own), theirs: won.theirs.iter().map(by_cluster).collect() }
    }

    /// How steps of these clusters come out; see [`Race::finishes`](super::race::Race::finishes). One block of rivals after
    /// the other, so that its tables stay in a cache for all steps.
    pub fn finishes(&self, steps: &[Step], start: usize) -> Vec<Finish> {
        let levels = &self.field.levels;
        // Where one wins each sample, a candidate that gets better may help a third one, so this is asked by itself.
        let asks = self.field.matching == Matching::OneWinner;
        let mut finishes = vec![Finish { first: 0, leads: true }; steps.len()];
        for block in 0..self.rivals.len() / LANES {
            for (finish, drawn) in finishes.iter_mut().zip(steps) {
                let leads = |level: usize| self.leads(level, block, drawn);
                // A candidate that gets better only gains, so what it takes to lead is the most that any rival takes.
                if !leads(finish.first) {
                    finish.first = levels.first(Some(finish.first), levels.count(), start, leads);
                }
                finish.leads = if asks { finish.leads && leads(levels.zero()) } else { finish.first <= levels.zero() };
            }
        }
        finishes
    }

    /// Whether the candidate's win rate at a level is above those of a block of rivals in a step of these clusters.
    fn leads(&self, level: usize, block: usize, drawn: &Step) -> bool {
        let Some(table) = self.tables.get(level).map(|table| table.get_or_init(|| self.table(level))) else {
            return false;
        };
        let sum = |part: &Vec<Row>| added(&part[block * self.field.clusters..][..self.field.clusters], drawn);
        match &table.parts[..] {
            [ahead] => sum(ahead).iter().all(|&ahead| ahead > 0),
            parts => {
                let sums: Vec<Row> = parts.iter().map(sum).collect();
                (0..LANES).all(|lane| rate(sums[0][lane], sums[1][lane]) > rate(sums[2][lane], sums[3][lane]))
            }
        }
    }

    fn won(&self, level: usize) -> Won {
        let field = self.field;
        let losses = field.losses(level);
        let candidate = field.contestants[field.candidate].with(&losses);
        if field.matching == Matching::OneWinner {
            let mut all = field.contestants.clone();
            all[field.candidate] = candidate;
            let totals = holders::sample_totals(&all);
            let of = |place: usize| (0..totals.samples()).map(|sample| totals.wins(sample)[place]).collect();
            return Won { own: of(field.candidate), theirs: self.rivals.iter().map(|&rival| of(rival)).collect() };
        }
        let mut own = vec![0; field.places.len()];
        for &rival in &field.rivals() {
            let won = duels(&candidate, &field.contestants[rival]).map(|(won, _)| u32::from(won));
            own.iter_mut().zip(won).for_each(|(sum, won)| *sum += won);
        }
        let of = |&rival: &usize| {
            let mut wins: Vec<u32> = (0..field.places.len()).map(|sample| self.among_others(sample, rival).0).collect();
            let lost = duels(&candidate, &field.contestants[rival]).map(|(_, lost)| u32::from(lost));
            wins.iter_mut().zip(lost).for_each(|(sum, lost)| *sum += lost);
            wins
        };
        Won { own, theirs: self.rivals.iter().map(of).collect() }
    }

    /// Wins and matches of a rival against the others on a sample.
    fn among_others(&self, sample: usize, rival: usize) -> (u32, u32) {
        match sample < self.others.samples() {
            true => (self.others.wins(sample)[rival], self.others.matches(sample)[rival]),
            false => (0, 0),
        }
    }

    fn table(&self, level: usize) -> Table {
        let Won { own, theirs } = self.won(level);
        let wins = |sample: usize, rival: usize| theirs[rival].get(sample).map_or(0, |&wins| wins as i32);
        let own_wins = |sample: usize| own.get(sample).map_or(0, |&wins| wins as i32);
        if self.is_even {
            return Table { parts: vec![self.rows(|sample, rival| own_wins(sample) - wins(sample, rival))] };
        }
        let has = |place: usize, sample: usize| i32::from(sample < self.field.contestants[place].losses().len());
        let candidate = self.field.candidate;
        let others = self.field.rivals();
        let met: Vec<i32> = (0..self.field.places.len())
            .map(|sample| has(candidate, sample) * others.iter().map(|&rival| has(rival, sample)).sum::<i32>())
            .collect();
        let matches = |sample: usize, rival: usize| {
            let rival = self.rivals[rival];
            self.among_others(sample, rival).1 as i32 + has(candidate, sample) * has(rival, sample)
        };
        Table {
            parts: vec![
                self.rows(|sample, _| own_wins(sample)),
                self.rows(|sample, _| met[sample]),
                self.rows(wins),
                self.rows(matches),
            ],
        }
    }

    /// A value of every sample and rival, summed by cluster.
    fn rows(&self, value: impl Fn(usize, usize) -> i32) -> Vec<Row> {
        let clusters = self.field.clusters;
        let mut rows = vec![[0; LANES]; clusters * self.rivals.len() / LANES];
        for rival in 0..self.rivals.len() {
            let rows = &mut rows[rival / LANES * clusters..][..clusters];
            for (sample, &cluster) in self.field.places.iter().enumerate() {
                rows[cluster][rival % LANES] += value(sample, rival);
            }
        }
        rows
    }
}

/// The rows of the drawn clusters, added.
fn added(rows: &[Row], drawn: &Step) -> Row {
    let mut sums = [0; LANES];
    for (cluster, times) in drawn.clusters() {
        sums.iter_mut().zip(rows[cluster]).for_each(|(sum, value)| *sum += value * times as i32);
    }
    sums
}

/// wins / matches, 0 without a match.
fn rate(wins: i32, matches: i32) -> f64 {
    if matches == 0 { 0.0 } else { f64::from(wins) / f64::from(matches) }
}
