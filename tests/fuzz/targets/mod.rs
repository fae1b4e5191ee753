//! The parsers that meet strangers' bytes, one target each.

pub mod children;
pub mod encoding;
pub mod engine;
pub mod hub;
pub mod imports;
pub mod records;
pub mod runs;
pub mod settings;
pub mod store;
