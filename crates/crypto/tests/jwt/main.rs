//! Tokens: what is accepted, and every way in which one is refused.

mod foreign;
mod garbage;
mod ours;
mod support;
