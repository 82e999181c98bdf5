//! One mail, and how it is written down for the wire. MIME and header encoding are lettre's.

use crate::{Address, MailError, Name};
use lettre::{
    address::Envelope,
    message::{Mailbox, MultiPart, SinglePart, header},
};
use portcullis_base::Timestamp;
use std::time::{Duration, UNIX_EPOCH};

/// Characters of a subject at most.
const MAX_SUBJECT_CHARS: usize = 250;
/// Bytes of text and HTML at most, each.
const MAX_BODY_BYTES: usize = 512 * 1024;

/// Who a mail is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// The mailbox.
    pub address: Address,
    /// What stands beside it.
    pub name: Option<Name>,
}

/// One mail to one mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Tells it from every other one, also on a second try: becomes the Message-ID.
    pub id: String,
    /// When it was written.
    pub date: Timestamp,
    /// Who it is from.
    pub from: Sender,
    /// Who it is for.
    pub to: Address,
    /// Where an answer goes, if not to the sender.
    pub reply_to: Option<Address>,
    /// One line.
    pub subject: String,
    /// The text for everyone.
    pub text: String,
    /// The same for those who see HTML.
    pub html: Option<String>,
}

/// A message as it goes over the wire.
pub(crate) struct Encoded {
    pub envelope: Envelope,
    pub bytes: Vec<u8>,
}

impl Message {
    /// The whole mail as it is sent, headers included.
    ///
    /// # Errors
    ///
    /// As sending it would give.
    pub fn to_bytes(&self) -> Result<Vec<u8>, MailError> {
        self.encode().map(|encoded| encoded.bytes)
    }

    pub(crate) fn encode(&self) -> Result<Encoded, MailError> {
        self.check()?;
        let domain = self.from.address.domain();
        let micros = u64::try_from(self.date.micros()).unwrap_or(0);
        let mut builder = lettre::Message::builder()
            .message_id(Some(format!("<{}@{domain}>", self.id)))
            .date(UNIX_EPOCH + Duration::from_micros(micros))
            .from(Mailbox::new(
                self.from.name.as_ref().filter(|name| !name.as_str().is_empty()).map(|name| name.as_str().to_owned()),
                self.from.address.inner().clone(),
            ))
            .to(Mailbox::new(None, self.to.inner().clone()))
            .subject(&*self.subject)
            .raw_header(auto_submitted());
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(Mailbox::new(None, reply_to.inner().clone()));
        }
        let text = SinglePart::plain(self.text.clone());
        let built = match &self.html {
            Some(html) => {
                builder.multipart(MultiPart::alternative().singlepart(text).singlepart(SinglePart::html(html.clone())))
            }
            None => builder.singlepart(text),
        };
        let built = built.map_err(|error| MailError::permanent(format!("the mail cannot be written: {error}")))?;
        Ok(Encoded { envelope: built.envelope().clone(), bytes: built.formatted() })
    }

    // SEC-26: what would become a header of its own.
    fn check(&self) -> Result<(), MailError> {
        if self.subject.contains(char::is_control) {
            return Err(MailError::permanent("the subject holds a line end or another control character"));
        }
        if self.subject.chars().count() > MAX_SUBJECT_CHARS {
            return Err(MailError::permanent(format!("the subject is longer than {MAX_SUBJECT_CHARS} characters")));
        }
        if self.text.len() > MAX_BODY_BYTES || self.html.as_ref().is_some_and(|html| html.len() > MAX_BODY_BYTES) {
            return Err(MailError::permanent(format!("the mail is longer than {MAX_BODY_BYTES} bytes")));
        }
        if self.id.is_empty() || !self.id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte)) {
            return Err(MailError::permanent("the mail's id has characters that a Message-ID cannot have"));
        }
        Ok(())
    }
}

// Out-of-office replies and the like do not answer it. Source: RFC 3834, 5.
fn auto_submitted() -> header::HeaderValue {
    let name = header::HeaderName::new_from_ascii_str("Auto-Submitted");
    header::HeaderValue::new(name, "auto-generated".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Message {
        Message {
            id: "mail_1".into(),
            date: Timestamp(1_795_528_800_000_000),
            from: Sender { address: "no-reply@shop.example".parse().unwrap(), name: Some("Käse, \"Shop\"".parse().unwrap()) },
            to: "ada@shop.example".parse().unwrap(),
            reply_to: None,
            subject: "Grüße".into(),
            text: "Hello\n.\nÄ line that is longer than it should be in a mail, and longer, and longer than 78 characters.\n".into(),
            html: Some("<p>Hello</p>".into()),
        }
    }

    fn lines(message: &Message) -> String {
        String::from_utf8(message.to_bytes().unwrap()).unwrap()
    }

    #[test]
    fn a_mail_has_the_headers_that_receivers_look_at() {
        let text = lines(&message());
        assert!(text.is_ascii());
        for line in [
            "Message-ID: <mail_1@shop.example>\r\n",
            "Date: Tue, 24 Nov 2026 14:00:00 +0000\r\n",
            "To: ada@shop.example\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "MIME-Version: 1.0\r\n",
            "Content-Type: multipart/alternative;",
            "Content-Type: text/plain; charset=utf-8\r\n",
            "Content-Type: text/html; charset=utf-8\r\n",
            "Subject: =?utf-8?b?",
        ] {
            assert!(text.contains(line), "{line} in\n{text}");
        }
        assert!(text.find("text/plain") < text.find("text/html"), "the last alternative is the preferred one");
        assert!(text.lines().all(|line| line.len() <= 100), "{text}");
        let plain = lines(&Message { html: None, ..message() });
        assert!(!plain.contains("multipart"), "{plain}");
    }

    #[test]
    fn sec_26_a_subject_cannot_become_a_header() {
        for subject in ["Hi\r\nBcc: eve@evil.example", "Hi\nBcc: eve@evil.example", "Hi\0", "\u{7f}"] {
            let error = Message { subject: subject.into(), ..message() }.to_bytes().unwrap_err();
            assert!(!error.is_temporary() && error.to_string().contains("subject"), "{error}");
        }
        let error = Message { id: "a\r\nb".into(), ..message() }.to_bytes().unwrap_err();
        assert!(error.to_string().contains("Message-ID"), "{error}");
    }

    #[test]
    fn sec_52_subject_and_bodies_have_limits() {
        assert!(Message { subject: "s".repeat(251), ..message() }.to_bytes().is_err());
        assert!(Message { html: Some("h".repeat(MAX_BODY_BYTES + 1)), ..message() }.to_bytes().is_err());
    }
}
