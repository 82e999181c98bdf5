//! What can take a message.

use crate::{MailError, Message};
use async_trait::async_trait;
use std::fmt::Debug;

/// That a message was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// What the server said, in one line.
    pub answer: String,
}

/// A way to hand a message over.
#[async_trait]
pub trait Transport: Debug + Send + Sync {
    /// Hands the message over, once. `Ok` means that it was accepted and must not be sent again.
    ///
    /// # Errors
    ///
    /// [`MailError`] tells whether another try may help.
    async fn send(&self, message: &Message) -> Result<Receipt, MailError>;
}
