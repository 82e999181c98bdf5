//! The auth surface through the real router, over SQLite: every answer and every refusal.

mod abuse;
mod api_keys;
mod cookies;
mod data_passwords;
mod engines;
mod formats;
mod guesses;
mod invitations;
mod limits;
mod login;
mod mails;
mod management;
mod mapped;
mod me;
mod pages;
mod passkeys;
mod passwords;
mod roles;
mod second_factors;
mod signup;
mod social;
mod support;
mod taken_over;
mod tenants;
mod tokens;
mod zero_touch;
