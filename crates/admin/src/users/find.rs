//! `GET /projects/{project}/users?email=`: the user of an address, or of a name to sign in with.

use super::REFUSALS;
use crate::{
    call::Call,
    refusal,
    route::{Parameter, Route, Run},
    wire,
};
use axum::body::Body;
use http::{Method, Response, StatusCode};
use portcullis_identity::users::Directory;
use portcullis_web::ApiError;
use serde_json::{Value, json};

/// The operation.
pub static ROUTE: Route = Route {
    method: Method::GET,
    path: "/projects/{project}/users",
    id: "findUsers",
    about: "The user of an address or user name: a list of one or none. All of them are rows of the users table",
    query: &[
        Parameter { name: "email", kind: "string", about: "The address or user name; needed" },
        crate::projects::STAGE,
    ],
    body: None,
    answer: Some(form),
    refusals: REFUSALS,
    run: Run::Operator(|call, _| Box::pin(run(call))),
};

fn form() -> Value {
    wire::list(super::form())
}

async fn run(mut call: Call) -> Result<Response<Body>, ApiError> {
    let project = call.open_project().await?;
    let Some(email) = call.query.take("email")? else {
        let title = "say whom: `?email=`; all users are rows of the users table";
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "invalid_parameter", title));
    };
    call.query.end(&["email", "stage"])?;
    let directory = Directory::of(&project).map_err(refusal::of_identity)?;
    let found = directory.by_login(email.trim()).await.map_err(refusal::of_identity)?;
    let mut all = Vec::new();
    if let Some(user) = found {
        all.push(super::shown(&mut call, &project, &user).await?);
    }
    Ok(wire::ok(&json!({ "data": all })))
}
