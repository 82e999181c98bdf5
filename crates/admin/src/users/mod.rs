//! `/projects/{project}/users`: a project's end users, and their sessions. SEC-18, SEC-19.

pub mod disable;
pub mod enable;
pub mod end_session;
pub mod end_sessions;
pub mod find;
pub mod forget_factors;
pub mod give_role;
pub mod give_tenant_role;
pub mod join_tenant;
pub mod leave_tenant;
pub mod read;
pub mod reset_mail;
pub mod roles;
pub mod sessions;
pub mod take_role;
pub mod take_tenant_role;
pub mod tenants;
pub mod verify;

use crate::{call::Call, refusal, wire};
use portcullis_identity::{Client, User, users::Directory};
use portcullis_project::Project;
use portcullis_web::ApiError;
use serde_json::{Value, json};

/// The refusals of every operation on users.
const REFUSALS: &[(u16, &str)] = &[
    (501, "the project has no users table mapped"),
    (503, "the stage is not open on this node, or its database does not answer"),
];

/// The user that the path names.
async fn user(call: &mut Call, project: &Project) -> Result<User, ApiError> {
    let id = call.values.get(1).map_or("", String::as_str);
    let directory = Directory::of(project).map_err(refusal::of_identity)?;
    directory.by_id(id).await.map_err(refusal::of_identity)?.ok_or_else(ApiError::no_such_route)
}

/// Where the request came from, as identity is told.
pub(crate) fn client(call: &Call) -> Client {
    Client {
        ip: call.client.ip,
        user_agent: call.client.user_agent.clone(),
        surface: &portcullis_identity::ADMIN,
        tenant: None,
        request_id: call.client.request_id.clone().unwrap_or_default(),
    }
}

/// A user as operators see them; never a hash.
async fn shown(call: &mut Call, project: &Project, user: &User) -> Result<Value, ApiError> {
    let kept = call.surface.control.end_user(&project.connection, &user.id).await.map_err(refusal::of_control)?;
    Ok(json!({
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "is_active": user.active,
        "disabled": kept.disabled,
        "email_verified": user.verified.unwrap_or_else(|| kept.verified_email.as_deref() == Some(user.email.as_str())),
        "tenant": user.tenant,
        "role": user.role,
        "roles": kept.roles,
        "last_login_at": wire::opt_moment(kept.last_login_at),
        "columns": user.shown,
    }))
}

/// The form of [`shown`].
fn form() -> Value {
    wire::object(json!({
        "id": wire::text("The id as text"),
        "email": wire::text("The address"),
        "name": wire::opt_text("The name, where one is mapped"),
        "is_active": { "type": "boolean", "description": "Whether the table lets them sign in" },
        "disabled": { "type": "boolean", "description": "Whether an operator has shut them out" },
        "email_verified": { "type": "boolean" },
        "tenant": wire::opt_text("Their tenant"),
        "role": wire::opt_text("The role column of the table"),
        "roles": { "type": "array", "items": { "type": "string" }, "description": "Roles that were given here" },
        "last_login_at": wire::opt_moment_form(),
        "columns": { "type": "object", "description": "The columns a user may read of themselves" },
    }))
}
