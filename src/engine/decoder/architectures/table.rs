//! The table of architectures, by class name and by `model_type`. A class that is not in it is an error that lists all.

use super::super::description::Description;
use super::super::fields::{Fields, Problem};
use super::{gemma, gpt, llama, phi};

/// One entry of the table.
pub struct Architecture {
    /// Class name, as in `architectures[0]`.
    pub class: &'static str,
    /// `model_type`, which decides where a configuration has one.
    pub model_type: &'static str,
    /// Reads the configuration.
    pub describe: fn(&'static str, &Fields) -> Result<Description, Problem>,
}

/// Every architecture that the decoder computes.
pub const ARCHITECTURES: [Architecture; 16] = [
    Architecture { class: "LlamaForCausalLM", model_type: "llama", describe: llama::llama },
    Architecture { class: "MistralForCausalLM", model_type: "mistral", describe: llama::mistral },
    Architecture { class: "Qwen2ForCausalLM", model_type: "qwen2", describe: llama::qwen2 },
    Architecture { class: "Qwen3ForCausalLM", model_type: "qwen3", describe: llama::qwen3 },
    Architecture { class: "GemmaForCausalLM", model_type: "gemma", describe: gemma::gemma },
    Architecture { class: "Gemma2ForCausalLM", model_type: "gemma2", describe: gemma::gemma2 },
    Architecture { class: "Gemma3ForCausalLM", model_type: "gemma3_text", describe: gemma::gemma3 },
    Architecture { class: "Phi3ForCausalLM", model_type: "phi3", describe: phi::phi3 },
    Architecture { class: "PhiForCausalLM", model_type: "phi", describe: phi::phi },
    Architecture { class: "StableLmForCausalLM", model_type: "stablelm", describe: phi::stablelm },
    Architecture { class: "GPTNeoXForCausalLM", model_type: "gpt_neox", describe: gpt::gpt_neox },
    Architecture { class: "GPT2LMHeadModel", model_type: "gpt2", describe: gpt::gpt2 },
    Architecture { class: "Olmo2ForCausalLM", model_type: "olmo2", describe: llama::olmo2 },
    Architecture { class: "SmolLM3ForCausalLM", model_type: "smollm3", describe: llama::smollm3 },
    Architecture { class: "GraniteForCausalLM", model_type: "granite", describe: llama::granite },
    Architecture { class: "Starcoder2ForCausalLM", model_type: "starcoder2", describe: llama::starcoder2 },
];
