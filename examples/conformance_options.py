"""Makes the cases of fixtures/conformance-options: one tiny random model per option of an architecture.

    python examples/conformance_options.py [FOLDER] [NAME ...]

Needs torch, safetensors and transformers 5. Each case is a folder with

    config.json          written by hand here, in the spelling of transformers 4 or 5
    model.safetensors    random weights (one case: two shards and an index), stored as f64, f32, bf16 or f16
    expected.json        input_ids of four sequences and nll: -ln p in nats of every token but the first.
                         Optional: left_over, tensors that no decoder has a use for; unread, keys of config.json
                         that transformers does not read either; source, the versions that computed it;
                         bf16_scatter, which conformance_bf16.py adds afterwards.

transformers itself reads the folder as any checkpoint (so spelling, old names, missing prefixes and tied heads are its
own affair), then computes in double precision: the model is built once more with every float32 step (norms, rotary
tables, softmax) lifted to float64. Every case has a seed of its own, derived from its name; the same versions of torch
and transformers give the same files.
"""

import contextlib
import json
import sys
import zlib
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM

LENGTHS = (40, 17, 64, 2)
DTYPES = {"float64": torch.float64, "float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
VOCABULARY = 48

SMALL = {
    "vocab_size": VOCABULARY,
    "hidden_size": 24,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 128,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
NO_HEAD_DIM = {**SMALL, "head_dim": None, "hidden_size": 32}
GPT2 = {
    "vocab_size": VOCABULARY,
    "n_embd": 24,
    "n_head": 3,
    "n_layer": 2,
    "n_positions": 64,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
CLASSES = {
    "llama": ("LlamaForCausalLM", "llama", SMALL),
    "mistral": ("MistralForCausalLM", "mistral", SMALL),
    "qwen2": ("Qwen2ForCausalLM", "qwen2", SMALL),
    "qwen3": ("Qwen3ForCausalLM", "qwen3", SMALL),
    "gemma": ("GemmaForCausalLM", "gemma", SMALL),
    "gemma2": ("Gemma2ForCausalLM", "gemma2", SMALL),
    "gemma3": ("Gemma3ForCausalLM", "gemma3_text", {**SMALL, "num_hidden_layers": 3}),
    "phi3": ("Phi3ForCausalLM", "phi3", NO_HEAD_DIM),
    "phi": ("PhiForCausalLM", "phi", NO_HEAD_DIM),
    "stablelm": ("StableLmForCausalLM", "stablelm", NO_HEAD_DIM),
    "neox": ("GPTNeoXForCausalLM", "gpt_neox", {**NO_HEAD_DIM, "num_key_value_heads": None}),
    "gpt2": ("GPT2LMHeadModel", "gpt2", GPT2),
    "olmo2": ("Olmo2ForCausalLM", "olmo2", NO_HEAD_DIM),
    "smollm3": ("SmolLM3ForCausalLM", "smollm3", NO_HEAD_DIM),
    "granite": ("GraniteForCausalLM", "granite", NO_HEAD_DIM),
    "starcoder2": ("Starcoder2ForCausalLM", "starcoder2", NO_HEAD_DIM),
}
SLIDING, FULL = "sliding_attention", "full_attention"


def rope(kind="default", theta=500.0, **keys):
    """A rope_parameters object of transformers 5."""
    return {"rope_type": kind, "rope_theta": theta, **keys}


def old_rope(kind, theta=500.0, **keys):
    """The same for transformers 4: a base at the top level and rope_scaling."""
    return {"rope_theta": theta, "rope_scaling": {"rope_type": kind, **keys}}


# name -> (keys that replace the class's small ones; None takes a key away, ABSENT_NULL writes a null; how to store it)
NULL = object()
LONG = {"short_factor": [1.0, 1.1, 1.3], "long_factor": [1.2, 2.5, 4.0]}
LONG_4 = {"short_factor": [1.0, 1.1, 1.3, 1.4], "long_factor": [1.2, 2.5, 4.0, 6.0]}
PHI3_LONG = {"original_max_position_embeddings": 32, "partial_rotary_factor": 0.75}
YARN = {"factor": 4.0, "original_max_position_embeddings": 32}
GEMMA3_ROPES = {
    SLIDING: rope(theta=50.0),
    FULL: rope("yarn", theta=20_000.0, factor=4.0, original_max_position_embeddings=16),
}
CASES = {
    # Llama: biases, heads, tying, activations, rotary scalings, ways of storing.
    "llama-biases": ({"attention_bias": True, "mlp_bias": True, "rope_parameters": rope()}, {}),
    "llama-mqa-wide-heads": ({"num_key_value_heads": 1, "head_dim": 14, "hidden_act": "gelu", "rope_theta": 77.0}, {}),
    "llama-mha-no-head-dim": (
        {"num_key_value_heads": None, "head_dim": NULL, "hidden_act": "relu", "rope_theta": 500, "rms_norm_eps": 0.01},
        {},
    ),
    "llama-tied-bf16": ({"tie_word_embeddings": True, "rope_parameters": rope()}, {"dtype": "bfloat16"}),
    "llama-f16": ({"rope_parameters": rope(theta=100.0)}, {"dtype": "float16"}),
    "llama-sharded": ({"attention_bias": True, "rope_theta": 500.0}, {"shards": 2, "dtype": "float32"}),
    "llama-bare": ({"tie_word_embeddings": True, "rope_theta": 500.0}, {"strip": "model."}),
    "llama-tied-with-other-head": ({"tie_word_embeddings": True, "rope_theta": 500.0}, {"tied": "both"}),
    "llama-tied-head-only": ({"tie_word_embeddings": True, "rope_theta": 500.0}, {"tied": "head"}),
    "llama-linear-type": ({"rope_theta": 500.0, "rope_scaling": {"type": "linear", "factor": 2.5}}, {}),
    "llama-linear": ({"rope_parameters": rope("linear", factor=3.0)}, {}),
    "llama-llama3": (
        {
            "rope_parameters": rope(
                "llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=64
            )
        },
        {},
    ),
    "llama-llama3-old": (
        old_rope(
            "llama3", theta=90.0, factor=4.0, low_freq_factor=0.5, high_freq_factor=6.0,
            original_max_position_embeddings=48,
        ),
        {},
    ),
    "llama-yarn": ({"head_dim": 16, "rope_parameters": rope("yarn", **YARN)}, {}),
    "llama-yarn-old": ({"head_dim": 16, **old_rope("yarn", beta_fast=24, beta_slow=2, **YARN)}, {}),
    "llama-yarn-mscale": (
        {"head_dim": 16, "rope_parameters": rope("yarn", mscale=0.7, mscale_all_dim=1.6, **YARN)},
        {},
    ),
    "llama-yarn-untruncated": (
        {"head_dim": 16, "rope_parameters": rope("yarn", attention_factor=1.3, truncate=False, **YARN)},
        {},
    ),
    "llama-yarn-no-original": ({"head_dim": 16, **old_rope("yarn", factor=2.0, attention_factor=None)}, {}),
    "llama-yarn-outer-original": (
        {"head_dim": 16, "original_max_position_embeddings": 20, **old_rope("yarn", **YARN)},
        {},
    ),
    "llama-longrope": (
        {"rope_parameters": rope("longrope", factor=4.0, original_max_position_embeddings=32, **LONG_4)},
        {},
    ),
    # A base that grows with the text, from the first token beyond max_position_embeddings on.
    "llama-dynamic": ({"max_position_embeddings": 32, "rope_parameters": rope("dynamic", factor=3.0)}, {}),
    "llama-f64": ({"rope_parameters": rope(theta=100.0)}, {"dtype": "float64"}),
    # Mistral: the window absent (4096), null and small; eight key heads unless told otherwise.
    "mistral-null-head-dim": (
        {"num_attention_heads": 6, "num_key_value_heads": 3, "head_dim": NULL},
        {},
    ),
    "mistral-eight-key-heads": ({"num_attention_heads": 16, "num_key_value_heads": None, "head_dim": 4, "hidden_size": 16}, {}),
    "mistral-null-window": ({"sliding_window": NULL, "rope_theta": 500.0}, {}),
    "mistral-window-1": ({"sliding_window": 1, "rope_parameters": rope()}, {}),
    # Qwen2 and Qwen3: which layers slide.
    "qwen2-max-window-layers": (
        {
            "use_sliding_window": True, "sliding_window": 7, "max_window_layers": 1, "num_hidden_layers": 3,
            "head_dim": None, "hidden_size": 32, "rope_theta": 500.0,
        },
        {},
    ),
    "qwen2-layer-types": (
        {
            "use_sliding_window": True, "sliding_window": 5, "max_window_layers": 0, "tie_word_embeddings": True,
            "layer_types": [SLIDING, FULL], "rope_parameters": rope(),
        },
        {},
    ),
    "qwen2-unused-window": ({"use_sliding_window": False, "sliding_window": 5, "max_window_layers": 0}, {}),
    # Sections of a head for time, height and width, left by a model that saw pictures: all one position in a text.
    "qwen2-mrope-section": (
        {
            "head_dim": None, "hidden_size": 32, "rope_theta": 500.0,
            "rope_scaling": {"type": "mrope", "rope_type": "default", "mrope_section": [1, 1, 2]},
        },
        {},
    ),
    "qwen2-dynamic-old": (
        {"head_dim": None, "hidden_size": 32, "max_position_embeddings": 20, **old_rope("dynamic", factor=2.0)}, {},
    ),
    "neox-dynamic": (
        {"max_position_embeddings": 24, "rope_parameters": rope("dynamic", factor=4.0, partial_rotary_factor=0.5)}, {},
    ),
    "qwen3-bias": ({"attention_bias": True, "head_dim": 10, "rope_parameters": rope()}, {}),
    "qwen3-sliding": (
        {"use_sliding_window": True, "sliding_window": 6, "max_window_layers": 1, "tie_word_embeddings": True}, {},
    ),
    # Gemma: `gelu` means its tanh approximation in the first generation only.
    "gemma-legacy-gelu": ({"hidden_act": "gelu", "hidden_activation": NULL, "attention_bias": True}, {}),
    "gemma-untied": ({"tie_word_embeddings": False, "num_key_value_heads": 4, "hidden_act": "silu"}, {}),
    "gemma2-no-caps": (
        {
            "attn_logit_softcapping": NULL, "final_logit_softcapping": NULL, "sliding_window": 6,
            "query_pre_attn_scalar": 20, "rope_theta": 500.0,
        },
        {},
    ),
    "gemma2-caps": (
        {
            "attn_logit_softcapping": 2.0, "final_logit_softcapping": 4.0, "sliding_window": 6, "attention_bias": True,
            "layer_types": [FULL, SLIDING], "hidden_activation": "gelu", "tie_word_embeddings": False,
            "rope_parameters": rope(),
        },
        {},
    ),
    "gemma2-defaults": ({"hidden_act": "silu"}, {"unread": ["hidden_act"]}),
    "gemma3-old": (
        {
            "sliding_window_pattern": 2, "sliding_window": 6, "rope_theta": 20_000.0, "rope_local_base_freq": 50.0,
            "rope_scaling": {"rope_type": "linear", "factor": 8.0}, "query_pre_attn_scalar": 10,
        },
        {},
    ),
    "gemma3-new": (
        {
            "layer_types": [FULL, SLIDING, SLIDING], "sliding_window": 6, "final_logit_softcapping": 5.0,
            "attention_bias": True, "tie_word_embeddings": False, "rope_parameters": GEMMA3_ROPES,
        },
        {},
    ),
    "gemma3-ignored-cap": (
        {"attn_logit_softcapping": 1.0, "sliding_window": 6, "layer_types": [SLIDING, FULL, FULL]},
        {"unread": ["attn_logit_softcapping"]},
    ),
    # Phi-3: long texts have other wavelengths; both old names of the type; a part of each head is not rotated.
    "phi3-longrope": ({**PHI3_LONG, **old_rope("longrope", **LONG)}, {}),
    "phi3-longrope-new": (
        {
            "original_max_position_embeddings": 32, "tie_word_embeddings": True,
            "rope_parameters": rope("longrope", partial_rotary_factor=0.75, attention_factor=1.4, **LONG),
        },
        {},
    ),
    "phi3-su": (
        {
            "original_max_position_embeddings": 20, "rope_theta": 500.0,
            "rope_scaling": {"type": "su", "original_max_position_embeddings": 50, **LONG_4},
        },
        {},
    ),
    "phi3-yarn": (
        {"original_max_position_embeddings": 40, "rope_theta": 500.0, "rope_scaling": {"type": "yarn", **LONG_4}}, {},
    ),
    "phi3-outer-original-absent": (
        {"rope_scaling": {"rope_type": "longrope", "original_max_position_embeddings": 32, "factor": 2.0, **LONG_4}},
        {},
    ),
    "phi3-sliding": ({"sliding_window": 9, "partial_rotary_factor": 0.75, "num_key_value_heads": NULL}, {}),
    # Phi: norms of queries and keys, the head's bias.
    "phi-qk-norm": ({"qk_layernorm": True, "rope_parameters": rope(partial_rotary_factor=0.75)}, {}),
    "phi-tied": (
        {"tie_word_embeddings": True, "partial_rotary_factor": 0.25, "hidden_act": "gelu", "num_key_value_heads": None},
        {},
    ),
    # StableLM.
    "stablelm-parallel": ({"use_parallel_residual": True, "use_qkv_bias": True, "rope_theta": 500.0}, {}),
    "stablelm-qk-norm": ({"qk_layernorm": True, "rope_parameters": rope(partial_rotary_factor=0.5)}, {}),
    "stablelm-parallel-qk-norm": (
        {
            "use_parallel_residual": True, "qk_layernorm": True, "tie_word_embeddings": True,
            "num_key_value_heads": 4, "partial_rotary_factor": 1.0,
        },
        {},
    ),
    # GPT-NeoX: serial residual, old names, buffers of old checkpoints, an odd number of rotated dimensions.
    "neox-serial": (
        {"use_parallel_residual": False, "attention_bias": False, "rotary_pct": 1.0, "rotary_emb_base": 500}, {},
    ),
    "neox-old-names": (
        {"rotary_pct": 0.5, "hidden_act": "gelu_new"},
        {"rename": {"lm_head.": "embed_out."}, "buffers": "gpt_neox.layers.{}.attention.", "dtype": "float16"},
    ),
    "neox-tied": (
        {"tie_word_embeddings": True, "rope_parameters": rope("linear", factor=2.0, partial_rotary_factor=0.5)}, {},
    ),
    "neox-odd-rotary": (
        {"num_attention_heads": 3, "hidden_size": 30, "rope_parameters": rope(partial_rotary_factor=0.3)}, {},
    ),
    # GPT-2.
    "gpt2-scales": ({"scale_attn_weights": False, "scale_attn_by_inverse_layer_idx": True, "n_layer": 3}, {}),
    "gpt2-bare": ({"n_inner": 40}, {"strip": "transformer.", "buffers": "h.{}.attn.", "dtype": "float16"}),
    "gpt2-untied": (
        {"tie_word_embeddings": False, "activation_function": "relu", "n_inner": NULL, "layer_norm_epsilon": 0.01}, {},
    ),
    # OLMo 2: norms over whole projections.
    "olmo2-bias": ({"attention_bias": True, "num_key_value_heads": None, "rope_theta": 500.0}, {}),
    "olmo2-mqa": (
        {"num_key_value_heads": 1, "tie_word_embeddings": True, "rope_parameters": rope("linear", factor=2.0)}, {},
    ),
    # SmolLM3: layers without rotary embedding, windows.
    "smollm3-list": (
        {"no_rope_layers": [0, 1, 1], "num_hidden_layers": 3, "attention_bias": True, "mlp_bias": True}, {},
    ),
    "smollm3-sliding": (
        {
            "no_rope_layer_interval": 2, "use_sliding_window": True, "sliding_window": 6, "tie_word_embeddings": False,
            "rope_theta": 500.0,
        },
        {},
    ),
    "smollm3-layer-types": (
        {
            "no_rope_layers": [1, 0], "layer_types": [SLIDING, FULL], "sliding_window": 6, "num_key_value_heads": None,
            "rope_parameters": rope(),
        },
        {},
    ),
    # Granite: multipliers.
    "granite-multipliers": (
        {
            "attention_multiplier": 0.2, "embedding_multiplier": 3.0, "residual_multiplier": 0.4, "logits_scaling": 2.5,
            "tie_word_embeddings": True, "mlp_bias": True, "rope_theta": 500.0,
        },
        {},
    ),
    "granite-defaults": ({"attention_bias": True, "num_key_value_heads": None, "rope_parameters": rope()}, {}),
    # StarCoder2.
    "starcoder2-plain": (
        {"use_bias": False, "sliding_window": NULL, "tie_word_embeddings": False, "num_key_value_heads": None}, {},
    ),
    "starcoder2-sliding": ({"sliding_window": 6, "num_key_value_heads": 1, "norm_epsilon": 0.01, "rope_theta": 500.0}, {}),
}


def configuration(name, keys, dtype):
    """config.json of a case: the class's small one with its keys replaced, in the spelling that the keys imply."""
    architecture, model_type, base = CLASSES[name.split("-")[0]]
    config = {"architectures": [architecture], "model_type": model_type, **base, **keys}
    config = {key: None if value is NULL else value for key, value in config.items() if value is not None}
    old = "rope_parameters" not in config
    config.update({"torch_dtype" if old else "dtype": dtype, "transformers_version": "4.51.3" if old else "5.0.0"})
    return config


def randomise(model, generator):
    """Weights wide enough that every option moves the loss by much more than the tolerance."""
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator) * (0.5 if "embed" in name or "wte" in name else 0.25)
        plus_one = "Gemma" in type(model).__name__
        scale = parameter.dim() == 1 and name.endswith("weight") and not plus_one
        parameter.data = noise + 1.0 if scale else noise


def stored_tensors(model, how, generator):
    """The tensors to store, under the names that the case asks for; and those no decoder has a use for."""
    tensors = {name: parameter.detach() for name, parameter in model.named_parameters()}
    extra = {}
    if "tied" in how:
        embedding = tensors.pop("model.embed_tokens.weight")
        tensors["lm_head.weight"] = embedding + torch.randn(embedding.shape, generator=generator) * 0.1
        if how["tied"] == "both":
            tensors["model.embed_tokens.weight"] = embedding
    if "buffers" in how:
        for layer in range(model.config.num_hidden_layers):
            prefix = how["buffers"].format(layer)
            extra[prefix + "bias"] = torch.ones(1, 1, 8, 8, dtype=torch.bool).tril()
            extra[prefix + "masked_bias"] = torch.tensor(-1e9)
    rename = {how.get("strip", "\0"): "", **how.get("rename", {})}
    for old, new in rename.items():
        tensors = {new + name.removeprefix(old) if name.startswith(old) else name: t for name, t in tensors.items()}
    return tensors, extra


def save(folder, tensors, extra, how, dtype):
    """Writes the weights, in shards if the case asks for them."""
    tensors = {name: tensor.to(DTYPES[dtype]).contiguous() for name, tensor in tensors.items()} | extra
    shards = how.get("shards", 1)
    if shards == 1:
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        return
    names = sorted(tensors)
    weight_map = {name: f"model-{i % shards + 1:05}-of-{shards:05}.safetensors" for i, name in enumerate(names)}
    for file in set(weight_map.values()):
        part = {name: tensors[name] for name in names if weight_map[name] == file}
        save_file(part, folder / file, metadata={"format": "pt"})
    index = {"metadata": {"total_size": sum(t.nbytes for t in tensors.values())}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=1) + "\n")


@contextlib.contextmanager
def everything_in_double():
    """Whatever asks for float32 gets float64."""
    kept = torch.float32, torch.float, torch.Tensor.float, torch.get_default_dtype()
    torch.float32 = torch.float = torch.float64
    torch.Tensor.float = torch.Tensor.double
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.float32, torch.float, torch.Tensor.float, default = kept
        torch.set_default_dtype(default)


def losses(model, ids):
    """-ln p of every token of `ids` but the first."""
    logits = model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, :-1]
    return -torch.log_softmax(logits.double(), -1).gather(1, torch.tensor(ids[1:]).unsqueeze(1)).squeeze(1)


