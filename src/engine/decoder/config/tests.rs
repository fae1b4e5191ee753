//! What a configuration is refused for, and what is made of keys that are absent, spelled otherwise or not read.

use serde_json::json;

use super::*;

type Parsed = std::result::Result<ModelConfig, String>;

/// A small configuration that every architecture can be read from.
fn minimal(class: &str) -> Map<String, Value> {
    let config = json!({
        "architectures": [class], "vocab_size": 64, "hidden_size": 64, "intermediate_size": 48,
        "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 128,
    });
    let gpt2 = json!({
        "architectures": [class], "vocab_size": 64, "n_embd": 64, "n_layer": 3, "n_head": 4, "n_positions": 128,
    });
    let mut map = (if class == "GPT2LMHeadModel" { gpt2 } else { config }).as_object().unwrap().clone();
    if class == "GPTNeoXForCausalLM" {
        map.remove("num_key_value_heads"); // It has no such key.
    }
    map
}

/// Reads the minimal configuration of `class` with some keys set.
fn with(class: &str, keys: Value) -> Parsed {
    let mut map = minimal(class);
    map.extend(keys.as_object().unwrap().clone());
    parse(&map)
}

fn parse(map: &Map<String, Value>) -> Parsed {
    parse_config(Path::new("model/config.json"), map).map_err(|e| e.to_string())
}

/// Asserts that each of the given keys makes `class` an error of one line that names the file and all of `says`.
fn assert_refused(class: &str, keys: Value, says: &[&str]) {
    let problem = with(class, keys.clone()).expect_err(&format!("{class} with {keys} is read"));
    assert!(problem.starts_with("model/config.json: ") && !problem.contains('\n'), "{problem}");
    assert!(says.iter().all(|word| problem.contains(word)), "{class} with {keys}: {problem}");
}

#[test]
fn every_architecture_is_read_and_found_by_class_and_by_type() {
    for entry in ARCHITECTURES {
        let by_class = with(entry.class, json!({})).unwrap();
        assert_eq!(by_class.description.architecture, entry.class);
        assert!(by_class.unread.is_empty(), "{}: {:?}", entry.class, by_class.unread);
        let mut map = minimal(entry.class);
        map.remove("architectures");
        map.insert("model_type".into(), entry.model_type.into());
        assert_eq!(parse(&map).unwrap(), by_class);
    }
}

#[test]
fn the_type_decides_and_a_class_that_it_overrules_is_told() {
    let llama = with("LlamaForCausalLM", json!({"model_type": "llama"})).unwrap();
    assert!(llama.unread.is_empty(), "{:?}", llama.unread);
    for class in ["LlamaForSequenceClassification", "LlamaModel", "MistralForCausalLM", "AbacusForCausalLM"] {
        let found = with(class, json!({"model_type": "llama"})).unwrap();
        assert_eq!(found.description, llama.description);
        assert_eq!(found.unread, [format!("architectures ({class})")]);
    }
    assert_refused("LlamaForCausalLM", json!({"model_type": "abacus"}), &["`LlamaForCausalLM` of type `abacus`"]);
}

#[test]
fn sections_for_pictures_are_plain_rotation_in_a_text() {
    let plain = with("Qwen2ForCausalLM", json!({})).unwrap();
    for kind in [json!("mrope"), json!("default")] {
        let scaling = json!({"rope_scaling": {"type": kind, "mrope_section": [2, 3, 3]}});
        assert_eq!(with("Qwen2ForCausalLM", scaling).unwrap(), plain);
    }
}

#[test]
fn an_unknown_architecture_lists_the_known_ones() {
    let known = ARCHITECTURES.map(|a| a.class);
    assert_refused("FalconForCausalLM", json!({}), &[&["`FalconForCausalLM`"], known.as_slice()].concat());
    let neither = parse(json!({"vocab_size": 64}).as_object().unwrap()).unwrap_err();
    assert!(neither.contains("`architectures`") && neither.contains("`model_type`"), "{neither}");
}

#[test]
fn a_needed_size_that_is_missing_null_zero_or_huge_is_named() {
    let sizes = ["vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads"];
    let gpt2_sizes = ["vocab_size", "n_embd", "n_layer", "n_head"];
    for entry in ARCHITECTURES {
        let keys = if entry.model_type == "gpt2" { gpt2_sizes.as_slice() } else { sizes.as_slice() };
        for key in keys {
            let named = format!("`{key}`");
            let mut map = minimal(entry.class);
            map.remove(*key);
            assert!(parse(&map).unwrap_err().contains(&format!("{named} is missing")), "{} {key}", entry.class);
            for value in [json!(null), json!(0), json!(-1), json!(1.5), json!("8"), json!(1_u64 << 40)] {
                assert_refused(entry.class, json!({ *key: value }), &[&named]);
            }
        }
    }
}

