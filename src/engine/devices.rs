//! Several devices at once: what the user asks for, and which devices of this machine that names.

use std::fmt;
use std::str::FromStr;

use super::error::{EngineError, Result};
use super::request::{DeviceRequest, RequestError};

/// The devices to measure on: one as in [`DeviceRequest`], `cuda:N,N,…` for several NVIDIA GPUs, or `cuda:all`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DevicesRequest {
    /// These, at least one, each once.
    Named(Vec<DeviceRequest>),
    /// Every NVIDIA GPU of this machine.
    AllCuda,
}

impl DevicesRequest {
    const GRAMMAR: RequestError =
        RequestError { expected: "auto, cpu, cuda, cuda:N, cuda:N,N,… with each N once, cuda:all or metal" };

    /// The devices, at least one.
    ///
    /// # Errors
    /// All GPUs are asked for and this build or this machine has none.
    pub fn devices(&self) -> Result<Vec<DeviceRequest>> {
        match self {
            Self::Named(devices) => Ok(devices.clone()),
            Self::AllCuda => match count_cuda().map_err(all_refused)? {
                0 => Err(all_refused("the machine has none; use `--device cpu`".into())),
                count => Ok((0..count).map(DeviceRequest::Cuda).collect()),
            },
        }
    }
}

impl FromStr for DevicesRequest {
    type Err = RequestError;

    fn from_str(text: &str) -> Result<Self, RequestError> {
        if text == "cuda:all" {
            return Ok(Self::AllCuda);
        }
        match text.strip_prefix("cuda:").filter(|list| list.contains(',')) {
            Some(list) => gpus(list).map(Self::Named).ok_or(Self::GRAMMAR),
            None => text.parse().map(|device| Self::Named(vec![device])).map_err(|_| Self::GRAMMAR),
        }
    }
}

/// The GPUs of a list of ordinals; `None` where one is no number or stands twice.
fn gpus(list: &str) -> Option<Vec<DeviceRequest>> {
    let mut gpus = Vec::new();
    for ordinal in list.split(',') {
        let gpu = DeviceRequest::Cuda(ordinal.parse().ok()?);
        if gpus.contains(&gpu) {
            return None;
        }
        gpus.push(gpu);
    }
    Some(gpus)
}

impl fmt::Display for DevicesRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(devices) => f.write_str(&together(devices.iter().map(ToString::to_string))),
            Self::AllCuda => f.write_str("cuda:all"),
        }
    }
}

/// Names of devices of one kind as one: `cuda:0` and `cuda:1` are `cuda:0,1`; of equal ones there is one.
pub fn together(names: impl IntoIterator<Item = String>) -> String {
    let mut joined = String::new();
    let mut known = Vec::new();
    for name in names {
        if known.contains(&name) {
            continue;
        }
        let short = name.split_once(':').map_or(name.as_str(), |(_, ordinal)| ordinal);
        match joined.is_empty() {
            true => joined.push_str(&name),
            false => joined.extend([",", short]),
        }
        known.push(name);
    }
    joined
}

fn all_refused(problem: String) -> EngineError {
    EngineError::Device { device: "cuda:all".into(), problem }
}

#[cfg(feature = "cuda")]
fn count_cuda() -> Result<usize, String> {
    use candle_core::cuda_backend::cudarc::driver::CudaContext;
    CudaContext::device_count().map(|count| usize::try_from(count).unwrap_or(0)).map_err(|error| error.to_string())
}

#[cfg(not(feature = "cuda"))]
fn count_cuda() -> Result<usize, String> {
    Err("this build has no CUDA; build with `--features cuda`, or use `--device cpu`".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_gpus_are_read_and_shown() {
        for (text, ordinals) in [("cuda:0,1", vec![0, 1]), ("cuda:3,0,7", vec![3, 0, 7]), ("cuda:2", vec![2])] {
            let devices: DevicesRequest = text.parse().unwrap();
            assert_eq!(devices, DevicesRequest::Named(ordinals.into_iter().map(DeviceRequest::Cuda).collect()));
            assert_eq!(devices.to_string(), text);
        }
        for text in ["auto", "rehearse:killed:3", "cuda:all"] {
            let devices: DevicesRequest = text.parse().unwrap();
            assert_eq!(devices.to_string(), text);
            assert_eq!(devices == DevicesRequest::AllCuda, text == "cuda:all");
        }
    }

    #[test]
    fn lists_that_name_no_gpus_are_refused() {
        for text in ["", "cuda:", "cuda:0,", "cuda:,1", "cuda:0,0", "cuda:0,x", "cpu,cpu", "cuda:0,all", "metal,cpu"] {
            assert_eq!(text.parse::<DevicesRequest>(), Err(DevicesRequest::GRAMMAR), "{text}");
        }
    }

    #[test]
    fn devices_have_one_name_together() {
        let names = |names: &[&str]| together(names.iter().map(|name| (*name).to_owned()));
        assert_eq!(names(&["cuda:0", "cuda:1", "cuda:5"]), "cuda:0,1,5");
        assert_eq!(names(&["cpu", "cpu"]), "cpu");
    }
}
