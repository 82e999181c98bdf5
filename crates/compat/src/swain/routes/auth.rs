//! Operators sign in with their address (contract 6 and 7). An address goes by `username` as well as `email`.

use super::{Answered, BODY, client, invalid};
use crate::{
    Call,
    swain::{
        RULES,
        error::{of_control, of_operators},
        rows, wire,
    },
};
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_base::Secret;
use portcullis_control::operators::{Credentials, OperatorCaller, SignedTokens};
use portcullis_web::{ApiError, Query};
use serde_json::{Map, Value};

/// Characters of an address, and of a token. SEC-52.
const ADDRESS: usize = 254;
const TOKEN: usize = 4_096;
/// Bytes of a password.
const PASSWORD: usize = 1_024;

/// `POST /auth/login`
pub async fn login(mut call: Call) -> Answered {
    let fields = fields(&mut call).await?;
    let email = text(&fields, &["username", "email"], ADDRESS)?;
    let password = Secret::new(text(&fields, &["password"], PASSWORD)?);
    let (operators, from) = (&call.state.operators, client(&call));
    let tokens = operators.login_at(RULES.name, Credentials { email, password }, wire::claims(), &from).await;
    result(&call, &tokens.map_err(of_operators)?).await
}

/// `POST /auth/refresh`
pub async fn refresh(mut call: Call) -> Answered {
    let fields = fields(&mut call).await?;
    let token = text(&fields, &["refresh_token", "refreshToken", "token"], TOKEN)?;
    let (operators, from) = (&call.state.operators, client(&call));
    let tokens = operators.refresh_at(RULES.name, &token, wire::claims(), &from).await.map_err(of_operators)?;
    result(&call, &tokens).await
}

/// `GET /auth/me`
pub async fn me(call: Call, caller: OperatorCaller) -> Answered {
    let user = user(&call, &caller).await?;
    Ok(wire::answer(StatusCode::OK, &user))
}

/// `POST /auth/logout`
pub async fn logout(call: Call, caller: OperatorCaller) -> Answered {
    call.state.operators.logout(&caller, &client(&call)).await.map_err(of_operators)?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

async fn result(call: &Call, tokens: &SignedTokens) -> Answered {
    let user = user(call, &tokens.caller).await?;
    Ok(wire::answer(StatusCode::OK, &wire::auth_result(tokens, user)))
}

async fn user(call: &Call, caller: &OperatorCaller) -> Result<Value, ApiError> {
    let operator = &caller.operator;
    let numbers = rows::operator_ids(&call.state, std::slice::from_ref(operator)).await.map_err(of_control)?;
    Ok(wire::user(operator, numbers.get(&operator.id).copied().unwrap_or_default()))
}

/// The members of a JSON body, or of a form.
async fn fields(call: &mut Call) -> Result<Map<String, Value>, ApiError> {
    let form = call.header("content-type").is_some_and(|media| media.starts_with("application/x-www-form-urlencoded"));
    if form {
        let bytes = call.bytes(BODY).await?;
        let text = std::str::from_utf8(&bytes).map_err(|_| invalid("the form is not UTF-8"))?;
        let pairs = Query::parse(Some(text))?.take_rest();
        return Ok(pairs.into_iter().map(|(name, value)| (name, Value::String(value))).collect());
    }
    match call.json(BODY).await? {
        Value::Object(fields) => Ok(fields),
        _ => Err(invalid("the body must be a JSON object")),
    }
}

/// The first of these members that is there.
fn text(fields: &Map<String, Value>, names: &[&str], most: usize) -> Result<String, ApiError> {
    let found = names.iter().find_map(|name| fields.get(*name).filter(|value| !value.is_null()));
    match found {
        Some(Value::String(text)) if !text.is_empty() && text.len() <= most => Ok(text.clone()),
        Some(_) => Err(invalid(format!("`{}` must be a text of 1 to {most} bytes", names[0]))),
        None => Err(invalid(format!("`{}` is missing", names.join("` or `")))),
    }
}
