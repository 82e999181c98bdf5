//! `/auth/sessions`: where one is signed in. SEC-19.

use super::{Call, call::nothing};
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_identity::SessionView;
use portcullis_web::{ApiError, json};
use serde_json::{Value, json as value};

/// `GET`: one's live sessions.
pub async fn list(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let user = call.user().await?;
    let all = call.state.identity.sessions_of(call.project, &user.id, user.session.as_deref(), call.now).await?;
    let data: Vec<Value> = all.iter().map(view).collect();
    Ok(json(StatusCode::OK, value!({ "data": data }).to_string()))
}

/// `DELETE /auth/sessions/{id}`: 204.
pub async fn end(call: &Call<'_>, id: &str) -> Result<Response<Body>, ApiError> {
    let user = call.user().await?;
    call.state.identity.end_session(call.project, &user.id, id, call.now).await?;
    Ok(nothing())
}

/// `DELETE /auth/sessions`: ends all but the one that asks. 204.
pub async fn end_others(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let user = call.user().await?;
    call.state.identity.end_sessions(call.project, &user.id, user.session.as_deref(), call.now).await?;
    Ok(nothing())
}

fn view(session: &SessionView) -> Value {
    value!({
        "id": session.id,
        "created_at": session.created_at,
        "last_used": session.last_used,
        "ip": session.ip,
        "user_agent": session.user_agent,
        "surface": session.surface,
        "current": session.current,
    })
}
