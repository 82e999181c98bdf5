//! Keeps messages instead of sending them: for tests.

use crate::{MailError, Message, Receipt, Transport};
use async_trait::async_trait;
use std::sync::{Mutex, PoisonError};

/// Takes every message that can be sent at all, unless told to fail.
#[derive(Debug, Default)]
pub struct Memory {
    taken: Mutex<Vec<Message>>,
    answers: Mutex<Vec<MailError>>,
}

impl Memory {
    /// What was taken so far, the oldest first.
    pub fn taken(&self) -> Vec<Message> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Refuses the next message like this; several calls line up.
    pub fn refuse_next(&self, error: MailError) {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).insert(0, error);
    }
}

#[async_trait]
impl Transport for Memory {
    async fn send(&self, message: &Message) -> Result<Receipt, MailError> {
        message.encode()?;
        if let Some(error) = self.answers.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            return Err(error);
        }
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).push(message.clone());
        Ok(Receipt { answer: "250 kept".to_owned() })
    }
}
