//! The secret that opens private and gated repositories. It has no text form: it goes into a request's header and
//! nowhere else.

use std::fmt;

/// An access token.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Takes the text of a variable or a file; `None` where there is nothing but white space.
    ///
    /// # Errors
    /// It holds something that no header can carry.
    pub fn new(text: &str) -> Result<Option<Self>, &'static str> {
        let text = text.trim();
        match text.bytes().all(|byte| byte.is_ascii_graphic()) {
            true => Ok((!text.is_empty()).then(|| Self(text.to_owned()))),
            false => Err("it holds a character that no token has"),
        }
    }

    /// The value of the header that carries it.
    pub(super) fn header(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(kept secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_trimmed_and_never_shown() {
        let token = Token::new(" hf_secret\n").unwrap().unwrap();
        assert_eq!(token.header(), "Bearer hf_secret");
        assert!(!format!("{token:?}").contains("secret\""));
        assert!(!format!("{token:?}").contains("hf_"));
        assert_eq!(Token::new(" \n"), Ok(None));
        assert!(Token::new("a b").is_err() && Token::new("ü").is_err());
    }
}
