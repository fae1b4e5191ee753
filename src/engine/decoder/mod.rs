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
mod model;
mod norms;
mod pattern;
pub mod rope;
mod rope_config;

pub use config::{ModelConfig, read_config};
pub use model::{Decoder, Kernels};
pub use norms::{PROJECTIONS, projection_norms};
