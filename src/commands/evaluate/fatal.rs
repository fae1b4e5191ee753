//! Which errors of one candidate end the run for all.

use crate::engine::EngineError;
use crate::hub::HubError;
use crate::measure::MeasureError;
use crate::measure::models::ChildError;
use crate::store::StoreError;

/// Whether an error would come again for every candidate: a store or a device that fails, or the end that was asked for.
pub fn ends_the_run(error: &anyhow::Error) -> bool {
    let measuring = error.downcast_ref().map(|error: &MeasureError| !error.is_of_the_model());
    let child = || error.downcast_ref().map(|error| !matches!(error, ChildError::Model(_)));
    let hub = || error.downcast_ref().map(HubError::ends_the_run);
    let other = || matches!(error.downcast_ref(), Some(EngineError::Fault(_))) || error.is::<StoreError>();
    measuring.or_else(child).or_else(hub).unwrap_or_else(other)
}
