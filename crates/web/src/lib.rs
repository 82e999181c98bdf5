//! What surfaces share: who calls, bodies with limits, errors as problem documents, CORS, the headers of every answer.
//!
//! Knows no route.

mod act_as;
mod author;
mod body;
mod caller;
mod cause;
mod client;
mod cookie;
mod cors;
mod denials;
mod error;
mod explainer;
pub mod hooks;
mod idempotent;
mod identity;
mod path;
mod proxies;
mod query;
mod response;
mod state;

pub use act_as::ActAs;
pub use author::{author, author_of, documents};
pub use body::{BodyLimit, check_json, read_body, read_json};
pub use caller::caller;
pub use cause::Cause;
pub use client::{client, client_of};
pub use cookie::{Cookie, check_origin, clear_cookies, cookie, set_cookies};
pub use cors::{add_cors, preflight};
pub use denials::{Denial, Denials, Emptied, Refused, Seen};
pub use error::{ApiError, Problem};
pub use explainer::{Explained, Explainer};
pub use hooks::{Answer, HookError, Hooks};
pub use idempotent::{idempotent, wants_idempotency};
pub use identity::write_limit;
pub use path::segments;
pub use proxies::TrustedProxies;
pub use query::Query;
pub use response::{finish, json, request_id};
pub use state::State;
