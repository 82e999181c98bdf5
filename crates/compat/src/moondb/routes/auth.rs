//! `/p/{id}/auth/...`: end users. Source: the contract's section 4.

use super::super::ask::Ask;
use super::super::{
    columns::{self, is_built_in, unknown},
    error::Refusal,
    token,
    wire::{BODY, Fields, Outcome, data, ok},
};
use http::StatusCode;
use portcullis_base::Secret;
use portcullis_identity::{AuthResult, SignedUp, Signup};
use portcullis_project::Project;
use portcullis_web::Query;
use serde_json::{Value, json};
use std::sync::Arc;

/// What a signup says while the address is not verified.
const UNVERIFIED: &str = "A mail was sent to verify the address.";

/// Answers a call below `/auth`.
pub async fn handle(call: &mut Ask, project: &Arc<Project>, path: &[&str]) -> Outcome {
    match (path, call.method().as_str()) {
        (["signup"], "POST") => signup(call, project).await,
        (["login"], "POST") => login(call, project).await,
        (["refresh"], "POST") => refresh(call, project).await,
        (["me"], "GET") => me(call, project).await,
        (["me"], "PATCH") => change_me(call, project).await,
        (["logout"], "POST") => logout(call, project).await,
        (["change-password"], "POST") => change_password(call, project).await,
        (["forgot-password"], "POST") => forgot_password(call, project).await,
        (["reset-password"], "POST") => reset_password(call, project).await,
        (["verify"], "GET") => verify(call, project).await,
        (["resend-verification"], "POST") => resend_verification(call, project).await,
        (
            [
                "signup"
                | "login"
                | "refresh"
                | "me"
                | "logout"
                | "change-password"
                | "forgot-password"
                | "reset-password"
                | "verify"
                | "resend-verification",
            ],
            _,
        ) => Err(super::no_such_method()),
        _ => Err(Refusal::not_found()),
    }
}

async fn signup(call: &mut Ask, project: &Arc<Project>) -> Outcome {
    let card = columns::users(project)?;
    let mut fields = Fields::read(call, BODY).await?;
    let (email, password) = (fields.required("email")?, Secret::new(fields.required("password")?));
    let mut members = Vec::new();
    for (name, value) in fields.rest() {
        // Never honoured, whatever a client sends.
        if is_built_in(&name, true) || card.column("email").is_some_and(|own| own.name == name) {
            continue;
        }
        let column = card.table.column_by_name(&name).filter(|column| !column.secret).ok_or_else(|| unknown(&name))?;
        columns::check_value(column, &value)?;
        members.push((name, value));
    }
    let signup = Signup { email, password, members };
    let identity = call.identity();
    match identity.signup(project, signup, &call.client, call.now()).await? {
        SignedUp::In { result, .. } => {
            let mut body = json!({ "data": session(project, &result) });
            if project.settings.auth.verify_email {
                body["_warning"] = json!(UNVERIFIED);
            }
            Ok(super::super::wire::body(StatusCode::CREATED, &body))
        }
        SignedUp::CheckMail => data(StatusCode::ACCEPTED, json!({ "ok": true, "message": UNVERIFIED })),
    }
}

async fn login(call: &mut Ask, project: &Arc<Project>) -> Outcome {
    columns::users(project)?;
    let mut fields = Fields::read(call, BODY).await?;
    let (email, password) = (fields.required("email")?, Secret::new(fields.required("password")?));
    let result = call.identity().login(project, &email, &password, &call.client, call.now()).await?;
    data(StatusCode::OK, session(project, &result))
}

async fn refresh(call: &mut Ask, project: &Arc<Project>) -> Outcome {
    let mut fields = Fields::read(call, BODY).await?;
    let presented = Secret::new(fields.required("refresh_token")?);
    let result = call.identity().refresh(project, &presented, &call.client, call.now()).await?;
    // No `user` here: documented so.
    data(StatusCode::OK, tokens(&result))
}

