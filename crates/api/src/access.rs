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

/// Asks for the right to an operation before anything else of the request is looked at: what a stranger may not use
/// answers alike whatever stands in the body and the parameters. SEC-48.
pub fn check_access(session: Session<'_>, table: &Table, rest: &[&str], method: &Method) -> Result<(), ApiError> {
    use Action::{Create, Delete, Read, Update};
    let action = match (rest, method.as_str()) {
        ([] | ["count" | "schema"], "GET" | "HEAD") | (["filter" | "count"] | ["filter", "query"], "POST") => Read,
        ([] | ["bulk" | "import" | "query"], "POST") => Create,
        (["filter" | "bulk"], "PUT" | "PATCH") | ([_, "query"], "PUT") => Update,
        (["filter"], "DELETE") => Delete,
        // Words with a meaning of their own are no keys.
        (["filter" | "count" | "bulk" | "import" | "query" | "schema"], _) => {
            return any_access(session, table);
        }
        ([_], "GET" | "HEAD") => Read,
        ([_], "PUT" | "PATCH") => Update,
        ([_], "DELETE") => Delete,
        _ => return any_access(session, table),
    };
    session.planner().grant(action, table)?;
    Ok(())
}

/// Only those who may do something to a table learn that it is there.
fn any_access(session: Session<'_>, table: &Table) -> Result<(), ApiError> {
    let planner = session.planner();
    let known = Action::ALL.into_iter().any(|action| planner.grant(action, table).is_ok());
    if known || session.caller.is_signed_in() { Ok(()) } else { Err(ApiError::unauthenticated()) }
}
