//! `GET /models` and `GET /{model}/schema`.

use super::Call;
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_contract::Api;
use portcullis_query::access::Action;
use portcullis_schema::Table;
use portcullis_web::{ApiError, json};

/// The models this caller may use, and their tables.
pub fn models(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    call.query.end(&[])?;
    let api = Api::of(call.project, call.caller);
    Ok(json(StatusCode::OK, portcullis_contract::models(&api).to_string()))
}

/// Fields and relationships of a model, as far as this caller may read them.
pub fn of_model(call: &Call<'_>, table: &Table) -> Result<Response<Body>, ApiError> {
    call.query.end(&[])?;
    call.session().planner().grant(Action::Read, table)?;
    let api = Api::of(call.project, call.caller);
    let schema = portcullis_contract::model_schema(&api, table.id).ok_or_else(ApiError::no_such_route)?;
    Ok(json(StatusCode::OK, schema.to_string()))
}
