//! What a path names, and whether the caller may know of it: asked before anything else of a request is looked at.

use http::Method;
use portcullis_project::Project;
use portcullis_query::access::{Action, Caller};
use portcullis_records::Session;
use portcullis_schema::{Table, TableLookup};
use portcullis_web::ApiError;

/// The table a path means. Strangers learn of no table that is not open to them. SEC-48.
pub fn table<'p>(project: &'p Project, caller: &Caller, word: &str) -> Result<&'p Table, ApiError> {
    match project.database.find(word) {
        TableLookup::Found(table) => Ok(table),
        TableLookup::Unknown(_) if !caller.is_signed_in() && !project.policy.open => Err(ApiError::unauthenticated()),
        TableLookup::Unknown(near) => {
            let mut error = ApiError::no_such_route();
            if let Some(near) = near.filter(|_| matches!(caller, Caller::Administrator)) {
                error.title = format!("no table `{word}`; did you mean `{near}`?");
            }
            Err(error)
        }
    }
}

/// What an operation does to its table; `None` for a path that is none, or that has no such method.
pub fn action_of(rest: &[&str], method: &str) -> Option<Action> {
    use Action::{Create, Delete, Read, Update};
    match (rest, method) {
        ([] | ["count" | "schema"], "GET" | "HEAD") | (["filter" | "count"] | ["filter", "query"], "POST") => {
            Some(Read)
        }
        ([] | ["bulk" | "import" | "query"], "POST") => Some(Create),
        (["filter" | "bulk"], "PUT" | "PATCH") | ([_, "query"], "PUT") => Some(Update),
        (["filter"], "DELETE") => Some(Delete),
        // Words with a meaning of their own are no keys.
        (["filter" | "count" | "bulk" | "import" | "query" | "schema"], _) => None,
        ([_], "GET" | "HEAD") => Some(Read),
        ([_], "PUT" | "PATCH") => Some(Update),
        ([_], "DELETE") => Some(Delete),
        _ => None,
    }
}

/// Asks for the right to an operation before anything else of the request is looked at: what a stranger may not use
/// answers alike whatever stands in the body and the parameters. SEC-48.
pub fn check_access(session: Session<'_>, table: &Table, rest: &[&str], method: &Method) -> Result<(), ApiError> {
    match action_of(rest, method.as_str()) {
        Some(action) => session.planner().grant(action, table).map(drop).map_err(ApiError::from),
        None => any_access(session, table),
    }
}

/// Only those who may do something to a table learn that it is there.
fn any_access(session: Session<'_>, table: &Table) -> Result<(), ApiError> {
    let planner = session.planner();
    let known = Action::ALL.into_iter().any(|action| planner.grant(action, table).is_ok());
    if known || session.caller.is_signed_in() { Ok(()) } else { Err(ApiError::unauthenticated()) }
}
