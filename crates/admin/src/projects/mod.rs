//! `/projects`: what there is, and one project's own affairs below `/projects/{project}`.

pub mod audit;
pub mod connections;
pub mod list;
pub mod mapping;
pub mod mapping_proposal;
pub mod read;

use crate::{route::Parameter, wire};
use portcullis_base::ProjectId;
use portcullis_control::Connection;
use serde_json::{Value, json};

/// `?stage=`.
pub const STAGE: Parameter = Parameter {
    name: "stage",
    kind: "string",
    about: "development, staging or production; without it the one that /p/{project} serves",
};

/// A project with its connections.
fn project(id: &ProjectId, slug: &str, created_at: portcullis_base::Timestamp, all: &[Connection]) -> Value {
    let connections: Vec<Value> = all.iter().filter(|one| one.project == *id).map(wire::connection).collect();
    json!({ "id": id, "slug": slug, "created_at": wire::moment(created_at), "connections": connections })
}

/// The form of [`project`].
fn project_form() -> Value {
    wire::object(json!({
        "id": wire::text("`proj_...`"),
        "slug": wire::text("Its name in paths"),
        "created_at": wire::moment_form(),
        "connections": { "type": "array", "items": wire::connection_form() },
    }))
}
