//! What a queued mail says, as it is kept: JSON, sealed by the store.

use portcullis_base::{Secret, Timestamp};
use portcullis_mail::{Message, Name, Sender};
use portcullis_store::StoreError;
use serde::{Deserialize, Serialize};

/// The parts of a queued mail. Holds links and codes: for its receiver, and for the outbox of a development stage.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// One line.
    pub subject: String,
    /// What everyone can read.
    pub text: String,
    /// The same with HTML.
    pub html: Option<String>,
    /// What stands beside the sender's address, where a caller chose it.
    pub from_name: Option<String>,
    /// Where an answer goes, where a caller chose it.
    pub reply_to: Option<String>,
}

impl std::fmt::Debug for Payload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Payload(***)")
    }
}

impl Payload {
    pub(super) fn to_secret(&self) -> Secret<String> {
        Secret::new(serde_json::to_string(self).unwrap_or_default())
    }

    pub(super) fn read(kept: &Secret<String>) -> Result<Self, StoreError> {
        serde_json::from_str(kept.expose()).map_err(|_| StoreError::Other("a mail cannot be read".to_owned()))
    }

    /// The whole mail; what is wrong with it is a sentence.
    pub(super) fn message(&self, id: &str, to: &str, from: &Sender, date: Timestamp) -> Result<Message, String> {
        let wrong = |error: portcullis_mail::AddressError| error.to_string();
        let name: Option<Name> = self.from_name.as_ref().map(|name| name.parse().map_err(wrong)).transpose()?;
        Ok(Message {
            id: id.to_owned(),
            date,
            from: Sender { address: from.address.clone(), name: name.or_else(|| from.name.clone()) },
            to: to.parse().map_err(wrong)?,
            reply_to: self.reply_to.as_ref().map(|address| address.parse().map_err(wrong)).transpose()?,
            subject: self.subject.clone(),
            text: self.text.clone(),
            html: self.html.clone(),
        })
    }
}
