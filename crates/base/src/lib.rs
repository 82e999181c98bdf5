//! The few words every room says: ids, moments in time, secrets, and the sources of time and chance.
//!
//! Not a drawer for helpers: what lands here is said on every floor.

mod clock;
mod ids;
mod secret;

pub use clock::{Clock, ManualClock, SystemClock, Timestamp};
pub use ids::{BuildId, ConnectionId, ProjectId, new_id};
pub use secret::Secret;
