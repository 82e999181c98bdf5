//! The auth surface through the real router, over SQLite: every answer and every refusal.

mod login;
mod support;
mod tokens;
