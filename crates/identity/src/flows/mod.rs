//! What end users do: one file per flow.

mod address;
mod assist;
mod change_password;
mod code;
mod factors;
mod login;
mod magic_link;
mod mail_token;
mod me;
mod passkeys;
mod people;
mod reset;
mod rules;
mod signup;
mod social;
mod verify;
mod whole;

pub(crate) use factors::is_key;
pub use passkeys::MadePasskey;
pub use signup::{SignedUp, Signup};
pub(crate) use social::Providers;
pub use social::{SocialEnd, SocialStart};
