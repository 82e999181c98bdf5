//! Why a hook refused.

use crate::ApiError;
use http::StatusCode;
use std::{borrow::Cow, error::Error, fmt};

/// A refusal of a hook; each surface writes it in its own envelope.
///
/// It is no [`Error`] itself, so that `?` takes any: what a hook did not foresee is a fault of ours, whose cause goes
/// to the log and not to the client.
#[derive(Debug)]
pub struct HookError {
    status: StatusCode,
    code: Option<Cow<'static, str>>,
    message: String,
    cause: Option<String>,
}

impl HookError {
    /// A refusal with the sentence the client sees: 400, `hook_rejected`, unless said otherwise.
    pub fn new(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: None, message: message.into(), cause: None }
    }

    /// The same with another status; what is no status of a refusal is 400.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        let status = StatusCode::from_u16(status).ok();
        self.status = status.filter(|s| s.is_client_error() || s.is_server_error()).unwrap_or(StatusCode::BAD_REQUEST);
        self
    }

    /// The same with a code of its own, which clients may branch on.
    #[must_use]
    pub fn code(mut self, code: impl Into<Cow<'static, str>>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// The status.
    pub const fn http_status(&self) -> StatusCode {
        self.status
    }

    /// The code, if it has one of its own.
    pub fn own_code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The sentence.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Writes the cause of a fault to the log.
    pub fn log(&self) {
        if let Some(cause) = &self.cause {
            tracing::error!(cause, "A hook failed");
        }
    }
}

impl fmt::Display for HookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl<E: Error> From<E> for HookError {
    fn from(error: E) -> Self {
        let message = "something went wrong on our side".to_owned();
        let code = Some(Cow::Borrowed("internal"));
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, code, message, cause: Some(error.to_string()) }
    }
}

impl From<HookError> for ApiError {
    fn from(error: HookError) -> Self {
        error.log();
        let mut public = Self::new(StatusCode::BAD_REQUEST, "hook_rejected", error.message);
        public.status = error.status;
        match error.code {
            Some(code) => public.with_code(code.into_owned()),
            None => public,
        }
    }
}
