//! Requests that were refused or came back empty, so that an operator can ask why by their id.

use crate::{ApiError, Cause};
use bytes::Bytes;
use parking_lot::Mutex;
use portcullis_base::ConnectionId;
use portcullis_query::access::Caller;
use std::collections::VecDeque;

/// How many are remembered, on this node and in memory alone.
const KEPT: usize = 2_000;
/// Bytes of a body that are remembered; of a longer one nothing is.
const BODY_KEPT: usize = 16 * 1024;

/// One such request.
#[derive(Debug, Clone)]
pub struct Denial {
    /// Where.
    pub connection: ConnectionId,
    /// Who asked.
    pub caller: Caller,
    /// The method.
    pub method: http::Method,
    /// The path below the project, with its query.
    pub path: String,
    /// The body, if it is known.
    pub body: Option<Bytes>,
    /// The answer, if it was a refusal.
    pub refused: Option<Refused>,
    /// Whether trying again gives the same: not with credentials that did not hold, nor below `/auth`, nor with a body
    /// that is not known.
    pub replays: bool,
}

/// An answer that was a refusal.
#[derive(Debug, Clone)]
pub struct Refused {
    /// The id of the request.
    pub request_id: String,
    /// The status.
    pub status: http::StatusCode,
    /// The stable code.
    pub code: &'static str,
    /// What the caller was told.
    pub message: String,
    /// What decided, where more is known than the caller was told.
    pub cause: Option<Cause>,
}

impl Refused {
    /// Takes down a refusal on its way out.
    pub fn of(error: &ApiError, request_id: &str) -> Self {
        Self {
            request_id: request_id.to_owned(),
            status: error.status,
            code: error.code,
            message: error.title.clone(),
            cause: error.cause().cloned(),
        }
    }

    /// Whether the right to the action was what lacked, which is asked before a body is read.
    pub const fn by_grant(&self) -> bool {
        matches!(self.cause, Some(Cause::Refused { .. }))
    }
}

/// The latest of them.
#[derive(Debug, Default)]
pub struct Denials(Mutex<VecDeque<(String, Denial)>>);

/// A mark among an answer's extensions: rules may have left nothing of it.
#[derive(Debug, Clone, Copy)]
pub struct Emptied;

/// The body of a request, once it was read and if it is short.
#[derive(Debug, Default)]
pub struct Seen(Mutex<Option<Bytes>>);

impl Seen {
    /// Keeps a body that is short enough.
    pub fn keep(&self, body: &Bytes) {
        if body.len() <= BODY_KEPT {
            *self.0.lock() = Some(body.clone());
        }
    }

    /// The body.
    pub fn take(&self) -> Option<Bytes> {
        self.0.lock().take()
    }
}

impl Denials {
    /// Remembers a request under its id.
    pub fn remember(&self, request_id: &str, denial: Denial) {
        let mut all = self.0.lock();
        while all.len() >= KEPT {
            all.pop_front();
        }
        all.push_back((request_id.to_owned(), denial));
    }

    /// The request of an id.
    pub fn find(&self, request_id: &str) -> Option<Denial> {
        self.0.lock().iter().rev().find(|(id, _)| id == request_id).map(|(_, denial)| denial.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_give_way() {
        let denials = Denials::default();
        let denial = |n: usize| Denial {
            connection: ConnectionId(String::new()),
            caller: Caller::Anonymous,
            method: http::Method::GET,
            path: format!("/{n}"),
            body: None,
            refused: None,
            replays: true,
        };
        (0..=KEPT).for_each(|n| denials.remember(&n.to_string(), denial(n)));
        assert!(denials.find("0").is_none());
        assert_eq!(denials.find(&KEPT.to_string()).unwrap().path, format!("/{KEPT}"));
    }
}
