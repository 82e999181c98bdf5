//! Refusals that cannot be tried again: credentials that did not hold, calls below `/auth`, bodies that are not known.

use super::{Decider, Explanation, Question, causes};
use portcullis_identity::Identity;
use portcullis_project::Project;
use portcullis_web::{Cause, Refused};
use serde_json::{Value, json};

/// Explains a refusal by what was kept of it.
pub async fn explain(identity: &Identity, question: &Question<'_>, refused: &Refused) -> Explanation {
    let mut told = question.open(refused.status);
    told.message = Some(refused.message.clone());
    told.plainly("denied", refused.message.clone());
    let of_auth = question.names.first().is_some_and(|name| name == "auth");
    if of_auth {
        told.decisions.clear();
        told.events = identity.events_of(question.project(), &refused.request_id).await;
    }
    match &refused.cause {
        Some(Cause::Credentials(why)) => {
            let rule = if refused.code == "not_a_member" { "tenant" } else { "credentials" };
            let says = format!("the credentials do not hold: {why}");
            told.decide("denied", "", vec![Decider::new(rule, None, json!(why), says)]);
        }
        Some(cause) => {
            causes::tell(question, cause, "", &mut told);
        }
        None => {
            if let Some(one) = of_code(question.project(), refused.code) {
                told.decide("denied", "", vec![one]);
            } else if refused.status == http::StatusCode::UNAUTHORIZED {
                causes::stranger(question, &mut told);
            }
        }
    }
    if let Some(event) = told.events.first() {
        let about = |name: &str| event[name].as_str().map(|text| format!(", {name} {text}")).unwrap_or_default();
        told.because += &format!(
            " (noted as `{}`: {}{}{})",
            event["event"].as_str().unwrap_or_default(),
            event["result"].as_str().unwrap_or_default(),
            about("actor"),
            about("subject")
        );
    }
    told
}

/// What a code of `/auth` comes from.
fn of_code(project: &Project, code: &str) -> Option<Decider> {
    let auth = &project.settings.auth;
    let account = |setting: Option<&str>, value: Value, says: String| {
        Some(Decider::new("account", setting.map(str::to_owned), value, says))
    };
    match code {
        "email_not_verified" => account(
            Some("auth.require_verified_email"),
            json!(auth.require_verified_email),
            "the password is right, `auth.require_verified_email` is on, and the address of the account is not verified"
                .to_owned(),
        ),
        "account_locked" => account(
            Some("auth.lockout"),
            json!(auth.lockout.max_failures),
            format!(
                "the account waits after {} wrong passwords in a row (`auth.lockout`); a reset by mail clears it",
                auth.lockout.max_failures
            ),
        ),
        "rate_limited" => account(
            Some("auth.rate_limits"),
            Value::Null,
            "a limit of `auth.rate_limits` was reached by this address or account".to_owned(),
        ),
        "mfa_required" => account(
            None,
            json!("aal2"),
            "the account has a second factor, and one factor alone was proved: two are asked for (aal2)".to_owned(),
        ),
        "invalid_credentials" => account(
            None,
            Value::Null,
            "no active account has that address and password: unknown, switched off, without a password, or the \
             password is wrong"
                .to_owned(),
        ),
        "session_expired" => account(
            Some("auth.refresh_token_ttl"),
            json!(auth.refresh_token_ttl),
            "the session lay unused for too long, or reached its age (`auth.refresh_token_ttl`)".to_owned(),
        ),
        "session_closed" | "refresh_token_reused" | "password_changed" | "user_disabled" => {
            account(None, json!(code), format!("the session has ended: `{code}`"))
        }
        "not_a_member" => Some(Decider::new(
            "tenant",
            "tenancy".to_owned(),
            Value::Null,
            "the tenant that the request names is none of the user's",
        )),
        _ => None,
    }
}
