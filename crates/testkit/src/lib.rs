//! What tests need and the product must not hold: throw-away databases and the conformance harness.
//!
//! [`TestDatabase`] is a fresh database on an engine that can be reached, gone when it is dropped; [`conformance`] runs
//! the same cases on every engine and says by name which engines are missing.
//!
//! Nothing here is async on the outside: the drivers run on a thread of their own, so that the helpers work the same
//! inside and outside of a runtime.

mod app;
pub mod chinook;
pub mod conformance;
mod database;
mod engine;
pub mod exchanges;
mod identity;
pub mod provider;
mod site;
mod smtp_sink;
mod soft_passkey;

pub use app::{ADMIN_KEY, Answer, PUBLIC_KEY, TestApp, TestLetter};
pub use database::TestDatabase;
pub use engine::{Engine, engines, required_engines};
pub use identity::{bcrypt, sha256_hex};
pub use site::{PUBLIC_URL, Site};
pub use smtp_sink::{Received, SinkTls, SmtpSink};
pub use soft_passkey::SoftPasskey;

use std::future::Future;

/// Runs a future to its end on a runtime of its own, with threads for what it spawns.
///
/// # Panics
///
/// Inside another runtime, or when the threads cannot be started.
pub fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("the test machine can start two threads")
        .block_on(future)
}
