//! What is judged of a recording and yet may not be what the user takes it for.

use super::roll::Roll;
use crate::judge::wins::Rules;
use crate::reporter::Reporter;

impl Roll {
    /// Says it, where it is judged by these rules.
    pub fn say_what_is_odd<'a>(&self, mut rules: impl Iterator<Item = &'a Rules>, reporter: &dyn Reporter) {
        if let Some(step) = self.undated.filter(|_| rules.any(|rules| rules.epsilon.falls())) {
            reporter.info(&format!(
                "step {step} has no `current_block`; where it lacks, the latest block that was seen until then counts"
            ));
        }
        if let Some(step) = self.ragged {
            reporter.warn(&format!(
                "in step {step} participants have different numbers of losses: a pair meets on what both have, and averages \
                 are over different samples"
            ));
        }
        if let Some(step) = self.unmeasured {
            reporter.warn(&format!(
                "in step {step} nobody of a competition has a loss: what the step pays there says nothing about models"
            ));
        }
        if let Some(step) = self.backwards {
            reporter.warn(&format!(
                "step {step} is at an earlier block than one ahead of it; steps are judged in the order of the recording, so \
                 sort them if that is not how they were"
            ));
        }
    }
}
