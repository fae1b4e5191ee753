//! What a device holds of calls, by measured ones: the memory of so many at once, the largest pool, and their time.

use super::memory::{MemoryAt, MemoryModel, Pool};
use crate::call::Call;
use crate::stats::{Confidence, Estimate, Interval};

/// How memory grows with calls, and what of them fits a device.
#[derive(Debug, Clone, Default)]
pub struct DeviceMemory {
    /// By measured calls.
    pub model: Option<MemoryModel>,
    /// Why there is no model.
    pub doubt: Option<String>,
    /// Memory of the device, in bytes.
    pub device_bytes: u64,
    /// The largest pool that fits it beside what is in use before the calls.
    pub pool: Option<Pool>,
    /// Seconds of one call alone; `None` where that was not measured.
    pub call_seconds: Option<f64>,
    /// Queries of a call.
    pub minibatch: u32,
    /// The device that was measured, where the calls name one.
    pub device: Option<String>,
}

/// Memory that so many calls take, in bytes, what is in use before them included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Taken {
    /// How much, and where one more such measurement falls.
    pub estimate: Estimate,
    /// Whether it is of more calls than were measured.
    pub is_extrapolated: bool,
}

impl DeviceMemory {
    /// What follows from calls of `minibatch` texts for a device of so many bytes.
    pub fn new(calls: &[Call], minibatch: u32, device_bytes: u64, confidence: Confidence) -> Self {
        let fitted = MemoryModel::fit(calls, minibatch, confidence);
        let alone = calls.iter().filter(|call| call.concurrency == 1 && call.texts == minibatch);
        let seconds: Vec<f64> = alone.filter_map(|call| call.seconds).collect();
        let pool = |model: &MemoryModel| model.largest_pool(device_bytes.saturating_sub(model.base_bytes));
        Self {
            device_bytes,
            pool: fitted.as_ref().ok().and_then(pool),
            doubt: fitted.as_ref().err().map(ToString::to_string),
            model: fitted.ok(),
            call_seconds: (!seconds.is_empty()).then(|| seconds.iter().sum::<f64>() / seconds.len() as f64),
            minibatch,
            device: calls.iter().find_map(|call| call.device.clone()),
        }
    }

    /// What so many calls at once take; nothing where that is not known.
    pub fn at(&self, calls: f64) -> Option<Taken> {
        let model = self.model.as_ref()?;
        let base = model.base_bytes as f64;
        if calls < 1.0 {
            return Some(Taken { estimate: Estimate { value: base, interval: None }, is_extrapolated: false });
        }
        let MemoryAt { next, is_extrapolated, .. } = model.memory_at(calls.round() as u64)?;
        let estimate = Estimate { value: next.value + base, interval: next.interval.map(|ends| ends.moved(base)) };
        Some(Taken { estimate, is_extrapolated })
    }

    /// The share of the device's memory.
    pub fn share(&self, taken: Taken) -> Estimate {
        let factor = 1.0 / self.device_bytes as f64;
        let Estimate { value, interval } = taken.estimate;
        Estimate { value: value * factor, interval: interval.map(|ends| ends.scaled(factor)) }
    }

    /// Whether it fits; nothing where the interval holds the device's memory.
    pub fn fits(&self, taken: Taken) -> Option<bool> {
        let Estimate { value, interval } = self.share(taken);
        let Interval { low, high } = interval.unwrap_or(Interval { low: value, high: value });
        match (high <= 1.0, low > 1.0) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        }
    }

    /// The share of so many seconds of one embedder that the calls of so many queries take, one after another.
    pub fn compute_share(&self, queries: f64, seconds: f64) -> Option<f64> {
        Some(queries / f64::from(self.minibatch) * self.call_seconds? / seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(concurrency: u32) -> Call {
        let (base, seconds) = (Some(1_000_000), Some(0.5));
        let peak_bytes = Some(1_000_000 + 100_000 * u64::from(concurrency));
        Call { concurrency, texts: 4, base_bytes: base, peak_bytes, seconds, ..Call::default() }
    }

    #[test]
    fn what_fits_follows_from_measured_calls() {
        let confidence = Confidence::new(0.95).unwrap();
        let calls = [1, 2, 4, 8].map(call);
        let memory = DeviceMemory::new(&calls, 4, 2_000_000, confidence);
        let at = |calls: f64| memory.at(calls).unwrap();
        assert_eq!((at(0.0).estimate.value, at(8.0).is_extrapolated, at(9.0).is_extrapolated), (1e6, false, true));
        assert!((memory.share(at(4.0)).value - 0.7).abs() < 1e-9, "{:?}", at(4.0));
        assert_eq!([4.0, 20.0].map(|calls| memory.fits(at(calls))), [Some(true), Some(false)]);
        assert_eq!(memory.pool.map(|pool| pool.calls), Some(10));
        // 32 queries are 8 calls of half a second each.
        assert_eq!(memory.compute_share(32.0, 40.0), Some(0.1));
        let unknown = DeviceMemory::new(&calls, 5, 2_000_000, confidence);
        assert!(unknown.at(4.0).is_none() && unknown.doubt.is_some() && unknown.compute_share(32.0, 40.0).is_none());
    }
}
