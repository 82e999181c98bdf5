//! `GET /account/init`: a stranger's own project with its first user, where the instance lets strangers in.

use super::super::{SURFACE, error::Refused, wire::ok};
use crate::{SURFACES, State, Target};
use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};
use portcullis_control::{
    ControlError, RegistrantError,
    declared::{Approval, Declared},
    operators::OperatorError,
    slug_of,
};
use portcullis_crypto::random_token;
use portcullis_identity::Client;
use portcullis_store::StoreError;
use serde_json::json;

/// The users of such a project: StaticBackend's have an address and nothing else. Its documents need no tables.
const USERS: &str = r#"{"tables": {"users": {"auth_table": true, "columns": {"name": "string"}, "owner_field": "id",
    "access": {"read": "owner", "create": "admin", "update": "owner", "delete": "admin"}}}}"#;
/// The role of the first user, whose number is 100.
const ROOT_ROLE: &str = "administrator";

/// Makes the project; `{"pk", "rootToken", "pw"}`, shown this once.
pub async fn init(
    state: &State,
    target: &Target,
    client: &Client,
    email: Option<String>,
) -> Result<Response<Body>, Refused> {
    if !state.open_registration || target.project.is_some() {
        return Err(Refused::NotFound);
    }
    let email = email.map(|email| email.trim().to_lowercase()).filter(|email| !email.is_empty());
    let email = email.ok_or_else(|| Refused::bad("invalid email"))?;
    let control = &state.control;
    let password = random_token(&mut rand::rng());
    let key = control.register(&email, password.clone(), &client.limit_key()).await?;
    let owner = control.registrant(key.expose()).await?.ok_or_else(failed)?;
    let surfaces: Vec<&str> =
        SURFACES.iter().filter(|surface| surface.registers).map(|surface| surface.rules.name).collect();
    let name = Some(slug_of(email.split('@').next().unwrap_or_default())).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| "app".to_owned());
    let created = control.register_project(&owner, &name, &surfaces, state.registration_server.as_ref()).await?;
    let id = created.project.id.as_str();
    state.opener.refresh().await?;

    let project = state.web.registry.get(id).ok_or_else(failed)?;
    let before = control.in_force(&project.connection).await?;
    let plan = control.plan_schema(before, &*project.engine, Declared::parse(USERS)?).await?;
    control.apply_schema(plan, &*project.engine, Approval::default()).await?;
    state.opener.refresh().await?;
    state.enabled.refresh(control.store()).await?;
    control.settle().await?;

    let project = state.web.registry.get(id).ok_or_else(failed)?;
    let roles = [ROOT_ROLE.to_owned()];
    let client = Client { surface: SURFACE.rules, ..client.clone() };
    state.identity().create_user(&project, &email, &password, &roles, &client, state.now()).await?;
    let connection = control.connection(Some(id), None).await?;
    let public = control.public_key(&connection).await?;
    let root = control.root_token(&connection.id).await?;
    let mut answer = ok(&json!({"pk": public, "rootToken": root.expose(), "pw": password.expose()}));
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

fn failed() -> Refused {
    Refused::new(StatusCode::INTERNAL_SERVER_ERROR, "the project could not be made")
}

impl From<RegistrantError> for Refused {
    fn from(error: RegistrantError) -> Self {
        use RegistrantError as E;
        let text = error.to_string();
        match error {
            E::BadEmail(_) => Self::bad("invalid email"),
            E::Taken => Self::bad("email already in use"),
            E::Password(OperatorError::Busy) => Self::Later(StatusCode::SERVICE_UNAVAILABLE, text, Some(1)),
            E::TooMany { retry_after_s } => Self::Later(StatusCode::TOO_MANY_REQUESTS, text, Some(retry_after_s)),
            E::TooManyProjects => Self::new(StatusCode::TOO_MANY_REQUESTS, &text),
            // The password is ours.
            E::Password(_) | E::InvalidCredentials => failed(),
            E::Control(error) => error.into(),
        }
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        ControlError::from(error).into()
    }
}

impl From<ControlError> for Refused {
    fn from(error: ControlError) -> Self {
        tracing::error!(%error, "A stranger's project could not be made");
        failed()
    }
}
