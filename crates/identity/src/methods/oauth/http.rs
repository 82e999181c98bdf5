//! What this room needs of a client for outgoing requests.

use crate::outbound::{Outbound, OutboundError};
use async_trait::async_trait;
use portcullis_base::Secret;
use serde_json::Value;

/// Sends requests to providers: with limits on time and size, without redirects, to allowed addresses only. SEC-54.
#[async_trait]
pub trait ProviderHttp: Send + Sync {
    /// Gets a JSON document.
    async fn get_json(&self, url: &str, bearer: Option<&Secret<String>>) -> Result<Value, HttpFailure>;

    /// Sends a form and gives the JSON of the answer; `basic` is name and password.
    async fn post_form(
        &self,
        url: &str,
        form: &[(&str, &str)],
        basic: Option<(&str, &Secret<String>)>,
    ) -> Result<Value, HttpFailure>;
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpFailure {
    /// The provider answered with a status below 500 that is no success.
    Refused {
        /// The status.
        status: u16,
        /// The `error` of the answer, where there is one.
        code: Option<String>,
    },
    /// Not reached, not in time, too long, or a status of 500 and above.
    Unavailable(String),
    /// The answer is no JSON.
    NotJson,
    /// The address is none, or not an allowed one.
    Forbidden(String),
}

#[async_trait]
impl ProviderHttp for Outbound {
    async fn get_json(&self, url: &str, bearer: Option<&Secret<String>>) -> Result<Value, HttpFailure> {
        Ok(Self::get_json(self, url, bearer).await?)
    }

    async fn post_form(
        &self,
        url: &str,
        form: &[(&str, &str)],
        basic: Option<(&str, &Secret<String>)>,
    ) -> Result<Value, HttpFailure> {
        Ok(Self::post_form(self, url, form, basic).await?)
    }
}

impl From<OutboundError> for HttpFailure {
    fn from(error: OutboundError) -> Self {
        use OutboundError as E;
        match error {
            E::Status { status, code, .. } if status < 500 => Self::Refused { status, code },
            E::Json { .. } => Self::NotJson,
            E::Url { .. } | E::Private { .. } => Self::Forbidden(error.to_string()),
            E::Status { .. } | E::Unreachable { .. } | E::TimedOut { .. } | E::TooLong { .. } | E::Client(_) => {
                Self::Unavailable(error.to_string())
            }
        }
    }
}
