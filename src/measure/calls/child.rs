//! The child's side: loads the model, makes the calls of one cell and says what it came to, line by line, so that what
//! was known before it was killed is known after.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::memory::Gauge;
use super::simultaneous::call_at_once;
use super::texts::texts_of;
use crate::engine::EngineError;
use crate::engine::bert::BertEmbedder;
use crate::engine::device::{device_name, embedding_dtype, open_device};
use crate::engine::request::{DeviceRequest, DtypeRequest};
use crate::measure::yielding::be_first_to_go;
use crate::reporter::Reporter;

/// One cell, as the child is told of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Folder of the embedder.
    pub folder: PathBuf,
    /// The device, as it is given to `--device`.
    pub device: String,
    /// The number type, as it is given to `--embedder-dtype`.
    pub dtype: String,
    /// Calls at once.
    pub concurrency: u32,
    /// Texts of each.
    pub texts: u32,
    /// Tokens of each text; `None` for the longest that the model reads.
    pub tokens: Option<u32>,
}

/// What the child says, one JSON object a line: first that it has loaded the model, then what the calls came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// The model is loaded and no call has begun.
    Loaded {
        /// The device that computes.
        device: String,
        /// Tokens of each text.
        tokens: u32,
        /// Bytes in use.
        base_bytes: u64,
    },
    /// All calls are done.
    Done {
        /// The most bytes in use while they ran.
        peak_bytes: u64,
        /// Whether that is the largest of samples, which may miss a short peak.
        sampled: bool,
        /// Seconds that they took.
        seconds: f64,
    },
    /// The calls cannot be made or did not all succeed.
    Failed {
        /// Why.
        problem: String,
    },
}

/// Measures one cell and hands what is to be said to `say`.
///
/// # Errors
/// The model or the device is not as it must be, or `say` fails. Calls that fail are said, not an error.
pub fn measure<E: From<EngineError>>(
    request: &Request,
    reporter: &dyn Reporter,
    mut say: impl FnMut(&Said) -> Result<(), E>,
) -> Result<(), E> {
    be_first_to_go();
    let wish: DeviceRequest = request.device.parse().map_err(|error| unknown(request, &error))?;
    let dtype: DtypeRequest = request.dtype.parse().map_err(|error| unknown(request, &error))?;
    let device = open_device(wish, reporter)?;
    let gauge = Gauge::of(&device)?;
    let dtype = embedding_dtype(dtype, &device)?;
    let embedder = BertEmbedder::load(&request.folder, &device, dtype)?.rehearsing(wish.rehearsal())?;
    let texts = texts_of(&embedder, request.texts, request.tokens)?;
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let tokens = texts.first().map_or(Ok(0), |text| embedder.tokens(text).map(|ids| ids.len() as u32))?;
    // What is set up once, by whichever call comes first, is no call's need; a short text leaves little memory behind.
    if let Err(problem) = call_at_once(&embedder, &[""], 1) {
        return say(&Said::Failed { problem });
    }
    let base_bytes = gauge.in_use()?;
    say(&Said::Loaded { device: device_name(&device), tokens, base_bytes })?;
    let measured = gauge.peak_of(|| call_at_once(&embedder, &texts, request.concurrency))?;
    say(&match (measured.result, embedder.too_many()) {
        (Err(problem), _) => Said::Failed { problem },
        (Ok(_), Some(tokens)) => Said::Failed {
            problem: format!(
                "the device's memory did not hold {tokens} tokens of a call at once, so it was made smaller"
            ),
        },
        (Ok(seconds), None) => {
            // What was freed between the two readings is no negative need.
            let peak_bytes = measured.peak.bytes.max(base_bytes);
            Said::Done { peak_bytes, sampled: measured.peak.sampled, seconds }
        }
    })
}

fn unknown(request: &Request, problem: &impl ToString) -> EngineError {
    EngineError::Device { device: request.device.clone(), problem: problem.to_string() }
}
