//! `[email]`: how mail leaves, and where its links lead.

use serde::{Deserialize, Serialize};

/// `[email]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmailSettings {
    /// The SMTP server; absent means that mail is not set up.
    pub host: Option<String>,
    /// 587 with STARTTLS, 465 with TLS, 25 and 1025 plain unless STARTTLS is offered.
    pub port: Option<u16>,
    /// The login.
    pub username: Option<String>,
    /// `secret:NAME` of the password.
    pub password: Option<String>,
    /// The sender's address.
    pub from_address: Option<String>,
    /// The sender's name.
    pub from_name: Option<String>,
    /// Where the application is; links of mails start there.
    pub base_url: Option<String>,
    /// The application's page for a new password, with `%s` for the token.
    pub password_reset_path: Option<String>,
    /// The application's page that verifies an address, with `%s` for the token.
    pub verify_path: Option<String>,
    /// The application's page for a link to sign in, with `%s` for the token.
    pub magic_link_path: Option<String>,
    /// The language of mails, such as `en`.
    pub language: Option<String>,
}
