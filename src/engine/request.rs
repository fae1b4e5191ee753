//! What the user asks of the engine: a device, a number type, a chat template, rules of tokenizers. Only the wish is said here; whether
//! this machine and this build can grant it is found out where the engine is made, and a wish is never bent silently.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::rehearsal::Rehearsal;

/// A wish that does not follow its grammar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct RequestError {
    /// The grammar in words.
    pub(super) expected: &'static str,
}

/// The device to measure on: `auto`, `cpu`, `cuda`, `cuda:N` or `metal`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceRequest {
    /// The best device that this build and this machine have.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// The NVIDIA GPU of this ordinal.
    Cuda(usize),
    /// The Apple GPU.
    Metal,
    /// The processor, or a GPU, failing on purpose.
    Rehearsal(Rehearsal),
}

impl DeviceRequest {
    const GRAMMAR: RequestError = RequestError { expected: "auto, cpu, cuda, cuda:N or metal" };

    /// What is to go wrong, if that was asked for.
    pub fn rehearsal(self) -> Option<Rehearsal> {
        match self {
            Self::Rehearsal(rehearsal) => Some(rehearsal),
            _ => None,
        }
    }
}

impl FromStr for DeviceRequest {
    type Err = RequestError;

    fn from_str(text: &str) -> Result<Self, RequestError> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda(0)),
            "metal" => Ok(Self::Metal),
            other => {
                let ordinal = other.strip_prefix("cuda:").and_then(|ordinal| ordinal.parse().ok());
                let rehearsal = || Rehearsal::of(other).map(Self::Rehearsal);
                ordinal.map(Self::Cuda).or_else(rehearsal).ok_or(Self::GRAMMAR)
            }
        }
    }
}

impl fmt::Display for DeviceRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(ordinal) => write!(f, "cuda:{ordinal}"),
            Self::Metal => f.write_str("metal"),
            Self::Rehearsal(rehearsal) => rehearsal.fmt(f),
        }
    }
}

/// The number type to compute in: `auto`, `f32`, `bf16` or `f16`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DtypeRequest {
    /// What suits the device and the weights.
    #[default]
    Auto,
    /// 32-bit floats.
    F32,
    /// bfloat16.
    Bf16,
    /// 16-bit floats.
    F16,
}

impl FromStr for DtypeRequest {
    type Err = RequestError;

    fn from_str(text: &str) -> Result<Self, RequestError> {
        match text {
            "auto" => Ok(Self::Auto),
            "f32" => Ok(Self::F32),
            "bf16" => Ok(Self::Bf16),
            "f16" => Ok(Self::F16),
            _ => Err(RequestError { expected: "auto, f32, bf16 or f16" }),
        }
    }
}

impl fmt::Display for DtypeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
            Self::F16 => "f16",
        })
    }
}

/// Where the chat template comes from: `auto` (the model's own), `none` (plain concatenation) or a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum TemplateRequest {
    /// The template that comes with each model.
    #[default]
    Auto,
    /// No template: prompt and response follow each other.
    None,
    /// This Jinja file for every model.
    File(PathBuf),
}

impl FromStr for TemplateRequest {
    type Err = RequestError;

    fn from_str(text: &str) -> Result<Self, RequestError> {
        match text {
            "" => Err(RequestError { expected: "auto, none or the path of a Jinja file" }),
            "auto" => Ok(Self::Auto),
            "none" => Ok(Self::None),
            path => Ok(Self::File(PathBuf::from(path))),
        }
    }
}

impl fmt::Display for TemplateRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::None => f.write_str("none"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// By whose rules a model's files become its tokenizer: `transformers-5` or `file`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TokenizerRules {
    /// Those of transformers 5, which builds the tokenizers of some classes anew from vocabulary and merges.
    #[default]
    Transformers5,
    /// tokenizer.json stands as it is, whatever class is named.
    File,
}

impl FromStr for TokenizerRules {
    type Err = RequestError;

    fn from_str(text: &str) -> Result<Self, RequestError> {
        match text {
            "transformers-5" => Ok(Self::Transformers5),
            "file" => Ok(Self::File),
            _ => Err(RequestError { expected: "transformers-5 or file" }),
        }
    }
}

impl fmt::Display for TokenizerRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Transformers5 => "transformers-5",
            Self::File => "file",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_read_and_shown() {
        for (text, device) in [
            ("auto", DeviceRequest::Auto),
            ("cpu", DeviceRequest::Cpu),
            ("cuda:0", DeviceRequest::Cuda(0)),
            ("cuda:3", DeviceRequest::Cuda(3)),
            ("metal", DeviceRequest::Metal),
            ("rehearse:memory:1", DeviceRequest::Rehearsal(Rehearsal::Memory(1))),
            ("rehearse:broken:0", DeviceRequest::Rehearsal(Rehearsal::Broken(0))),
            ("rehearse:killed:5", DeviceRequest::Rehearsal(Rehearsal::Killed(5))),
            ("rehearse:load", DeviceRequest::Rehearsal(Rehearsal::Load)),
            ("rehearse:cuda:1:8", DeviceRequest::Rehearsal(Rehearsal::Crash { gpu: 1, after: 8 })),
        ] {
            assert_eq!(text.parse(), Ok(device));
            assert_eq!(device.to_string(), text);
        }
        assert_eq!("cuda".parse(), Ok(DeviceRequest::Cuda(0)));
    }

    #[test]
    fn other_devices_are_refused() {
        for text in [
            "",
            "gpu",
            "CPU",
            "cuda:",
            "cuda:-1",
            "cuda:x",
            "cuda:0,1",
            "cuda:all",
            "cpu:0",
            "rehearse:",
            "rehearse:memory",
            "rehearse:load:1",
            "rehearse:cuda:1",
        ] {
            assert_eq!(text.parse::<DeviceRequest>(), Err(DeviceRequest::GRAMMAR), "{text}");
        }
    }

    #[test]
    fn number_types_are_read_and_shown() {
        for text in ["auto", "f32", "bf16", "f16"] {
            assert_eq!(text.parse::<DtypeRequest>().map(|dtype| dtype.to_string()), Ok(text.to_owned()));
        }
        assert!("f64".parse::<DtypeRequest>().is_err());
    }

    #[test]
    fn rules_of_tokenizers_are_read_and_shown() {
        for text in ["transformers-5", "file"] {
            assert_eq!(text.parse::<TokenizerRules>().map(|rules| rules.to_string()), Ok(text.to_owned()));
        }
        assert!("transformers-4".parse::<TokenizerRules>().is_err());
    }

    #[test]
    fn a_template_is_a_word_or_a_file() {
        assert_eq!("auto".parse(), Ok(TemplateRequest::Auto));
        assert_eq!("none".parse(), Ok(TemplateRequest::None));
        assert_eq!("chat.jinja".parse(), Ok(TemplateRequest::File("chat.jinja".into())));
        assert!("".parse::<TemplateRequest>().is_err());
    }
}
