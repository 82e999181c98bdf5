//! A new passkey for a user who is signed in.

use super::{Begun, PasskeyError, RelyingParty, keys};
use crate::methods::{
    Owner,
    ceremony::{self, Ticket},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use portcullis_base::Timestamp;
use portcullis_store::{StoreError, passkeys};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;
use webauthn_rs::prelude::{CredentialID, Passkey, PasskeyRegistration, RegisterPublicKeyCredential};

const KIND: &str = "passkey_registration";

#[derive(Serialize, Deserialize)]
struct Remembered {
    user: String,
    handle: Uuid,
    state: PasskeyRegistration,
}

/// What the authenticator shows of its user.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    /// The address.
    pub address: &'a str,
    /// The name; the address again where there is none.
    pub name: &'a str,
}

/// Begins a registration. A user has one handle: that of the passkeys they have, else the ticket's.
///
/// # Errors
///
/// [`PasskeyError::TooMany`]; what the store says.
pub async fn begin_registration(
    party: &RelyingParty,
    owner: Owner<'_>,
    person: Person<'_>,
    ticket: Ticket,
    now: Timestamp,
) -> Result<Begun, PasskeyError> {
    let existing = owner.read(passkeys::of_user).await?;
    if i64::try_from(existing.len()).unwrap_or(i64::MAX) >= keys::MAX_PASSKEYS {
        return Err(PasskeyError::TooMany { at_most: keys::MAX_PASSKEYS });
    }
    let handle = existing.first().and_then(|key| key.handle.parse().ok()).unwrap_or(ticket.handle);
    let exclude: Vec<CredentialID> = existing.iter().filter_map(|key| URL_SAFE_NO_PAD.decode(&key.id).ok()).collect();
    let (options, state) =
        party.webauthn.start_passkey_registration(handle, person.address, person.name, Some(exclude))?;
    let mut options = serde_json::to_value(options).map_err(|_| PasskeyError::Malformed)?;
    // Kept on the authenticator where it has room, so that it can be the only factor.
    options["publicKey"]["authenticatorSelection"]["residentKey"] = "preferred".into();
    let remembered = Remembered { user: owner.user.to_owned(), handle, state };
    ceremony::keep(owner.store, owner.connection, KIND, &ticket.text, &remembered, now).await?;
    Ok(Begun { ticket: ticket.text, options })
}

/// Finishes a registration with what `navigator.credentials.create` gave.
///
/// # Errors
///
/// [`PasskeyError::CeremonyOver`], also when another user began it; [`PasskeyError::Refused`] and the like.
pub async fn finish_registration(
    party: &RelyingParty,
    owner: Owner<'_>,
    ticket: &str,
    credential: Value,
    name: &str,
    now: Timestamp,
) -> Result<keys::PasskeyInfo, PasskeyError> {
    let name = keys::checked_name(name)?;
    let credential: RegisterPublicKeyCredential =
        serde_json::from_value(credential).map_err(|_| PasskeyError::Malformed)?;
    let remembered: Option<Remembered> = ceremony::take(owner.store, owner.connection, KIND, ticket, now).await?;
    let begun = remembered.filter(|begun| begun.user == owner.user).ok_or(PasskeyError::CeremonyOver)?;
    let passkey = party.webauthn.finish_passkey_registration(&credential, &begun.state)?;
    let kept = passkeys::Passkey {
        id: URL_SAFE_NO_PAD.encode(passkey.cred_id()),
        user: begun.user,
        handle: begun.handle.to_string(),
        name,
        counter: counter_of(&passkey)?,
        body: serde_json::to_string(&passkey).map_err(|_| PasskeyError::Malformed)?,
        created_at: now,
        last_used_at: None,
    };
    let info = kept.clone().into();
    match owner.write(move |tx, connection, _| passkeys::insert(tx, connection, &kept, keys::MAX_PASSKEYS)).await {
        Ok(true) => Ok(info),
        Ok(false) => Err(PasskeyError::TooMany { at_most: keys::MAX_PASSKEYS }),
        Err(StoreError::Exists) => Err(PasskeyError::AlreadyRegistered),
        Err(error) => Err(error.into()),
    }
}

/// The counter at registration; the library shows it only in the text it writes.
fn counter_of(passkey: &Passkey) -> Result<i64, PasskeyError> {
    let body = serde_json::to_value(passkey).map_err(|_| PasskeyError::Malformed)?;
    body["cred"]["counter"].as_i64().ok_or(PasskeyError::Malformed)
}
