//! `/projects/{project}/roles` and `/projects/{project}/permissions`: roles and what they may do, over whichever store
//! holds them. Those of the settings are shown and changed in the settings.

pub mod grant;
pub mod list;
pub mod permissions;
pub mod put;
pub mod put_permission;
pub mod remove;
pub mod remove_permission;
pub mod revoke;

use crate::{call::Call, refusal, wire};
use portcullis_control::operators::{Deed, OperatorCaller};
use portcullis_identity::roles::{PermissionView, RoleView};
use portcullis_project::Project;
use portcullis_web::ApiError;
use serde_json::{Value, json};

/// The refusals of every operation on roles.
const REFUSALS: &[(u16, &str)] = &[
    (403, "the tables of roles cannot be written with the login of the database's URL"),
    (409, "the role stands in the settings, or other rows point at it"),
    (501, "a card of the mapping lacks what this needs"),
    (503, "the stage is not open on this node, or its database does not answer"),
];

/// Bytes of a description or condition at most.
const LONG: usize = 16 * 1024;

/// Tells the audit which operator did what to a role or permission.
async fn told(
    call: &mut Call,
    caller: &OperatorCaller,
    project: &Project,
    name: &'static str,
    subject: &str,
    detail: Option<Value>,
) -> Result<(), ApiError> {
    let deed = Deed { name, connection: project.connection.clone(), subject: subject.to_owned(), detail };
    call.surface.operators.tell(caller, deed, &call.client).await.map_err(refusal::of_operators)
}

/// The role and the permission that the path names.
fn both(call: &Call) -> (String, String) {
    let value = |at: usize| call.values.get(at).cloned().unwrap_or_default();
    (value(1), value(2))
}

fn role(role: &RoleView) -> Value {
    json!({
        "name": role.name,
        "description": role.description,
        "source": role.source.word(),
        "permissions": role.permissions,
    })
}

fn role_form() -> Value {
    wire::object(json!({
        "name": wire::text("Its name"),
        "description": wire::opt_text("What it is for"),
        "source": wire::text("`table` (the customer's), `store` (ours, beside the tables) or `settings`, which are changed there"),
        "permissions": { "type": "array", "items": { "type": "string" }, "description": "Names of its permissions there" },
    }))
}

fn permission(one: &PermissionView) -> Value {
    let scope = one.words.scope_expression.as_ref().map(|scope| scope.to_text());
    json!({
        "name": one.words.name,
        "description": one.description,
        "entity_name": one.words.entity_name,
        "allowed_actions": one.words.allowed_actions,
        "scope_expression": scope.and_then(|text| serde_json::from_str::<Value>(&text).ok()),
        "source": one.source.word(),
    })
}

fn permission_form() -> Value {
    wire::object(json!({
        "name": wire::text("`orders.read`, `orders.*`, `*.read`, `*`; or any name, where the members below say what it is about"),
        "description": wire::opt_text("What it is for"),
        "entity_name": wire::opt_text("The table"),
        "allowed_actions": wire::opt_text("`read,create,update,delete`, some of them, or `*`"),
        "scope_expression": { "description": "Which rows, as a filter; null for all" },
        "source": wire::text("`table` or `store`"),
    }))
}
