//! What ends measuring early. A sample that a model cannot take is no such thing: it counts as an infinite loss, and
//! the rest go on.

use crate::engine::EngineError;
use crate::engine::fault::DeviceFault;
use crate::engine::text_error::TextError;
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
    /// The machine fails, which says nothing of any model or sample.
    #[error("{0}; what was measured is kept, and nothing is ranked")]
    Machine(#[source] TextError),
    /// The device failed, which says nothing of any model.
    #[error("{samples} of {tokens} tokens: {fault}; what was measured until then is kept, and nothing is ranked")]
    Device {
        /// What it failed with.
        #[source]
        fault: DeviceFault,
        /// `one sample` or the number of them.
        samples: String,
        /// Their tokens.
        tokens: usize,
    },
    /// The model cannot be computed; another may.
    #[error("the model cannot be computed: {0}")]
    Model(#[source] EngineError),
    /// The model cannot be loaded; another may.
    #[error(transparent)]
    Unusable(EngineError),
    /// The device failed while a model was loaded, which says nothing of the model.
    #[error("{0}")]
    Loading(#[source] DeviceFault),
    /// The user asked to stop; what was measured until then is in the store.
    #[error("interrupted")]
    Interrupted,
}

impl MeasureError {
    /// Whether it is about one model, so that another may be measured.
    pub fn is_of_the_model(&self) -> bool {
        matches!(self, Self::Model(_) | Self::Unusable(_))
    }
}
