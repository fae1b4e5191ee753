//! The tensors of a BERT checkpoint: their names, in all spellings that are about, and their shapes.

use std::collections::HashMap;

use candle_core::Tensor;

use super::config::BertConfig;
use crate::engine::error::Result;
use crate::engine::weights::WeightSource;

/// Tensors of a checkpoint under the names without prefix and with `weight` and `bias`.
pub(super) struct Tensors<'a> {
    source: &'a dyn WeightSource,
    /// `bert.` where the checkpoint was saved from a model with a head.
    prefix: &'static str,
}

impl<'a> Tensors<'a> {
    pub(super) fn new(source: &'a dyn WeightSource) -> Self {
        let prefixed = source.contains("bert.embeddings.word_embeddings.weight");
        Self { source, prefix: if prefixed { "bert." } else { "" } }
    }

    /// The tensor of this name and shape. Old checkpoints call a norm's weight and bias gamma and beta.
    pub(super) fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let name = format!("{}{name}", self.prefix);
        let old = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta");
        let spelling = if self.source.contains(&name) || !self.source.contains(&old) { name } else { old };
        self.source.tensor(&spelling, shape)
    }

    /// All tensors of the model.
    pub(super) fn all(&self, config: &BertConfig) -> Result<HashMap<String, Tensor>> {
        let names =
            embedding_shapes(config).into_iter().chain((0..config.layers).flat_map(|i| layer_shapes(config, i)));
        names.map(|(name, shape)| Ok((name.clone(), self.tensor(&name, &shape)?))).collect()
    }
}

type Named = (String, Vec<usize>);

fn embedding_shapes(config: &BertConfig) -> Vec<Named> {
    let width = config.hidden_size;
    let tables = [("word", config.vocab_size), ("position", config.positions), ("token_type", config.segment_kinds)];
    let tables =
        tables.into_iter().map(|(name, rows)| (format!("embeddings.{name}_embeddings.weight"), vec![rows, width]));
    tables.chain(norm("embeddings.LayerNorm", width)).collect()
}

fn layer_shapes(config: &BertConfig, index: usize) -> Vec<Named> {
    let (width, inner) = (config.hidden_size, config.inner_size);
    let at = |name: &str| format!("encoder.layer.{index}.{name}");
    let attention = ["self.query", "self.key", "self.value", "output.dense"];
    let linears = attention.into_iter().flat_map(|name| linear(&at(&format!("attention.{name}")), width, width));
    let rest = [
        norm(&at("attention.output.LayerNorm"), width),
        linear(&at("intermediate.dense"), inner, width),
        linear(&at("output.dense"), width, inner),
        norm(&at("output.LayerNorm"), width),
    ];
    linears.chain(rest.into_iter().flatten()).collect()
}

fn linear(name: &str, outputs: usize, inputs: usize) -> [Named; 2] {
    [(format!("{name}.weight"), vec![outputs, inputs]), (format!("{name}.bias"), vec![outputs])]
}

fn norm(name: &str, width: usize) -> [Named; 2] {
    ["weight", "bias"].map(|part| (format!("{name}.{part}"), vec![width]))
}
