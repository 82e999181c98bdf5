//! `/v1/...`: what a project's server side manages with its admin key.

use crate::auth::{Fields, invalid};
use axum::body::Body;
use http::{Request, Response, StatusCode};
use portcullis_identity::{Client, issuers::IssuerDocument};
use portcullis_project::Project;
use portcullis_query::{Json, access::Caller};
use portcullis_web::{ApiError, BodyLimit, State, caller, json, read_body};
use serde_json::json as value;
use std::sync::Arc;

/// Bytes of a body at most.
const BODY: BodyLimit = BodyLimit(64 * 1024);

/// Answers a call below `/v1`; `names` is the path below it.
pub async fn handle(
    state: &State,
    project: &Arc<Project>,
    client: &Client,
    names: &[&str],
    request: Request<Body>,
) -> Result<Response<Body>, ApiError> {
    let (parts, body) = request.into_parts();
    match caller(state, project, &parts.method, &parts.headers, client).await? {
        Caller::Administrator => {}
        Caller::User(_) => {
            return Err(ApiError::new(StatusCode::FORBIDDEN, "forbidden", "the project's admin key is needed here"));
        }
        Caller::Anonymous | Caller::PublicKey => return Err(ApiError::unauthenticated()),
    }
    let body = read_body(&parts.headers, body, BODY).await?;
    let identity = &state.identity;
    let now = state.clock.now();
    let note = |event, detail| identity.note_management(project, event, detail, client, now);
    match (names, parts.method.as_str()) {
        (["redirect-origins"], "GET" | "HEAD") => origins(identity.redirect_origins(project).await?),
        (["redirect-origins"], "PUT") => {
            let mut fields = Fields::json(&parts.headers, &body)?;
            let all = texts(fields.take("allowed_redirect_origins"))?;
            fields.done()?;
            identity.set_redirect_origins(project, all.clone()).await?;
            note("redirect_origins_changed", value!({ "origins": all })).await;
            origins(identity.redirect_origins(project).await?)
        }
        (["rotate-jwt-secret"], "POST") => {
            identity.rotate_secret(project, now).await?;
            note("jwt_secret_rotated", value!({})).await;
            Ok(json(StatusCode::OK, value!({"rotated": true}).to_string()))
        }
        (["rotate-keys"], "POST") => {
            let (answer, kinds) = rotate_keys(state, project, Fields::json(&parts.headers, &body)?).await?;
            note("project_keys_rotated", value!({ "kinds": kinds })).await;
            Ok(answer)
        }
        (["auth-config"], "PUT") => {
            let mut fields = Fields::json(&parts.headers, &body)?;
            let document = IssuerDocument {
                provider: fields.required(&["provider"])?,
                jwks_url: fields.required(&["jwks_url"])?,
                user_id_claim: fields.text(&["user_id_claim"])?,
                audience: fields.text(&["audience"])?,
                issuer: fields.required(&["issuer"])?,
            };
            fields.done()?;
            let detail = value!({ "issuer": document.issuer, "jwks_url": document.jwks_url });
            identity.set_issuer(project, document, now).await?;
            note("issuer_set", detail).await;
            Ok(json(StatusCode::OK, value!({"configured": true}).to_string()))
        }
        (["auth-config"], "DELETE") => {
            let removed = identity.remove_issuer(project, now).await?;
            note("issuer_removed", value!({ "removed": removed })).await;
            Ok(json(StatusCode::OK, value!({"removed": removed}).to_string()))
        }
        (["auth-config"], _) => Err(ApiError::method_not_allowed("PUT, DELETE")),
        (["redirect-origins"], _) => Err(ApiError::method_not_allowed("GET, HEAD, PUT")),
        (["rotate-jwt-secret" | "rotate-keys"], _) => Err(ApiError::method_not_allowed("POST")),
        _ => Err(ApiError::no_such_route()),
    }
}

fn origins(all: Vec<String>) -> Result<Response<Body>, ApiError> {
    Ok(json(StatusCode::OK, value!({"allowed_redirect_origins": all}).to_string()))
}

/// `{admin?, public?, both?}`; nothing said is both. The former keys are dead at once.
async fn rotate_keys(
    state: &State,
    project: &Project,
    mut fields: Fields,
) -> Result<(Response<Body>, Vec<&'static str>), ApiError> {
    let mut flag = |name: &str| match fields.take(name) {
        None => Ok(None),
        Some(Json::Bool(flag)) => Ok(Some(flag)),
        Some(_) => Err(invalid(name, "invalid_value", format!("`{name}` must be true or false"))),
    };
    let (admin, public, both) = (flag("admin")?, flag("public")?, flag("both")?);
    fields.done()?;
    let nothing = admin.is_none() && public.is_none() && both.is_none();
    let both = nothing || both == Some(true);
    let (admin, public) = (both || admin == Some(true), both || public == Some(true));
    let made = state.identity.rotate_project_keys(project, admin, public, state.clock.now()).await?;
    let (mut body, mut kinds) = (value!({}), Vec::new());
    if let Some(key) = &made.admin {
        body["admin_key"] = value!(key.expose());
        kinds.push("admin");
    }
    if let Some(key) = &made.public {
        body["public_key"] = value!(key.expose());
        kinds.push("public");
    }
    Ok((json(StatusCode::OK, body.to_string()), kinds))
}

fn texts(given: Option<Json>) -> Result<Vec<String>, ApiError> {
    let wrong = || {
        let message = "`allowed_redirect_origins` must be a list of strings".to_owned();
        invalid("allowed_redirect_origins", "invalid_value", message)
    };
    let Some(Json::Array(items)) = given else { return Err(wrong()) };
    let text = |item: Json| match item {
        Json::String(text) => Ok(text),
        _ => Err(wrong()),
    };
    items.into_iter().map(text).collect()
}
