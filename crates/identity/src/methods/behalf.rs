//! The word of the project's server side, which may act for any of its users.

use super::{Method, Proof};
use crate::User;

impl Proof {
    /// A user for whom the project's server side wants a session.
    pub(crate) const fn on_behalf(user: User) -> Self {
        Self::new(user, Method::Behalf, "aal1")
    }
}
