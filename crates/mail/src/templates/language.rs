//! The language of a mail.

use std::{fmt, str::FromStr};

/// The language that every mail is written in at least.
pub const FALLBACK_LANGUAGE: &str = "en";

/// A language such as `en`, `de` or `pt-br`, in lower case. Source: RFC 5646, 2.1.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Language(String);

impl Language {
    /// The language as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first language that an `Accept-Language` header names.
    pub fn accepted(header: &str) -> Option<Self> {
        header.split(',').take(8).find_map(|one| one.split(';').next()?.parse().ok())
    }

    pub(super) fn parent_str(&self) -> &str {
        self.0.split('-').next().unwrap_or(FALLBACK_LANGUAGE)
    }

    pub(super) fn parent(&self) -> Self {
        Self(self.parent_str().to_owned())
    }
}

impl Default for Language {
    fn default() -> Self {
        Self(FALLBACK_LANGUAGE.to_owned())
    }
}

impl AsRef<str> for Language {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Language {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let language = text.trim().to_ascii_lowercase().replace('_', "-");
        let mut parts = language.split('-');
        let word = |part: &str, from: usize, to: usize| {
            (from..=to).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        let head = parts.next().is_some_and(|head| word(head, 2, 3) && head.bytes().all(|b| b.is_ascii_alphabetic()));
        if language.len() > 35 || !head || !parts.all(|part| word(part, 1, 8)) {
            return Err(format!("`{}` is no language; write one such as en, de or pt-BR", text.escape_debug()));
        }
        Ok(Self(language))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_read_in_any_case() {
        assert_eq!("pt_BR".parse::<Language>().unwrap().as_str(), "pt-br");
        assert_eq!("de-AT".parse::<Language>().unwrap().parent().as_str(), "de");
        for text in ["", "e", "english", "de-", "../de", "de\nx", "12"] {
            assert!(text.parse::<Language>().unwrap_err().contains("such as en"), "{text:?}");
        }
    }

    #[test]
    fn the_first_accepted_language_counts() {
        assert_eq!(Language::accepted("de-CH,de;q=0.9,en;q=0.8").unwrap().as_str(), "de-ch");
        assert_eq!(Language::accepted("*, fr;q=0.5").unwrap().as_str(), "fr");
        assert!(Language::accepted("*").is_none());
    }
}
