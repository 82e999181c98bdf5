//! A project's keys: `pk_` for clients, `sk_` for servers. Only their SHA-256 is at hand.

use std::collections::HashMap;

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// `pk_...`: names the project, opens nothing that is not public.
    Public,
    /// `sk_...`: does everything.
    Admin,
}

/// The live keys of a project, by the SHA-256 of their text.
#[derive(Debug, Clone, Default)]
pub struct Keys(HashMap<[u8; 32], KeyKind>);

impl Keys {
    /// Takes the hashes of the live keys.
    pub fn new(keys: impl IntoIterator<Item = ([u8; 32], KeyKind)>) -> Self {
        Self(keys.into_iter().collect())
    }

    /// What the key with this hash may do. Equality of hashes of 128 random bits tells nothing by its timing.
    pub fn kind(&self, hash: &[u8; 32]) -> Option<KeyKind> {
        self.0.get(hash).copied()
    }
}
