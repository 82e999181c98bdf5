//! By which name of ours hooks know an operation of StaticBackend.

use super::{auth, wire};
use crate::{
    Call,
    hooked::{Operation, of_auth},
};

/// What hooks of an embedding program go by: users, and documents under the name that they have on our own surface.
/// What the root token administers is nobody's operation.
pub fn operation(call: &Call) -> Option<Operation> {
    let project = auth::project(&call.state, &call.target, &call.head).ok()?;
    let path = call.path();
    let name = match path.as_slice() {
        ["register"] => of_auth(&["register"]),
        ["login"] => of_auth(&["login"]),
        ["login", "magic"] if call.method() == http::Method::GET => of_auth(&["magic-link", "verify"]),
        ["login", "magic"] => of_auth(&["magic-link"]),
        ["me"] => of_auth(&["me"]),
        ["password", "reset"] => of_auth(&["reset-password"]),
        ["user", "changepw"] => of_auth(&["change-password"]),
        ["account", ..] => of_auth(&path),
        ["db", "count", rest @ ..] => of_documents(&[rest, &["count"]].concat()),
        ["db", rest @ ..] => of_documents(rest),
        ["inc", rest @ ..] => of_documents(&[rest, &["increment"]].concat()),
        ["query", rest @ ..] => of_documents(&[rest, &["query"]].concat()),
        _ => return None,
    };
    let token = call.bearer().map(str::to_owned);
    let limit = if auth::parameter(&call.head, "bulk").is_some() { wire::BULK } else { wire::BODY };
    Some(Operation { project, name, token, counted: false, limit })
}

fn of_documents(rest: &[&str]) -> Vec<String> {
    ["v1", "collections"].iter().chain(rest).map(|segment| (*segment).to_owned()).collect()
}
