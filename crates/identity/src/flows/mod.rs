//! What end users do: one file per flow.

mod address;
mod assist;
mod change_password;
mod code;
mod delegated;
mod factors;
mod login;
mod magic_link;
mod mail_token;
mod me;
mod own_letter;
mod passkeys;
mod people;
mod profile;
mod register;
mod reset;
mod reset_code;
mod rules;
mod server_letter;
mod signup;
mod social;
mod take_over;
mod staying;
mod verify;

pub(crate) use factors::is_key;
pub use own_letter::OwnLetter;
pub(crate) use mail_token::{TOKEN_CHARS as MAIL_TOKEN_CHARS, new_link_token};
pub use passkeys::MadePasskey;
pub(crate) use take_over::Seen;
pub use server_letter::ServerLetter;
pub(crate) use signup::address;
pub use profile::Profile;
pub use register::{Registered, Registration};
pub use signup::{SignedUp, Signup};
pub(crate) use social::Providers;
pub use social::{SocialEnd, SocialStart};
