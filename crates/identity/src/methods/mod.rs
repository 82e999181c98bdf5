//! The ways to prove who one is. One file per method.

mod ceremony;
mod factor;
pub mod oauth;
pub mod passkey;
pub mod recovery;
pub mod totp;

pub use ceremony::{CEREMONY_TTL_S, Ticket};
pub use factor::{Factor, FactorError, Owner, SecondFactors, aal};
