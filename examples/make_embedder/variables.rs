//! Trainable tensors by name. Each depends on the seed and its name only, whatever the order of asking.

use std::cell::RefCell;
use std::collections::BTreeMap;

use candle_core::{Device, Result, Tensor, Var};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A source of trainable tensors that remembers those it gave.
#[derive(Debug)]
pub struct Variables {
    seed: u64,
    known: RefCell<BTreeMap<String, Var>>,
}

impl Variables {
    /// An empty source; what is asked for is drawn from `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed, known: RefCell::default() }
    }

    /// The tensor of this name, drawn when it is first asked for: matrices uniform with standard deviation 0.6/√columns,
    /// norms' weights 1, biases 0. Positions begin at 0 too: one that training never meets then changes nothing.
    pub fn get(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        if !self.known.borrow().contains_key(name) {
            let fresh = self.fresh(name, shape)?;
            self.known.borrow_mut().insert(name.to_owned(), fresh);
        }
        Ok(self.known.borrow()[name].as_tensor().clone())
    }

    /// All variables, in order of their names.
    pub fn all(&self) -> Vec<Var> {
        self.known.borrow().values().cloned().collect()
    }

    /// The weights as they are now, by name.
    pub fn weights(&self) -> Result<BTreeMap<String, Tensor>> {
        self.known.borrow().iter().map(|(name, var)| Ok((name.clone(), var.as_tensor().copy()?.detach()))).collect()
    }

    fn fresh(&self, name: &str, shape: &[usize]) -> Result<Var> {
        if name.ends_with(".bias") || name.contains("position_embeddings") {
            return Var::zeros(shape, candle_core::DType::F32, &Device::Cpu);
        }
        let &[rows, columns] = shape else {
            return Var::ones(shape, candle_core::DType::F32, &Device::Cpu);
        };
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(name.bytes().fold(0, |hash: u64, byte| hash.wrapping_mul(31).wrapping_add(byte.into())));
        let reach = 0.6 * (3.0 / columns as f32).sqrt();
        let values: Vec<f32> = (0..rows * columns).map(|_| rng.random_range(-reach..reach)).collect();
        Var::from_vec(values, shape, &Device::Cpu)
    }
}
