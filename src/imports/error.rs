//! What can be wrong with a recording of others. Each message is one line that names the place and what to do.

use thiserror::Error;

use crate::excerpt::value;
use crate::records::{Place, RecordError};

/// A recording that cannot become losses.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The file is missing, or not of the format.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A log of means: wins are counted sample by sample, so none can be counted from it.
    #[error(
        "{place}: holds the mean loss over samples and not the loss of each, so wins cannot be counted from it; import what \
         has a loss for each sample"
    )]
    OnlyMeans {
        /// The first such step.
        place: Place,
    },
    /// A value that the format has in another way.
    #[error("{place}: `{field}` is {found}; {remedy}")]
    Field {
        /// Where it stands.
        place: Place,
        /// The field, with those around it.
        field: String,
        /// What it is.
        found: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A file that is not of the format as a whole.
    #[error("{file}: {problem}; {remedy}")]
    File {
        /// The file as the user named it.
        file: String,
        /// What is wrong.
        problem: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A sample of one name that is not the same in two files.
    #[error(
        "{place}: sample {} is not the one of {first}: its hash or text differs, as after another template or other examples \
         before it; import measurements of one setting",
        value(sample)
    )]
    OtherSample {
        /// Where it stands.
        place: Place,
        /// Its name.
        sample: String,
        /// Where it stands first.
        first: Place,
    },
    /// A sample that one model has twice.
    #[error("{place}: sample {} of {model} was there before; give each file once", value(sample))]
    Twice {
        /// Where it stands again.
        place: Place,
        /// Its name.
        sample: String,
        /// Whose.
        model: String,
    },
    /// A model that was not measured on a sample that others have.
    #[error(
        "{file}: {model} has no loss on sample {}, which others have; import measurements of the same samples",
        value(sample)
    )]
    NotMeasured {
        /// The file with the model.
        file: String,
        /// Who.
        model: String,
        /// The sample.
        sample: String,
    },
    /// Steps of two networks in one import.
    #[error("{place}: a step of {found} after steps of {known}; import the logs of each network by themselves")]
    TwoNetworks {
        /// Where it stands.
        place: Place,
        /// Its network's preset.
        found: &'static str,
        /// That of the steps ahead.
        known: &'static str,
    },
    /// Runs of two validators, whose steps are no series.
    #[error("{place}: holds runs of the validators {one} and {other}; import those of each by themselves")]
    TwoValidators {
        /// The first step.
        place: Place,
        /// Uid of one.
        one: String,
        /// Uid of another.
        other: String,
    },
    /// A step that is there twice.
    #[error("{place}: the step of {first} again: the same time and competition; give each step once")]
    StepTwice {
        /// Where it stands again.
        place: Place,
        /// Where it stands first.
        first: Place,
    },
    /// What the format lacks and the submissions do not say.
    #[error("{place}: {who} has no {}; {remedy}", missing.join(" and no "))]
    Unknown {
        /// Where it stands.
        place: Place,
        /// Who.
        who: String,
        /// The columns that nothing says.
        missing: Vec<&'static str>,
        /// What to do.
        remedy: String,
    },
    /// A participant that may be several submissions.
    #[error(
        "{place}: {who} may be any of the uids {uids} of the submissions; leave one, or tell them apart by MODEL@REVISION=FILE"
    )]
    Ambiguous {
        /// Where it stands.
        place: Place,
        /// Who.
        who: String,
        /// The uids.
        uids: String,
    },
    /// Two participants that are one submission.
    #[error(
        "{place}: uid {uid} is there twice, as {other} and as {who}; give each participant a submission of its own"
    )]
    SameUid {
        /// Where the second stands.
        place: Place,
        /// Who.
        who: String,
        /// The uid.
        uid: u32,
        /// The first.
        other: String,
    },
}
