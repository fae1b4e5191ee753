//! engine

pub mod outcome;
pub mod request;
