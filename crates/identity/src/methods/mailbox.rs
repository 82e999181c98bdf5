//! The mailbox: whoever read the mail with this link or code is the address's owner.

use super::{Method, Proof};
use crate::User;
use portcullis_store::one_time::OneTime;

impl Proof {
    /// The user of a link or code that was just used up.
    pub(crate) fn of_mailbox(used: &OneTime, user: User) -> Option<Self> {
        (used.user == user.id && user.active).then(|| Self::new(user, Method::Mailbox, "aal1"))
    }
}
