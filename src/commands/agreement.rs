//! The penalties of a recording beside those computed anew.

use crate::reporter::Reporter;

/// Penalties of the recording may differ from ours by this much before it is said.
const AGREEMENT: f64 = 1e-4;

/// How recorded penalties compare with computed ones.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Agreement {
    /// Responses with a recorded penalty.
    compared: u64,
    /// Those that differ by more than rounding.
    differing: u64,
    largest: Option<Farthest>,
}

/// Where the largest difference is.
#[derive(Debug, Clone, PartialEq)]
struct Farthest {
    difference: f64,
    request: String,
    uid: u32,
}

impl Agreement {
    /// Holds one against the other.
    pub fn note(&mut self, recorded: f64, computed: f64, request: &str, uid: u32) {
        let difference = (recorded - computed).abs();
        self.compared += 1;
        self.differing += u64::from(difference > AGREEMENT);
        if self.largest.as_ref().is_none_or(|largest| difference > largest.difference) {
            self.largest = Some(Farthest { difference, request: request.to_owned(), uid });
        }
    }

    /// What is worth saying, if anything was recorded.
    pub fn report(&self, reporter: &dyn Reporter) {
        let Some(Farthest { difference, request, uid }) = &self.largest else { return };
        let Self { compared, differing, .. } = self;
        let farthest = format!("the largest difference is {difference:.6}, in request {request}, uid {uid}");
        if *differing == 0 {
            reporter.info(&format!("all {compared} recorded penalties agree with the computed ones; {farthest}"));
        } else {
            reporter.warn(&format!(
                "{differing} of {compared} recorded penalties differ from the computed ones by more than {AGREEMENT}; \
                 {farthest}; check --profile and --embedder"
            ));
        }
    }
}
