//! The ways to prove who one is. One file per method; only they make a [`Proof`].

mod mailbox;
pub(crate) mod password;
mod proof;

pub use proof::{Method, Proof};
