//! Forms that several operations share: how they are written, and how the document tells of them.

use axum::body::Body;
use chrono::{DateTime, SecondsFormat};
use http::{Response, StatusCode};
use portcullis_base::Timestamp;
use portcullis_control::{Connection, operators::Tokens};
use portcullis_store::audit::Recorded;
use portcullis_web::json;
use serde_json::{Value, json};

/// A JSON answer.
pub fn ok(value: &Value) -> Response<Body> {
    json(StatusCode::OK, value.to_string())
}

/// An answer that says nothing but that it is done.
pub fn done() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// A moment: RFC 3339, in UTC.
pub fn moment(at: Timestamp) -> Value {
    DateTime::from_timestamp_micros(at.micros())
        .map_or(Value::Null, |at| Value::String(at.to_rfc3339_opts(SecondsFormat::Secs, true)))
}

/// A moment that may not have come.
pub fn opt_moment(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, moment)
}

/// A fresh pair of tokens.
pub fn tokens(tokens: &Tokens) -> Response<Body> {
    ok(&json!({
        "token": tokens.access.expose(),
        "refresh_token": tokens.refresh.expose(),
        "expires_in": tokens.expires_in_s,
    }))
}

/// A connection without its login.
pub fn connection(connection: &Connection) -> Value {
    json!({
        "id": connection.id,
        "stage": connection.stage,
        "engine": connection.engine,
        "database": connection.display,
        "build": connection.build,
        "created_at": moment(connection.created_at),
        "synced_at": opt_moment(connection.synced_at),
    })
}

/// Events of the audit, and where the next page begins.
pub fn audit(rows: &[Recorded], limit: u32) -> Response<Body> {
    let row = |row: &Recorded| {
        let event = &row.event;
        let detail = event.detail.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok());
        json!({
            "id": row.id,
            "at": moment(row.at),
            "connection": event.connection,
            "event": event.event,
            "result": event.result,
            "actor": event.actor,
            "subject": event.subject,
            "tenant": event.tenant,
            "ip": event.ip,
            "request_id": event.request_id,
            "detail": detail,
        })
    };
    let full = rows.len() == limit as usize;
    let next = rows.last().filter(|_| full).map(|last| last.id);
    ok(&json!({ "data": rows.iter().map(row).collect::<Vec<_>>(), "next_before": next }))
}

/// The form of an object whose members are all there.
pub fn object(properties: Value) -> Value {
    let required: Vec<&String> = properties.as_object().map(|all| all.keys().collect()).unwrap_or_default();
    json!({ "type": "object", "required": required, "properties": properties })
}

/// The form of a list.
pub fn list(item: Value) -> Value {
    object(json!({ "data": { "type": "array", "items": item } }))
}

/// The form of a text.
pub fn text(about: &str) -> Value {
    json!({ "type": "string", "description": about })
}

/// The form of a text or null.
pub fn opt_text(about: &str) -> Value {
    json!({ "type": ["string", "null"], "description": about })
}

/// The form of a moment.
pub fn moment_form() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

/// The form of a moment or null.
pub fn opt_moment_form() -> Value {
    json!({ "type": ["string", "null"], "format": "date-time" })
}

/// The form of [`tokens`].
pub fn tokens_form() -> Value {
    object(json!({
        "token": text("`ot_...`: stands in `Authorization: Bearer` of the requests that follow"),
        "refresh_token": text("`or_...`: good once, for the next pair"),
        "expires_in": { "type": "integer", "description": "How long the token is good. Seconds" },
    }))
}

/// The form of [`connection`].
pub fn connection_form() -> Value {
    object(json!({
        "id": text("`conn_...`"),
        "stage": { "type": "string", "enum": ["development", "staging", "production"] },
        "engine": text("`postgres`, `mysql` or `sqlite`"),
        "database": text("Where it is, without its login"),
        "build": opt_text("What is served: `bld_...`"),
        "created_at": moment_form(),
        "synced_at": opt_moment_form(),
    }))
}

/// The form of [`audit`].
pub fn audit_form() -> Value {
    let event = object(json!({
        "id": { "type": "integer" },
        "at": moment_form(),
        "connection": opt_text("The connection it concerns; null for the instance"),
        "event": text("What happened, such as `operator.login`"),
        "result": text("`ok`, or the code of the refusal"),
        "actor": opt_text("Who did it: an id, `command` or `node`"),
        "subject": opt_text("To whom or what"),
        "tenant": opt_text("The tenant"),
        "ip": opt_text("From where"),
        "request_id": opt_text("In which request"),
        "detail": { "description": "More; never a secret" },
    }));
    let mut form = list(event);
    form["properties"]["next_before"] =
        json!({ "type": ["integer", "null"], "description": "`before` of the next page; null at the end" });
    form["required"] = json!(["data", "next_before"]);
    form
}
