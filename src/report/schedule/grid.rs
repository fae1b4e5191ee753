//! What other values of one setting would do to a schedule with a pool.

use crate::judge::schedule::{DeviceMemory, Figures, Simulated, Workers};
use crate::report::what_if::FigureSpec;
use crate::stats::Estimate;

/// The figures by each value, in the order of [`results`].
pub(crate) const FIGURES: [FigureSpec; 9] = [
    FigureSpec::number("busy", "share of the time of the workers in which they run a batch", 3).drawn(),
    FigureSpec::number("memory", "memory at the peak as a share of the device's; null where that is not known", 3)
        .drawn(),
    FigureSpec::number("compute", "share of the time of one embedder that calls take; null where that is not known", 3),
    FigureSpec::number("loop seconds", "mean seconds of a loop, to the end of its last batch", 0),
    FigureSpec::whole("peak running", "batches that ran at once, at most"),
    FigureSpec::number("mean waiting", "batches that waited for a worker, on average", 1),
    FigureSpec::whole("batches", "batches that came to their end"),
    FigureSpec::whole("queries", "queries of these batches"),
    FigureSpec::whole("rewarded", "those of them that are rewarded"),
];

/// What [`FIGURES`] come to in a simulation.
pub(crate) fn results(found: &Simulated, memory: &DeviceMemory, horizon: f64) -> Vec<Option<Estimate>> {
    let size = match found.policy.workers {
        Workers::Pool(size) => Some(size as f64),
        Workers::Threads => None,
    };
    let of_device = memory.at(found.figures.peak_running).map(|taken| memory.share(taken));
    let figure = |read: fn(&Figures) -> f64| Some(found.estimate(read));
    vec![
        size.map(|size| found.estimate(|figures| figures.mean_running / size)),
        of_device,
        memory.compute_share(found.figures.begun, horizon).map(|value| Estimate { value, interval: None }),
        figure(|figures| figures.loop_seconds),
        figure(|figures| figures.peak_running),
        figure(|figures| figures.mean_waiting),
        figure(|figures| figures.batches),
        figure(|figures| figures.queries),
        figure(|figures| figures.rewarded),
    ]
}
