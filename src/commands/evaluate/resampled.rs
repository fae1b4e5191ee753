//! What the intervals rest on: the sources of the drawn samples, and the warnings where these are few or not all known.

use crate::judge::wins::{Sources, StepPlan};
use crate::records::Samples;
use crate::reporter::Reporter;

/// Below so many sources the interval of a win rate is too short: see examples/simulate_wins.rs.
pub const FEW: usize = 20;

/// The sources of the samples; says what makes the intervals weaker than they look.
pub fn sources(samples: &Samples, plans: &[StepPlan], reporter: &dyn Reporter) -> Sources {
    let sources = Sources::new(samples.rows.iter().map(|sample| sample.source.as_deref()));
    if let Some(fewest) = plans.iter().map(|plan| sources.clusters(&plan.samples)).min().filter(|&fewest| fewest < FEW)
    {
        reporter.warn(&format!(
            "a step draws its samples from {fewest} sources (a sample without one counts as one); below {FEW} the \
             intervals are too short: give samples of more sources"
        ));
    }
    let all: Vec<usize> = (0..samples.rows.len()).collect();
    let named = sources.named(&all);
    if named > 0 && named < all.len() {
        let without = all.len() - named;
        reporter.warn(&format!(
            "{without} of {} samples name no `source`; each of these is taken as independent of all others",
            all.len()
        ));
    }
    sources
}
