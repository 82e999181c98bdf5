//! A mail whose subject and text the application's server brings: to whom it wants, as it answers for it.

use crate::{
    Identity, IdentityError,
    mails::{Given, MailsError},
};
use portcullis_base::Timestamp;
use portcullis_project::Project;

/// How long it is worth sending. Seconds.
const TTL_S: i64 = 86_400;

/// A mail as the application's server wants it. Its sender is the project's address.
#[derive(Debug, Clone)]
pub struct ServerLetter {
    /// The receiver's address.
    pub to: String,
    /// What stands beside the project's address as sender.
    pub from_name: Option<String>,
    /// Where an answer goes.
    pub reply_to: Option<String>,
    /// One line.
    pub subject: String,
    /// HTML.
    pub html: Option<String>,
    /// What everyone can read; made of the HTML where it is absent.
    pub text: Option<String>,
}

impl Identity {
    /// Puts the mail into the queue. Whoever calls has made sure that the project's server side asks.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Invalid`] with the member that cannot be, [`IdentityError::MailNotConfigured`].
    pub async fn send_server_letter(
        &self,
        project: &Project,
        letter: ServerLetter,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        self.check_mail(project)?;
        let wrong = |field: &str, message: String| IdentityError::invalid(field, "invalid_value", message);
        let to = super::address("to", &letter.to)?;
        let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let (html, text) = (filled(letter.html), filled(letter.text));
        let text = text.or_else(|| html.as_deref().map(super::own_letter::text_of));
        let Some(text) = text else { return Err(wrong("body", "the mail has no text".to_owned())) };
        let named = |error: portcullis_mail::AddressError| wrong("fromName", error.to_string());
        let given = Given {
            to: to.parse().map_err(|error: portcullis_mail::AddressError| wrong("to", error.to_string()))?,
            from_name: filled(letter.from_name).map(|name| name.parse()).transpose().map_err(named)?,
            reply_to: match filled(letter.reply_to) {
                Some(address) => Some(
                    super::address("replyTo", &address)?
                        .parse()
                        .map_err(|error: portcullis_mail::AddressError| wrong("replyTo", error.to_string()))?,
                ),
                None => None,
            },
            subject: letter.subject,
            text,
            html,
            expires_at: now.plus_s(TTL_S),
        };
        let mail = self.outbox.prepare_given(project, given, now).map_err(|error| match error {
            MailsError::NotConfigured => IdentityError::MailNotConfigured,
            other => wrong("body", other.to_string()),
        })?;
        self.store.db().write(move |tx| portcullis_store::mails::enqueue(tx, &mail)).await?;
        self.outbox.wake();
        Ok(())
    }
}
