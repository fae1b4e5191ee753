//! The special tokens of a tokenizer, those that its class brings included, and the tokens that are added to what
//! tokenizer.json has. The order gives new tokens their ids.

use std::collections::HashSet;

use tokenizers::{AddedToken, Tokenizer};

use super::class::{Again, Class};
use super::config::TokenizerConfig;
use super::token::{NAMES, Token};

/// The special tokens of one tokenizer.
#[derive(Debug)]
pub(super) struct SpecialTokens {
    /// Those with a name, as chat templates see them: those that every tokenizer knows first.
    pub(super) named: Vec<(String, Token)>,
    /// Those without.
    pub(super) extra: Vec<Token>,
}

impl SpecialTokens {
    /// What the files say and, where they say nothing, the class or the padding of tokenizer.json.
    pub(super) fn of(config: &TokenizerConfig, class: Option<&Class>, padding: Option<&str>) -> Self {
        let mut named = Vec::new();
        for name in NAMES {
            let said = config.named.iter().find(|(key, _)| key == name).map(|(_, token)| token.clone());
            let token = said.unwrap_or_else(|| brought(name, class, padding));
            named.extend(token.map(|token| (name.to_owned(), token)));
        }
        let own = class.map_or(&[][..], |class| class.own);
        let mut others = own_tokens(config, own);
        let extra = config.extra.clone().unwrap_or_else(|| others.iter().map(|(_, token)| token.clone()).collect());
        others.extend(config.described.iter().filter(|(name, _)| !own.iter().any(|(key, _)| key == name)).cloned());
        for (name, token) in &config.other {
            match others.iter_mut().find(|(key, _)| key == name) {
                Some(known) => known.1 = token.clone(),
                None => others.push((name.clone(), token.clone())),
            }
        }
        named.extend(others);
        SpecialTokens { named, extra }
    }

    /// Text of a named token.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.named.iter().find(|(key, _)| key == name).map(|(_, token)| token.content())
    }

    /// Adds to `tokenizer` what is declared, then the special tokens that are still unknown: named ones, then nameless.
    pub(super) fn add(&self, tokenizer: &mut Tokenizer, declared: &[AddedToken]) -> tokenizers::Result<()> {
        let mut known: HashSet<String> = tokenizer.get_added_vocabulary().get_vocab().keys().cloned().collect();
        known.extend(declared.iter().map(|token| token.content.clone()));
        let mut new: Vec<&Token> = Vec::new();
        for token in self.all() {
            if !known.contains(token.content()) && !new.contains(&token) {
                new.push(token);
            }
        }
        let mut tokens: Vec<AddedToken> = declared.to_vec();
        tokens.extend(new.into_iter().map(Token::to_added));
        for token in &mut tokens {
            token.special |= self.named.iter().any(|(_, named)| named.content() == token.content);
        }
        tokenizer.add_tokens(tokens).map(drop)
    }

    /// Gives the special tokens their flags once more, where the class does.
    pub(super) fn add_again(&self, tokenizer: &mut Tokenizer, again: Again) -> tokenizers::Result<()> {
        let mut tokens: Vec<AddedToken> = match again {
            Again::No => return Ok(()),
            Again::Plain => self.all().map(|token| AddedToken::from(token.content(), true)).collect(),
            Again::Special => self.all().map(Token::to_added).collect(),
        };
        tokens.iter_mut().for_each(|token| token.special = true);
        tokenizer.add_tokens(tokens).map(drop)
    }

    fn all(&self) -> impl Iterator<Item = &Token> {
        self.named.iter().map(|(_, token)| token).chain(&self.extra)
    }
}

/// A named token that no file speaks of.
fn brought(name: &str, class: Option<&Class>, padding: Option<&str>) -> Option<Token> {
    let default = class.and_then(|class| class.special.iter().find(|(key, _)| *key == name));
    let text = match default {
        Some((_, text)) => *text,
        None => padding.filter(|_| name == "pad_token"),
    };
    text.map(|text| Token::Text(text.to_owned()))
}

/// The tokens that only this class has, as the files describe them or else as it brings them.
fn own_tokens(config: &TokenizerConfig, own: &[(&str, &str)]) -> Vec<(String, Token)> {
    let mut tokens = Vec::new();
    for (name, text) in own {
        let described = config.described.iter().find(|(key, _)| key == name).map(|(_, token)| token.clone());
        let without = config.settings.get(*name).is_some_and(serde_json::Value::is_null);
        let token = described.or_else(|| (!without).then(|| Token::Text((*text).to_owned())));
        tokens.extend(token.map(|token| ((*name).to_owned(), token)));
    }
    tokens
}
