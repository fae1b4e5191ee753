//! Where a run measures: on one device in this process, or in children, of which each has a device.

use anyhow::Result;
use candle_core::DType;

use crate::commands::settings::EvaluateSettings;
use crate::engine::EngineError;
use crate::engine::device::{device_kind, device_name};
use crate::engine::devices::together;
use crate::engine::kernels::Way;
use crate::engine::request::DeviceRequest;
use crate::measure::{Manner, Workplace};
use crate::reporter::{Reporter, Silent};
use crate::store::LossStore;

/// The devices of a run.
pub struct Devices {
    /// Their names as one, as `run.json` has them.
    pub names: String,
    /// Their kind: what is stored is kept by it.
    pub kind: &'static str,
    /// Whose kernels compute on them.
    pub way: Way,
    /// Number type of the computation.
    pub dtype: DType,
    /// Who measures on them.
    pub measured: By,
}

/// Who measures.
pub enum By {
    /// This process.
    This(Workplace),
    /// A child on each of these.
    Children(Vec<DeviceRequest>),
}

impl Devices {
    /// Opens the devices that the settings ask for. Where children measure, they are only tried, so that one that is not
    /// there is told before anything is done.
    ///
    /// # Errors
    /// A device is not there, or cannot compute in the number type asked for; they compute in different ones; or their
    /// number is not that of the processes.
    pub fn open(settings: &EvaluateSettings, store: &LossStore, notices: &dyn Reporter) -> Result<Self> {
        let wishes = wishes(settings)?;
        let open = |wish, reporter: &dyn Reporter| {
            let EvaluateSettings { dtype, kernels, batch_tokens, .. } = *settings;
            Workplace::open(Manner { device: wish, dtype, kernels, batch_tokens }, store.clone(), reporter)
        };
        let first = open(wishes[0], notices)?;
        let (mut names, dtype) = (vec![device_name(&first.device)], first.dtype);
        for wish in wishes.iter().filter(|wish| **wish != wishes[0]) {
            let other = open(*wish, &Silent)?;
            names.push(device_name(&other.device));
            if other.dtype != dtype {
                let (one, other) = (dtype.as_str(), other.dtype.as_str());
                return refused(settings, format!("they compute in {one} and in {other}; give one --dtype"));
            }
        }
        // Weights are loaded onto the device at once, whose memory the model that is measured needs.
        let loads_ahead = settings.load_ahead.is_some_and(|bytes| bytes > 0);
        if loads_ahead && !(first.device.is_cpu() && wishes.len() == 1) {
            let problem = "models are loaded ahead by one process on the CPU only; leave out `--load-ahead`";
            return refused(settings, problem.into());
        }
        let (names, kind) = (together(names), device_kind(&first.device));
        let way = Way::of(settings.kernels, &first.device);
        let measured = if wishes.len() == 1 { By::This(first) } else { By::Children(wishes) };
        Ok(Self { names, kind, way, dtype, measured })
    }
}

/// A device for each process, at least one.
fn wishes(settings: &EvaluateSettings) -> Result<Vec<DeviceRequest>> {
    let devices = settings.device.devices()?;
    match (settings.processes, devices.len()) {
        (Some(processes), 1) => Ok(vec![devices[0]; processes]),
        (Some(processes), count) if processes != count => {
            refused(settings, format!("these are {count}, one process each; leave out `--processes {processes}`"))
        }
        _ => Ok(devices),
    }
}

fn refused<T>(settings: &EvaluateSettings, problem: String) -> Result<T> {
    Err(EngineError::Device { device: settings.device.to_string(), problem }.into())
}