#[test]
fn sizes_that_do_not_fit_together_are_refused() {
    let llama = "LlamaForCausalLM";
    assert_refused(llama, json!({"num_key_value_heads": 3}), &["`num_attention_heads` 4", "`num_key_value_heads` 3"]);
    assert_refused(llama, json!({"num_key_value_heads": 0}), &["`num_key_value_heads`"]);
    assert_refused(llama, json!({"head_dim": 0}), &["`head_dim`"]);
    assert_refused(llama, json!({"hidden_size": 66}), &["`head_dim`", "66"]);
    assert!(with(llama, json!({"hidden_size": 66, "head_dim": 8})).is_ok());
    assert_refused("GPT2LMHeadModel", json!({"n_inner": 0}), &["`n_inner`"]);
    assert_refused("GPT2LMHeadModel", json!({"n_positions": 0}), &["`n_positions`"]);
    assert_refused("GPT2LMHeadModel", json!({"hidden_size": 32}), &["`hidden_size` is 32", "`n_embd` is 64"]);
    for class in ["StableLmForCausalLM", "GPTNeoXForCausalLM"] {
        assert_refused(class, json!({"head_dim": 8}), &["`head_dim` is 8"]);
        assert!(with(class, json!({"head_dim": 16})).is_ok());
    }
    assert_refused("Qwen3ForCausalLM", json!({"head_dim": null}), &["`head_dim`"]);
}

#[test]
fn what_the_decoder_does_not_compute_is_refused_for_every_architecture() {
    for entry in ARCHITECTURES {
        for (key, value) in [
            ("quantization_config", json!({"quant_method": "gptq", "bits": 4})),
            ("use_bidirectional_attention", json!(true)),
            ("use_bidirectional_attention", json!("all")),
            ("is_causal", json!(false)),
            ("per_layer_config", json!({"0": {"hidden_size": 8}})),
            ("add_cross_attention", json!(true)),
            ("attention_chunk_size", json!(8)),
            ("num_local_experts", json!(4)),
            ("is_encoder_decoder", json!(true)),
        ] {
            assert_refused(entry.class, json!({ key: value }), &[&format!("`{key}`")]);
        }
        let harmless = json!({"quantization_config": null, "is_causal": true, "use_bidirectional_attention": false});
        assert!(with(entry.class, harmless).is_ok());
    }
}

#[test]
fn an_unknown_activation_is_refused_under_its_own_key() {
    for (class, key) in [
        ("LlamaForCausalLM", "hidden_act"),
        ("GemmaForCausalLM", "hidden_act"),
        ("Gemma2ForCausalLM", "hidden_activation"),
        ("Gemma3ForCausalLM", "hidden_activation"),
        ("GPT2LMHeadModel", "activation_function"),
        ("PhiForCausalLM", "hidden_act"),
    ] {
        assert_refused(class, json!({ key: "quick_gelu" }), &[&format!("`{key}`"), "`quick_gelu`", "known are silu"]);
        assert_refused(class, json!({ key: 3 }), &[&format!("`{key}` is 3")]);
    }
}

#[test]
fn rope_types_and_keys_that_are_not_computed_are_refused() {
    for kind in ["proportional", "spiral", "ntk"] {
        for object in
            [json!({"rope_scaling": {"type": kind, "factor": 2}}), json!({"rope_parameters": {"rope_type": kind}})]
        {
            assert_refused("LlamaForCausalLM", object, &[kind, "known are default, linear, dynamic, llama3, yarn"]);
        }
    }
    let scaled =
        |object: Value, says: &[&str]| assert_refused("LlamaForCausalLM", json!({"rope_scaling": object}), says);
    scaled(json!({"rope_type": "linear"}), &["`factor` is missing"]);
    scaled(json!({"rope_type": "linear", "factor": 0}), &["`factor` is 0"]);
    scaled(json!({"rope_type": "linear", "factor": 2, "wave_section": [1]}), &["`wave_section`", "linear"]);
    scaled(json!({"rope_type": "dynamic"}), &["`factor` is missing"]);
    scaled(json!({"rope_type": "llama3", "factor": 8, "low_freq_factor": 1}), &["`high_freq_factor` is missing"]);
    scaled(json!({"rope_type": "longrope", "factor": 2, "short_factor": [1]}), &["`short_factor` has 1", "8"]);
    scaled(json!("linear"), &["`rope_scaling`", "an object"]);
    let theta = json!({"rope_parameters": {"rope_theta": -1.0}});
    assert_refused("LlamaForCausalLM", theta, &["rotary base -1"]);
    assert_refused("LlamaForCausalLM", json!({"partial_rotary_factor": 0.5}), &["`partial_rotary_factor` is 0.5"]);
    assert_refused("Phi3ForCausalLM", json!({"rope_scaling": {"type": "linear", "factor": 2}}), &["`linear`"]);
    assert_refused("GPTNeoXForCausalLM", json!({"rope_theta": 5, "rotary_emb_base": 6}), &["`rope_theta` is 5"]);
    let flat = json!({"rope_parameters": {"rope_theta": 5.0, "rope_type": "default"}});
    assert_refused("Gemma3ForCausalLM", flat, &["`rope_parameters`", "`rope_theta`"]);
}

