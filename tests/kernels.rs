//! The fused kernels against the portable ones: the same hidden states for random models of every architecture and
//! random packed texts, whether prompts are shared or not.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::Path;

use candle_core::{Device, Tensor};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use weighhouse::engine::Result;
use weighhouse::engine::batch::{Batch, Sequence};
use weighhouse::engine::decoder::architectures::ARCHITECTURES;
use weighhouse::engine::decoder::config::parse_config;
use weighhouse::engine::decoder::{Decoder, Kernels};
use weighhouse::engine::weights::WeightSource;

const VOCABULARY: usize = 19;
const LONGEST: usize = 90;

/// Largest difference between two hidden states, which are of the order of 1.
const TOLERANCE: f32 = 1e-4;

/// A model's options; each architecture reads those it knows.
#[derive(Debug, Clone)]
struct Options {
    class: &'static str,
    kv_heads: usize,
    group: usize,
    /// Half of a head's width.
    half: usize,
    window: Option<usize>,
    softcap: Option<f64>,
    share: f64,
    flag: bool,
    seed: u64,
}

fn options() -> impl Strategy<Value = Options> {
    let class = select(ARCHITECTURES.map(|a| a.class).to_vec());
    let heads = (1..=3usize, 1..=4usize, 2..=9usize);
    let rest = (of(1..40usize), of(0.5..5.0), select(vec![0.25, 0.5, 1.0]), any::<bool>(), any::<u64>());
    (class, heads, rest).prop_map(|(class, (kv_heads, group, half), (window, softcap, share, flag, seed))| Options {
        class,
        kv_heads,
        group,
        half,
        window,
        softcap,
        share,
        flag,
        seed,
    })
}

impl Options {
    fn config(&self) -> Value {
        let (heads, width) = (self.kv_heads * self.group, 2 * self.half);
        let hidden = heads * width;
        let mut config = json!({
            "architectures": [self.class], "vocab_size": VOCABULARY, "hidden_size": hidden, "n_embd": hidden,
            "intermediate_size": 2 * hidden, "num_hidden_layers": 2, "n_layer": 2, "num_attention_heads": heads,
            "n_head": heads, "num_key_value_heads": self.kv_heads, "head_dim": width, "n_positions": LONGEST,
            "max_position_embeddings": LONGEST, "tie_word_embeddings": self.flag, "attention_bias": self.flag,
            "qk_layernorm": self.flag, "use_parallel_residual": self.flag, "attn_logit_softcapping": self.softcap,
            "final_logit_softcapping": self.softcap, "use_sliding_window": self.window.is_some(),
            "max_window_layers": 1, "no_rope_layer_interval": 2, "rotary_pct": self.share, "rope_theta": 10_000,
            "sliding_window": self.window.unwrap_or(LONGEST),
        });
        if ["PhiForCausalLM", "StableLmForCausalLM", "Phi3ForCausalLM"].contains(&self.class) {
            config["partial_rotary_factor"] = json!(self.share);
        }
        config
    }

    fn decoder(&self, kernels: Kernels) -> Decoder {
        let config = self.config();
        let parsed = parse_config(Path::new("config.json"), config.as_object().unwrap()).unwrap();
        Decoder::new(parsed.description, &Noise { seed: self.seed }, kernels).unwrap()
    }
}

/// Every tensor that is asked for, with values that depend on its name.
struct Noise {
    seed: u64,
}

impl WeightSource for Noise {
    fn contains(&self, _name: &str) -> bool {
        false
    }

    fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let mut hasher = DefaultHasher::new();
        (self.seed, name).hash(&mut hasher);
        let mut generator = ChaCha8Rng::seed_from_u64(hasher.finish());
        // Products keep the size of what they are applied to: more would blow rounding up from layer to layer.
        let width = shape.last().filter(|_| shape.len() > 1);
        let largest = width.map_or(0.6, |width| (4.0 / *width as f32).sqrt());
        let values = (0..shape.iter().product()).map(|_| generator.random_range(-largest..largest));
        Ok(Tensor::from_iter(values, &Device::Cpu)?.reshape(shape)?)
    }
}

/// Texts that begin with a prompt in common, as token ids, and the length of that prompt.
fn texts() -> impl Strategy<Value = (Vec<Vec<u32>>, usize)> {
    let ids = |length| vec(0..VOCABULARY as u32, length);
    let texts = (ids(1..LONGEST / 2), vec(ids(1..LONGEST / 2), 1..4));
    texts.prop_map(|(prompt, ends)| (ends.iter().map(|e| [prompt.as_slice(), e].concat()).collect(), prompt.len()))
}

fn largest_difference(a: &Tensor, b: &Tensor) -> f32 {
    let values = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    values(a).iter().zip(values(b)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(160) })]

    #[test]
    fn fused_and_portable_kernels_agree(options in options(), (texts, prompt) in texts(), alone in texts()) {
        let (fused, portable) = (options.decoder(Kernels::Fused), options.decoder(Kernels::Portable));
        let shared = texts.iter().map(|ids| Sequence { ids, scored_from: prompt });
        let others = alone.0.iter().map(|ids| Sequence { ids, scored_from: 0 });
        let sequences: Vec<Sequence> = shared.chain(others).collect();
        for share in [true, false] {
            let batch = Batch::pack(&sequences, share);
            let (a, b) = (fused.hidden_states(&batch).unwrap(), portable.hidden_states(&batch).unwrap());
            let worst = largest_difference(&a, &b);
            prop_assert!(worst <= TOLERANCE, "sharing {share}: off by {worst}");
        }
        let losses = fused.losses(&sequences).unwrap();
        for (sequence, loss) in sequences.iter().zip(losses) {
            let alone = portable.losses(&[*sequence]).unwrap()[0];
            prop_assert!((loss - alone).abs() <= f64::from(TOLERANCE), "{loss} in company, {alone} alone");
        }
    }
}
