//! Who calls: the key in a header, checked against the project's keys.

use crate::ApiError;
use http::{HeaderMap, header};
use portcullis_crypto::sha256;
use portcullis_project::{KeyKind, Project};
use portcullis_query::access::Caller;

/// Headers that carry a key as they are.
const KEY_HEADERS: [&str; 3] = ["x-api-key", "x-admin-key", "x-public-key"];

/// Who calls. Nobody known is [`Caller::Anonymous`]; credentials that do not hold are refused.
///
/// # Errors
///
/// 401 for a key that is unknown, or of another project: one wording for all.
pub fn caller(project: &Project, headers: &HeaderMap) -> Result<Caller, ApiError> {
    let bearer = match headers.get(header::AUTHORIZATION) {
        None => None,
        Some(value) => {
            let text = value.to_str().map_err(|_| ApiError::unauthenticated())?;
            let (scheme, credentials) = text.split_once(' ').ok_or_else(ApiError::unauthenticated)?;
            if !scheme.eq_ignore_ascii_case("bearer") {
                return Err(ApiError::unauthenticated());
            }
            Some(credentials.trim())
        }
    };
    let mut caller = Caller::Anonymous;
    let given =
        KEY_HEADERS.iter().filter_map(|name| headers.get(*name)).map(|value| value.to_str().unwrap_or_default());
    for key in bearer.into_iter().chain(given) {
        // SEC-52: nothing of this length is a key.
        if key.len() > 4096 {
            return Err(ApiError::unauthenticated());
        }
        match project.keys.kind(&sha256(key.as_bytes())) {
            Some(KeyKind::Admin) => caller = Caller::Administrator,
            Some(KeyKind::Public) if caller == Caller::Anonymous => caller = Caller::PublicKey,
            Some(KeyKind::Public) => {}
            None => return Err(ApiError::unauthenticated()),
        }
    }
    Ok(caller)
}
