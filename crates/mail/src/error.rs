//! Why a mail was not handed over, and whether trying again can help.

use lettre::transport::smtp;
use std::error::Error as _;

/// Characters of a server's answer that are kept.
const MAX_DETAIL_CHARS: usize = 300;

/// Why a mail was not accepted. The text never holds the password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// The server did not take this mail now (4xx): worth another try later.
    #[error("{detail}")]
    Temporary {
        /// The SMTP code.
        code: Option<u16>,
        /// What happened.
        detail: String,
    },
    /// Another try gives the same answer: the server refused this mail (5xx), or it cannot be written down.
    #[error("{detail}")]
    Permanent {
        /// The SMTP code, where the server gave one.
        code: Option<u16>,
        /// What happened.
        detail: String,
    },
    /// No mail at all can be handed over now: the server was not reached, offers no TLS, or refused the login.
    /// Worth another try: servers come back, and settings get corrected.
    #[error("{detail}")]
    Unavailable {
        /// The SMTP code, where the server gave one.
        code: Option<u16>,
        /// What happened.
        detail: String,
    },
}

impl MailError {
    /// Whether another try may help.
    pub const fn is_temporary(&self) -> bool {
        !matches!(self, Self::Permanent { .. })
    }

    pub(crate) fn permanent(detail: impl Into<String>) -> Self {
        Self::Permanent { code: None, detail: detail.into() }
    }

    pub(crate) fn unavailable(detail: impl Into<String>) -> Self {
        Self::Unavailable { code: None, detail: detail.into() }
    }

    /// What stood in the way before there was a mail to talk about.
    pub(crate) fn before_mail(error: &smtp::Error, password: Option<&str>) -> Self {
        let code = error.status().map(u16::from);
        Self::Unavailable { code, detail: clean(&describe(error, code), password) }
    }

    /// What the server answered to a mail.
    pub(crate) fn of_mail(error: &smtp::Error, password: Option<&str>) -> Self {
        let code = error.status().map(u16::from);
        let detail = clean(&describe(error, code), password);
        match code {
            // The server shuts down, or wants a login first. Source: RFC 5321, 3.8; RFC 4954, 6.
            Some(421 | 530 | 534 | 535 | 538) => Self::Unavailable { code, detail },
            Some(400..=499) => Self::Temporary { code, detail },
            Some(_) => Self::Permanent { code, detail },
            // Ours: the address needs SMTPUTF8 and the server has none.
            None if error.is_client() => Self::Permanent { code, detail },
            None => Self::Unavailable { code, detail },
        }
    }
}

fn describe(error: &smtp::Error, code: Option<u16>) -> String {
    // The innermost cause says it best: "Connection refused", "invalid peer certificate: UnknownIssuer", the answer.
    let mut cause = error.source();
    while let Some(inner) = cause.and_then(|cause| cause.source()) {
        cause = Some(inner);
    }
    let cause = cause.map_or_else(|| error.to_string(), ToString::to_string);
    match code {
        Some(code) => format!("the server answered {code} {cause}"),
        None => cause,
    }
}

/// One line without control characters, without the password, cut to a sensible length.
pub(crate) fn clean(text: &str, password: Option<&str>) -> String {
    let mut text = text.to_owned();
    if let Some(password) = password.filter(|password| password.len() > 2) {
        text = text.replace(password, "***");
    }
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_DETAIL_CHARS).collect();
    line.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_61_what_a_server_says_is_one_short_line_without_the_password() {
        let said = format!("wrong password hunter2\r\nSet-Cookie: x\x1b[31m{}", "y".repeat(1000));
        let detail = clean(&said, Some("hunter2"));
        assert!(detail.starts_with("wrong password ***  Set-Cookie: x [31my"), "{detail}");
        assert_eq!(detail.chars().count(), MAX_DETAIL_CHARS);
    }
}