async fn me(call: &mut Ask, project: &Arc<Project>) -> Outcome {
    let user = token::user(call, project).await?;
    let view = call.identity().me(project, &user, call.now()).await?;
    data(StatusCode::OK, json!({ "user": columns::user(project, view) }))
}

async fn change_me(call: &mut Ask, project: &Arc<Project>) -> Outcome {
    let user = token::user(call, project).await?;
    let card = columns::users(project)?;
    let fields = Fields::read(call, BODY).await?;
    for name in fields.names() {
        if is_built_in(name, true) || matches!(name, "email" | "password" | "current_password") {
            let message = format!("`{name}` cannot be changed here.");
            return Err(Refusal::bad("VALIDATION_READ_ONLY_FIELD", message).about(name));
        }
        if card.table.column_by_name(name).is_none() {
            return Err(unknown(name));
        }
    }
    let identity = call.identity();
    let view = identity.update_me(project, &user, fields.rest(), &call.client, call.now()).await?;
    data(StatusCode::OK, json!({ "user": columns::user(project, view) }))
}

async fn logout(call: &mut Ask, project: &Arc<Project>) -> Outcome {
    let user = token::user(call, project).await?;
    call.identity().logout(project, &user, &call.client, call.now()).await?;
    ok()
}

async fn change_password(call: &mut Ask, project: &Arc<Project>) -> Outcome {
    let user = token::user(call, project).await?;
    let mut fields = Fields::read(call, BODY).await?;
    let current = Secret::new(fields.required("current_password")?);
    let new = Secret::new(fields.required("new_password")?);
    call.identity().change_password(project, &user, &current, &new, &call.client, call.now()).await?;
    ok()
}

async fn forgot_password(call: &mut Ask, project: &Arc<Project>) -> Outcome {
    let mut fields = Fields::read(call, BODY).await?;
    let email = fields.required("email")?;
    let Some(redirect) = fields.text("redirect_url")? else {
        let message = "`redirect_url` is required: the page that the mail leads to.";
        return Err(Refusal::bad("VALIDATION_REDIRECT_URL", message).about("redirect_url"));
    };
    call.identity().request_reset(project, &email, Some(&redirect), &call.client, call.now()).await?;
    ok()
}

async fn reset_password(call: &mut Ask, project: &Arc<Project>) -> Outcome {
    let mut fields = Fields::read(call, BODY).await?;
    let (link, new) = (fields.required("token")?, Secret::new(fields.required("new_password")?));
    call.identity().confirm_reset(project, &link, &new, &call.client, call.now()).await?;
    ok()
}

async fn verify(call: &mut Ask, project: &Arc<Project>) -> Outcome {
    verifies(project)?;
    let mut query = Query::parse(call.query())?;
    let link = query.take("token")?.filter(|text| !text.is_empty());
    let link = link.ok_or_else(|| Refusal::bad("VALIDATION_TOKEN", "`token` is missing.").about("token"))?;
    call.identity().verify(project, &link, &call.client, call.now()).await?;
    data(StatusCode::OK, json!({ "verified": true }))
}

async fn resend_verification(call: &mut Ask, project: &Arc<Project>) -> Outcome {
    verifies(project)?;
    let user = token::user(call, project).await?;
    call.identity().resend_verification(project, &user.email, &call.client, call.now()).await?;
    ok()
}

/// Without `verify_email` these two do not exist.
fn verifies(project: &Project) -> Result<(), Refusal> {
    columns::users(project)?;
    match project.settings.auth.verify_email {
        true => Ok(()),
        false => Err(Refusal::bad("AUTH_NOT_CONFIGURED", "Addresses are not verified in this project.")),
    }
}

fn tokens(result: &AuthResult) -> Value {
    json!({ "token": result.token.expose(), "refresh_token": result.refresh_token.expose() })
}

fn session(project: &Project, result: &AuthResult) -> Value {
    let mut out = tokens(result);
    out["user"] = Value::Object(columns::user(project, result.user.clone()));
    out
}
