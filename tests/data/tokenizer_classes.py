"""Writes tokenizer-classes.json: how transformers tokenises with every class that a causal model may name.

usage: python tokenizer_classes.py > tokenizer-classes.json   (transformers 5.23, no torch needed)
The tokenizers are tiny and made here. A case names a tokenizer.json, what stands beside it, and its outcome: ids of
each text without and with special tokens, the special tokens that templates see, the number of ids, or a refusal.
"""
import json
import os
import sys
import tempfile

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "critical"
from transformers import AutoTokenizer  # noqa: E402

TEXTS = ["Hi 123 it's", "  two \n\n\tx ", "<s>Hi</s> it<x><|endoftext|> is<pad>1", "e\u0301 É数'LL", "\u2581it <b> <a>", ""]
MODEL_TYPES = ["llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3_text", "phi3", "phi", "stablelm",
               "gpt_neox", "gpt2", "olmo2", "smollm3", "granite", "starcoder2"]
CLASSES = [None, "PreTrainedTokenizerFast", "PreTrainedTokenizer", "TokenizersBackend", "LlamaTokenizer",
           "LlamaTokenizerFast", "CodeLlamaTokenizerFast", "GPT2Tokenizer", "GPT2TokenizerFast", "CodeGenTokenizerFast",
           "GPTNeoXTokenizer", "GPTNeoXTokenizerFast", "GemmaTokenizer", "Qwen2Tokenizer", "Qwen2TokenizerFast",
           "Qwen3_5Tokenizer", "CohereTokenizer",
           "BloomTokenizerFast", "NoSuchTokenizer"]
REBUILT = ["LlamaTokenizer", "CodeLlamaTokenizer", "GPT2Tokenizer", "CodeGenTokenizer", "GPTNeoXTokenizer",
           "GemmaTokenizer", "Qwen2Tokenizer", "Qwen3_5Tokenizer", "CohereTokenizer"]


