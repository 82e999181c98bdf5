//! `POST /auth/signup`: an account of one's own.

use super::{Call, Fields, call::message};
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_identity::{SignedUp, Signup};
use portcullis_query::Json;
use portcullis_web::ApiError;

/// `{email, password, ..}`, further columns beside them or under `additional_data`: 201 and tokens, or 202 where the
/// address must be verified first.
pub async fn post(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let mut fields = Fields::json(&call.headers, &call.body)?;
    let (email, password) = (fields.required(&["email", "username"])?, fields.secret(&["password"])?);
    let additional = match fields.take("additional_data") {
        None | Some(Json::Null) => Vec::new(),
        Some(Json::Object(members)) => members,
        Some(_) => {
            let message = "`additional_data` must be an object".to_owned();
            return Err(super::invalid("additional_data", "invalid_value", message));
        }
    };
    // What only the server sets is ignored without a word. SEC-42.
    drop(fields.take("is_active"));
    let members = fields.rest().into_iter().chain(additional).collect();
    let signup = Signup { email, password, members };
    match call.state.identity.signup(call.project, signup, call.client, call.now).await? {
        SignedUp::In { result, warnings } => Ok(call.signed_in(StatusCode::CREATED, &result, &warnings)),
        SignedUp::CheckMail => {
            Ok(message(StatusCode::ACCEPTED, "a mail was sent to the address; follow its link to go on"))
        }
    }
}
