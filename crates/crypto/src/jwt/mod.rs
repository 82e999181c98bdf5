//! Signed tokens: making and checking our own, and checking those of issuers elsewhere.
//!
//! A key has one algorithm, and the token has no say in it (SEC-11). Whoever checks names the issuer, the audience and
//! the kind that are expected; what is wrong about a token is a [`JwtError`], and the time is always given.
//!
//! Source: RFC 7515, RFC 7519, RFC 8037 and the advice of RFC 8725.

mod claims;
mod error;
mod foreign;
mod key;
mod secret;
mod token;
mod verifier;

pub use error::{JwtError, KeyError};
pub use foreign::{ForeignAlgorithm, ForeignExpected, ForeignKeys};
pub use key::{Algorithm, SigningKey, jwks, sign};
pub use token::{Claims, MAX_FOREIGN_TOKEN_BYTES, MAX_TOKEN_BYTES, token_hash};
pub use verifier::{Rules, Verifier};

/// The most that clocks may differ. Seconds, SEC-12.
pub const MAX_LEEWAY_S: u32 = 60;
