//! What end users do: one file per flow.

mod address;
mod change_password;
mod code;
mod login;
mod magic_link;
mod mail_token;
mod me;
mod people;
mod reset;
mod rules;
mod signup;
mod verify;

pub use signup::{SignedUp, Signup};
