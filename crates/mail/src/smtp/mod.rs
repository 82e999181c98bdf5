//! SMTP: plain, STARTTLS, implicit TLS. The protocol is lettre's; here stands when which is used.

mod probe;
mod session;

pub use probe::{Step, probe};

use crate::{MailError, Message, Receipt, Transport};
use async_trait::async_trait;
use portcullis_base::Secret;
use session::Session;
use std::{fmt, time::Duration};

/// A whole delivery takes no longer. Shorter than the lease of a queued mail, so that no second node has it meanwhile.
pub const SEND_TIMEOUT_S: u64 = 45;

/// How the connection is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Security {
    /// By the port: 465 is TLS from the first byte; 25 and 1025 take STARTTLS where it is offered; all others need it.
    #[default]
    Auto,
    /// STARTTLS or nothing.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// No TLS.
    Plain,
}

/// What is done about TLS on one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Implicit,
    StartTls,
    StartTlsIfOffered,
    Plain,
}

/// Where mails are handed over.
#[derive(Clone)]
pub struct SmtpSettings {
    /// The server's name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The login, if it wants one.
    pub username: Option<String>,
    /// The login's password.
    pub password: Option<Secret<String>>,
    /// How the connection is secured.
    pub security: Security,
    /// Whether the name may lead to a loopback, private or link-local address. SEC-54.
    pub allow_private: bool,
    extra_roots: Vec<Vec<u8>>,
}

impl SmtpSettings {
    /// A server without a login, secured as its port asks for.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
            username: None,
            password: None,
            security: Security::Auto,
            allow_private: true,
            extra_roots: Vec::new(),
        }
    }

    /// Logs in.
    #[must_use]
    pub fn login(mut self, username: impl Into<String>, password: Secret<String>) -> Self {
        self.username = Some(username.into());
        self.password = Some(password);
        self
    }

    /// Secures the connection in another way than the port asks for.
    #[must_use]
    pub const fn security(mut self, security: Security) -> Self {
        self.security = security;
        self
    }

    /// Trusts one more issuer of certificates besides those of the system: a company's own.
    #[must_use]
    pub fn trust_also(mut self, certificate_der: Vec<u8>) -> Self {
        self.extra_roots.push(certificate_der);
        self
    }

    const fn mode(&self) -> Mode {
        match (self.security, self.port) {
            (Security::Tls, _) | (Security::Auto, 465) => Mode::Implicit,
            (Security::Plain, _) => Mode::Plain,
            (Security::Auto, 25 | 1025) => Mode::StartTlsIfOffered,
            (Security::StartTls | Security::Auto, _) => Mode::StartTls,
        }
    }

    fn secret(&self) -> Option<&str> {
        self.password.as_ref().map(|password| password.expose().as_str())
    }
}

impl fmt::Debug for SmtpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpSettings")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("security", &self.security)
            .finish_non_exhaustive()
    }
}

/// Hands mails to an SMTP server, over a connection of its own each.
#[derive(Debug)]
pub struct Smtp {
    settings: SmtpSettings,
}

/// A transport to this server.
pub const fn smtp(settings: SmtpSettings) -> Smtp {
    Smtp { settings }
}

#[async_trait]
impl Transport for Smtp {
    async fn send(&self, message: &Message) -> Result<Receipt, MailError> {
        let mail = message.encode()?;
        let delivery = async {
            let addresses = session::resolve(&self.settings).await?;
            let stream = session::connect(&addresses).await?;
            let mut session = Session::open(&self.settings, stream).await?;
            session.log_in().await?;
            let answer = session.deliver(&mail).await?;
            // It is accepted; how the farewell goes changes nothing.
            let _ = tokio::time::timeout(Duration::from_secs(2), session.quit()).await;
            Ok(Receipt { answer })
        };
        match tokio::time::timeout(Duration::from_secs(SEND_TIMEOUT_S), delivery).await {
            Ok(result) => result,
            Err(_) => Err(MailError::unavailable(format!("the mail server took longer than {SEND_TIMEOUT_S} s"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_says_how_the_connection_is_secured() {
        for (security, port, mode) in [
            (Security::Auto, 465, Mode::Implicit),
            (Security::Auto, 587, Mode::StartTls),
            (Security::Auto, 2525, Mode::StartTls),
            (Security::Auto, 25, Mode::StartTlsIfOffered),
            (Security::Auto, 1025, Mode::StartTlsIfOffered),
            (Security::Tls, 587, Mode::Implicit),
            (Security::StartTls, 25, Mode::StartTls),
            (Security::Plain, 587, Mode::Plain),
        ] {
            assert_eq!(SmtpSettings::new("mail.example", port).security(security).mode(), mode, "{security:?} {port}");
        }
    }

    #[test]
    fn sec_61_settings_print_without_the_login() {
        let settings = SmtpSettings::new("mail.example", 587).login("apikey", Secret::new("hunter2".to_owned()));
        let text = format!("{settings:?}");
        assert!(!text.contains("hunter2") && !text.contains("apikey"), "{text}");
    }
}
