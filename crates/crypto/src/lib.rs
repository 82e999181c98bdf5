//! Sealing of secrets, generated keys, hashes of tokens and of passwords.
//!
//! Knows no users, no sessions and no configuration files.

pub mod jwt;
mod keys;
pub mod password;
mod seal;

pub use keys::{GeneratedKey, generate_key, keyed, random_token, same, sha256};
pub use seal::{MIN_MASTER_KEY_CHARS, Place, SealError, Sealer};