#[test]
fn layer_types_must_be_known_and_as_many_as_layers() {
    for class in
        ["Qwen2ForCausalLM", "Qwen3ForCausalLM", "Gemma2ForCausalLM", "Gemma3ForCausalLM", "SmolLM3ForCausalLM"]
    {
        let types = |list: [&str; 3]| json!({"layer_types": list, "sliding_window": 4, "use_sliding_window": true});
        let chunked = types(["full_attention", "chunked_attention", "full_attention"]);
        assert_refused(class, chunked, &["`layer_types`", "chunked_attention"]);
        assert_refused(class, json!({"layer_types": ["full_attention"]}), &["`layer_types` names 1", "3"]);
        let sliding = with(class, types(["full_attention", "sliding_attention", "full_attention"])).unwrap();
        let windows = sliding.description.layers.iter().map(|layer| layer.window);
        assert_eq!(windows.collect::<Vec<_>>(), [None, Some(4), None], "{class}");
        let without = json!({"layer_types": vec!["sliding_attention"; 3], "sliding_window": null});
        assert_refused(class, without, &["`sliding_window`"]);
    }
    assert_refused("MistralForCausalLM", json!({"sliding_window": 0}), &["`sliding_window` is 0"]);
    assert_refused("SmolLM3ForCausalLM", json!({"no_rope_layers": [1]}), &["`no_rope_layers` names 1"]);
    assert_refused("SmolLM3ForCausalLM", json!({"no_rope_layer_interval": 0}), &["`no_rope_layer_interval`"]);
    assert_refused("Gemma3ForCausalLM", json!({"sliding_window_pattern": 0}), &["`sliding_window_pattern`"]);
}

#[test]
fn flags_and_numbers_of_the_wrong_kind_are_named() {
    assert_refused("LlamaForCausalLM", json!({"mlp_bias": "yes"}), &["`mlp_bias` is \"yes\"", "true or false"]);
    assert_refused("LlamaForCausalLM", json!({"tie_word_embeddings": 1}), &["`tie_word_embeddings`"]);
    assert_refused("LlamaForCausalLM", json!({"rms_norm_eps": 0}), &["`rms_norm_eps`"]);
    assert_refused("Gemma2ForCausalLM", json!({"attn_logit_softcapping": 0}), &["`attn_logit_softcapping`"]);
    assert_refused("GraniteForCausalLM", json!({"logits_scaling": 0}), &["`logits_scaling`"]);
}

#[test]
fn keys_that_nobody_reads_are_listed_and_empty_or_harmless_ones_are_not() {
    let keys = json!({
        "clip_qkv": 8.0, "sliding_window": 4096, "use_mrope": false, "rope_scaling": null, "bos_token_id": 1,
        "torch_dtype": "bfloat16", "attn_output_gate": true, "pruned_heads": {},
    });
    assert_eq!(with("LlamaForCausalLM", keys).unwrap().unread, ["clip_qkv", "sliding_window", "attn_output_gate"]);
    let gemma2 = |act: &str| with("Gemma2ForCausalLM", json!({ "hidden_act": act })).unwrap().unread;
    assert_eq!((gemma2("gelu_pytorch_tanh"), gemma2("gelu")), (vec![], vec!["hidden_act".to_owned()]));
    // transformers applies no soft cap to this generation's attention.
    let gemma3 = with("Gemma3ForCausalLM", json!({"attn_logit_softcapping": 50.0})).unwrap();
    assert_eq!(gemma3.unread, ["attn_logit_softcapping"]);
    assert_eq!(gemma3.description.attention_softcap, None);
}

