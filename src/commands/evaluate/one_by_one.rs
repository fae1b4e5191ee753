//! Models measured in this process, one after another. On the processor the next one is loaded while one is measured,
//! where memory allows; what comes of that is told in its turn.

use std::thread::{self, Scope, ScopedJoinHandle};

use anyhow::Result;

use super::bench::Bench;
use super::reply::{Left, Reply};
use crate::hub::Puller;
use crate::measure::host::{free_bytes, peak_bytes};
use crate::measure::{Loaded, Measured, Workplace};
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
    let loading = Loading { bench, workplace, puller };
    thread::scope(|scope| {
        let _ends = Ends(puller);
        let mut ahead = None;
        for (index, one) in left.iter().enumerate() {
            let Ready { model, mut timings } = match ahead.take() {
                Some(ahead) => join(ahead),
                None => loading.load(one, "load"),
            };
            ahead = left.get(index + 1).and_then(|next| loading.begin(scope, next));
            let result = model.and_then(|model| loading.measure(one, model, &mut timings));
            let released = one.release(puller, &result);
            settle(index, Reply { result, timings })?;
            released?;
        }
        Ok(())
    })
}

fn join(ahead: ScopedJoinHandle<Ready>) -> Ready {
    ahead.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Lets nobody wait for a model that will not be measured.
struct Ends<'a>(&'a Puller<'a>);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// A model that is loaded, or why it is not, and what that took.
struct Ready {
    model: Result<Loaded>,
    timings: Vec<Timing>,
}

/// What loading needs.
#[derive(Clone, Copy)]
struct Loading<'a> {
    bench: &'a Bench<'a>,
    workplace: &'a Workplace,
    puller: &'a Puller<'a>,
}

impl<'a> Loading<'a> {
    /// Waits for a model and loads it.
    fn load(self, left: &Left, phase: &str) -> Ready {
        let mut timings = Vec::new();
        let model = left.fetch(self.bench, self.puller, &mut timings).and_then(|()| {
            let loaded = self.workplace.load(&left.order)?;
            timings.push(Timing { peak_bytes: peak_bytes(), ..left.timing(phase, loaded.seconds, None) });
            Ok(loaded)
        });
        Ready { model, timings }
    }

    /// Begins to load a model beside the one that is measured, if there is room for both and a thread to do it.
    fn begin<'s>(self, scope: &'s Scope<'s, '_>, next: &'s Left) -> Option<ScopedJoinHandle<'s, Ready>>
    where
        'a: 's,
    {
        let room = self.bench.settings.load_ahead.or_else(|| Some(free_bytes()? / 2)).unwrap_or(0);
        if !self.workplace.device.is_cpu() || next.bytes > room {
            return None;
        }
        thread::Builder::new().spawn_scoped(scope, move || self.load(next, "load ahead")).ok()
    }

    fn measure(self, left: &Left, model: Loaded, timings: &mut Vec<Timing>) -> Result<Measured> {
        let measured = self.workplace.measure(model, &left.order, self.bench.notices)?;
        let timing = left.timing("evaluate", measured.seconds, Some(measured.tokens));
        timings.push(Timing { peak_bytes: peak_bytes(), ..timing });
        Ok(measured)
    }
}
