//! `POST /projects/{project}/invitations`: invites somebody by mail.

use super::REFUSALS;
use crate::{
    call::Call,
    refusal,
    route::{Route, Run},
    wire,
};
use axum::body::Body;
use http::{Method, Response};
use portcullis_control::operators::Deed;
use portcullis_control::operators::OperatorCaller;
use portcullis_identity::{Inviter, NewInvitation};
use portcullis_web::ApiError;
use serde_json::{Value, json};

/// The operation.
pub static ROUTE: Route = Route {
    method: Method::POST,
    path: "/projects/{project}/invitations",
    id: "invite",
    about: "Invite somebody by mail; an open invitation of the same address and tenant is withdrawn",
    query: &[crate::projects::STAGE],
    body: Some(body),
    answer: Some(super::form),
    refusals: REFUSALS,
    run: Run::Operator(|call, caller| Box::pin(run(call, caller))),
};

fn body() -> Value {
    json!({
        "type": "object",
        "required": ["email"],
        "properties": {
            "email": wire::text("To whom"),
            "role": wire::opt_text("In which role"),
            "tenant_id": wire::opt_text("Into which tenant"),
            "redirect_url": wire::opt_text("Where the link leads, if not to the application's page of the settings"),
        },
    })
}

async fn run(mut call: Call, caller: OperatorCaller) -> Result<Response<Body>, ApiError> {
    let project = call.open_project().await?;
    let mut fields = call.fields_of(&["stage"]).await?;
    let new = NewInvitation {
        email: fields.text("email", 254)?,
        role: fields.opt_text("role", 128)?,
        tenant: fields.opt_text("tenant_id", 256)?,
        redirect_url: fields.opt_text("redirect_url", 4_096)?,
    };
    fields.end()?;
    let (identity, now) = (call.surface.identity.clone(), call.surface.clock.now());
    let client = crate::users::client(&call);
    let made = identity.invite(&project, Inviter::Operator, new, &client, now).await.map_err(refusal::of_identity)?;
    let detail = Some(json!({ "invitation": made.id, "tenant": made.tenant, "role": made.role }));
    let (name, connection) = ("operator.invited", project.connection.clone());
    let deed = Deed { name, connection, subject: made.email.clone(), detail };
    call.surface.operators.tell(&caller, deed, &call.client).await.map_err(refusal::of_operators)?;
    Ok(wire::ok(&super::shown(&made)))
}
