//! Reads what `evaluate` is given: submissions, samples, phrases to drop.

use anyhow::Result;

use crate::commands::settings::EvaluateSettings;
use crate::records::{Reading, SampleFilter, Samples, Submissions, read_samples, read_submissions};
use crate::reporter::Reporter;

/// The recorded inputs of a run.
pub struct Inputs {
    /// Submissions.
    pub submissions: Submissions,
    /// The pool of samples.
    pub samples: Samples,
}

impl Inputs {
    /// Reads and checks all inputs; says what was dropped or stands twice.
    pub fn read(settings: &EvaluateSettings, reporter: &dyn Reporter) -> Result<Self> {
        let reading = || Reading::new(&settings.reading, reporter);
        let submissions = read_submissions(&settings.submissions, &reading())?;
        let filter = settings.drop_phrases.as_deref().map(SampleFilter::read).transpose()?.unwrap_or_default();
        let samples = read_samples(&settings.samples, &filter, &reading())?;
        if samples.dropped > 0 {
            reporter.info(&format!("{} samples hold a phrase of --drop-phrases and are left out", samples.dropped));
        }
        if samples.duplicates > 0 {
            reporter.warn(&format!(
                "{}: {} samples repeat the texts of an earlier one; each counts, so remove them if that is not meant",
                settings.samples, samples.duplicates
            ));
        }
        Ok(Self { submissions, samples })
    }
}
