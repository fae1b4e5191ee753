//! Where models come from. A submission names a model; this folder turns the name into files on this machine, checks
//! their size and tells them apart by content. Models are read from local folders in Hugging Face layout.

mod error;
pub mod fingerprint;
pub mod folder;

pub use error::HubError;
pub use fingerprint::{Fingerprint, HashForm};
pub use folder::ModelFolder;
