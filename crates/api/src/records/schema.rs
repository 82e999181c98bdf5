//! `GET /models` and `GET /{model}/schema`.

use super::Call;
use axum::body::Body;
use http::Response;
use portcullis_schema::Table;
use portcullis_web::ApiError;

/// The models this caller may use, and their tables.
pub fn models(_: &Call<'_>) -> Result<Response<Body>, ApiError> {
    Err(ApiError::no_such_route())
}

/// Fields and relationships of a model, as far as this caller may read them.
pub fn of_model(_: &Call<'_>, _: &Table) -> Result<Response<Body>, ApiError> {
    Err(ApiError::no_such_route())
}
