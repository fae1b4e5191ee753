//! The tokenizer: WordPiece as BERT has it, in lower case, trained on the training split only.

use anyhow::{Result, anyhow};
use tokenizers::decoders::wordpiece::WordPiece as Decoder;
use tokenizers::models::wordpiece::{WordPiece, WordPieceTrainer};
use tokenizers::normalizers::bert::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{
    AddedToken, NormalizedString, Normalizer, OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer,
    Tokenizer, Trainer,
};

use crate::corpus::Conversation;

/// Word pieces, special tokens included.
pub const VOCABULARY: usize = 1024;

/// Special tokens; the position of each is its id.
pub const SPECIAL: [&str; 5] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/// Trains the tokenizer on the prompts and responses of `train`.
pub fn train(train: &[Conversation]) -> Result<Tokenizer> {
    let texts = train.iter().flat_map(|c| [c.prompt.as_str(), c.response.as_str()]);
    let mut tokenizer = Tokenizer::new(train_model(texts).map_err(error)?);
    tokenizer.with_normalizer(Some(normalizer())).map_err(error)?;
    tokenizer.with_pre_tokenizer(Some(BertPreTokenizer));
    tokenizer.with_decoder(Some(Decoder::default()));
    tokenizer.add_special_tokens(SPECIAL.map(|token| AddedToken::from(token, true))).map_err(error)?;
    let around = TemplateProcessing::builder()
        .try_single("[CLS] $A [SEP]")
        .and_then(|builder| builder.try_pair("[CLS] $A [SEP] $B:1 [SEP]:1"))
        .map_err(|message| anyhow!(message))?
        .special_tokens(vec![("[CLS]", 2), ("[SEP]", 3)])
        .build()?;
    tokenizer.with_post_processor(Some(around));
    Ok(tokenizer)
}

fn normalizer() -> BertNormalizer {
    BertNormalizer::new(true, true, None, true)
}

fn train_model<'t>(texts: impl Iterator<Item = &'t str> + Send) -> tokenizers::Result<WordPiece> {
    let mut trainer = WordPieceTrainer::builder()
        .vocab_size(VOCABULARY)
        .special_tokens(first_pieces().map(|piece| AddedToken::from(piece, false)).collect())
        .show_progress(false)
        .build();
    trainer.feed(texts, words)?;
    let mut model = WordPiece::builder().unk_token(SPECIAL[1].into()).build()?;
    trainer.train(&mut model)?;
    Ok(model)
}

/// Pieces whose ids are fixed: the special tokens and every character, as a beginning and as a continuation. So texts from
/// elsewhere have pieces too, and ties between merges, which the trainer breaks by id, always end the same way.
fn first_pieces() -> impl Iterator<Item = String> {
    let characters = ('!'..='~').filter(|c| !c.is_ascii_uppercase());
    let continuing = characters.clone().filter(char::is_ascii_alphanumeric).map(|c| format!("##{c}"));
    SPECIAL.map(str::to_owned).into_iter().chain(characters.map(String::from)).chain(continuing)
}

/// A text as the words that pieces are made of.
fn words(text: &str) -> tokenizers::Result<Vec<String>> {
    let mut text = NormalizedString::from(text);
    normalizer().normalize(&mut text)?;
    let mut text = PreTokenizedString::from(text);
    BertPreTokenizer.pre_tokenize(&mut text)?;
    let words = text.get_splits(OffsetReferential::Original, OffsetType::Byte);
    Ok(words.into_iter().map(|(word, _, _)| word.to_owned()).collect())
}

/// Token ids of a text with the special ones around it.
pub fn ids(tokenizer: &Tokenizer, text: &str) -> Result<Vec<u32>> {
    Ok(tokenizer.encode(text, true).map_err(error)?.get_ids().to_vec())
}

fn error(error: tokenizers::Error) -> anyhow::Error {
    anyhow!("the tokenizer cannot be trained: {error}")
}
