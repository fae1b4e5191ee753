//! Fresh weights: a source that makes each tensor when the decoder first asks for it, and remembers it as a variable.
//!
//! So the decoder itself says which tensors a model has, and no list of names is kept here. Each tensor depends on
//! the seed and its name only, whatever the order of asking.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use candle_core::{Device, Tensor, Var};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use weighhouse::engine::EngineError;
use weighhouse::engine::weights::WeightSource;

/// Named tensors of one model.
pub type Weights = BTreeMap<String, Tensor>;

/// A source of trainable tensors.
#[derive(Debug)]
pub struct Nursery {
    seed: u64,
    variables: RefCell<HashMap<String, Var>>,
}

impl Nursery {
    /// An empty nursery; what is asked for is drawn from `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed, variables: RefCell::default() }
    }

    /// A nursery that goes on from the weights of a model.
    pub fn from(weights: &Weights) -> candle_core::Result<Self> {
        let variables = weights.iter().map(|(name, tensor)| Ok((name.clone(), Var::from_tensor(tensor)?)));
        Ok(Self { seed: 0, variables: RefCell::new(variables.collect::<candle_core::Result<_>>()?) })
    }

    /// All variables, in order of their names.
    pub fn variables(&self) -> BTreeMap<String, Var> {
        self.variables.borrow().clone().into_iter().collect()
    }

    /// The weights as they are now.
    pub fn weights(&self) -> candle_core::Result<Weights> {
        self.variables().into_iter().map(|(name, var)| Ok((name, var.as_tensor().copy()?.detach()))).collect()
    }

    /// Norms begin at 1, biases at 0, matrices with standard deviation 0.6/√columns (uniform, so that no platform's
    /// logarithm matters).
    fn fresh(&self, name: &str, shape: &[usize]) -> candle_core::Result<Var> {
        let &[rows, columns] = shape else {
            let value = if name.ends_with(".bias") { 0f32 } else { 1.0 };
            return Var::from_tensor(&Tensor::full(value, shape, &Device::Cpu)?);
        };
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(name.bytes().fold(0, |hash: u64, byte| hash.wrapping_mul(31).wrapping_add(byte.into())));
        let reach = 0.6 * (3.0 / columns as f32).sqrt();
        let values: Vec<f32> = (0..rows * columns).map(|_| rng.random_range(-reach..reach)).collect();
        Var::from_vec(values, shape, &Device::Cpu)
    }
}

impl WeightSource for Nursery {
    /// Never: the decoder then asks for the names that a whole checkpoint has, and gets them.
    fn contains(&self, _name: &str) -> bool {
        false
    }

    fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor, EngineError> {
        if !self.variables.borrow().contains_key(name) {
            let fresh = self.fresh(name, shape)?;
            self.variables.borrow_mut().insert(name.to_owned(), fresh);
        }
        Ok(self.variables.borrow()[name].as_tensor().clone())
    }
}
