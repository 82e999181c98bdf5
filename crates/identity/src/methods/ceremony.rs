//! Two halves of one act, minutes apart: what is remembered between them lies sealed in the store, under the hash of a
//! ticket that only the client has, and is given out once.

use portcullis_base::{ConnectionId, Secret, Timestamp};
use portcullis_crypto::{random_token, sha256};
use portcullis_store::{Store, StoreError, ceremonies};
use rand::Rng;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

/// How long the second half may take. Seconds.
/// Long enough to find the phone, short enough for a machine that others use after.
pub const CEREMONY_TTL_S: i64 = 600;

/// A ticket to the second half of a passkey's ceremony, drawn before the first half begins: 256 random bits, and a name
/// for a user whom no authenticator knows yet.
#[derive(Debug, Clone)]
pub struct Ticket {
    pub(super) text: Secret<String>,
    pub(super) handle: Uuid,
}

impl Ticket {
    /// Draws a ticket.
    pub fn draw(rng: &mut dyn Rng) -> Self {
        let mut bytes = [0u8; 16];
        rng.fill_bytes(&mut bytes);
        Self { text: random_token(rng), handle: uuid::Builder::from_random_bytes(bytes).into_uuid() }
    }
}

/// Remembers `payload` for whoever brings the ticket.
pub async fn keep<T: Serialize + Sync>(
    store: &Store,
    connection: &ConnectionId,
    kind: &'static str,
    ticket: &Secret<String>,
    payload: &T,
    now: Timestamp,
) -> Result<(), StoreError> {
    let hash = sha256(ticket.expose().as_bytes());
    let payload = serde_json::to_vec(payload).map_err(|error| StoreError::Other(error.to_string()))?;
    let ceremony = store.seal_ceremony(connection, kind, hash, &payload, now.plus_s(CEREMONY_TTL_S));
    store.db().write(move |tx| ceremonies::insert(tx, &ceremony, now)).await
}

/// What is remembered for a ticket, which stays good.
pub async fn peek<T: DeserializeOwned>(
    store: &Store,
    connection: &ConnectionId,
    kind: &'static str,
    ticket: &str,
    now: Timestamp,
) -> Result<Option<T>, StoreError> {
    let Some(payload) = store.peek_ceremony(connection, kind, sha256(ticket.as_bytes()), now).await? else {
        return Ok(None);
    };
    serde_json::from_slice(payload.expose()).map(Some).map_err(|error| StoreError::Other(error.to_string()))
}

/// What was remembered for a ticket; nothing for one that is unknown, used, too old or of another kind.
pub async fn take<T: DeserializeOwned>(
    store: &Store,
    connection: &ConnectionId,
    kind: &'static str,
    ticket: &str,
    now: Timestamp,
) -> Result<Option<T>, StoreError> {
    let Some(payload) = store.take_ceremony(connection, kind, sha256(ticket.as_bytes()), now).await? else {
        return Ok(None);
    };
    serde_json::from_slice(payload.expose()).map(Some).map_err(|error| StoreError::Other(error.to_string()))
}
