//! `PUT /projects/{project}/permissions/{permission}`: makes a permission, or changes what it means.

use super::{LONG, REFUSALS, told};
use crate::{
    call::Call,
    refusal,
    route::{Route, Run},
    wire,
};
use axum::body::Body;
use http::{Method, Response};
use portcullis_control::operators::OperatorCaller;
use portcullis_query::{Json, access::PermissionWords};
use portcullis_web::ApiError;
use serde_json::{Value, json};

/// The operation.
pub static ROUTE: Route = Route {
    method: Method::PUT,
    path: "/projects/{project}/permissions/{permission}",
    id: "putPermission",
    about: "Make a permission, or change what it means",
    query: &[crate::projects::STAGE],
    body: Some(body),
    answer: None,
    refusals: REFUSALS,
    run: Run::Operator(|call, caller| Box::pin(run(call, caller))),
};

fn body() -> Value {
    json!({
        "type": "object",
        "properties": {
            "description": wire::opt_text("What it is for"),
            "entity_name": wire::opt_text("The table, where the name does not say it"),
            "allowed_actions": wire::opt_text("`read,create,update,delete`, some of them, or `*`"),
            "scope_expression": { "description": "Which rows: an expression of the filter grammar, or a list of them" },
        },
    })
}

async fn run(mut call: Call, caller: OperatorCaller) -> Result<Response<Body>, ApiError> {
    let project = call.open_project().await?;
    let mut fields = call.fields_of(&["stage"]).await?;
    let description = fields.opt_text("description", LONG)?;
    let words = PermissionWords {
        name: call.values.get(1).cloned().unwrap_or_default(),
        entity_name: fields.opt_text("entity_name", LONG)?,
        allowed_actions: fields.opt_text("allowed_actions", LONG)?,
        scope_expression: fields.any("scope_expression").filter(|scope| !matches!(scope, Json::Null)),
    };
    fields.end()?;
    let (identity, now) = (call.surface.identity.clone(), call.surface.clock.now());
    let client = crate::users::client(&call);
    let done = identity.put_permission(&project, &words, description.as_deref(), &client, now).await;
    done.map_err(refusal::of_identity)?;
    told(&mut call, &caller, &project, "operator.permission_put", &words.name, None).await?;
    Ok(wire::done())
}
