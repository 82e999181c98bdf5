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
mod profile;
mod register;
mod reset;
mod rules;
mod signup;
mod social;
mod staying;
mod verify;

pub(crate) use factors::is_key;
pub use passkeys::MadePasskey;
pub use profile::Profile;
pub use register::{Registered, Registration};
pub use signup::{SignedUp, Signup};
pub(crate) use social::Providers;
pub use social::{SocialEnd, SocialStart};
