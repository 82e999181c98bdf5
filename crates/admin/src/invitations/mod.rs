//! `/projects/{project}/invitations`: asking somebody by mail to join, into a tenant and in a role.

pub mod create;
pub mod list;
pub mod withdraw;

use crate::wire;
use portcullis_identity::ShownInvitation;
use serde_json::{Value, json};

/// The refusals of every operation on invitations.
const REFUSALS: &[(u16, &str)] = &[
    (429, "the address has got many mails"),
    (501, "the project has no users table mapped, or no way to send mail"),
    (503, "the stage is not open on this node, or its database does not answer"),
];

fn shown(one: &ShownInvitation) -> Value {
    json!({
        "id": one.id,
        "email": one.email,
        "role": one.role,
        "tenant_id": one.tenant,
        "status": one.status,
        "invited_by": one.invited_by,
        "created_at": one.created_at,
        "expires_at": one.expires_at,
    })
}

fn form() -> Value {
    wire::object(json!({
        "id": wire::text("`inv_...`"),
        "email": wire::text("To whom, in small letters"),
        "role": wire::opt_text("In which role"),
        "tenant_id": wire::opt_text("Into which tenant"),
        "status": { "type": "string", "enum": ["open", "accepted", "withdrawn", "expired"] },
        "invited_by": wire::opt_text("By which user; null for operators and keys"),
        "created_at": wire::moment_form(),
        "expires_at": wire::moment_form(),
    }))
}
