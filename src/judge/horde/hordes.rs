//! The horde score, which rewards many jobs in one hand, and how scores are normalised to a class weight.

/// How a horde score depends on the mean and the number of jobs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// Exponent of the mean.
    pub alpha: f64,
    /// Power of ten that makes the logistic curve steep.
    pub beta: f64,
    /// One over the number of jobs at which the curve is at a half.
    pub delta: f64,
}

/// Why a horde score does not exist; the original stops there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HordeFault {
    /// No job.
    #[error("there is no job")]
    NoJobs,
    /// A mean of 0 to a negative power.
    #[error("the mean is 0 and alpha negative")]
    ZeroMean,
    /// A negative mean to a power that is no whole number.
    #[error("the mean is negative and alpha no whole number")]
    NegativeMean,
    /// A power that no number holds.
    #[error("a power of the mean, or 10 to the power of beta, is beyond all numbers")]
    TooGreat,
}

impl Shape {
    /// What the sum of the scores of so many jobs is multiplied with: mean^α / (1 + exp(10^β·(1/n − δ))).
    pub fn factor(&self, sum: f64, jobs: f64) -> Result<f64, HordeFault> {
        if jobs == 0.0 {
            return Err(HordeFault::NoJobs);
        }
        let mean = sum / jobs;
        if mean == 0.0 && self.alpha < 0.0 {
            return Err(HordeFault::ZeroMean);
        }
        if mean < 0.0 && self.alpha.fract() != 0.0 {
            return Err(HordeFault::NegativeMean);
        }
        let (power, steepness) = (mean.powf(self.alpha), 10f64.powf(self.beta));
        if !power.is_finite() || !steepness.is_finite() {
            return Err(HordeFault::TooGreat);
        }
        Ok(power * logistic(-steepness * (1.0 / jobs - self.delta)))
    }
}

/// The horde score of the scores of one miner's jobs.
pub fn horde(scores: &[f64], shape: &Shape) -> Result<f64, HordeFault> {
    let sum: f64 = scores.iter().sum();
    Ok(sum * shape.factor(sum, scores.len() as f64)?)
}

/// 1/(1 + e⁻ˣ), without an overflow at either end.
fn logistic(x: f64) -> f64 {
    if x >= 0.0 { 1.0 / (1.0 + (-x).exp()) } else { x.exp() / (1.0 + x.exp()) }
}

/// Scales scores so that they add up to `weight`; those that add up to 0 stay as they are.
pub fn normalise(scores: &mut [f64], weight: f64) {
    let total: f64 = scores.iter().sum();
    if total != 0.0 {
        scores.iter_mut().for_each(|score| *score = *score * weight / total);
    }
}
