//! `[auth]`: who may call at all, and how end users prove who they are.

use serde::{Deserialize, Serialize};

/// `[auth]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthSettings {
    /// Off means: every exposed table is public. `doctor` says so loudly.
    pub enabled: bool,
    /// How long an access token is good, such as `1h`.
    pub access_token_ttl: String,
    /// How long a session may lie unused, such as `30d`.
    pub refresh_token_ttl: String,
    /// How long a session lives at most, however often it is used. SEC-17.
    pub session_max_age: String,
    /// How long the link of a reset mail works; an hour at most.
    pub reset_token_ttl: String,
    /// Paths that need no credentials, matched literally and without `/api`.
    pub public_routes: Vec<String>,
    /// Whether strangers may make themselves an account.
    pub self_signup: bool,
    /// The columns a signup may set, beside address and password.
    pub signup_fields: Vec<String>,
    /// Whether a new user gets a mail that verifies the address.
    pub verify_email: bool,
    /// Whether only verified users may sign in.
    pub require_verified_email: bool,
    /// Whether refresh tokens outlive a change of the password.
    pub keep_refresh_on_password_change: bool,
    /// Characters of a password at least; 8 or more.
    pub password_min_length: u32,
    /// Whether common passwords are refused; absent means: not in the development stage.
    pub password_blocklist: Option<bool>,
    /// What signs access tokens.
    pub algorithm: TokenAlgorithm,
    /// `secret:NAME` of the key for HS256.
    pub jwt_secret: Option<String>,
    /// Origins to which links and redirects may lead, such as `https://app.example`.
    pub redirect_origins: Vec<String>,
    /// The domain passkeys are bound to; absent: that of the first of `redirect_origins`, else of `public_url`.
    pub rp_id: Option<String>,
    /// In which format new and changed passwords are kept.
    pub password_format: PasswordFormat,
    /// Whether a good login replaces a hash that is not of the wanted format (with `argon2id`).
    pub rehash_passwords: bool,
    /// Weak formats that verify all the same: `md5`, `sha1`, `sha256`, `plain`.
    pub legacy_hashes: Vec<LegacyHash>,
    /// Whether a login also sets a cookie.
    pub cookie_mode: CookieMode,
    /// `[auth.rate_limits]`.
    pub rate_limits: RateLimits,
    /// `[auth.lockout]`.
    pub lockout: LockoutSettings,
}

impl Default for AuthSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            access_token_ttl: "1h".to_owned(),
            refresh_token_ttl: "30d".to_owned(),
            session_max_age: "365d".to_owned(),
            reset_token_ttl: "1h".to_owned(),
            public_routes: Vec::new(),
            self_signup: true,
            signup_fields: Vec::new(),
            verify_email: false,
            require_verified_email: false,
            keep_refresh_on_password_change: false,
            password_min_length: 8,
            password_blocklist: None,
            algorithm: TokenAlgorithm::EdDsa,
            jwt_secret: None,
            redirect_origins: Vec::new(),
            rp_id: None,
            password_format: PasswordFormat::Keep,
            rehash_passwords: false,
            legacy_hashes: Vec::new(),
            cookie_mode: CookieMode::Off,
            rate_limits: RateLimits::default(),
            lockout: LockoutSettings::default(),
        }
    }
}

/// What signs access tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenAlgorithm {
    /// Ed25519; anybody can check a token by the JWKS.
    #[serde(rename = "EdDSA")]
    EdDsa,
    /// HMAC-SHA256 with the project's secret.
    #[serde(rename = "HS256")]
    Hs256,
}

/// In which format passwords are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PasswordFormat {
    /// As the row or the table has them, so that the old application goes on working.
    Keep,
    /// Argon2id.
    Argon2id,
}

/// A weak format that verifies only when it is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LegacyHash {
    /// Hexadecimal MD5, salted or not.
    Md5,
    /// Hexadecimal SHA-1, salted or not.
    Sha1,
    /// Hexadecimal SHA-256, salted or not.
    Sha256,
    /// The password itself.
    Plain,
}

/// Whether and how a login sets a cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CookieMode {
    /// No cookie.
    Off,
    /// `SameSite=Lax`.
    Lax,
    /// `SameSite=Strict`.
    Strict,
}

/// `[auth.rate_limits]`: `count/window/key`, key one of `ip`, `account`, `ip+account`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimits {
    /// Failed logins.
    pub login: String,
    /// Requests to all of `/auth`.
    pub requests: String,
    /// Signups.
    pub signup: String,
    /// Mails with a link or code that somebody asks for.
    pub reset: String,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            login: "5/15m/ip+account".to_owned(),
            requests: "600/1m/ip".to_owned(),
            signup: "20/1h/ip".to_owned(),
            reset: "3/1h/account".to_owned(),
        }
    }
}

/// `[auth.lockout]`: slows the guessing of one account's password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LockoutSettings {
    /// Wrong passwords in a row before the account has to wait.
    pub max_failures: u32,
    /// The first wait, doubled with every further failure.
    pub first_wait: String,
    /// The longest wait.
    pub max_wait: String,
}

impl Default for LockoutSettings {
    fn default() -> Self {
        Self { max_failures: 10, first_wait: "30s".to_owned(), max_wait: "15m".to_owned() }
    }
}

/// What a limit counts by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitKey {
    /// The client's address.
    Ip,
    /// The account that is named.
    Account,
    /// The pair of both.
    IpAccount,
}

/// A limit, understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// How many.
    pub count: u32,
    /// In how long. Seconds.
    pub window_s: u32,
    /// By what.
    pub key: LimitKey,
}

impl RateLimit {
    /// Reads `5/15m/ip+account`.
    ///
    /// # Errors
    ///
    /// A sentence that says what would be right.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{text}` is not a limit; write one such as 5/15m/ip+account (keys: ip, account, ip+account)");
        let mut parts = text.split('/');
        let (Some(count), Some(window), Some(key), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong());
        };
        let count = count.trim().parse().ok().filter(|count| *count > 0).ok_or_else(wrong)?;
        let window = super::parse_duration(window)?.as_secs();
        let window_s = u32::try_from(window).ok().filter(|window| *window > 0).ok_or_else(wrong)?;
        let key = match key.trim() {
            "ip" => LimitKey::Ip,
            "account" => LimitKey::Account,
            "ip+account" => LimitKey::IpAccount,
            _ => return Err(wrong()),
        };
        Ok(Self { count, window_s, key })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_count_window_and_key() {
        let login = RateLimit { count: 5, window_s: 900, key: LimitKey::IpAccount };
        assert_eq!(RateLimit::parse("5/15m/ip+account"), Ok(login));
        for text in ["", "5", "5/15m", "0/1m/ip", "5/0s/ip", "5/1m/host", "5/1m/ip/x", "-1/1m/ip"] {
            assert!(RateLimit::parse(text).is_err(), "{text}");
        }
        let defaults = RateLimits::default();
        for text in [&defaults.login, &defaults.requests, &defaults.signup, &defaults.reset] {
            RateLimit::parse(text).unwrap();
        }
    }
}
