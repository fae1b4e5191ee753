//! What ends measuring early. A sample that fails is no such thing: it counts as an infinite loss and the rest go on.

use crate::store::StoreError;

/// Why not everything was measured.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// Measured losses cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The user asked to stop; what was measured until then is in the store.
    #[error("interrupted")]
    Interrupted,
}
