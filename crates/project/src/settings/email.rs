//! `[email]`: the server that takes the mails, who they are from, where their links lead.

use serde::{Deserialize, Serialize};

/// What stands where a link gets its token.
pub const TOKEN_PLACE: &str = "%s";

/// `[email]`. Without `host` a development stage keeps its mails in the outbox; elsewhere mail flows are refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmailSettings {
    /// The mail server's name; absent means that mail is not set up.
    pub host: Option<String>,
    /// Its port: 587 (STARTTLS) unless it is another; 465 is TLS from the first byte.
    pub port: Option<u16>,
    /// How the connection is secured: `auto` (by the port), `starttls`, `tls` or `plain`.
    pub security: Option<EmailSecurity>,
    /// The login.
    pub username: Option<String>,
    /// The login's password, as `secret:NAME`.
    pub password: Option<String>,
    /// The mailbox that mails are from.
    pub from_address: Option<String>,
    /// What the application calls itself in mails; the project's name unless it is set.
    pub from_name: Option<String>,
    /// The language of mails to users whose language is not known, such as `de`. Default `en`.
    pub language: Option<String>,
    /// The application's address, before the paths below.
    pub base_url: Option<String>,
    /// Where the application sets a new password, with `%s` for the token.
    pub password_reset_path: Option<String>,
    /// Where the application confirms an address, with `%s` for the token.
    pub verify_path: Option<String>,
    /// Where the application logs in by a link, with `%s` for the token.
    pub magic_link_path: Option<String>,
    /// Where the application lets somebody accept an invitation, with `%s` for the token.
    pub invitation_path: Option<String>,
}

/// How the connection to the mail server is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EmailSecurity {
    /// As the port says.
    #[default]
    Auto,
    /// STARTTLS or nothing.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// No TLS.
    Plain,
}

impl EmailSettings {
    /// Whether there is a server to send by.
    pub const fn is_set_up(&self) -> bool {
        self.host.is_some()
    }

    /// The name behind `secret:`, if the password is written as it should be.
    pub fn password_name(&self) -> Option<&str> {
        self.password.as_deref()?.strip_prefix("secret:").filter(|name| !name.is_empty())
    }

    /// What is wrong with the section, one sentence each. The mail room looks closer when it sends.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut fault = |key: &str, what: &str| faults.push(format!("`email.{key}` {what}"));
        match &self.host {
            Some(host) if host.is_empty() || !host.chars().all(|c| c.is_ascii_alphanumeric() || ".-:".contains(c)) => {
                fault("host", "is no server's name; write it without protocol and port, such as smtp.example");
            }
            Some(_) if self.from_address.is_none() => {
                fault("from_address", "is missing: the mailbox that mails are from");
            }
            None if [&self.username, &self.password, &self.from_address].iter().any(|key| key.is_some()) => {
                fault("host", "is missing: the name of the mail server");
            }
            _ => {}
        }
        if self.from_address.as_deref().is_some_and(|address| !looks_like_an_address(address)) {
            fault("from_address", "must be one address such as no-reply@shop.example, without a name");
        }
        if self.from_name.as_deref().is_some_and(|name| name.len() > 256 || name.contains(char::is_control)) {
            fault("from_name", "must be one line of at most 256 bytes");
        }
        if self.port == Some(0) {
            fault("port", "is 0; usual are 587 (STARTTLS) and 465 (TLS)");
        }
        if self.username.is_some() != self.password.is_some() {
            fault("username", "and `email.password` go together: set both or neither");
        }
        if self.password.is_some() && self.password_name().is_none() {
            fault("password", "must not stand in the settings; write \"secret:NAME\" and set the value apart");
        }
        if let Some(base) = &self.base_url
            && !is_base_url(base)
        {
            fault("base_url", "must be an address such as https://app.example, without login, query and fragment");
        }
        for (key, path) in self.paths() {
            let Some(path) = path else { continue };
            if path.matches(TOKEN_PLACE).count() != 1 {
                fault(key, "must contain `%s` once: the place of the token, such as /reset-password?token=%s");
            }
            if !path.starts_with('/') || path.starts_with("//") || path.contains(|c: char| c.is_control() || c == '\\')
            {
                fault(key, "must be a path that starts with one `/`");
            }
            if self.base_url.is_none() {
                fault(key, "needs `email.base_url`, the application's address before it");
            }
        }
        faults
    }

    fn paths(&self) -> [(&'static str, Option<&str>); 4] {
        [
            ("password_reset_path", self.password_reset_path.as_deref()),
            ("verify_path", self.verify_path.as_deref()),
            ("magic_link_path", self.magic_link_path.as_deref()),
            ("invitation_path", self.invitation_path.as_deref()),
        ]
    }
}

