//! The candidate where models meet by their mean losses: of each source the summed losses of the candidate and of the
//! rivals that can matter. A step is a sum of such rows, and who wins is decided by the means.

use super::super::super::{Contestant, Matching};
use super::field::Field;
use super::step::Step;

/// The race for the highest win rate.
pub(super) struct Means<'f, 'l> {
    field: &'f Field<'l>,
    /// The rivals that can matter, from early to late.
    rivals: Vec<Rival>,
    /// What remains of a loss by the boost at the end of ε.
    keep: f64,
    /// Clusters × width: of each cluster the summed losses of every rival and of the candidate, then how many these are, once
    /// where all have as many.
    rows: Vec<f64>,
    width: usize,
}

/// A rival that can matter.
struct Rival {
    /// What remains of its loss against later ones.
    keep: f64,
    /// How many rivals are earlier than it, and how many are not later.
    earlier: usize,
    not_later: usize,
    /// What of its loss and what of the candidate's counts between them.
    against: (f64, f64),
    /// Whether the filter asks the candidate to be below it, and whether it asks it to be below the candidate.
    bars: bool,
    is_barred: bool,
}

/// The means of a step.
pub(super) struct Scored {
    own: f64,
    rivals: Vec<f64>,
    /// Of each rival, its wins among all rivals.
    wins: Vec<usize>,
    /// Of each rival, whether it stays in spite of all rivals.
    stays: Vec<bool>,
}

impl<'f, 'l> Means<'f, 'l> {
    pub fn new(field: &'f Field<'l>) -> Self {
        let candidate = &field.contestants[field.candidate];
        let mut places = mattering(field);
        places.sort_by_key(|&place| field.contestants[place].age());
        let ages: Vec<_> = places.iter().map(|&place| field.contestants[place].age()).collect();
        let rival = |&place: &usize| {
            let one = &field.contestants[place];
            let (age, own) = (one.age(), candidate.age());
            let keep = |one: &Contestant<'_>, is_earlier: bool| if is_earlier { one.boosted(1.0) } else { 1.0 };
            Rival {
                keep: one.boosted(1.0),
                earlier: ages.partition_point(|other| *other < age),
                not_later: ages.partition_point(|other| *other <= age),
                against: (keep(one, age < own), keep(candidate, own < age)),
                bars: age <= own,
                is_barred: own <= age,
            }
        };
        let rivals: Vec<Rival> = places.iter().map(rival).collect();
        let members: Vec<usize> = places.iter().copied().chain([field.candidate]).collect();
        let sums = members.iter().map(|&place| summed(field, place));
        let length = |place: usize| field.contestants[place].losses().len();
        let is_even = members.iter().all(|&place| length(place) == length(field.candidate));
        let counted = if is_even { &members[..1] } else { &members[..] };
        let counts = counted.iter().map(|&place| field.by_cluster((0..length(place)).map(|_| 1.0)));
        let columns: Vec<Vec<f64>> = sums.chain(counts).collect();
        let rows = (0..field.clusters).flat_map(|cluster| columns.iter().map(move |column| column[cluster])).collect();
        Self { field, rivals, keep: field.keep_at_end, rows, width: columns.len() }
    }

    /// Number of rivals that can matter.
    pub fn rivals(&self) -> usize {
        self.rivals.len()
    }