#[test]
fn absent_keys_mean_the_defaults_of_the_class() {
    for (class, kv_heads, tied, theta) in [
        ("LlamaForCausalLM", 64, false, 1e4),
        ("MistralForCausalLM", 8, false, 1e4),
        ("Qwen2ForCausalLM", 32, false, 1e4),
        ("Qwen3ForCausalLM", 32, false, 1e4),
        ("GemmaForCausalLM", 16, true, 1e4),
        ("Gemma2ForCausalLM", 4, true, 1e4),
        ("Gemma3ForCausalLM", 4, true, 1e6),
        ("Phi3ForCausalLM", 64, false, 1e4),
        ("PhiForCausalLM", 64, false, 1e4),
        ("Olmo2ForCausalLM", 64, false, 1e4),
        ("SmolLM3ForCausalLM", 4, true, 2e6),
        ("GraniteForCausalLM", 64, false, 1e4),
        ("Starcoder2ForCausalLM", 2, true, 1e4),
    ] {
        let mut map = minimal(class);
        map.remove("num_key_value_heads");
        map.extend(json!({"num_attention_heads": 64, "head_dim": 4}).as_object().unwrap().clone());
        let found = parse(&map).unwrap().description;
        assert_eq!((found.kv_heads, found.tied_head, found.ropes[0].theta), (kv_heads, tied, theta), "{class}");
        map.insert("num_key_value_heads".into(), json!(null));
        assert_eq!(parse(&map).unwrap().description.kv_heads, 64, "{class} with null");
    }
    let width = |class| with(class, json!({})).unwrap().description.head_dim;
    assert_eq!(["Qwen3ForCausalLM", "GemmaForCausalLM", "LlamaForCausalLM"].map(width), [128, 256, 16]);
}

#[test]
fn both_spellings_of_the_rotary_keys_mean_the_same() {
    let same = |class: &str, old: Value, new: Value| {
        let (old, new) = (with(class, old).unwrap(), with(class, new).unwrap());
        assert_eq!(old.description, new.description, "{class}");
    };
    let yarn = json!({"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32});
    let mut yarn_with_theta = yarn.clone();
    yarn_with_theta["rope_theta"] = json!(500.0);
    same(
        "LlamaForCausalLM",
        json!({"rope_theta": 500.0, "rope_scaling": yarn, "torch_dtype": "float32"}),
        json!({"rope_parameters": yarn_with_theta, "dtype": "float32"}),
    );
    same(
        "GPTNeoXForCausalLM",
        json!({"rotary_emb_base": 500, "rotary_pct": 0.5}),
        json!({"rope_parameters": {"rope_type": "default", "rope_theta": 500, "partial_rotary_factor": 0.5}}),
    );
    same(
        "PhiForCausalLM",
        json!({"rope_theta": 500.0, "partial_rotary_factor": 0.25}),
        json!({"rope_parameters": {"rope_type": "default", "rope_theta": 500.0, "partial_rotary_factor": 0.25}}),
    );
    same(
        "Gemma3ForCausalLM",
        json!({"rope_theta": 5e5, "rope_local_base_freq": 100.0, "rope_scaling": {"rope_type": "linear", "factor": 8.0}}),
        json!({"rope_parameters": {
            "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 5e5},
            "sliding_attention": {"rope_type": "default", "rope_theta": 100.0},
        }}),
    );
}

/// Whatever a key holds, reading ends in a description or in an error, never in a panic.
#[test]
fn no_value_of_any_key_makes_reading_panic() {
    let values = [
        json!(null),
        json!(false),
        json!(true),
        json!(0),
        json!(-1),
        json!(u64::MAX),
        json!(1e300),
        json!(1e-300),
        json!(""),
        json!("yarn"),
        json!([]),
        json!([null, "sliding_attention", 7]),
        json!({}),
        json!({"rope_type": "yarn", "factor": 1e300, "beta_fast": -1, "beta_slow": 1e-300}),
        json!({"rope_type": "longrope", "short_factor": [], "long_factor": [0]}),
        json!({"full_attention": null, "sliding_attention": 3}),
    ];
    let keys = "architectures model_type vocab_size hidden_size intermediate_size num_hidden_layers head_dim \
        num_attention_heads num_key_value_heads max_position_embeddings original_max_position_embeddings hidden_act \
        hidden_activation rms_norm_eps layer_norm_eps tie_word_embeddings rope_theta rope_scaling rope_parameters \
        partial_rotary_factor rotary_pct rotary_emb_base rope_local_base_freq sliding_window use_sliding_window \
        max_window_layers layer_types sliding_window_pattern no_rope_layers no_rope_layer_interval n_embd n_head \
        n_layer n_inner n_positions query_pre_attn_scalar attention_multiplier logits_scaling attention_bias";
    for entry in ARCHITECTURES {
        for key in keys.split_whitespace() {
            for value in &values {
                if let Ok(config) = with(entry.class, json!({ key: value })) {
                    config.description.ropes.iter().for_each(|rope| drop(rope.table(2, 2)));
                }
            }
        }
    }
}