fn looks_like_an_address(text: &str) -> bool {
    let odd = |c: char| c.is_control() || c.is_whitespace() || "<>,;\"()".contains(c);
    !text.contains(odd) && text.split('@').count() == 2 && text.split('@').all(|part| !part.is_empty())
}

fn is_base_url(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else { return false };
    let host = rest.split('/').next().unwrap_or_default();
    !host.is_empty() && !rest.contains(|c: char| c.is_control() || c.is_whitespace() || "@\\?#%".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn right() -> EmailSettings {
        EmailSettings {
            host: Some("smtp.example".into()),
            from_address: Some("no-reply@shop.example".into()),
            base_url: Some("https://app.example".into()),
            password_reset_path: Some("/reset-password?token=%s".into()),
            ..EmailSettings::default()
        }
    }

    #[test]
    fn the_documented_section_is_right() {
        let with_login =
            EmailSettings { username: Some("apikey".into()), password: Some("secret:smtp".into()), ..right() };
        assert_eq!(with_login.faults(), Vec::<String>::new());
        assert_eq!(with_login.password_name(), Some("smtp"));
        assert_eq!(EmailSettings::default().faults(), Vec::<String>::new());
    }

    #[test]
    fn every_fault_is_named_with_what_would_be_right() {
        let path = |path: &str| EmailSettings { verify_path: Some(path.into()), ..right() };
        let base = |base: &str| EmailSettings { base_url: Some(base.into()), ..right() };
        for (settings, says) in [
            (EmailSettings { host: None, ..right() }, "email.host` is missing"),
            (EmailSettings { host: Some(String::new()), ..right() }, "without protocol"),
            (EmailSettings { host: Some("smtp://mail.example/".into()), ..right() }, "without protocol"),
            (EmailSettings { port: Some(0), ..right() }, "587"),
            (EmailSettings { from_address: None, ..right() }, "email.from_address` is missing"),
            (EmailSettings { from_address: Some("Shop <a@b.example>".into()), ..right() }, "one address"),
            (EmailSettings { from_name: Some("a\nBcc: b".into()), ..right() }, "one line"),
            (EmailSettings { username: Some("u".into()), ..right() }, "go together"),
            (EmailSettings { username: Some("u".into()), password: Some("hunter2".into()), ..right() }, "secret:NAME"),
            (path("/verify"), "must contain `%s`"),
            (path("/verify?a=%s&b=%s"), "must contain `%s` once"),
            (path("verify?token=%s"), "starts with one `/`"),
            (path("//evil.example/%s"), "starts with one `/`"),
            (base("app.example"), "https://app.example"),
            (base("https://"), "https://app.example"),
            (base("https://u:p@app.example"), "https://app.example"),
            (base("javascript:alert(1)"), "https://app.example"),
            (EmailSettings { base_url: None, ..right() }, "needs `email.base_url`"),
        ] {
            let faults = settings.faults();
            assert!(faults.iter().any(|fault| fault.contains(says)), "{says}: {faults:?}");
            assert!(!faults.iter().any(|fault| fault.contains("hunter2")));
        }
    }
}
