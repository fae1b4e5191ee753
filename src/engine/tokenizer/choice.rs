//! Which class builds a model's tokenizer: what `AutoTokenizer` of transformers 5.23 makes of the class that the files
//! name and of the model type. Where it would run code of the model's own, or fail, the tokenizer is refused.

use serde_json::{Map, Value};

use super::class::Class;

/// How a tokenizer is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    /// tokenizer.json as it stands.
    File,
    /// By a class, from vocabulary and merges.
    Class(&'static Class),
}

/// What the choice hangs on.
#[derive(Debug)]
pub(super) struct Named<'a> {
    /// tokenizer_config.json.
    pub(super) tokenizer: &'a Map<String, Value>,
    /// config.json.
    pub(super) model: &'a Map<String, Value>,
    /// Whether tokenizer.json names a part that works over bytes.
    pub(super) byte_level: bool,
}

/// The class that transformers has for a model type; `None` in it: tokenizer.json as it stands.
const REGISTERED: [(&str, Option<&str>); 14] = [
    ("gemma", Some("GemmaTokenizer")),
    ("gemma2", Some("GemmaTokenizer")),
    ("gemma3_text", Some("GemmaTokenizer")),
    ("gpt2", Some("GPT2Tokenizer")),
    ("gpt_neox", Some("GPTNeoXTokenizer")),
    ("granite", None),
    ("mistral", None),
    ("olmo2", None),
    ("phi", Some("GPT2Tokenizer")),
    ("phi3", None),
    ("qwen2", Some("Qwen2Tokenizer")),
    ("qwen3", Some("Qwen2Tokenizer")),
    ("stablelm", None),
    ("starcoder2", Some("GPT2Tokenizer")),
];

/// Model types, among those that can be measured, whose own class stands against any that the files name.
const OVERRULING: [&str; 2] = ["phi3", "qwen2"];

/// Names that stand for tokenizer.json as it is.
const PLAIN: [&str; 5] =
    ["TokenizersBackend", "PreTrainedTokenizer", "PreTrainedTokenizerFast", "PythonBackend", "BloomTokenizer"];

/// Classes of transformers that build a tokenizer in a way of their own, which is not known here.
const FOREIGN: &str = "\
    Albert Bart Barthez Bartpho BertGeneration BertJapanese Bert Bertweet BigBird BioGpt BlenderbotSmall Blenderbot \
    ByT5 CLIP CTRL Camembert Canine Clvp ConvBert CpmAnt Cpm DPRContextEncoder DPRQuestionEncoder DPRReader Deberta \
    DebertaV2 Dia DistilBert Electra Esm Esmc FNet FSMT FastSpeech2Conformer Flaubert Funnel GPTNeoXJapanese GPTSw3 \
    Herbert LED Lasr LayoutLM LayoutLMv2 LayoutLMv3 LayoutXLM Longformer Luke Lxmert M2M100 MBart50 MBart MLuke MPNet \
    Marian MarkupLM Mgpstr MobileBert Mvp MyT5 Nllb Nougat OpenAIGPT PLBart Parakeet Pegasus Perceiver Phobert \
    Pop2Piano ProphetNet Rag Reformer RemBert RoCBert RoFormer Roberta SeamlessM4T Siglip2 Siglip Speech2Text SpeechT5 \
    Splinter SqueezeBert T5 Tapas Tipsv2 Udop VideoPrism Vits Wav2Vec2CTC Wav2Vec2PhonemeCTC Whisper XGLM XLMRoberta \
    XLM XLNet";

/// What a class name stands for.
enum Found {
    Known(Choice),
    Foreign,
    Nothing,
}

impl Named<'_> {
    /// The choice, or why there is none.
    pub(super) fn choose(&self) -> Result<Choice, String> {
        let (tokenizer, model) = (class_in(self.tokenizer), class_in(self.model));
        let model_type = self.model.get("model_type").and_then(Value::as_str).unwrap_or_default();
        let registered = REGISTERED.iter().find(|(name, _)| *name == model_type).map(|(_, class)| *class);
        let overruling = OVERRULING.contains(&model_type);
        let named = |class: &&str| !class.is_empty();
        if let (Some(class), false) = (tokenizer.filter(named).or(model), self.brings_code()) {
            if class == "LlamaTokenizer" && self.byte_level && !overruling {
                return Ok(Choice::File);
            }
            if let Some(own) = registered.filter(|own| *own != Some(class)) {
                return self.against(class, own, overruling);
            }
        }
        if self.brings_code() && !overruling && registered.is_none() && !tokenizer.is_some_and(exists) {
            return Err("its class is code of the model's own (`auto_map`), which is never run".to_owned());
        }
        match (tokenizer, model.filter(named), registered.flatten()) {
            (Some(class), _, _) => known(class),
            (None, Some(class), _) if !exists(class) => Err(format!("transformers has no class `{class}`")),
            (None, Some(class), _) | (None, None, Some(class)) => known(class),
            (None, None, None) => Ok(Choice::File),
        }
    }

    /// The choice where the files name another class than the model type does.
    fn against(&self, class: &str, own: Option<&'static str>, overruling: bool) -> Result<Choice, String> {
        match own {
            None => Ok(Choice::File),
            Some(own) => known(if overruling { own } else { class }),
        }
    }

    /// Whether a class comes with the model as code.
    fn brings_code(&self) -> bool {
        match self.tokenizer.get("auto_map") {
            Some(Value::Object(map)) => map.get("AutoTokenizer").is_some_and(|class| !class.is_null()),
            other => other.is_some_and(Value::is_array),
        }
    }
}

/// The class that a file names, without `Fast`; may be empty, which differs from none.
fn class_in(file: &Map<String, Value>) -> Option<&str> {
    let name = file.get("tokenizer_class").and_then(Value::as_str)?;
    Some(name.strip_suffix("Fast").unwrap_or(name))
}

fn find(class: &str) -> Found {
    if PLAIN.contains(&class) {
        return Found::Known(Choice::File);
    }
    if let Some(class) = Class::named(class) {
        return Found::Known(Choice::Class(class));
    }
    let short = class.strip_suffix("Tokenizer").unwrap_or_default();
    match FOREIGN.split_whitespace().any(|name| name == short) {
        true => Found::Foreign,
        false => Found::Nothing,
    }
}

fn exists(class: &str) -> bool {
    !matches!(find(class), Found::Nothing)
}

/// What a class makes of the file; a name that transformers does not know leaves it as it stands.
fn known(class: &str) -> Result<Choice, String> {
    match find(class) {
        Found::Known(choice) => Ok(choice),
        Found::Nothing => Ok(Choice::File),
        Found::Foreign => Err(format!(
            "transformers 5 builds it as `{class}`, in a way that is not known here; \
             `--tokenizer-rules file` takes tokenizer.json as it stands"
        )),
    }
}
