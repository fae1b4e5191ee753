//! The tokenizer classes that transformers 5 builds anew from vocabulary and merges, as data: how each splits texts,
//! the special tokens that it brings, what it puts around a text. Source: the classes of transformers 5.23.

/// How a class normalises and splits texts before the merges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Split {
    /// As Llama: spaces become `▁`, and a text starts with one.
    Metaspace {
        /// Whether the class has the setting `legacy`, which puts a `▁` behind every special token too.
        legacy: bool,
    },
    /// As Gemma: spaces become `▁` and nothing is added.
    Underscore,
    /// Over bytes.
    Bytes {
        /// Whether texts are brought to Unicode's composed form first.
        compose: bool,
        /// What splits a text into words.
        words: Words,
    },
}

/// What splits a text into words ahead of the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Words {
    /// GPT-2's rule.
    Gpt2,
    /// Digits one by one, then GPT-2's rule.
    Digits,
    /// This pattern.
    Pattern(&'static str),
}

/// What a class puts around a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Around {
    /// What tokenizer.json says.
    File,
    /// Nothing.
    Nothing,
    /// The bos token before it.
    Bos,
}

/// Flags that a class gives to its special tokens once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// None.
    No,
    /// Those of a plain special token.
    Plain,
    /// Their own, and that they are special.
    Special,
}

/// One class.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Class {
    /// Its name, without `Fast`.
    pub(super) name: &'static str,
    /// How it splits texts.
    pub(super) split: Split,
    /// Special tokens where tokenizer_config.json has no such key. `None`: the class has none, whatever the padding in
    /// tokenizer.json says.
    pub(super) special: &'static [(&'static str, Option<&'static str>)],
    /// Named special tokens that only this class has.
    pub(super) own: &'static [(&'static str, &'static str)],
    /// Whether its merges know the unknown token.
    pub(super) unknown: bool,
    /// What it puts around a text.
    pub(super) around: Around,
    /// Flags that its special tokens get once more.
    pub(super) again: Again,
}

const END: Option<&str> = Some("<|endoftext|>");
const GPT2: &[(&str, Option<&str>)] =
    &[("bos_token", END), ("eos_token", END), ("unk_token", END), ("pad_token", None)];
const QWEN: &[(&str, Option<&str>)] =
    &[("bos_token", None), ("eos_token", END), ("unk_token", END), ("pad_token", END)];
const LLAMA: &[(&str, Option<&str>)] =
    &[("bos_token", Some("<s>")), ("eos_token", Some("</s>")), ("unk_token", Some("<unk>"))];

const QWEN2_WORDS: &str = concat!(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}",
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
);
const QWEN3_5_WORDS: &str = concat!(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}",
    r"| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
);

const BASE: Class = Class {
    name: "GPT2Tokenizer",
    split: Split::Bytes { compose: false, words: Words::Gpt2 },
    special: GPT2,
    own: &[],
    unknown: false,
    around: Around::File,
    again: Again::No,
};

/// The classes, each once.
static CLASSES: [Class; 9] = [
    BASE,
    Class { name: "CodeGenTokenizer", ..BASE },
    Class {
        name: "GPTNeoXTokenizer",
        split: Split::Bytes { compose: true, words: Words::Gpt2 },
        special: &[("bos_token", END), ("eos_token", END), ("unk_token", END), ("pad_token", Some("<|padding|>"))],
        around: Around::Nothing,
        ..BASE
    },
    Class {
        name: "CohereTokenizer",
        split: Split::Bytes { compose: true, words: Words::Digits },
        special: &[
            ("bos_token", Some("<BOS_TOKEN>")),
            ("eos_token", Some("<|END_OF_TURN_TOKEN|>")),
            ("unk_token", Some("<UNK>")),
            ("sep_token", Some("<SEP>")),
            ("pad_token", Some("<PAD>")),
            ("cls_token", Some("<CLS>")),
            ("mask_token", Some("<MASK_TOKEN>")),
        ],
        again: Again::Special,
        ..BASE
    },
    Class {
        name: "Qwen2Tokenizer",
        split: Split::Bytes { compose: true, words: Words::Pattern(QWEN2_WORDS) },
        special: QWEN,
        again: Again::Plain,
        ..BASE
    },
    Class {
        name: "Qwen3_5Tokenizer",
        split: Split::Bytes { compose: true, words: Words::Pattern(QWEN3_5_WORDS) },
        special: QWEN,
        ..BASE
    },
    Class { name: "LlamaTokenizer", split: Split::Metaspace { legacy: true }, special: LLAMA, ..BASE },
    Class {
        name: "CodeLlamaTokenizer",
        split: Split::Metaspace { legacy: false },
        special: LLAMA,
        own: &[
            ("prefix_token", "▁<PRE>"),
            ("middle_token", "▁<MID>"),
            ("suffix_token", "▁<SUF>"),
            ("eot_token", "▁<EOT>"),
            ("fill_token", "<FILL_ME>"),
        ],
        unknown: true,
        around: Around::Bos,
        ..BASE
    },
    Class {
        name: "GemmaTokenizer",
        split: Split::Underscore,
        special: &[
            ("bos_token", Some("<bos>")),
            ("eos_token", Some("<eos>")),
            ("unk_token", Some("<unk>")),
            ("pad_token", Some("<pad>")),
            ("mask_token", Some("<mask>")),
        ],
        unknown: true,
        ..BASE
    },
];

impl Class {
    /// The class of this name, which stands without `Fast`.
    pub(super) fn named(name: &str) -> Option<&'static Class> {
        CLASSES.iter().find(|class| class.name == name)
    }

    /// Whether bytes that no token stands for are told by tokens of one byte, and unknown ones are one.
    pub(super) fn byte_fallback(&self) -> bool {
        !matches!(self.split, Split::Bytes { .. })
    }
}
