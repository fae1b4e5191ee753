//! Models measured in this process, one after another.

use anyhow::Result;

use super::bench::Bench;
use super::reply::{Left, Reply};
use crate::hub::Puller;
use crate::measure::{Measured, Workplace};
use crate::report::Timing;

/// Measures what is left at `workplace` and hands each reply to `settle`, with its index.
///
/// # Errors
/// Those of `settle`, and bookkeeping of what was pulled that cannot be written.
pub fn measure_here(
    bench: &Bench,
    workplace: &Workplace,
    left: &[Left],
    puller: &Puller,
    mut settle: impl FnMut(usize, Reply) -> Result<()>,
) -> Result<()> {
    for (index, left) in left.iter().enumerate() {
        let mut timings = Vec::new();
        let result = measure_one(bench, workplace, left, puller, &mut timings);
        let released = left.release(puller, &result);
        settle(index, Reply { result, timings })?;
        released?;
    }
    Ok(())
}

fn measure_one(
    bench: &Bench,
    workplace: &Workplace,
    left: &Left,
    puller: &Puller,
    timings: &mut Vec<Timing>,
) -> Result<Measured> {
    left.fetch(bench, puller, timings)?;
    let loaded = workplace.load(&left.order)?;
    timings.push(left.timing("load", loaded.seconds, None));
    let measured = workplace.measure(&loaded, &left.order, bench.notices)?;
    timings.push(left.timing("evaluate", measured.seconds, Some(measured.tokens)));
    Ok(measured)
}
