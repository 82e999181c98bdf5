//! Recorded exchanges: files of requests and the answers that another product gives, replayed against our surface.
//!
//! A file is one story over an instance of its own. The format stands in `docs/recipes/add-a-surface.md`; what the
//! exchanges show is written to `target/compat/<surface>.json`, from which `make docs` makes `docs/compatibility.md`.

mod expect;
mod replay;
mod story;
mod told;

pub use expect::{Kept, matches};
pub use replay::replay;
pub use story::Story;
pub use told::{Calls, Told};
