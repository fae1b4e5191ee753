//! Statistics: intervals and resampling. Pure: seeded, no file, no clock.