    /// The means in a step of these clusters; +inf of none.
    pub fn scored(&self, drawn: &Step) -> Scored {
        let mut sums = vec![0.0; self.width];
        for (cluster, times) in drawn.clusters() {
            let row = &self.rows[cluster * self.width..][..self.width];
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value * f64::from(times));
        }
        let (losses, counts) = sums.split_at(self.rivals.len() + 1);
        let score = |(loss, count): (&f64, &f64)| if *count > 0.0 { loss / count } else { f64::INFINITY };
        // Cycled, since one count may stand for all.
        let mut rivals: Vec<f64> = losses.iter().zip(counts.iter().cycle()).map(score).collect();
        let own = rivals.pop().unwrap_or(f64::INFINITY);
        let filters = self.field.matching == Matching::PerContender;
        let (mut wins, mut stays) = (Vec::new(), vec![true; rivals.len()]);
        if filters {
            stays = (0..rivals.len()).map(|rival| self.stays(rival, &rivals)).collect();
        } else {
            wins = self.wins(&rivals);
        }
        Scored { own, rivals, wins, stays }
    }

    /// The wins of each rival among all rivals.
    fn wins(&self, scores: &[f64]) -> Vec<usize> {
        let boosted: Vec<f64> = scores.iter().zip(&self.rivals).map(|(score, rival)| score * rival.keep).collect();
        let above = |scores: &[f64], own: f64| scores.iter().map(|&score| u32::from(own < score)).sum::<u32>();
        let wins = |(rival, &score): (&Rival, &f64)| {
            let Rival { earlier, not_later, .. } = *rival;
            let equal = above(&scores[earlier..not_later], score);
            let later = above(&scores[not_later..], score * rival.keep);
            (above(&boosted[..earlier], score) + equal + later) as usize
        };
        self.rivals.iter().zip(scores).map(wins).collect()
    }

    /// Whether a rival's score is below the boosted one of every other rival of an earlier or equal block, with the boost
    /// that remains at the end.
    fn stays(&self, rival: usize, scores: &[f64]) -> bool {
        let others = scores[..self.rivals[rival].not_later].iter().enumerate().filter(|(other, _)| *other != rival);
        others.into_iter().all(|(_, other)| scores[rival] < self.keep * other)
    }

    /// Whether the candidate's win rate at a level is above all others' by these means: the reduction is of its mean,
    /// which is that of its losses up to rounding.
    pub fn leads(&self, level: usize, scored: &Scored) -> bool {
        let own = scored.own * self.field.levels.remains(level);
        let rivals = || self.rivals.iter().zip(&scored.rivals);
        let won = |(rival, score): (&Rival, &f64)| own * rival.against.1 < score * rival.against.0;
        let lost = |(rival, score): (&Rival, &f64)| score * rival.against.0 < own * rival.against.1;
        if self.field.matching != Matching::PerContender {
            let wins = rivals().filter(|&one| won(one)).count();
            return rivals().zip(&scored.wins).all(|(one, &theirs)| theirs + usize::from(lost(one)) < wins);
        }
        if !rivals().all(|(rival, score)| !rival.bars || own < self.keep * score) {
            return false;
        }
        let stays = |index: &usize| {
            let is_below = scored.rivals[*index] < self.keep * own;
            scored.stays[*index] && (!self.rivals[*index].is_barred || is_below)
        };
        let staying: Vec<usize> = (0..self.rivals.len()).filter(stays).collect();
        let one = |index: usize| (&self.rivals[index], &scored.rivals[index]);
        let wins = staying.iter().filter(|&&rival| won(one(rival))).count();
        // Who is left alone has won all; else all have the same matches, and wins alone decide.
        staying.iter().all(|&rival| {
            let among = staying.iter().filter(|&&other| other != rival && self.beats(rival, other, &scored.rivals));
            among.count() + usize::from(lost(one(rival))) < wins
        })
    }

    /// Whether a rival beats another.
    fn beats(&self, one: usize, other: usize, scores: &[f64]) -> bool {
        let (a, b) = (&self.rivals[one], &self.rivals[other]);
        let is_earlier = |one: &Rival, place: usize| one.not_later <= place;
        let own = if is_earlier(a, other) { scores[one] * a.keep } else { scores[one] };
        let rival = if is_earlier(b, one) { scores[other] * b.keep } else { scores[other] };
        own < rival
    }
}

fn summed(field: &Field<'_>, place: usize) -> Vec<f64> {
    field.by_cluster(field.contestants[place].losses().iter().copied())
}

/// The rivals that are not surely beaten by whoever can lead.
///
/// With k the least that a boost leaves of a loss, whoever's mean is above 1/k² of the best rival's wins against nobody whom
/// that one does not beat too, and cannot lead; whoever's is above 1/k⁴ is beaten by all who can, and above 1/k⁵ filters
/// nobody who is not. Where there is a filter, whoever's mean is above that of a rival of an earlier or equal block never
/// passes it, and bars nobody whom that one does not. Such a rival changes nothing, and is left out where it is so by more
/// than 6 standard errors. Lists of unequal length, and losses that are not finite, stay.
fn mattering(field: &Field<'_>) -> Vec<usize> {
    let rivals = field.rivals();
    let sums: Vec<Vec<f64>> = rivals.iter().map(|&place| summed(field, place)).collect();
    let total = |rival: usize| sums[rival].iter().sum::<f64>();
    let is_whole = |rival: usize| {
        field.contestants[rivals[rival]].losses().len() == field.places.len() && total(rival).is_finite()
    };
    let least_of = |among: &dyn Fn(usize) -> bool| {
        let whole = (0..rivals.len()).filter(|&rival| is_whole(rival) && among(rival));
        whole.min_by(|&a, &b| total(a).total_cmp(&total(b)))
    };
    let is_surely_above = |rival: usize, other: Option<usize>, remains: f64| {
        let Some(other) = other.filter(|&other| other != rival && is_whole(rival)) else { return false };
        let ahead: Vec<f64> = sums[rival].iter().zip(&sums[other]).map(|(own, best)| own * remains - best).collect();
        field.is_surely_ahead(&ahead)
    };
    let boosts = field.contestants.iter().map(|one| one.boosted(1.0)).chain([field.keep_at_end]);
    let least = boosts.fold(1.0, f64::min).powi(5);
    let best = least_of(&|_| true);
    let matters = |rival: &usize| {
        let age = field.contestants[rivals[*rival]].age();
        let before = |other: usize| field.contestants[rivals[other]].age() <= age;
        let is_barred = field.matching == Matching::PerContender && is_surely_above(*rival, least_of(&before), 1.0);
        !is_barred && !is_surely_above(*rival, best, least)
    };
    (0..rivals.len()).filter(matters).map(|rival| rivals[rival]).collect()
}
