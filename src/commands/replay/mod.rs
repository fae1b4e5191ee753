//! The commands that judge recorded data again: nothing is measured.

pub mod wins;
