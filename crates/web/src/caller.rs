//! Who calls: a key, a token or a password in a header, or a session cookie.

use crate::{ApiError, Cause, Cookie, State, check_origin, cookie};
use http::{HeaderMap, Method, header};
use portcullis_crypto::sha256;
use portcullis_identity::{Client, IdentityError};
use portcullis_project::{KeyKind, Project};
use portcullis_query::access::Caller;

/// Headers that carry a project's key or an end user's API key as they are.
const KEY_HEADERS: [&str; 3] = ["x-api-key", "x-admin-key", "x-public-key"];
/// Characters of a credential at most. SEC-52.
const LONGEST: usize = 4_096;

/// Who calls. Nobody known is [`Caller::Anonymous`]; credentials that do not hold are refused.
///
/// # Errors
///
/// 401 for credentials that are not good, or of another project: one wording for all. 403 where a cookie vouches for
/// a request of a page that may not call. 429 for HTTP Basic on a locked account.
pub async fn caller(
    state: &State,
    project: &Project,
    method: &Method,
    headers: &HeaderMap,
    client: &Client,
) -> Result<Caller, ApiError> {
    let mut caller = Caller::Anonymous;
    let mut given = false;
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let text = value.to_str().map_err(|_| bad("`Authorization` holds bytes outside of ASCII"))?;
        let (scheme, credentials) = text.split_once(' ').ok_or_else(|| bad("`Authorization` names no scheme"))?;
        let credentials = credentials.trim();
        if credentials.len() > LONGEST {
            return Err(bad("the credentials are too long"));
        }
        given = true;
        caller = if scheme.eq_ignore_ascii_case("bearer") {
            bearer(state, project, credentials, client).await?
        } else if scheme.eq_ignore_ascii_case("basic") && !project.policy.open {
            let accepted = state.identity.accept_basic(project, credentials, client, state.clock.now()).await;
            Caller::User(accepted.map_err(basic)?.user)
        } else {
            return Err(bad("the scheme of `Authorization` is not one that is used here"));
        };
    }
    for name in KEY_HEADERS {
        let Some(value) = headers.get(name) else { continue };
        let key = value.to_str().unwrap_or_default();
        if key.len() > LONGEST {
            return Err(bad("the key is too long"));
        }
        given = true;
        let own = match project.keys.kind(&sha256(key.as_bytes())) {
            Some(KeyKind::Admin) => Caller::Administrator,
            Some(KeyKind::Public) => Caller::PublicKey,
            None if name == "x-api-key" => api_key(state, project, key).await?,
            None => return Err(bad("the key is none of this project's, or was rotated")),
        };
        caller = stronger(caller, own);
    }
    if !given && let Some(token) = cookie(project, headers, Cookie::Access) {
        // A browser sends its cookie whether it is still good or not.
        if let Ok(accepted) = state.identity.accept_token(project, client.surface, token, state.clock.now()).await {
            check_origin(state, project, method, headers)?;
            caller = Caller::User(accepted.user);
        }
    }
    // A tenant is named by whoever has several; keys of the project are in none.
    if let (Caller::User(user), Some(tenant)) = (&caller, &client.tenant) {
        let entered = state.identity.in_tenant(project, user.clone(), tenant, state.clock.now()).await;
        let user = entered.map_err(|error| foreign_tenant(error, &user.id, tenant))?;
        caller = Caller::User(user);
    }
    Ok(caller)
}

async fn bearer(state: &State, project: &Project, text: &str, client: &Client) -> Result<Caller, ApiError> {
    // Keys have no dots: a token's many bytes are hashed once, where it is remembered.
    if text.bytes().filter(|byte| *byte == b'.').count() == 2 {
        let accepted = state.identity.accept_token(project, client.surface, text, state.clock.now()).await?;
        return Ok(Caller::User(accepted.user));
    }
    match project.keys.kind(&sha256(text.as_bytes())) {
        Some(KeyKind::Admin) => Ok(Caller::Administrator),
        Some(KeyKind::Public) => Ok(Caller::PublicKey),
        None => api_key(state, project, text).await,
    }
}

async fn api_key(state: &State, project: &Project, text: &str) -> Result<Caller, ApiError> {
    Ok(Caller::User(state.identity.accept_api_key(project, text, state.clock.now()).await?.user))
}

fn stronger(one: Caller, two: Caller) -> Caller {
    match (&one, &two) {
        (Caller::Administrator, _) | (Caller::User(_), Caller::PublicKey | Caller::Anonymous | Caller::User(_)) => one,
        _ => two,
    }
}

fn bad(why: &str) -> ApiError {
    ApiError::unauthenticated().because(Cause::Credentials(why.to_owned()))
}

fn foreign_tenant(error: IdentityError, user: &str, tenant: &str) -> ApiError {
    let of_tenant = matches!(error, IdentityError::NotAMember);
    let public = ApiError::from(error);
    if !of_tenant {
        return public;
    }
    let why = format!("`X-Tenant-ID` names tenant {}, and user {user} is not of it", tenant.escape_default());
    public.because(Cause::Credentials(why))
}

/// A wrong pair of HTTP Basic is what any other wrong credential is.
fn basic(error: IdentityError) -> ApiError {
    match error {
        IdentityError::InvalidCredentials => bad("name and password of HTTP Basic are no user's"),
        IdentityError::EmailNotVerified => {
            bad("`auth.require_verified_email` is on, and the address of the HTTP Basic user is not verified")
        }
        IdentityError::NotConfigured | IdentityError::Invalid { .. } => ApiError::unauthenticated(),
        other => other.into(),
    }
}
