//! What the store holds of a candidate, and what is left to measure of it.

use std::path::Path;

use anyhow::Result;
use candle_core::{DType, Device};

use super::bench::Bench;
use super::tokenising::Tokenising;
use crate::commands::candidates::{Candidate, Model};
use crate::engine::causal_lm;
use crate::engine::decoder::{PROJECTIONS, projection_norms, read_config};
use crate::engine::weights::Safetensors;
use crate::judge::wins::tampering;
use crate::measure::{self, Order};
use crate::outcome::SampleOutcome;
use crate::store::{ModelIdentity, Norms};

/// What the store holds of a candidate.
pub enum Recalled {
    /// Every outcome.
    All(Vec<SampleOutcome>),
    /// Not every outcome, or its weights are still to be looked at: what is to be measured.
    Left(Order),
}

/// Looks up a candidate.
///
/// # Errors
/// Its tokenizer or its weights are unusable, or the store is.
pub fn recall(bench: &Bench, tokenising: &mut Tokenising, candidate: &Candidate) -> Result<Recalled> {
    let (Some(model), Some(identity)) = (&candidate.model, identity(bench, candidate)) else {
        anyhow::bail!("it was not inspected")
    };
    let conversations = tokenising.conversations(&model.folder, &candidate.label())?;
    if bench.settings.fresh {
        bench.store.forget(identity.key())?;
    }
    let known = bench.store.read(identity.key(), bench.notices)?;
    let are_weights_seen = !bench.settings.weight_norms || check_kept_norms(bench, model, &identity)?;
    match measure::recall(&conversations, &known).filter(|_| are_weights_seen) {
        Some(outcomes) => Ok(Recalled::All(outcomes)),
        None => {
            let (label, folder) = (candidate.label(), model.folder.clone());
            Ok(Recalled::Left(Order { label, folder, identity, conversations }))
        }
    }
}

fn identity(bench: &Bench, candidate: &Candidate) -> Option<ModelIdentity> {
    Some(ModelIdentity {
        engine_version: causal_lm::version(bench.devices.way),
        content_hash: candidate.fingerprint.as_ref()?.content.clone(),
        device_kind: bench.devices.kind.into(),
        compute_dtype: bench.devices.dtype.as_str().into(),
        weight_dtype: candidate.card.as_ref()?.weight_dtype.clone(),
        tokenizer_rules: bench.settings.tokenizer_rules.to_string(),
    })
}

/// Holds a model's weight norms against the limits; false where they can only be computed when its weights are here.
fn check_kept_norms(bench: &Bench, model: &Model, identity: &ModelIdentity) -> Result<bool> {
    match kept_norms(bench, identity) {
        Some(norms) => judge_norms(&norms)?,
        None if model.survey.is_some() => return Ok(false),
        None => check_norms(bench, &model.folder, identity)?,
    }
    Ok(true)
}

/// Computes the weight norms of a model that has been pulled now, unless they are known, and holds them against the
/// limits.
///
/// # Errors
/// They look tampered with, or cannot be computed or kept.
pub fn check_pulled_norms(bench: &Bench, order: &Order) -> Result<()> {
    if bench.settings.weight_norms && kept_norms(bench, &order.identity).is_none() {
        check_norms(bench, &order.folder, &order.identity)?;
    }
    Ok(())
}

/// The weight norms that the store holds, unless all is to be computed again.
fn kept_norms(bench: &Bench, identity: &ModelIdentity) -> Option<Norms> {
    bench.norms.read(&identity.content_hash).filter(|_| !bench.settings.fresh)
}

fn check_norms(bench: &Bench, folder: &Path, identity: &ModelIdentity) -> Result<()> {
    let config = read_config(&folder.join("config.json"))?;
    let weights = Safetensors::open(folder, DType::F32, &Device::Cpu)?;
    let norms: Norms = projection_norms(&config.description, &weights)?.into();
    bench.norms.write(&identity.content_hash, &norms)?;
    judge_norms(&norms)
}

fn judge_norms(norms: &[Vec<f64>]) -> Result<()> {
    match tampering::refuse_norms(&PROJECTIONS, norms) {
        Some(reason) => anyhow::bail!(reason),
        None => Ok(()),
    }
}
