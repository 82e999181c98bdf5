//! `POST /Project`: the first step of Swain's workflow.

use super::{Answered, BODY, invalid, models};
use crate::{
    Call,
    swain::{error::of_control, ids},
};
use http::StatusCode;
use portcullis_control::{operators::OperatorCaller, slug_of};
use portcullis_web::ApiError;
use serde_json::Value;

/// Makes a project without a database. Its name is made fit for paths: `My Shop` is `my-shop`.
pub async fn create(mut call: Call, caller: OperatorCaller) -> Answered {
    let body = call.json(BODY).await?;
    let name = body.get("name").and_then(Value::as_str).filter(|name| !name.trim().is_empty());
    let name = name.ok_or_else(|| invalid("`name` is missing"))?;
    let project = call.state.control.create_project(&slug_of(name)).await.map_err(of_control)?;
    tracing::info!(operator = %caller.operator.email, project = %project.slug, "A project was made through the platform");
    let id = project.id.0.clone();
    let numbers = call.state.control.numbers(ids::PROJECT, vec![id.clone()]).await.map_err(of_control)?;
    created(&call, "projects", numbers[&id]).await
}

/// 201 with the row as the model has it.
pub async fn created(call: &Call, model: &str, number: i64) -> Answered {
    let mut response = models::read(call, model, &number.to_string()).await?;
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// A whole number from the body, as a number or as text.
pub fn number(body: &Value, name: &str) -> Result<i64, ApiError> {
    let value = body.get(name).filter(|value| !value.is_null());
    let found = value.and_then(|value| value.as_i64().or_else(|| value.as_str()?.trim().parse().ok()));
    found.ok_or_else(|| match value {
        None => invalid(format!("`{name}` is missing")),
        Some(_) => invalid(format!("`{name}` must be a whole number")),
    })
}
