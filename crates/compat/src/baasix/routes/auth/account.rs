//! `POST /auth/register` and `POST /auth/login`.

use super::{
    super::super::{
        call::{Call, answer},
        error::Refused,
    },
    entry::{Extent, Mode, signed_in},
};
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_base::Secret;
use portcullis_identity::{Client, IdentityError, Limit, SignedUp, Signup};
use portcullis_query::Json;
use serde_json::json;

/// Bytes of a password at most, as the original has it.
const PASSWORD_CHARS: usize = 128;

/// A new password must fit the original's bounds; the lower one is the surface's rule.
pub fn check_length(password: &Secret<String>) -> Result<(), Refused> {
    if password.expose().chars().count() > PASSWORD_CHARS {
        return Err(Refused::bad("Password must be at most 128 characters"));
    }
    Ok(())
}

/// Makes an account. What role it gets is the project's to say: `roleName` of a stranger is not obeyed.
pub async fn register(call: &Call<'_>) -> Result<Response<Body>, Refused> {
    let mut fields = call.members()?;
    let (email, password) = (fields.text("email")?, fields.secret("password")?);
    let first = fields.text("firstName")?;
    let mode = Mode::of(fields.text("authMode")?.as_deref());
    let (Some(email), Some(password), Some(first)) = (email, password, first) else {
        return Err(Refused::bad("Email, password, and firstName are required"));
    };
    check_length(&password)?;
    fields.take("roleName");
    let invitation = fields.text("inviteToken")?;
    let tenant = fields.take("tenant");
    let mut members = vec![("firstName".to_owned(), Json::String(first))];
    members.extend(fields.0.into_iter().filter(|(name, _)| name != "invitation" && name != "tenant_name"));
    if let Some(name) = tenant.as_ref().and_then(|tenant| tenant.get("name")).and_then(Json::as_str) {
        members.push(("tenant_name".to_owned(), Json::String(name.to_owned())));
    } else if invitation.is_none() && needs_tenant(call) {
        return Err(Refused::bad("Tenant information is required for registration"));
    }
    if let Some(token) = invitation {
        members.push(("invitation".to_owned(), Json::String(token)));
    }
    let signup = Signup { email: email.trim().to_lowercase(), password, members };
    let made = call.state.identity.signup(call.project, signup, call.client, call.now).await;
    let made = made.map_err(|error| match error {
        IdentityError::InvalidToken => Refused::bad("Invalid or expired invitation"),
        IdentityError::Conflict { code: "invitation_of_another", .. } => {
            Refused::bad("The email address doesn't match the invitation")
        }
        IdentityError::InvitationRequired => Refused::bad("Tenant information is required for registration"),
        other => other.into(),
    })?;
    match made {
        SignedUp::In { result, .. } => {
            signed_in(call, &result, mode, Some("User registered successfully"), Extent::Whole).await
        }
        SignedUp::CheckMail => {
            let message = "User registered successfully. Please verify your email to login.";
            Ok(answer(StatusCode::OK, &json!({"message": message, "requiresEmailVerification": true})))
        }
    }
}

fn needs_tenant(call: &Call<'_>) -> bool {
    let tenancy = &call.project.settings.tenancy;
    tenancy.enabled && tenancy.on_signup != portcullis_project::settings::OnSignup::None
}

/// Signs in. Unknown address and wrong password are one answer in one time.
pub async fn login(call: &Call<'_>) -> Result<Response<Body>, Refused> {
    // Every try counts, whatever comes of it: the original counts none.
    call.state.identity.count(call.project, Limit::Login, None, call.client, call.now).await?;
    let mut fields = call.members()?;
    let (email, password) = (fields.text("email")?, fields.secret("password")?);
    let mode = Mode::of(fields.text("authMode")?.as_deref());
    let (Some(email), Some(password)) = (email, password) else {
        return Err(Refused::bad("Email and password are required"));
    };
    match fields.text("authType")?.as_deref() {
        None | Some("default" | "mobile" | "web") => {}
        Some(_) => {
            return Err(Refused::message(StatusCode::FORBIDDEN, "Invalid session type. Must be 'mobile' or 'web'"));
        }
    }
    // Means something only where there are tenants.
    let tenant = fields.id("tenant_Id").filter(|_| call.project.settings.tenancy.enabled);
    let client = Client { tenant, ..call.client.clone() };
    let result = call.state.identity.login(call.project, &email, &password, &client, call.now).await?;
    signed_in(call, &result, mode, None, Extent::Whole).await
}
