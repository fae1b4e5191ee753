//! Which layers of a model see only a window of the past, and which have which rotary embedding.

use super::description::LayerAttention;
use super::fields::{Fields, Problem};

/// Which layers slide, and which are rotated how.
#[derive(Default)]
pub struct LayerPattern {
    window: Option<usize>,
    /// Per layer; empty means that all slide if there is a window.
    slides: Vec<bool>,
    /// Per layer; empty means that none lacks a rotary embedding.
    unrotated: Vec<bool>,
}

impl LayerPattern {
    /// The same window for all layers.
    pub fn all(window: Option<usize>) -> Self {
        Self { window, ..Self::default() }
    }

    /// `layer_types` where given, else `slides` by layer number.
    pub fn typed(fields: &Fields, window: Option<usize>, slides: impl Fn(usize) -> bool) -> Result<Self, Problem> {
        let layers = fields.size("num_hidden_layers")?;
        let slides: Vec<bool> = match fields.list("layer_types")? {
            None => (0..layers).map(slides).collect(),
            Some(types) if types.len() != layers => {
                return Err(format!("`layer_types` names {} layers, `num_hidden_layers` is {layers}", types.len()));
            }
            Some(types) => types.iter().map(slides_by_type).collect::<Result<_, _>>()?,
        };
        match slides.iter().position(|slides| *slides) {
            Some(layer) if window.is_none() => Err(format!("layer {layer} slides, but `sliding_window` is not set")),
            _ => Ok(Self { window, slides, ..Self::default() }),
        }
    }

    /// Takes the rotary embedding from some layers.
    pub fn without_rope(self, unrotated: impl Fn(usize) -> bool) -> Self {
        Self { unrotated: (0..self.slides.len()).map(unrotated).collect(), ..self }
    }

    /// SmolLM3's `no_rope_layers`, in which 1 means that a layer HAS a rotary embedding, or its interval.
    pub fn layers_without_rope(fields: &Fields) -> Result<impl Fn(usize) -> bool + use<>, Problem> {
        let interval = fields.size_or("no_rope_layer_interval", 4)?;
        let listed = fields.numbers("no_rope_layers")?;
        let layers = fields.size("num_hidden_layers")?;
        if let Some(list) = &listed
            && list.len() < layers
        {
            return Err(format!("`no_rope_layers` names {} layers, `num_hidden_layers` is {layers}", list.len()));
        }
        Ok(move |layer: usize| match &listed {
            Some(list) => list[layer] == 0.0,
            None => (layer + 1).is_multiple_of(interval),
        })
    }

    /// Attention of layer `index` in a model with this many rotary embeddings; where there are two, sliding layers
    /// have the second.
    pub fn layer(&self, index: usize, ropes: usize, scale: f64) -> LayerAttention {
        let slides = self.slides.get(index).copied().unwrap_or(true);
        let rotated = ropes > 0 && !self.unrotated.get(index).copied().unwrap_or(false);
        let local = slides && ropes > 1;
        LayerAttention { window: self.window.filter(|_| slides), rope: rotated.then_some(usize::from(local)), scale }
    }
}

fn slides_by_type(value: &serde_json::Value) -> Result<bool, Problem> {
    match value.as_str() {
        Some("sliding_attention") => Ok(true),
        Some("full_attention" | "attention") => Ok(false),
        _ => Err(format!("`layer_types` names {value}; known are full_attention and sliding_attention")),
    }
}
