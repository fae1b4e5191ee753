//! Which calls are measured, and in which order.

use std::path::PathBuf;

use crate::engine::request::{DeviceRequest, DtypeRequest};

/// What to measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallPlan {
    /// Folder of the embedder.
    pub folder: PathBuf,
    /// The device whose memory is measured: `cpu`, on Linux, or one of CUDA.
    pub device: DeviceRequest,
    /// The number type that is computed in.
    pub dtype: DtypeRequest,
    /// Numbers of calls at once, each at least 1.
    pub concurrencies: Vec<u32>,
    /// Numbers of texts per call, each at least 1.
    pub texts: Vec<u32>,
    /// Tokens of each text, special ones included; `None` for the longest that the model reads.
    pub tokens: Option<u32>,
    /// How often each is measured.
    pub repetitions: u32,
}

/// One measurement to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// Calls at once.
    pub concurrency: u32,
    /// Texts of each.
    pub texts: u32,
    /// Which of the equal measurements it is, from 0.
    pub repetition: u32,
}

impl CallPlan {
    /// Every measurement, in order: one repetition of all before the next, so that what changes in the machine meanwhile
    /// does not fall on one concurrency alone.
    pub fn cells(&self) -> Vec<Cell> {
        let mut cells = Vec::new();
        for repetition in 0..self.repetitions {
            for &texts in &self.texts {
                cells.extend(self.concurrencies.iter().map(|&concurrency| Cell { concurrency, texts, repetition }));
            }
        }
        cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetitions_come_last() {
        let plan = CallPlan {
            folder: PathBuf::new(),
            device: DeviceRequest::Cpu,
            dtype: DtypeRequest::Auto,
            concurrencies: vec![1, 4],
            texts: vec![2, 8],
            tokens: None,
            repetitions: 2,
        };
        let cells: Vec<[u32; 3]> =
            plan.cells().iter().map(|cell| [cell.repetition, cell.texts, cell.concurrency]).collect();
        assert_eq!(cells, [[0, 2, 1], [0, 2, 4], [0, 8, 1], [0, 8, 4], [1, 2, 1], [1, 2, 4], [1, 8, 1], [1, 8, 4]]);
    }
}
