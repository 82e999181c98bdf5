//! `/auth`: how operators sign in, stay signed in, and leave.

pub mod change_password;
pub mod login;
pub mod logout;
pub mod me;
pub mod refresh;
pub mod setup;

/// Bytes of an address, a password and a token at most. SEC-52.
const EMAIL_BYTES: usize = 254;
const PASSWORD_BYTES: usize = 1_024;
const TOKEN_BYTES: usize = 4_096;

/// The refusals of every operation that checks a password.
const WAITS: &[(u16, &str)] =
    &[(429, "too many failed attempts; `Retry-After` says how long"), (503, "too many passwords are being checked")];
