//! `/auth/api-keys`: keys of one's own. SEC-32.

use super::{Call, Fields, call::nothing, invalid};
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_base::Timestamp;
use portcullis_identity::NewApiKey;
use portcullis_query::{Json, convert::parse_moment};
use portcullis_web::{ApiError, json};
use serde_json::json as value;

/// Characters of a name at most. SEC-52.
const NAME: usize = 256;
/// Scopes of a key at most.
const SCOPES: usize = 100;

/// `GET`: one's live keys, without their texts.
pub async fn list(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let user = call.user().await?;
    let data = call.state.identity.api_keys_of(call.project, &user.id, call.now).await?;
    Ok(json(StatusCode::OK, value!({ "data": data }).to_string()))
}

/// `POST {name, scopes?, expires_at?}`: 201; the text is shown this once.
pub async fn create(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let user = call.user().await?;
    let mut fields = Fields::json(&call.headers, &call.body)?;
    let name = fields.required(&["name"])?;
    if name.len() > NAME {
        return Err(invalid("name", "too_long", format!("`name` has more than {NAME} bytes")));
    }
    let scopes = scopes(fields.take("scopes"))?;
    let expires_at = match fields.text(&["expires_at"])? {
        None => None,
        Some(text) => Some(moment(&text)?),
    };
    fields.done()?;
    let new = NewApiKey { name, scopes, expires_at };
    let made = call.state.identity.make_api_key(call.project, &user, new, call.client, call.now).await?;
    let mut body = made.view;
    body["key"] = value!(made.key.expose());
    Ok(json(StatusCode::CREATED, body.to_string()))
}

/// `DELETE /auth/api-keys/{id}`: 204.
pub async fn end(call: &Call<'_>, id: &str) -> Result<Response<Body>, ApiError> {
    let user = call.user().await?;
    call.state.identity.end_api_key(call.project, &user, id, call.client, call.now).await?;
    Ok(nothing())
}

fn scopes(given: Option<Json>) -> Result<Option<Vec<String>>, ApiError> {
    let wrong = || invalid("scopes", "invalid_value", "`scopes` must be a list of strings".to_owned());
    match given {
        None | Some(Json::Null) => Ok(None),
        Some(Json::Array(items)) if items.len() <= SCOPES => {
            let text = |item: Json| match item {
                Json::String(text) => Ok(text),
                _ => Err(wrong()),
            };
            items.into_iter().map(text).collect::<Result<_, _>>().map(Some)
        }
        Some(_) => Err(wrong()),
    }
}

fn moment(text: &str) -> Result<Timestamp, ApiError> {
    let moment = parse_moment(text).map(|moment| Timestamp(moment.and_utc().timestamp_micros()));
    moment.ok_or_else(|| {
        invalid(
            "expires_at",
            "invalid_value",
            "`expires_at` must be a date-time such as 2030-01-31T13:45:00Z".to_owned(),
        )
    })
}
