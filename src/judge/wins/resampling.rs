//! What happens to a run when other samples of the same kind had been drawn: whole sources are drawn with replacement,
//! once per resample for all its steps, and each resample carries weights of its own from step to step.

use std::collections::HashMap;

use rayon::prelude::*;

use super::{RunningWeights, StepPlan};
use crate::stats::bootstrap::{ClusterTable, Count, Counts};
use crate::stats::{BootstrapSpec, Interval};

/// Which samples of a pool come from one source, and so depend on each other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sources {
    /// Of each sample its source; a sample beyond the list has none.
    of: Vec<Option<usize>>,
}

/// What samples stand for in resampling: a source, or a sample that names none and depends on no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Cluster {
    Source(usize),
    Alone(usize),
}

impl Sources {
    /// The sources of the samples of a pool, in their order; a blank name is none. Without any (the default), each
    /// sample is a cluster of its own.
    pub fn new<'a>(names: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        let mut numbers = HashMap::new();
        let mut number = |name: &'a str| {
            let next = numbers.len();
            *numbers.entry(name).or_insert(next)
        };
        let named = |name: Option<&'a str>| name.filter(|name| !name.trim().is_empty());
        Self { of: names.into_iter().map(|name| named(name).map(&mut number)).collect() }
    }

    fn cluster(&self, sample: usize) -> Cluster {
        self.of.get(sample).copied().flatten().map_or(Cluster::Alone(sample), Cluster::Source)
    }

    /// How many of these samples name a source.
    pub fn named(&self, samples: &[usize]) -> usize {
        samples.iter().filter(|&&sample| matches!(self.cluster(sample), Cluster::Source(_))).count()
    }

    /// Number of clusters among these samples: sources, and samples without one.
    pub fn clusters(&self, samples: &[usize]) -> usize {
        self.numbers(samples).0.len()
    }

    /// Of each of these samples the number of its cluster, counted from 0 as they are met.
    pub(super) fn places(&self, samples: &[usize]) -> Vec<usize> {
        let numbers = self.numbers(samples).0;
        samples.iter().filter_map(|&sample| numbers.get(&self.cluster(sample)).copied()).collect()
    }

    fn numbers<'s>(&self, samples: impl IntoIterator<Item = &'s usize>) -> ClusterNumbers {
        let mut clusters = ClusterNumbers::default();
        samples.into_iter().for_each(|&sample| clusters.add(self.cluster(sample)));
        clusters
    }
}

/// Clusters, numbered as they were met.
#[derive(Default)]
struct ClusterNumbers(HashMap<Cluster, usize>);

impl ClusterNumbers {
    fn add(&mut self, cluster: Cluster) {
        let next = self.0.len();
        self.0.entry(cluster).or_insert(next);
    }
}

/// How the intervals of a run are made.
#[derive(Debug, Clone, Copy)]
pub struct Resampling<'a> {
    /// How often, and with which seed and confidence.
    pub bootstrap: BootstrapSpec,
    /// What is drawn.
    pub sources: &'a Sources,
}

/// Resamples whose sums are made in one pass over a step's counts: so many that the pass is worth it, and few enough that
/// their sums stay in a cache.
pub(super) const TOGETHER: usize = 32;

/// All resamples of a run, moved from step to step.
pub(super) struct Resamples {
    bootstrap: BootstrapSpec,
    /// The clusters of all samples that any step draws, in the order of drawing; none where each step draws its own.
    clusters: Option<ClusterNumbers>,
    /// Steps so far.
    steps: usize,
    /// Of each resample, the weights after the steps so far.
    running: Vec<RunningWeights>,
    /// Which submissions took part in a step that had samples.
    took_part: Vec<bool>,
}

/// Steps whose samples are drawn again together, so that steps with the same samples move together.
#[derive(Debug, Clone, Copy)]
pub struct Together<'a> {
    /// The steps.
    pub plans: &'a [StepPlan],
    /// The sources of the samples that they draw.
    pub sources: &'a Sources,
}

/// The samples of one step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Drawn<'a> {
    pub(super) samples: &'a [usize],
    pub(super) sources: &'a Sources,
}

/// What a resample changes: the values of interest, and the weights that the step leaves.
pub(super) struct Resampled {
    pub(super) values: Vec<f64>,
    pub(super) after: RunningWeights,
}

impl Resamples {
    /// Before the first step; `weights` is the run without resampling, `together` are the steps that are drawn together.
    pub(super) fn new(
        bootstrap: BootstrapSpec,
        together: Option<Together<'_>>,
        weights: &RunningWeights,
        submissions: usize,
    ) -> Self {
        let all =
            |together: Together<'_>| together.sources.numbers(together.plans.iter().flat_map(|plan| &plan.samples));
        let running = vec![weights.clone(); bootstrap.resamples];
        Self { bootstrap, clusters: together.map(all), steps: 0, running, took_part: vec![false; submissions] }
    }

