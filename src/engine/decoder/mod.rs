//! One decoder for all architectures, described by data: `config` reads a `config.json` into a `description` by the
//! table in `architectures`; `model` builds the layers from it and computes.

pub mod architectures;
mod attention;
mod common;
pub mod config;
pub mod description;
mod fields;
mod layers;
mod loading;
mod masks;
mod model;
mod norm_layer;
mod norms;
mod pattern;
pub mod rope;
mod rope_config;
mod rotary;
#[cfg(test)]
mod testing;

pub use crate::engine::kernels::Kernels;
pub(crate) use attention::{AttentionInputs, attend};
pub(crate) use config::ModelConfig;
pub use config::read_config;
pub(crate) use layers::gated;
pub use model::Decoder;
pub(crate) use norm_layer::NormLayer;
pub(crate) use norms::{PROJECTIONS, projection_norms};
