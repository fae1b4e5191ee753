//! Replaying recorded losses: the judge against the originals' own code.

mod golden;
