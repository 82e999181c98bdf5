//! `/p/{id}/v1/...`: what the project's server side manages. Source: the contract's sections 3 and 5.

use super::super::ask::Ask;
use super::{
    super::{
        documents,
        error::Refusal,
        token,
        wire::{BODY, Fields, Outcome, data},
    },
    schema, seed,
};
use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};
use portcullis_identity::issuers::IssuerDocument;
use portcullis_project::Project;
use portcullis_query::{Json, access::Caller};
use serde_json::{Value, json};
use std::sync::Arc;

/// Answers a call below `/v1` of a project.
pub async fn handle(call: &mut Ask, project: &Arc<Project>, path: &[&str]) -> Outcome {
    // The one call for which the public key suffices.
    if path == ["llm-context"] && call.method() == "GET" {
        return llm_context(call, project).await;
    }
    token::administrator(call, project).await?;
    match (path, call.method().as_str()) {
        (["schema"], "GET") => schema::read(call, project).await,
        (["schema"], "PUT") => schema::put(call, project).await,
        (["schema", "validate"], "POST") => schema::validate(call, project).await,
        (["schema", "history"], "GET") => schema::history(call, project).await,
        (["schema", "seed"], "POST") => seed::seed(call, project).await,
        (["openapi.json"], "GET") => {
            let document = super::super::declared(call, project).await?;
            let openapi = documents::openapi(project, document.as_ref(), &call.target.url);
            Ok(super::super::wire::body(StatusCode::OK, &openapi))
        }
        (["redirect-origins"], "GET") => origins(call, project).await,
        (["redirect-origins"], "PUT") => set_origins(call, project).await,
        (["rotate-keys"], "POST") => rotate_keys(call, project).await,
        (["rotate-jwt-secret"], "POST") => {
            call.identity().rotate_secret(project, call.now()).await?;
            data(StatusCode::OK, json!({ "rotated": true }))
        }
        (["auth-config"], "PUT") => set_issuer(call, project).await,
        (["auth-config"], "DELETE") => {
            let removed = call.identity().remove_issuer(project, call.now()).await?;
            data(StatusCode::OK, json!({ "removed": removed }))
        }
        (
            [
                "schema" | "openapi.json" | "llm-context" | "redirect-origins" | "rotate-keys" | "rotate-jwt-secret"
                | "auth-config",
            ]
            | ["schema", "validate" | "history" | "seed"],
            _,
        ) => Err(super::no_such_method()),
        _ => Err(Refusal::not_found()),
    }
}

async fn llm_context(call: &Ask, project: &Arc<Project>) -> Outcome {
    if matches!(token::caller(call, project).await?, Caller::Anonymous) {
        return Err(Refusal::credentials());
    }
    let document = super::super::declared(call, project).await?;
    let mut response = Response::new(Body::from(documents::llm_context(project, document.as_ref(), &call.target.url)));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    Ok(response)
}

async fn origins(call: &Ask, project: &Project) -> Outcome {
    let all = call.identity().redirect_origins(project).await?;
    data(StatusCode::OK, json!({ "allowed_redirect_origins": all }))
}

async fn set_origins(call: &mut Ask, project: &Project) -> Outcome {
    const NAME: &str = "allowed_redirect_origins";
    let wrong = || Refusal::bad("VALIDATION_ORIGIN", format!("`{NAME}` is a list of origins.")).about(NAME);
    let mut fields = Fields::read(call, BODY).await?;
    let Some(Json::Array(items)) = fields.take(NAME) else { return Err(wrong()) };
    let text = |item: Json| match item {
        Json::String(text) => Ok(text),
        _ => Err(wrong()),
    };
    let all = items.into_iter().map(text).collect::<Result<Vec<_>, _>>()?;
    call.identity().set_redirect_origins(project, all).await.map_err(|error| match error {
        portcullis_identity::IdentityError::Invalid { message, .. } => {
            Refusal::bad("VALIDATION_ORIGIN", message).about(NAME)
        }
        other => other.into(),
    })?;
    origins(call, project).await
}

/// Nothing said is both. The former ones are dead at once.
async fn rotate_keys(call: &mut Ask, project: &Project) -> Outcome {
    let mut fields = Fields::read(call, BODY).await?;
    let (admin, public, both) = (fields.flag("admin")?, fields.flag("public")?, fields.flag("both")?);
    let both = both == Some(true) || (admin.is_none() && public.is_none() && both.is_none());
    let (admin, public) = (both || admin == Some(true), both || public == Some(true));
    let made = call.identity().rotate_project_keys(project, admin, public, call.now()).await?;
    call.state.opener.refresh().await?;
    let mut keys = json!({});
    for (name, key) in [("admin_key", &made.admin), ("public_key", &made.public)] {
        if let Some(key) = key {
            keys[name] = Value::String(key.expose().clone());
        }
    }
    data(StatusCode::OK, keys)
}

async fn set_issuer(call: &mut Ask, project: &Project) -> Outcome {
    let mut fields = Fields::read(call, BODY).await?;
    let document = IssuerDocument {
        provider: fields.required("provider")?,
        jwks_url: fields.required("jwks_url")?,
        user_id_claim: fields.text("user_id_claim")?,
        audience: fields.text("audience")?,
        issuer: fields.required("issuer")?,
    };
    call.identity().set_issuer(project, document, call.now()).await?;
    data(StatusCode::OK, json!({ "configured": true }))
}
