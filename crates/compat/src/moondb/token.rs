//! Who calls: keys are told by their prefix, anything else as bearer is a token of a signed-in user.

use super::ask::Ask;
use super::error::Refusal;
use http::StatusCode;
use portcullis_crypto::sha256;
use portcullis_project::{KeyKind, Project};
use portcullis_query::access::{Caller, EndUser};
use std::sync::Arc;

/// Characters of a credential at most.
const LONGEST: usize = 4_096;
/// The prefixes of keys.
const KEYS: [&str; 3] = ["mk_", "sk_", "pk_"];

/// Who calls; nobody known is anonymous, and what does not hold is refused.
pub async fn caller(call: &Ask, project: &Project) -> Result<Caller, Refusal> {
    let mut caller = Caller::Anonymous;
    for name in ["x-admin-key", "x-public-key", "x-api-key"] {
        if let Some(text) = call.header(name) {
            caller = stronger(caller, key(project, text)?);
        }
    }
    match call.bearer() {
        Some(text) if KEYS.iter().any(|prefix| text.starts_with(prefix)) => {
            caller = stronger(caller, key(project, text)?);
        }
        Some(text) if text.len() <= LONGEST => {
            let surface = call.client.surface;
            let accepted = call.identity().accept_token(project, surface, text, call.now()).await?;
            caller = stronger(caller, Caller::User(accepted.user));
        }
        Some(_) => return Err(invalid_key()),
        // Another scheme than Bearer.
        None if call.header("authorization").is_some() => return Err(invalid_key()),
        None => {}
    }
    Ok(caller)
}

fn key(project: &Project, text: &str) -> Result<Caller, Refusal> {
    match project.keys.kind(&sha256(text.as_bytes())) {
        Some(KeyKind::Admin) => Ok(Caller::Administrator),
        Some(KeyKind::Public) => Ok(Caller::PublicKey),
        None => Err(invalid_key()),
    }
}

fn invalid_key() -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, "AUTH_INVALID_KEY", "The key is not one of this project's.")
}

/// The admin key passes everything; a user is more than the public key that comes along.
fn stronger(one: Caller, two: Caller) -> Caller {
    match (&one, &two) {
        (Caller::Administrator, _) | (Caller::User(_), Caller::PublicKey | Caller::Anonymous | Caller::User(_)) => one,
        _ => two,
    }
}

/// The signed-in user.
pub async fn user(call: &Ask, project: &Project) -> Result<Arc<EndUser>, Refusal> {
    match caller(call, project).await? {
        Caller::User(user) => Ok(user),
        Caller::Administrator => Err(Refusal::denied("This is for signed-in users; a key is nobody's account.")),
        Caller::Anonymous | Caller::PublicKey => Err(Refusal::credentials()),
    }
}

/// Makes sure that the admin key calls.
pub async fn administrator(call: &Ask, project: &Project) -> Result<(), Refusal> {
    match caller(call, project).await? {
        Caller::Administrator => Ok(()),
        Caller::Anonymous => Err(Refusal::credentials()),
        Caller::PublicKey | Caller::User(_) => Err(Refusal::denied("The project's admin key is needed here.")),
    }
}
