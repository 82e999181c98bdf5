//! `/p/{id}/v1/schema`: the declared schema, put as a whole. Source: the contract's section 3.

use super::super::ask::Ask;
use super::super::{
    error::Refusal,
    wire::{BODY, Outcome, data},
};
use http::StatusCode;
use portcullis_control::declared::{Approval, Declared, SchemaPlan};
use portcullis_identity::rfc3339;
use portcullis_project::Project;
use serde_json::{Value, json};
use std::sync::Arc;

/// `GET`: the schema and its version.
pub async fn read(call: &Ask, project: &Project) -> Outcome {
    match call.state.control.declared(&project.connection).await? {
        Some(version) => {
            let mut body = json!({ "version": version.version, "schema": version.declared.source });
            // Also beside it, where some clients look.
            body["tables"] = version.declared.source["tables"].clone();
            data(StatusCode::OK, body)
        }
        None => data(StatusCode::OK, json!({ "version": 0, "schema": { "tables": {} }, "tables": {} })),
    }
}

/// `PUT`: applies the whole; what would lose rows or values is only shown unless the body confirms it.
pub async fn put(call: &mut Ask, project: &Arc<Project>) -> Outcome {
    let plan = plan(call, project).await?;
    let changes = json!(plan.changes);
    let confirmed = plan.declared.confirm_destructive;
    if plan.is_destructive() && !confirmed {
        return data(StatusCode::OK, json!({ "applied": false, "preview": changes, "requires_confirmation": true }));
    }
    let approval = Approval { destructive: confirmed, customer: false };
    let applied = call.state.control.apply_schema(plan, &*project.engine, approval).await?;
    // What follows on this node is to see it; the others are waited for a moment.
    call.state.opener.refresh().await?;
    call.state.control.settle().await?;
    data(StatusCode::OK, json!({ "applied": true, "version": applied.version, "changes": changes }))
}

/// `POST validate`: what `PUT` would do, without doing it.
pub async fn validate(call: &mut Ask, project: &Arc<Project>) -> Outcome {
    let plan = plan(call, project).await?;
    let destructive = plan.is_destructive();
    data(StatusCode::OK, json!({ "valid": true, "changes": plan.changes, "requires_confirmation": destructive }))
}

/// `GET history`: the newest first.
pub async fn history(call: &Ask, project: &Project) -> Outcome {
    let all = call.state.control.declared_versions(&project.connection).await?;
    let versions: Vec<Value> = all
        .iter()
        .filter(|version| version.applied)
        .map(|version| {
            json!({
                "version": version.version, "created_at": rfc3339(version.created_at), "changes": version.changes,
                "schema": version.declared.source,
            })
        })
        .collect();
    data(StatusCode::OK, Value::Array(versions))
}

async fn plan(call: &mut Ask, project: &Arc<Project>) -> Result<SchemaPlan, Refusal> {
    let bytes = call.bytes(BODY).await?;
    let tree: Value = serde_json::from_slice(&bytes)
        .map_err(|error| Refusal::bad("VALIDATION_JSON", format!("The body is not valid JSON: {error}.")))?;
    // A document may stand in `schema`, as `GET` gives it.
    let tree = match tree.get("schema") {
        Some(inner) if tree.get("tables").is_none() => {
            let mut inner = inner.clone();
            if let (Some(members), Some(confirm)) = (inner.as_object_mut(), tree.get("confirm_destructive")) {
                members.insert("confirm_destructive".to_owned(), confirm.clone());
            }
            inner
        }
        _ => tree,
    };
    let declared = Declared::from_tree(&tree)?;
    let control = &call.state.control;
    let before = control.in_force(&project.connection).await?;
    Ok(control.plan_schema(before, &*project.engine, declared).await?)
}

/// 400 where nothing was declared.
pub fn not_declared() -> Refusal {
    Refusal::bad("SCHEMA_NOT_DECLARED", "The project has no declared schema yet.")
}
