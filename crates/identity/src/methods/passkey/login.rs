//! A passkey proves its user: as second factor of a known one, or as the only factor of whoever it belongs to.

use super::{Begun, PasskeyError, RelyingParty};
use crate::methods::{
    Factor, Owner,
    ceremony::{self, Ticket},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use portcullis_base::{ConnectionId, Timestamp};
use portcullis_store::{Store, passkeys};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;
use webauthn_rs::prelude::{
    AuthenticationResult, DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyAuthentication,
    PublicKeyCredential,
};

const LOGIN: &str = "passkey_login";
const SECOND_FACTOR: &str = "passkey_second_factor";

#[derive(Serialize, Deserialize)]
struct SecondFactor {
    user: String,
    state: PasskeyAuthentication,
}

/// A passkey has proved its user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyAssertion {
    /// The user.
    pub user_id: String,
    /// By which passkey.
    pub credential_id: String,
    /// The authenticator checked a PIN, a finger or a face.
    pub user_verified: bool,
}

impl PasskeyAssertion {
    /// What that proves.
    pub const fn factor(&self) -> Factor {
        Factor::Passkey { user_verified: self.user_verified }
    }
}

/// Begins a login of nobody in particular: the authenticator knows whose passkey it holds.
///
/// # Errors
///
/// What the store says.
pub async fn begin_login(
    party: &RelyingParty,
    store: &Store,
    connection: &ConnectionId,
    ticket: Ticket,
    now: Timestamp,
) -> Result<Begun, PasskeyError> {
    let (mut options, state) = party.webauthn.start_discoverable_authentication()?;
    // Whether the page waits in the address field or asks at once is the page's choice.
    options.mediation = None;
    let options = serde_json::to_value(options).map_err(|_| PasskeyError::Malformed)?;
    ceremony::keep(store, connection, LOGIN, &ticket.text, &state, now).await?;
    Ok(Begun { ticket: ticket.text, options })
}

/// Finishes a login with what `navigator.credentials.get` gave.
///
/// # Errors
///
/// [`PasskeyError::CeremonyOver`], [`PasskeyError::Refused`], [`PasskeyError::CounterWentBack`].
pub async fn finish_login(
    party: &RelyingParty,
    store: &Store,
    connection: &ConnectionId,
    ticket: &str,
    credential: Value,
    now: Timestamp,
) -> Result<PasskeyAssertion, PasskeyError> {
    let credential = parse(credential)?;
    let state: Option<DiscoverableAuthentication> = ceremony::take(store, connection, LOGIN, ticket, now).await?;
    let state = state.ok_or(PasskeyError::CeremonyOver)?;
    let (handle, _) = party.webauthn.identify_discoverable_authentication(&credential)?;
    let (kept, passkey) = find(store, connection, &credential).await?;
    if kept.handle.parse() != Ok(handle) {
        return Err(PasskeyError::Refused);
    }
    let key = DiscoverableKey::from(&passkey);
    let result = party.webauthn.finish_discoverable_authentication_v2(&credential, state, &key)?;
    note_use(store, connection, kept, passkey, &result, now).await
}

/// Begins the second step of a login whose first has shown who the user is.
///
/// # Errors
///
/// [`PasskeyError::NotFound`] when the user has no passkey.
pub async fn begin_second_factor(
    party: &RelyingParty,
    owner: Owner<'_>,
    ticket: Ticket,
    now: Timestamp,
) -> Result<Begun, PasskeyError> {
    let keys: Vec<Passkey> =
        owner.read(passkeys::of_user).await?.iter().filter_map(|key| serde_json::from_str(&key.body).ok()).collect();
    if keys.is_empty() {
        return Err(PasskeyError::NotFound);
    }
    let (options, state) = party.webauthn.start_passkey_authentication(&keys)?;
    let options = serde_json::to_value(options).map_err(|_| PasskeyError::Malformed)?;
    let remembered = SecondFactor { user: owner.user.to_owned(), state };
    ceremony::keep(owner.store, owner.connection, SECOND_FACTOR, &ticket.text, &remembered, now).await?;
    Ok(Begun { ticket: ticket.text, options })
}

/// Finishes the second step.
///
/// # Errors
///
/// As [`finish_login`]; also when another user began it or the passkey is another user's.
pub async fn finish_second_factor(
    party: &RelyingParty,
    owner: Owner<'_>,
    ticket: &str,
    credential: Value,
    now: Timestamp,
) -> Result<PasskeyAssertion, PasskeyError> {
    let credential = parse(credential)?;
    let begun: Option<SecondFactor> = ceremony::take(owner.store, owner.connection, SECOND_FACTOR, ticket, now).await?;
    let begun = begun.filter(|begun| begun.user == owner.user).ok_or(PasskeyError::CeremonyOver)?;
    let (kept, passkey) = find(owner.store, owner.connection, &credential).await?;
    let handle = credential.get_user_unique_id().map(Uuid::from_slice);
    let same_handle = handle.is_none_or(|handle| handle.ok() == kept.handle.parse().ok());
    if kept.user != owner.user || !same_handle {
        return Err(PasskeyError::Refused);
    }
    let result = party.webauthn.finish_passkey_authentication(&credential, &begun.state)?;
    note_use(owner.store, owner.connection, kept, passkey, &result, now).await
}

fn parse(credential: Value) -> Result<PublicKeyCredential, PasskeyError> {
    serde_json::from_value(credential).map_err(|_| PasskeyError::Malformed)
}

async fn find(
    store: &Store,
    connection: &ConnectionId,
    credential: &PublicKeyCredential,
) -> Result<(passkeys::Passkey, Passkey), PasskeyError> {
    let (scope, id) = (connection.clone(), URL_SAFE_NO_PAD.encode(credential.get_credential_id()));
    let kept = store.db().read(move |tx| passkeys::find(tx, &scope, &id)).await?.ok_or(PasskeyError::Refused)?;
    let passkey = serde_json::from_str(&kept.body).map_err(|_| PasskeyError::Refused)?;
    Ok((kept, passkey))
}

/// The row's count of changes decides: of two uses with the same counter one is a copy's.
async fn note_use(
    store: &Store,
    connection: &ConnectionId,
    kept: passkeys::Passkey,
    mut passkey: Passkey,
    result: &AuthenticationResult,
    now: Timestamp,
) -> Result<PasskeyAssertion, PasskeyError> {
    if !result.user_verified() {
        return Err(PasskeyError::Refused);
    }
    passkey.update_credential(result);
    let body = serde_json::to_string(&passkey).map_err(|_| PasskeyError::Malformed)?;
    let (scope, id, counter) = (connection.clone(), kept.id.clone(), i64::from(result.counter()));
    let noted = store.db().write(move |tx| passkeys::note_use(tx, &scope, &id, &body, counter, now)).await?;
    if !noted {
        return Err(PasskeyError::CounterWentBack);
    }
    Ok(PasskeyAssertion { user_id: kept.user, credential_id: kept.id, user_verified: result.user_verified() })
}
