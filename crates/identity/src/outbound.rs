//! The one door for requests that identity sends out: to identity providers and to issuers' key sets.
//!
//! Where a request may go is decided by [`address`]; this page sends it, with limits on time and size, follows no
//! redirect and uses no proxy. Takes a URL and gives the answer's JSON or a typed refusal. SEC-54.

mod address;
mod tls;

pub use address::is_public;

use portcullis_base::Secret;
use reqwest::{RequestBuilder, Response, header, redirect::Policy};
use serde::{Deserialize, de::DeserializeOwned};
use std::{error::Error, sync::Arc, time::Duration};

/// The longest answer that is read.
pub const MAX_BODY_BYTES: usize = 1 << 20;
/// How long finding the address, connecting and the TLS handshake may take together.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a request may take from beginning to end.
const TIMEOUT: Duration = Duration::from_secs(10);
/// An OAuth error code is a word. What is longer is not kept.
const MAX_CODE_BYTES: usize = 64;

/// Why a request was not sent, or its answer not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// The address cannot be used.
    #[error("the address `{url}` cannot be used: {why}")]
    Url {
        /// The address, without user-info and query.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The name or number leads into this machine or its network.
    #[error("`{host}` leads to a private address, which is not allowed")]
    Private {
        /// The host as it was written.
        host: String,
    },
    /// No address, no connection, or no trust in the certificate.
    #[error("`{host}` cannot be reached: {cause}")]
    Unreachable {
        /// The host as it was written.
        host: String,
        /// For the log.
        cause: String,
    },
    /// It took longer than we wait.
    #[error("`{host}` did not answer in time")]
    TimedOut {
        /// The host as it was written.
        host: String,
    },
    /// The answer has more than [`MAX_BODY_BYTES`].
    #[error("the answer of `{host}` is too long")]
    TooLong {
        /// The host as it was written.
        host: String,
    },
    /// The answer is no success; redirects are among these.
    #[error("`{host}` answered {status}")]
    Status {
        /// The host as it was written.
        host: String,
        /// The status.
        status: u16,
        /// The `error` of an OAuth answer (RFC 6749 §5.2), if it is one.
        code: Option<String>,
    },
    /// The answer is not the JSON that was asked for.
    #[error("the answer of `{host}` is not what was asked for")]
    Json {
        /// The host as it was written.
        host: String,
    },
    /// The machine has no root certificates that can be used.
    #[error("no client for outgoing requests: {0}")]
    Client(String),
}

/// Sends requests out. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Outbound {
    client: reqwest::Client,
    allow_private: bool,
}

impl Outbound {
    /// A door. With `allow_private` it also leads into this machine and its network, and to plain HTTP: for targets
    /// that an operator has set.
    ///
    /// # Errors
    ///
    /// [`OutboundError::Client`].
    pub fn new(allow_private: bool) -> Result<Self, OutboundError> {
        Self::with(allow_private, address::Names::System, TIMEOUT)
    }

    fn with(allow_private: bool, names: address::Names, timeout: Duration) -> Result<Self, OutboundError> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::config()?)
            .dns_resolver(Arc::new(address::Checked { allow_private, names }))
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .retry(reqwest::retry::never())
            .user_agent(concat!("portcullis/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(timeout)
            .build()
            .map_err(|error| OutboundError::Client(error.to_string()))?;
        Ok(Self { client, allow_private })
    }

    /// Whether private targets and plain HTTP are allowed.
    pub const fn allows_private(&self) -> bool {
        self.allow_private
    }

    /// Says whether a request to this address would be sent, as far as the text alone can tell.
    ///
    /// # Errors
    ///
    /// [`OutboundError::Url`], [`OutboundError::Private`].
    pub fn check(&self, url: &str) -> Result<(), OutboundError> {
        address::check(url, self.allow_private).map(drop)
    }

    /// Gets a JSON document, with a bearer token where one is given.
    ///
    /// # Errors
    ///
    /// What [`OutboundError`] lists.
    pub async fn get_json<T: DeserializeOwned>(
        &self,
        url: &str,
        bearer: Option<&Secret<String>>,
    ) -> Result<T, OutboundError> {
        let target = address::check(url, self.allow_private)?;
        let mut request = self.client.get(target.url).header(header::ACCEPT, "application/json");
        if let Some(token) = bearer {
            request = request.bearer_auth(token.expose());
        }
        json(&send(request, &target.host).await?, &target.host)
    }

    /// Sends a form and gives the JSON of the answer, with HTTP Basic where it is given.
    ///
    /// # Errors
    ///
    /// What [`OutboundError`] lists.
    pub async fn post_form<T: DeserializeOwned>(
        &self,
        url: &str,
        form: &[(&str, &str)],
        basic: Option<(&str, &Secret<String>)>,
    ) -> Result<T, OutboundError> {
        let target = address::check(url, self.allow_private)?;
        let mut request = self.client.post(target.url).header(header::ACCEPT, "application/json").form(form);
        if let Some((name, password)) = basic {
            request = request.basic_auth(name, Some(password.expose()));
        }
        json(&send(request, &target.host).await?, &target.host)
    }
}

async fn send(request: RequestBuilder, host: &str) -> Result<Vec<u8>, OutboundError> {
    let response = request.send().await.map_err(|error| failed(&error, host))?;
    let status = response.status();
    let body = read(response, host).await?;
    if status.is_success() {
        return Ok(body);
    }
    Err(OutboundError::Status { host: host.to_owned(), status: status.as_u16(), code: code(&body) })
}

async fn read(mut response: Response, host: &str) -> Result<Vec<u8>, OutboundError> {
    let too_long = || OutboundError::TooLong { host: host.to_owned() };
    if response.content_length().is_some_and(|length| length > MAX_BODY_BYTES as u64) {
        return Err(too_long());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failed(&error, host))? {
        if body.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(too_long());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn failed(error: &reqwest::Error, host: &str) -> OutboundError {
    let host = host.to_owned();
    // The innermost cause says what happened, and names no query that could hold a secret.
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    if causes.clone().any(|cause| cause.is::<address::Forbidden>()) {
        return OutboundError::Private { host };
    }
    if error.is_timeout() {
        return OutboundError::TimedOut { host };
    }
    let cause = causes.last().map_or_else(|| "the connection broke".to_owned(), ToString::to_string);
    OutboundError::Unreachable { host, cause }
}

fn json<T: DeserializeOwned>(body: &[u8], host: &str) -> Result<T, OutboundError> {
    serde_json::from_slice(body).map_err(|_| OutboundError::Json { host: host.to_owned() })
}

fn code(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Refusal {
        error: String,
    }
    let Refusal { error } = serde_json::from_slice(body).ok()?;
    // Source: RFC 6749 §5.2, `error`.
    let is_word =
        !error.is_empty() && error.len() <= MAX_CODE_BYTES && error.bytes().all(|byte| byte.is_ascii_graphic());
    is_word.then_some(error)
}

#[cfg(test)]
#[path = "outbound/tests.rs"]
mod tests;