def reference(folder, sequences):
    """transformers' losses in double precision, and how far its own mixture of f64 and f32 steps is from them."""
    loaded = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64, attn_implementation="eager").eval()
    mixed = [losses(loaded, ids) for ids in sequences]
    with everything_in_double():
        config = AutoConfig.from_pretrained(folder, attn_implementation="eager")
        model = AutoModelForCausalLM.from_config(config, dtype=torch.float64, attn_implementation="eager").eval()
        # A head that transformers did not tie, whatever the configuration says, must not be tied here.
        model.lm_head.weight = torch.nn.Parameter(torch.empty_like(model.lm_head.weight))
        model.load_state_dict(loaded.state_dict())
        exact = [losses(model, ids) for ids in sequences]
    return exact, max((a - b).abs().max().item() for a, b in zip(mixed, exact))


def make(root, name):
    """Makes one case; prints its size and by how much transformers' f32 steps move its losses."""
    keys, how = CASES[name]
    seed = zlib.crc32(name.encode())
    generator = torch.Generator().manual_seed(seed)
    dtype = how.get("dtype", ("bfloat16", "float16")[seed % 2])
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    config = configuration(name, keys, dtype)
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder), dtype=torch.float32)
    randomise(model, generator)
    tensors, extra = stored_tensors(model, how, generator)
    save(folder, tensors, extra, how, dtype)
    sequences = [torch.randint(3, VOCABULARY, (n,), generator=generator).tolist() for n in LENGTHS]
    exact, moved = reference(folder, sequences)
    expected = {
        "source": f"transformers {transformers.__version__}, torch {torch.__version__}, float64",
        "input_ids": sequences,
        "nll": [[round(loss, 9) for loss in row.tolist()] for row in exact],
        **({"left_over": sorted(extra)} if extra else {}),
        **({"unread": how["unread"]} if "unread" in how else {}),
    }
    (folder / "expected.json").write_text(json.dumps(expected) + "\n")
    size = sum(f.stat().st_size for f in folder.iterdir())
    print(f"{name:28} {size / 1000:6.1f} kB  mean {exact[2].mean():7.4f}  f32 steps move it by {moved:.1e}", flush=True)


def main():
    """Makes the named cases, or all."""
    here = Path(__file__).resolve().parent.parent / "fixtures" / "conformance-options"
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else here
    torch.set_grad_enabled(False)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    for name in sys.argv[2:] or CASES:
        make(root, name)


if __name__ == "__main__":
    main()
