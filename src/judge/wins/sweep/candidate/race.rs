//! The race of a candidate for the highest win rate, by whatever a match is.

use super::field::Field;
use super::finish::Finish;
use super::means::Means;
use super::step::Step;
use super::tallied::Tallied;

/// A candidate among the rivals that can lead.
pub(super) enum Race<'f, 'l> {
    /// Samples are won.
    Tallied(&'f Field<'l>, Tallied<'f, 'l>),
    /// Means are compared.
    Means(&'f Field<'l>, Means<'f, 'l>),
}

impl<'f, 'l> Race<'f, 'l> {
    pub fn new(field: &'f Field<'l>) -> Self {
        match field.matching.is_of_means() {
            true => Self::Means(field, Means::new(field)),
            false => Self::Tallied(field, Tallied::new(field)),
        }
    }

    pub fn field(&self) -> &'f Field<'l> {
        match self {
            Self::Tallied(field, _) | Self::Means(field, _) => field,
        }
    }

    /// Number of rivals that can lead, or decide who does.
    pub fn rivals(&self) -> usize {
        match self {
            Self::Tallied(_, race) => race.rivals(),
            Self::Means(_, race) => race.rivals(),
        }
    }

    /// How steps of these clusters come out; the least level is looked for from `start` on.
    ///
    /// Wins of a candidate that gets better only rise where each pair meets, and its rivals' only fall, so that from the
    /// least level on it leads. Where one wins each sample or a filter comes first, a third one may profit as well: then it
    /// is a level about which the candidate begins to lead. Whether it leads as it is, is exact.
    pub fn finishes(&self, steps: &[Step], start: usize) -> Vec<Finish> {
        match self {
            Self::Tallied(_, race) => race.finishes(steps, start),
            Self::Means(field, race) => {
                let finish = |drawn: &Step| {
                    let scored = race.scored(drawn);
                    Finish::of(&field.levels, start, |level| race.leads(level, &scored))
                };
                steps.iter().map(finish).collect()
            }
        }
    }
}
