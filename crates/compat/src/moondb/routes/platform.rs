//! `/v1/accounts` and `/v1/projects`: how strangers begin, where the instance lets them. Source: the contract's section 1.

use super::super::{
    ask::Ask,
    error::Refusal,
    wire::{BODY, Fields, Outcome, data},
};
use crate::SURFACES;
use http::StatusCode;
use portcullis_base::Secret;
use portcullis_control::RegistrantError;
use serde_json::{Value, json};

/// Characters of a project's name at most.
const NAME: usize = 100;

/// Answers a call below `/v1`; there is nothing where strangers may not.
pub async fn handle(call: &mut Ask, path: &[&str]) -> Outcome {
    if !call.state.open_registration || call.target.project.is_some() {
        return Err(Refusal::not_found());
    }
    match (path, call.method().as_str()) {
        (["accounts", "signup"], "POST") => sign_up(call).await,
        (["accounts", "login"], "POST") => log_in(call).await,
        (["projects"], "POST") => make(call).await,
        (["projects"], "GET") => list(call).await,
        (["accounts", "signup" | "login"] | ["projects"], _) => Err(super::no_such_method()),
        _ => Err(Refusal::not_found()),
    }
}

async fn sign_up(call: &mut Ask) -> Outcome {
    let mut fields = Fields::read(call, BODY).await?;
    let (email, password) = (fields.required("email")?, Secret::new(fields.required("password")?));
    let key = call.state.control.register(&email, password, &call.client.limit_key()).await?;
    data(StatusCode::CREATED, json!({ "email": email, "api_key": key.expose() }))
}

async fn log_in(call: &mut Ask) -> Outcome {
    let mut fields = Fields::read(call, BODY).await?;
    let (email, password) = (fields.required("email")?, Secret::new(fields.required("password")?));
    let (token, expires_in_s) = call.state.control.sign_in_registrant(&email, password).await?;
    data(StatusCode::OK, json!({ "token": token.expose(), "expires_in": expires_in_s }))
}

async fn make(call: &mut Ask) -> Outcome {
    let owner = owner(call).await?;
    let mut fields = Fields::read(call, BODY).await?;
    let name = fields.required("name")?;
    if name.chars().count() > NAME {
        return Err(Refusal::bad("VALIDATION_VALUE", format!("A name has at most {NAME} characters.")).about("name"));
    }
    // Every surface by which strangers come is on for what they make.
    let surfaces: Vec<&str> =
        SURFACES.iter().filter(|surface| surface.registers).map(|surface| surface.rules.name).collect();
    let state = call.state.clone();
    let created = state.control.register_project(&owner, &name, &surfaces, state.registration_server.as_ref()).await?;
    state.opener.refresh().await?;
    state.enabled.refresh(state.control.store()).await?;
    state.control.settle().await?;
    let id = created.project.id.as_str();
    let project = json!({
        // Both: a script of a third party reads the second.
        "id": id, "project_id": id, "name": name, "api_url": api_url(call, id),
        "admin_key": created.keys.admin.expose(), "public_key": created.keys.public.expose(),
    });
    data(StatusCode::CREATED, project)
}

async fn list(call: &mut Ask) -> Outcome {
    let owner = owner(call).await?;
    let control = &call.state.control;
    let mut projects = Vec::new();
    for (id, name) in control.projects_of(&owner).await? {
        let connection = control.connection(Some(id.as_str()), None).await?;
        let public = control.keys(&connection).await?.into_iter().find_map(|key| key.readable);
        projects.push(json!({
            "id": id.as_str(), "project_id": id.as_str(), "name": name, "api_url": api_url(call, id.as_str()),
            "public_key": public,
        }));
    }
    data(StatusCode::OK, Value::Array(projects))
}

fn api_url(call: &Ask, id: &str) -> String {
    format!("{}/p/{id}", call.target.url)
}

/// Whose `mk_` key, or token of a sign-in, came along.
async fn owner(call: &Ask) -> Result<String, Refusal> {
    let Some(credential) = call.header("x-api-key").or_else(|| call.bearer()) else {
        return Err(Refusal::credentials());
    };
    let unknown = || Refusal::new(StatusCode::UNAUTHORIZED, "AUTH_INVALID_KEY", "The key is no account's.");
    call.state.control.registrant(credential).await?.ok_or_else(unknown)
}

impl From<RegistrantError> for Refusal {
    fn from(error: RegistrantError) -> Self {
        use RegistrantError as E;
        let message = error.to_string();
        match error {
            E::BadEmail(_) => Self::bad("VALIDATION_EMAIL", "The address is none.").about("email"),
            E::Taken => Self::new(StatusCode::CONFLICT, "VALIDATION_UNIQUE", message).about("email"),
            E::Password(portcullis_control::operators::OperatorError::Busy) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", message)
            }
            E::Password(_) => Self::bad("VALIDATION_PASSWORD", message).about("password"),
            E::InvalidCredentials => Self::new(StatusCode::UNAUTHORIZED, "AUTH_INVALID_CREDENTIALS", message),
            E::TooMany { retry_after_s } => Self::limited(message, retry_after_s),
            E::TooManyProjects => Self::new(StatusCode::TOO_MANY_REQUESTS, "RATE_QUOTA", message),
            E::Control(error) => error.into(),
        }
    }
}
