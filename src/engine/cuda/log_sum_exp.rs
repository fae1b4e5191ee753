//! The log-sum-exp of rows of logits, block by block of the vocabulary, and the logits of targets: on the device until
//! all is seen, so that the host waits once.

use candle_core::backend::BackendStorage;
use candle_core::cuda_backend::cudarc::driver::DeviceRepr;
use candle_core::{CpuStorage, CudaStorage, DType, Device, InplaceOp2, Layout, Tensor};

use super::catalogue::Kernel;
use super::launch::{self, Grid, Place, Rows};
use crate::engine::error::Result;
use crate::engine::head::LogitRules;
use crate::engine::traffic::operators as op;

const THREADS: usize = 256;
const SHARED_BYTES: usize = 2 * THREADS / 32 * size_of::<f32>();

/// What rows of logits have come to so far.
pub struct DeviceSums {
    /// `[rows]` the largest, `[rows]` Σ exp(x − largest) and `[targets]` their logits, one after another, f64.
    state: Tensor,
    /// `[rows + 1]` and `[targets]`, u32.
    starts: Tensor,
    ids: Tensor,
    rows_of_targets: Vec<usize>,
    rows: usize,
    rules: LogitRules,
}

impl DeviceSums {
    /// Nothing seen of any row. Targets are (row, id), sorted by row.
    ///
    /// # Errors
    /// The tables cannot be copied to the device.
    pub fn new(rows: usize, targets: &[(usize, u32)], rules: LogitRules, device: &Device) -> Result<Self> {
        let mut state = vec![f64::NEG_INFINITY; rows];
        state.resize(2 * rows, 0.0);
        state.resize(2 * rows + targets.len(), f64::NAN);
        let starts: Vec<u32> = (0..=rows).map(|row| targets.partition_point(|target| target.0 < row) as u32).collect();
        let ids: Vec<u32> = targets.iter().map(|target| target.1).collect();
        let length = state.len();
        Ok(Self {
            state: op::upload(state, length, device)?,
            starts: op::upload(starts, rows + 1, device)?,
            ids: op::upload(ids, targets.len(), device)?,
            rows_of_targets: targets.iter().map(|target| target.0).collect(),
            rows,
            rules,
        })
    }

    /// Adds the products `[rows × columns]` f32 of hidden states with the head's rows from `first`, whose bias is
    /// `[columns]` f32. The host does not wait.
    ///
    /// # Errors
    /// Shapes do not fit, or the device reports a fault.
    pub fn merge(&mut self, products: &Tensor, bias: Option<&Tensor>, first: usize) -> candle_core::Result<()> {
        if let Some(bias) = bias {
            launch::contiguous(bias)?;
            if bias.dtype() != DType::F32 || bias.dims1()? != products.dim(1)? {
                candle_core::bail!("a bias of a block must be f32, one for each column");
            }
        }
        self.state.inplace_op2(products, &AddBlock { sums: self, bias, first })
    }

    /// −ln p in nats of each target, once the whole vocabulary has been added. The host waits here.
    ///
    /// # Errors
    /// The device reports a fault.
    pub fn negative_log_likelihoods(&self) -> Result<Vec<f64>> {
        let state = op::download::<f64>(&self.state)?;
        let (largest, rest) = state.split_at(self.rows);
        let (sums, logits) = rest.split_at(self.rows);
        let losses = self.rows_of_targets.iter().zip(logits);
        Ok(losses.map(|(&row, logit)| largest[row] + sums[row].ln() - logit).collect())
    }
}

struct AddBlock<'a> {
    sums: &'a DeviceSums,
    bias: Option<&'a Tensor>,
    first: usize,
}

/// As `log_sum_exp.cu` declares it.
#[repr(C)]
struct LogSumExpCall {
    logits: u64,
    bias: u64,
    largest: u64,
    sum: u64,
    target_starts: u64,
    targets: u64,
    target_logits: u64,
    stride: i64,
    columns: i32,
    first: u32,
    divisor: f32,
    softcap: f32,
}

const _: () = assert!(size_of::<LogSumExpCall>() == 80, "log_sum_exp.cu expects as much");

// SAFETY: plain numbers in C's order; addresses are 64 bits wide on the device.
unsafe impl DeviceRepr for LogSumExpCall {}

impl InplaceOp2 for AddBlock<'_> {
    fn name(&self) -> &'static str {
        "device-log-sum-exp"
    }

    fn cpu_fwd(&self, _: &mut CpuStorage, _: &Layout, _: &CpuStorage, _: &Layout) -> candle_core::Result<()> {
        candle_core::bail!("this log-sum-exp runs on CUDA devices only")
    }

    fn cuda_fwd(
        &self,
        state: &mut CudaStorage,
        state_layout: &Layout,
        products: &CudaStorage,
        products_layout: &Layout,
    ) -> candle_core::Result<()> {
        let Self { sums, bias, first } = self;
        let stream = products.device().cuda_stream();
        let logits = Rows::of(products, products_layout, &stream)?;
        if logits.count != sums.rows || launch::format_of(products)? != "f32" {
            candle_core::bail!("a block of logits must be f32, one row for each row of sums");
        }
        let state = Place::of(state, state_layout, &stream)?;
        let (starts, ids) = (sums.starts.storage_and_layout(), sums.ids.storage_and_layout());
        let starts = Place::of(launch::on_device(&starts.0)?, starts.1, &stream)?;
        let ids = Place::of(launch::on_device(&ids.0)?, ids.1, &stream)?;
        let bias = bias.map(Tensor::storage_and_layout);
        let bias = match &bias {
            Some((storage, layout)) => Some(Place::of(launch::on_device(storage)?, layout, &stream)?),
            None => None,
        };
        let sum = state.address + (sums.rows * size_of::<f64>()) as u64;
        let call = LogSumExpCall {
            logits: logits.place.address,
            bias: bias.as_ref().map_or(0, |place| place.address),
            largest: state.address,
            sum,
            target_starts: starts.address,
            targets: ids.address,
            target_logits: sum + (sums.rows * size_of::<f64>()) as u64,
            stride: logits.stride,
            columns: logits.width as i32,
            first: *first as u32,
            divisor: sums.rules.divisor as f32,
            softcap: sums.rules.softcap.map_or(0.0, |cap| cap as f32),
        };
        let grid = Grid { blocks: (sums.rows, 1), threads: THREADS, shared_bytes: SHARED_BYTES };
        // SAFETY: the fields are those of log_sum_exp.cu, and each address was taken from a tensor of the size it says.
        unsafe { launch::launch(products.device(), launch::LOG_SUM_EXP, Kernel::LOG_SUM_EXP, &grid, &call) }
    }
}
