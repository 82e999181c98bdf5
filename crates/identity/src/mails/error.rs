//! Why a mail was not written.

use portcullis_mail::{AddressError, templates::TemplateError};
use portcullis_store::StoreError;

/// Why a mail was not put into the queue. Knows no HTTP.
#[derive(Debug, thiserror::Error)]
pub enum MailsError {
    /// The stage has no mail server and is not for development.
    #[error("this project sends no mails: set `[email]` in its settings")]
    NotConfigured,
    /// The settings name a secret that has no value.
    #[error("the password of the mail server is not set; run `portcullis settings secret set {0}`")]
    SecretMissing(String),
    /// An address or a name that cannot be used.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// What a caller wants to send cannot be written.
    #[error("{0}")]
    Unsendable(String),
    /// A replaced template is wrong.
    #[error(transparent)]
    Template(#[from] Box<TemplateError>),
    /// There is no such mail, part or language.
    #[error("{0}")]
    Unknown(String),
    /// The source goes to the log; the caller never sees it.
    #[error("the control store did not answer")]
    Store(#[from] StoreError),
}

impl MailsError {
    /// Stable, documented, never renamed: clients branch on it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotConfigured | Self::SecretMissing(_) => "mail_not_configured",
            Self::Address(_) => "invalid_email",
            Self::Unsendable(_) => "invalid_mail",
            Self::Template(_) => "invalid_template",
            Self::Unknown(_) => "not_found",
            Self::Store(_) => "internal",
        }
    }
}
