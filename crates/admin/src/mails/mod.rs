//! `/projects/{project}/outbox` and `/projects/{project}/mail/test`: mails of a stage.

pub mod list;
pub mod read;
pub mod test;

use crate::wire;
use portcullis_identity::mails::Shown;
use serde_json::{Value, json};

/// A mail; of held ones, which nobody else can read, also what they say.
fn mail(shown: &Shown) -> Value {
    let mail = &shown.mail;
    let mut body = json!({
        "id": mail.id,
        "kind": mail.kind,
        "to": mail.to,
        "state": mail.state.word(),
        "created_at": wire::moment(mail.created_at),
        "expires_at": wire::moment(mail.expires_at),
        "attempts": mail.attempts,
        "last_error": mail.last_error,
    });
    if let Some(payload) = &shown.payload {
        body["subject"] = json!(payload.subject);
        body["text"] = json!(payload.text);
        body["html"] = json!(payload.html);
    }
    body
}

/// The form of [`mail`].
fn form() -> Value {
    let mut form = wire::object(json!({
        "id": wire::text("`mail_...`"),
        "kind": wire::text("What it is about, such as `password_reset`"),
        "to": wire::text("The address"),
        "state": { "type": "string", "enum": ["held", "waiting", "sent", "failed", "expired"] },
        "created_at": wire::moment_form(),
        "expires_at": wire::moment_form(),
        "attempts": { "type": "integer" },
        "last_error": wire::opt_text("What the server said last"),
    }));
    form["properties"]["subject"] = wire::text("Of held mails only");
    form["properties"]["text"] = wire::text("Of held mails only");
    form["properties"]["html"] = wire::opt_text("Of held mails only");
    form
}
