//! The child's side: opens its device, measures one order after another into the store, and says what happens. The end of
//! its input is the end of the child, whatever it is doing: it writes down what it has measured and goes.

use std::io::{BufRead, Lines};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use super::job::{Place, read_order};
use super::said::{Said, Why};
use crate::engine::device::device_kind;
use crate::measure::error::MeasureError;
use crate::measure::host::peak_bytes;
use crate::measure::run::Measured;
use crate::measure::workplace::{Manner, Order, Workplace};
use crate::measure::yielding::be_first_to_go;
use crate::reporter::{Reporter, Silent};
use crate::store::{LossStore, ModelIdentity};

/// Measures in `place` what `lines` order and hands what is to be said to `say`, until these end. `last` runs in
/// the background from then on: it may end a process that cannot stop by itself.
pub fn measure_models(
    place: &Place,
    lines: Lines<impl BufRead + Send + 'static>,
    say: &(dyn Fn(&Said) + Sync),
    last: impl FnOnce() + Send + 'static,
) {
    be_first_to_go();
    let ended = Arc::new(AtomicBool::new(false));
    let lacks = |problem| say(&Said::Failed { why: Why::Lack, problem });
    let orders = match listen(lines, ended.clone(), last) {
        Ok(orders) => orders,
        Err(error) => return lacks(error.to_string()),
    };
    let workplace = match open(place) {
        Ok(workplace) => workplace,
        Err(problem) => return lacks(problem),
    };
    let teller = Teller { say, ended: &ended };
    for order in orders {
        if let Some(problem) = order.as_ref().ok().and_then(|order| unlike(&workplace, &order.identity)) {
            return lacks(problem);
        }
        match order.map_err(MeasureError::SetAside).and_then(|order| measure_order(&workplace, &order, &teller)) {
            Ok(Measured { samples, tokens, seconds, refused, .. }) => {
                say(&Said::Done { samples, tokens, seconds, refused, peak_bytes: peak_bytes() });
            }
            Err(error) => {
                Said::of(&error).iter().for_each(say);
                if !error.is_of_the_model() {
                    return;
                }
            }
        }
    }
}

fn open(place: &Place) -> Result<Workplace, String> {
    let Place { device, dtype, kernels, store, batch_tokens } = place;
    let manner = Manner {
        device: device.parse().map_err(|error| format!("{device}: {error}"))?,
        dtype: dtype.parse().map_err(|error| format!("{dtype}: {error}"))?,
        kernels: kernels.parse().map_err(|error| format!("{kernels}: {error}"))?,
        batch_tokens: *batch_tokens,
    };
    let store = LossStore::open(store).map_err(|error| error.to_string())?;
    Workplace::open(manner, store, &Silent).map_err(|error| error.to_string())
}

/// Reads orders on a thread of its own, so that the end of the input is noticed while a model is measured.
fn listen(
    mut lines: Lines<impl BufRead + Send + 'static>,
    ended: Arc<AtomicBool>,
    last: impl FnOnce() + Send + 'static,
) -> std::io::Result<Receiver<std::io::Result<Order>>> {
    let (sender, orders) = channel();
    let read = move || {
        while let Some(order) = read_order(&mut lines).transpose() {
            let is_bad = order.is_err();
            // It does not matter whether anyone still measures.
            let _ = sender.send(order);
            if is_bad {
                break;
            }
        }
        ended.store(true, Ordering::Relaxed);
        drop(sender);
        last();
    };
    thread::Builder::new().spawn(read)?;
    Ok(orders)
}

/// Why losses of this device must not be kept under an identity.
fn unlike(workplace: &Workplace, identity: &ModelIdentity) -> Option<String> {
    let ModelIdentity { device_kind: kind, compute_dtype: dtype, .. } = identity;
    let (found, computes) = (device_kind(&workplace.device), workplace.dtype.as_str());
    let is_alike = (kind.as_str(), dtype.as_str()) == (found, computes);
    (!is_alike)
        .then(|| format!("a process found {found} with {computes} where there was {kind} with {dtype}; try again"))
}

fn measure_order(workplace: &Workplace, order: &Order, teller: &Teller) -> Result<Measured, MeasureError> {
    let loaded = workplace.load(order)?;
    (teller.say)(&Said::Loaded { seconds: loaded.seconds, peak_bytes: peak_bytes() });
    workplace.measure(loaded, order, teller)
}

/// Says what measuring reports, and asks it to stop when the input has ended.
struct Teller<'a> {
    say: &'a (dyn Fn(&Said) + Sync),
    ended: &'a AtomicBool,
}

impl Reporter for Teller<'_> {
    fn info(&self, message: &str) {
        (self.say)(&Said::Info(message.to_owned()));
    }

    fn warn(&self, warning: &str) {
        (self.say)(&Said::Warn(warning.to_owned()));
    }

    fn start(&self, _task: &str, _total: u64) {}

    fn advance(&self, amount: u64) {
        (self.say)(&Said::Advance(amount));
    }

    fn finish(&self) {}

    fn interrupted(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }
}
