//! `/register`, `/login`, `/login/magic`: each ends in a session token, a bare JSON string.

use super::super::{
    Routed,
    error::Refused,
    wire::{Fields, fields, ok},
};
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_base::Secret;
use portcullis_identity::{AuthResult, IdentityError, OwnLetter, SignedUp, Signup};
use serde_json::{Value, json};

/// `POST /register` `{email, password}`: an account, and its first user.
pub async fn register(call: &Routed) -> Result<Response<Body>, Refused> {
    let (email, password) = pair(&mut fields(call)?)?;
    let project = &call.project;
    let signup = Signup { email, password, members: Vec::new() };
    match call.identity().signup(project, signup, &call.client, call.now()).await {
        Ok(SignedUp::In { result, .. }) => token(&result),
        Ok(SignedUp::CheckMail) => Err(Refused::new(StatusCode::FORBIDDEN, "verify your email first, then log in")),
        // Their word for a taken address.
        Err(IdentityError::EmailTaken) => Err(Refused::new(StatusCode::INTERNAL_SERVER_ERROR, "invalid email")),
        Err(error) => Err(error.into()),
    }
}

/// `POST /login` `{email, password, accountId?}`.
pub async fn login(call: &Routed) -> Result<Response<Body>, Refused> {
    let mut fields = fields(call)?;
    let (email, password) = pair(&mut fields)?;
    let wanted = fields.text("accountId")?.filter(|id| !id.is_empty());
    let project = &call.project;
    let (identity, now) = (call.identity(), call.now());
    let result = identity.login(project, &email, &password, &call.client, now).await?;
    if let Some(wanted) = wanted {
        // The user is who the token says: found by it, not by what the body says.
        let user = identity.accept_token(project, &super::super::RULES, result.token.expose(), now).await?.user;
        if identity.account_of(project, &user.id, now).await? != wanted {
            identity.end_session(project, &user.id, &result.session, now).await?;
            return Err(IdentityError::InvalidCredentials.into());
        }
    }
    token(&result)
}

/// `POST /login/magic` `{fromEmail, fromName, email, subject, body, link}`: true, whoever is asked for.
pub async fn send_link(call: &Routed) -> Result<Response<Body>, Refused> {
    let mut fields = fields(call)?;
    let letter = OwnLetter {
        email: fields.required("email")?,
        from_name: fields.text("fromName")?,
        subject: fields.required("subject")?,
        html: fields.required("body")?,
        link: fields.required("link")?,
    };
    let project = &call.project;
    call.identity().send_own_letter(project, letter, &call.client, call.now()).await?;
    Ok(ok(&json!(true)))
}

/// `GET /login/magic?code=&email=`.
pub async fn use_link(call: &Routed) -> Result<Response<Body>, Refused> {
    let project = &call.project;
    let (email, code) = (call.parameter("email").unwrap_or_default(), call.parameter("code").unwrap_or_default());
    if email.is_empty() || code.is_empty() {
        return Err(Refused::new(StatusCode::UNAUTHORIZED, "invalid code"));
    }
    let used = call.identity().use_link_code(project, &email, &code, &call.client, call.now()).await;
    match used {
        Ok(result) => token(&result),
        Err(IdentityError::InvalidToken) => Err(Refused::new(StatusCode::UNAUTHORIZED, "invalid code")),
        Err(error) => Err(error.into()),
    }
}

/// Address and password. Their addresses are kept in small letters.
fn pair(fields: &mut Fields) -> Result<(String, Secret<String>), Refused> {
    Ok((fields.required("email")?.to_lowercase(), Secret::new(fields.required("password")?)))
}

/// A session token. Theirs cannot be refreshed: the other half of the pair is not given out.
pub fn token(result: &AuthResult) -> Result<Response<Body>, Refused> {
    Ok(ok(&Value::String(result.token.expose().clone())))
}
