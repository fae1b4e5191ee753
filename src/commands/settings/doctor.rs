//! What `doctor` needs to know.

use super::{Format, ResolvedSetting, Settings};
use crate::checkup::CheckupPlan;

/// All that `doctor` needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct DoctorSettings {
    /// What to examine.
    pub plan: CheckupPlan,
    /// Form of the table on stdout.
    pub format: Format,
    /// Where every setting came from.
    pub sources: Vec<ResolvedSetting>,
}

impl Settings for DoctorSettings {
    fn sources(&self) -> &[ResolvedSetting] {
        &self.sources
    }

    fn format(&self) -> Format {
        self.format
    }

    fn kept(&self) -> String {
        "there is nothing to keep; the same command checks it again".into()
    }
}
