//! The ways to prove who one is. One file per method; only they make a [`Proof`].

mod behalf;
mod ceremony;
mod factor;
mod mailbox;
pub mod oauth;
pub mod passkey;
pub(crate) mod password;
mod proof;
pub mod recovery;
pub(crate) mod second;
pub mod totp;

pub use ceremony::{CEREMONY_TTL_S, Ticket};
pub use factor::{Factor, FactorError, Owner, SecondFactors, aal};
pub use proof::{Method, Proof};
pub use second::SecondCode;
