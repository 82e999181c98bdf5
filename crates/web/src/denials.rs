//! Requests that were refused or came back empty, so that an operator can ask why by their id.

use bytes::Bytes;
use parking_lot::Mutex;
use portcullis_base::ConnectionId;
use portcullis_query::access::Caller;
use std::collections::VecDeque;

/// How many are remembered, on this node and in memory alone.
const KEPT: usize = 2_000;
/// Bytes of a body that are remembered; of a longer one nothing is.
pub const BODY_KEPT: usize = 16 * 1024;

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
}

/// The latest of them.
#[derive(Debug, Default)]
pub struct Denials(Mutex<VecDeque<(String, Denial)>>);

/// A mark among an answer's extensions: rules may have left nothing of it.
#[derive(Debug, Clone)]
pub struct Emptied {
    /// The body of the request, if it is known.
    pub body: Option<Bytes>,
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
        };
        (0..=KEPT).for_each(|n| denials.remember(&n.to_string(), denial(n)));
        assert!(denials.find("0").is_none());
        assert_eq!(denials.find(&KEPT.to_string()).unwrap().path, format!("/{KEPT}"));
    }
}