def byte_letters():
    """The letters that stand for the 256 bytes."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in shown]
    return [chr(code) for code in shown] + [chr(256 + index) for index in range(len(hidden))]


def grown(letters, pairs):
    """A vocabulary of the letters and of what the pairs merge to."""
    tokens = letters + [left + right for left, right in pairs]
    return {token: index for index, token in enumerate(dict.fromkeys(tokens))}


def added(*tokens):
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return [{"id": index, "content": content, **flags} for index, content in tokens]


def around(bos, index):
    mark, text = {"SpecialToken": {"id": bos, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}
    return {"type": "TemplateProcessing", "single": [mark, text], "pair": [mark, text],
            "special_tokens": {bos: {"id": bos, "ids": [index], "tokens": [bos]}}}


def whole(model, **parts):
    file = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
            "pre_tokenizer": None, "post_processor": None, "decoder": None, "model": model}
    return {**file, **parts}


BYTE_PAIRS = [("i", "t"), ("Ġ", "it"), ("1", "2"), ("12", "3"), ("Ġ", "1"), ("Ġ1", "2"), ("Ġ", "Ġ"), ("'", "s"),
              ("it", "'s"), ("H", "i"), ("Ċ", "Ċ"), ("Ã", "ī"), ("l", "l"), ("'", "L"), ("Ġ", "two")]
BYTE_PAIRS = BYTE_PAIRS[:-1] + [("t", "w"), ("tw", "o"), ("Ġ", "two"), ("Ġ", "s")]
SPM_LETTERS = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
SPM_LETTERS += ["▁", *"Hitsaweopcn1234'.xL", "é", "数"]
SPM_PAIRS = [("▁", "H"), ("H", "i"), ("▁H", "i"), ("i", "t"), ("▁", "it"), ("▁", "▁"), ("1", "2"), ("▁", "12"),
             ("i", "s"), ("▁", "is"), ("it", "'"), ("▁▁", "is")]
BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
DIGITS = {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, BYTE_LEVEL]}
PREPENDED = {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"},
                                                 {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]}


def bpe(vocab, pairs, **more):
    return {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
            "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
            "vocab": vocab, "merges": [list(pair) for pair in pairs], **more}


def bases():
    byte_vocab = grown(byte_letters(), BYTE_PAIRS)
    spm_vocab = grown(SPM_LETTERS, SPM_PAIRS)
    end = len(byte_vocab)
    bare = bpe({**byte_vocab, "Ġitself": end}, BYTE_PAIRS, ignore_merges=True)
    bare["merges"] = [" ".join(pair) for pair in BYTE_PAIRS]
    padding = {"strategy": "BatchLongest", "direction": "Right", "pad_to_multiple_of": None, "pad_id": 3,
               "pad_type_id": 0, "pad_token": "<pad>"}
    truncation = {"direction": "Right", "max_length": 7, "strategy": "LongestFirst", "stride": 0}
    scored = [[token, -float(index)] for index, token in enumerate(spm_vocab)]
    words = {"<unk>": 0, "Hi": 1, "it": 2, "is": 3, "1234": 4, "<s>": 5, "'": 6, "s": 7}
    return {
        "bytes": whole(bpe(byte_vocab, BYTE_PAIRS), pre_tokenizer=DIGITS, post_processor=around("<|endoftext|>", end),
                       added_tokens=added((end, "<|endoftext|>"), (end + 1, "<x>"))),
        "pieces": whole(bpe(spm_vocab, SPM_PAIRS, unk_token="<unk>", fuse_unk=True, byte_fallback=True),
                        normalizer=PREPENDED, post_processor=around("<s>", 1),
                        added_tokens=added((0, "<unk>"), (1, "<s>"), (2, "</s>"))),
        "bare": whole(bare, pre_tokenizer=BYTE_LEVEL, padding=padding, truncation=truncation),
        "unigram": whole({"type": "Unigram", "unk_id": 0, "vocab": scored, "byte_fallback": False},
                         pre_tokenizer={"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always",
                                        "split": True}, added_tokens=added((0, "<unk>"), (1, "<s>"))),
        "words": whole({"type": "WordLevel", "vocab": words, "unk_token": "<unk>"},
                       pre_tokenizer={"type": "Whitespace"}, post_processor=around("<s>", 5)),
    }


def token(content, **flags):
    return {"__type": "AddedToken", "content": content, "lstrip": False, "normalized": False, "rstrip": False,
            "single_word": False, **flags}


def plain(content, **flags):
    return {key: value for key, value in token(content, **flags).items() if key != "__type"}


FLAGS = [
    {"legacy": True}, {"legacy": False}, {"legacy": None}, {"add_prefix_space": True}, {"add_prefix_space": False},
    {"add_prefix_space": None}, {"legacy": True, "add_prefix_space": False}, {"add_bos_token": True},
    {"add_bos_token": False, "add_eos_token": True}, {"split_special_tokens": True},
    {"bos_token": None, "eos_token": None, "unk_token": None, "pad_token": None},
    {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"},
    {"eos_token": "<e>", "mask_token": "<m>", "cls_token": "<c>", "bos_token": "<b>", "pad_token": "<p>",
     "sep_token": "<sep>", "image_token": "<i>", "extra_special_tokens": ["<a>"]},
    {"additional_special_tokens": ["<b>", "<a>"], "audio_token": "<x>"},
    {"extra_special_tokens": {"z_token": "<b>", "a_token": "<a>"}},
    {"extra_special_tokens": [], "additional_special_tokens": ["<b>"]},
    {"bos_token": token("<s>", lstrip=True, rstrip=True), "image_token": token("<a>", lstrip=True)},
    {"bos_token": token("<b>", normalized=True, special=False)},
    {"prefix_token": "<b>", "middle_token": None, "extra_special_tokens": ["<a>"]},
    {"added_tokens_decoder": {"300": plain("<b>", special=True), "290": plain("<a>", special=False)}},
    {"added_tokens_decoder": {"1": plain("<s>", special=True, rstrip=True), "2": plain("</s>", special=True)},
     "bos_token": "<s>", "eos_token": "</s>"},
    {"added_tokens_decoder": {"5": plain(" is", special=False, normalized=True)}, "bos_token": "<s>"},
    {"added_tokens_decoder": {}, "unk_token": "<x>"},
    {"pad_token": 3}, {"bos_token": {"content": "<s>"}}, {"bos_token": False}, {"add_prefix_space": "yes"},
    {"auto_map": {"AutoTokenizer": [None, "own.Tokenizer"]}}, {"auto_map": ["own.Tokenizer", None]},
    {"auto_map": {"AutoModel": "own.Model"}},
]
BESIDE = [
    {"special_tokens_map.json": {"bos_token": "<b>", "eos_token": plain("</s>", lstrip=True, normalized=False)}},
    {"special_tokens_map.json": {"pad_token": "<pad>", "additional_special_tokens": ["<a>", "<b>"]},
     "added_tokens.json": {"<b>": 400, "<x>": 399, "<pad>": 401}},
    {"special_tokens_map.json": {"bos_token": "<b>"}, "tokenizer_config.json": {"added_tokens_decoder": {}}},
    {"special_tokens_map.json": {"extra_special_tokens": ["<a>"], "b_token": "<b>"},
     "tokenizer_config.json": {"extra_special_tokens": ["<x>"], "c_token": "<c>"}},
]


def cases():
    """Every case: a tokenizer.json, other files, class and model type."""
    for model_type in MODEL_TYPES:
        for name in CLASSES:
            yield "bytes", {}, name, model_type
            yield "pieces", {}, name, model_type
    for name in [None, *REBUILT]:
        for base in ("bytes", "pieces"):
            for flags in FLAGS:
                yield base, {"tokenizer_config.json": flags}, name, "llama"
            for files in BESIDE:
                yield base, files, name, "llama"
        for base in ("bare", "unigram", "words"):
            for flags in ({}, {"bos_token": "<s>", "unk_token": "<unk>"}, {"add_prefix_space": True}):
                yield base, {"tokenizer_config.json": flags}, name, "llama"
    for model_type in ("llama", "qwen2", "gpt2", "phi3", "gemma", "mistral"):
        for name in ["GPT2Tokenizer", "LlamaTokenizerFast", "PreTrainedTokenizerFast", "NoSuchTokenizer", ""]:
            yield "pieces", {"config.json": {"tokenizer_class": name}}, None, model_type
            yield "pieces", {"config.json": {"tokenizer_class": name}}, "LlamaTokenizer", model_type
        for flags in FLAGS[-3:]:
            yield "pieces", {"tokenizer_config.json": flags}, "LlamaTokenizer", model_type
            yield "pieces", {"tokenizer_config.json": flags}, "NoSuchTokenizer", model_type
        for flags in FLAGS[3:6] + FLAGS[10:13]:
            yield "bare", {"tokenizer_config.json": flags}, None, model_type


def together(beside, name, model_type):
    """All files beside tokenizer.json."""
    files = {**beside, "config.json": {**beside.get("config.json", {}), "model_type": model_type}}
    if name is not None:
        files["tokenizer_config.json"] = {**beside.get("tokenizer_config.json", {}), "tokenizer_class": name}
    return files


def encoded(tokenizer, text, special):
    try:
        return tokenizer(text, add_special_tokens=special)["input_ids"]
    except Exception:  # A text that it cannot encode.
        return None


def outcome(file, beside):
    with tempfile.TemporaryDirectory() as where:
        for name, content in {"tokenizer.json": file, **beside}.items():
            with open(os.path.join(where, name), "w") as handle:
                json.dump(content, handle, ensure_ascii=False)
        try:
            tokenizer = AutoTokenizer.from_pretrained(where, trust_remote_code=False)
        except Exception as error:  # What it says is for the reader; only that it refuses is held.
            print(beside, type(error), str(error)[:150], file=sys.stderr)
            return "refused"
        plain = [encoded(tokenizer, text, False) for text in TEXTS]
        special = [encoded(tokenizer, text, True) for text in TEXTS]
        # What stands around a text is the same for every text.
        before, after = special[-1][:1], special[-1][1:]
        assert [None if ids is None else before + ids + after for ids in plain] == special, (plain, special)
        return {"ids": plain, "before": before, "after": after, "size": len(tokenizer),
                "special": list(tokenizer.special_tokens_map.items())}


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def main():
    files, outcomes, besides, recorded = bases(), {}, {}, {}
    for base, beside, name, model_type in cases():
        place = besides.setdefault(compact(beside), len(besides))
        key = compact([base, place, name, model_type])
        if key not in recorded:
            result = compact(outcome(files[base], together(beside, name, model_type)))
            recorded[key] = outcomes.setdefault(result, len(outcomes))
    print('{"texts":' + compact(TEXTS) + ',"files":{')
    print(",\n".join(f"{compact(name)}:{compact(file)}" for name, file in files.items()) + '},')
    print('"beside":[' + ",\n".join(besides) + '],')
    print('"outcomes":[' + ",\n".join(outcomes) + '],')
    print('"cases":[' + ",\n".join(f"[{key[1:-1]},{index}]" for key, index in recorded.items()) + ']}')


main()
