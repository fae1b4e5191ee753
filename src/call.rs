//! What measuring simultaneous calls of an embedder came to. Measuring makes it, a recording holds it, judging fits a
//! line through many of them and a report shows them.

/// One measurement: so many calls at once, each with so many texts, in a process of their own.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Call {
    /// Calls at once, at least 1.
    pub concurrency: u32,
    /// Texts of each call, at least 1.
    pub texts: u32,
    /// Tokens of each text, special ones included, where known.
    pub tokens: Option<u32>,
    /// Which of several equal measurements it is, from 0, where known.
    pub repetition: Option<u32>,
    /// Bytes in use before the calls, the model among them; `None` where that is not known.
    pub base_bytes: Option<u64>,
    /// The most bytes in use while they ran, the base among them; `None` where the process did not live to tell.
    pub peak_bytes: Option<u64>,
    /// Wall-clock seconds until all calls were done.
    pub seconds: Option<f64>,
    /// The device whose memory it is: `cpu`, `cuda:0`.
    pub device: Option<String>,
}

impl Call {
    /// Bytes that the calls needed beyond what was there before them, where both are known.
    pub fn needed_bytes(&self) -> Option<u64> {
        self.peak_bytes?.checked_sub(self.base_bytes?)
    }
}
