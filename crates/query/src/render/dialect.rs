//! What the writer asks a dialect. No default methods: a new engine answers every question itself.

use std::fmt::Debug;

/// One engine's SQL.
pub trait Dialect: Debug + Send + Sync {
    /// `postgres`, `mysql` or `sqlite`.
    fn name(&self) -> &'static str;
}