    /// Resamples one step and returns the interval of each value.
    ///
    /// `counts` holds what is counted on each of the step's samples; `judge` gets its sums over a resample and the weights
    /// before the step. A resample
    /// without any of the step's clusters keeps the step as it was.
    pub(super) fn step<C, F>(&mut self, drawn: Drawn<'_>, counts: Counts<'_, C>, judge: F) -> Vec<Option<Interval>>
    where
        C: Count<Sum: Send + Sync> + Sync,
        F: Fn(&[C::Sum], &RunningWeights) -> Resampled + Sync,
    {
        let own = self.clusters.is_none().then(|| drawn.sources.numbers(drawn.samples));
        // What each step draws for itself, it draws from a stream of its own.
        let first = own.as_ref().map_or(0, |_| self.steps * self.running.len());
        self.steps += 1;
        let sums = ClusterSums::among(drawn, own.as_ref().or(self.clusters.as_ref()), counts);
        let table = sums.table();
        let bootstrap = self.bootstrap;
        let resample = |(summed, running): (&[C::Sum], &mut RunningWeights)| {
            let nothing = summed.iter().all(|&total| total == C::Sum::default());
            let Resampled { values, after } = judge(if nothing { &sums.whole } else { summed }, running);
            *running = after;
            values
        };
        let some = |(number, running): (usize, &mut [RunningWeights])| -> Vec<Vec<f64>> {
            let summed = bootstrap.totals((first + number * TOGETHER) as u64, running.len(), &table);
            // Without a participant there is nothing to sum, and yet each resample goes on.
            let each = |index: usize| &summed[index * sums.whole.len()..][..sums.whole.len()];
            running.iter_mut().enumerate().map(|(index, running)| resample((each(index), running))).collect()
        };
        let outcomes: Vec<Vec<f64>> = self.running.par_chunks_mut(TOGETHER).enumerate().flat_map_iter(some).collect();
        bootstrap.intervals(&outcomes)
    }

    /// The confidence's share that clusters of a kind not among the step's samples may have.
    pub(super) fn unseen(&self, drawn: Drawn<'_>) -> f64 {
        self.bootstrap.unseen(drawn.sources.clusters(drawn.samples))
    }

    /// Notes that these submissions took part in a step.
    pub(super) fn note(&mut self, members: &[usize]) {
        members.iter().for_each(|&member| self.took_part[member] = true);
    }

    /// Whether resampling has anything to say of a submission's weight.
    pub(super) fn took_part(&self, submission: usize) -> bool {
        self.took_part[submission]
    }
}

/// Totals summed over the samples of each cluster.
pub(super) struct ClusterSums<C: Count> {
    rows: Vec<C>,
    /// Of every cluster of the run, its row, if the step holds it.
    places: Vec<Option<u32>>,
    /// Summed over all clusters.
    whole: Vec<C::Sum>,
}

impl<C: Count> ClusterSums<C> {
    /// Of these samples, each in the cluster of its source.
    pub(super) fn of(samples: &[usize], sources: &Sources, counts: Counts<'_, C>) -> Self {
        Self::among(Drawn { samples, sources }, Some(&sources.numbers(samples)), counts)
    }

    /// Of a step's samples, among the clusters of a whole run.
    fn among(drawn: Drawn<'_>, clusters: Option<&ClusterNumbers>, Counts { rows, width }: Counts<'_, C>) -> Self {
        let numbers = clusters.map(|clusters| &clusters.0);
        let places = vec![None; numbers.map_or(0, HashMap::len)];
        let mut sums = Self { rows: Vec::new(), places, whole: vec![C::Sum::default(); width] };
        for (&sample, row) in drawn.samples.iter().zip(rows.chunks(width.max(1))) {
            let number = numbers.and_then(|numbers| numbers.get(&drawn.sources.cluster(sample)));
            number.into_iter().for_each(|&number| sums.add(number, row));
        }
        sums
    }

    /// They as a table to draw from.
    pub(super) fn table(&self) -> ClusterTable<'_, C> {
        ClusterTable { counts: Counts { rows: &self.rows, width: self.whole.len() }, places: &self.places }
    }

    fn add(&mut self, cluster: usize, row: &[C]) {
        let width = row.len();
        let next = (self.rows.len() / width) as u32;
        let place = *self.places[cluster].get_or_insert(next);
        if place == next {
            self.rows.extend(row);
        } else {
            let sums = &mut self.rows[place as usize * width..][..width];
            sums.iter_mut().zip(row).for_each(|(sum, &count)| *sum += count);
        }
        self.whole.iter_mut().zip(row).for_each(|(sum, &count)| *sum += C::Sum::from(count));
    }
}
