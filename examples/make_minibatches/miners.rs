//! Who is asked: each uid is one miner, a fixture model at one temperature, run by one operator.

/// One miner.
#[derive(Debug, PartialEq)]
pub struct Miner {
    pub uid: u32,
    pub operator: &'static str,
    /// Name of its folder in `fixtures/models`.
    pub model: &'static str,
    /// Logits are divided by it before a token is drawn.
    pub temperature: f64,
}

/// Operators that may answer a request once and return that answer from all of their uids. `operator-c` also has two
/// uids, but never does.
pub const CACHING: [&str; 2] = ["operator-a", "operator-b"];

/// All miners. `llama-copy` has the weights of `llama-first`: two operators with one model answer independently.
pub const MINERS: [Miner; 14] = [
    miner(3, "operator-a", "llama-wide", 0.4),
    miner(8, "operator-a", "llama-first", 0.4),
    miner(15, "operator-a", "stablelm-wide", 0.5),
    miner(19, "operator-b", "llama-nudged", 0.4),
    miner(22, "operator-b", "stablelm-first", 0.4),
    miner(31, "operator-c", "llama-wide", 0.6),
    miner(38, "operator-c", "llama-perturbed", 0.5),
    miner(44, "operator-d", "llama-first", 0.6),
    miner(52, "operator-e", "llama-copy", 0.5),
    miner(57, "operator-f", "llama-hasty", 0.3),
    miner(66, "operator-g", "stablelm-wide", 0.3),
    miner(71, "operator-h", "stablelm-hasty", 0.4),
    miner(85, "operator-i", "stablelm-first", 0.6),
    miner(90, "operator-j", "llama-wide", 0.3),
];

const fn miner(uid: u32, operator: &'static str, model: &'static str, temperature: f64) -> Miner {
    Miner { uid, operator, model, temperature }
}

/// The models of all miners, each once.
pub fn models() -> Vec<&'static str> {
    let mut models: Vec<_> = MINERS.iter().map(|miner| miner.model).collect();
    models.sort_unstable();
    models.dedup();
    models
}
