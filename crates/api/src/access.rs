//! What a path names, and whether the caller may know of it: asked before anything else of a request is looked at.

use http::Method;
use portcullis_project::Project;
use portcullis_query::{
    access::{Action, Caller, decide},
    plan::PlanError,
};
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
pub fn check_access(
    project: &Project,
    caller: &Caller,
    table: &Table,
    rest: &[&str],
    method: &Method,
) -> Result<(), ApiError> {
    use Action::{Create, Delete, Read, Update};
    let action = match (rest, method.as_str()) {
        ([] | ["count" | "schema"], "GET" | "HEAD") | (["filter" | "count"] | ["filter", "query"], "POST") => Read,
        ([] | ["bulk" | "import" | "query"], "POST") => Create,
        (["filter" | "bulk"], "PUT" | "PATCH") | ([_, "query"], "PUT") => Update,
        (["filter"], "DELETE") => Delete,
        // Words with a meaning of their own are no keys.
        (["filter" | "count" | "bulk" | "import" | "query" | "schema"], _) => {
            return any_access(project, caller, table);
        }
        ([_], "GET" | "HEAD") => Read,
        ([_], "PUT" | "PATCH") => Update,
        ([_], "DELETE") => Delete,
        _ => return any_access(project, caller, table),
    };
    decide(&project.policy, caller, action, table.id)
        .map(|_| ())
        .map_err(|refusal| PlanError::Refused { refusal, action: action.word(), table: table.name.clone() }.into())
}

/// Only those who may do something to a table learn that it is there.
fn any_access(project: &Project, caller: &Caller, table: &Table) -> Result<(), ApiError> {
    let known = [Action::Read, Action::Create, Action::Update, Action::Delete]
        .into_iter()
        .any(|action| decide(&project.policy, caller, action, table.id).is_ok());
    if known || caller.is_signed_in() { Ok(()) } else { Err(ApiError::unauthenticated()) }
}
