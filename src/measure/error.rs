//! What ends measuring early. A sample that fails is no such thing: it counts as an infinite loss and the rest go on.

use crate::store::StoreError;

/// Why not everything was measured.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// Measured losses cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Token ids that were set aside cannot be read back.
    #[error("temporary file: {0}")]
    SetAside(#[from] std::io::Error),
    /// The user asked to stop; what was measured until then is in the store.
    #[error("interrupted")]
    Interrupted,
}
