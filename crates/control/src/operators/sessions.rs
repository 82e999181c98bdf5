//! Operators' sessions: pairs of tokens, refreshing them, ending them. SEC-13, SEC-16 to SEC-18.

use super::{Client, OperatorError, OperatorInfo, Operators, told};
use portcullis_base::{Secret, Timestamp, new_id};
use portcullis_crypto::{generate_key, sha256};
use portcullis_store::{
    StoreError, Tx,
    operator_sessions::{self, Kind, Session},
    operators,
};
use std::fmt::Write as _;

/// How long an access token is good. Seconds.
pub const ACCESS_TTL_S: i64 = 3_600;
/// How long a session may lie idle, and how long it lasts however often it is refreshed. Seconds.
const IDLE_S: i64 = 7 * 24 * 3_600;
const SESSION_S: i64 = 30 * 24 * 3_600;
/// For so long a refresh token that was used gives the same successor again: two tabs, an answer that got lost. Seconds.
const GRACE_S: i64 = 10;
/// Nothing longer is a token. SEC-52.
const TOKEN_BYTES: usize = 4_096;

/// A fresh pair.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// `ot_...`: good for requests.
    pub access: Secret<String>,
    /// `or_...`: good once, for the next pair.
    pub refresh: Secret<String>,
    /// How long the access token is good. Seconds.
    pub expires_in_s: i64,
}

/// An operator who was proved by a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorCaller {
    /// Who.
    pub operator: OperatorInfo,
    /// Through which session.
    pub session: String,
}

impl Operators {
    /// Who an access token stands for.
    ///
    /// # Errors
    ///
    /// [`OperatorError::InvalidToken`], [`OperatorError::SessionClosed`].
    pub async fn caller(&self, token: &str) -> Result<OperatorCaller, OperatorError> {
        let (hash, now) = (hash(token)?, self.now());
        let found = self.store.db().read(move |tx| {
            let Some(token) = operator_sessions::find(tx, Kind::Access, &hash)? else { return Ok(None) };
            let operator = operators::load(tx, &token.session.operator)?;
            Ok(Some((token, operator)))
        });
        let (token, operator) = found.await?.ok_or(OperatorError::InvalidToken)?;
        if token.session.ended_why.is_some() {
            return Err(OperatorError::SessionClosed);
        }
        if token.expires_at <= now || token.session.expires_at <= now {
            return Err(OperatorError::InvalidToken);
        }
        Ok(OperatorCaller { operator: operator.into(), session: token.session.id })
    }

    /// A fresh pair for a refresh token. A second use after the grace ends the session.
    ///
    /// # Errors
    ///
    /// [`OperatorError::InvalidToken`], [`OperatorError::RefreshTokenReused`], [`OperatorError::SessionClosed`].
    pub async fn refresh(&self, token: &str, client: &Client) -> Result<Tokens, OperatorError> {
        let (hash, now) = (hash(token)?, self.now());
        // The same on every node and at every try, and from the token that was kept alone it cannot be found.
        let next = self.successor(token);
        let (refresh, client) = (sha256(next.expose().as_bytes()), client.clone());
        let access = generate_key("ot", &mut rand::rng());
        let access_hash = access.hash;
        let work = move |tx: &Tx<'_>| {
            let first = operator_sessions::use_refresh(tx, &hash, now)?;
            let Some(token) = operator_sessions::find(tx, Kind::Refresh, &hash)? else {
                return Ok(Err(OperatorError::InvalidToken));
            };
            let session = &token.session;
            if let Some(why) = &session.ended_why {
                let reused = why == "refresh_token_reused";
                return Ok(Err(if reused { OperatorError::RefreshTokenReused } else { OperatorError::SessionClosed }));
            }
            if !first {
                match token.used_at {
                    Some(used_at) if now <= used_at.plus_s(GRACE_S) => {}
                    Some(_) => {
                        operator_sessions::end(tx, &session.id, "refresh_token_reused", now)?;
                        let result = OperatorError::RefreshTokenReused.code();
                        told::tell(tx, "operator.refresh", &session.operator, &client, result, now)?;
                        return Ok(Err(OperatorError::RefreshTokenReused));
                    }
                    None => return Ok(Err(OperatorError::InvalidToken)),
                }
            }
            operator_sessions::touch(tx, &session.id, now)?;
            add_pair(tx, session, &access_hash, &refresh, now)?;
            Ok(Ok(()))
        };
        self.store.db().write(work).await??;
        Ok(Tokens { access: access.text, refresh: next, expires_in_s: ACCESS_TTL_S })
    }

    /// Ends the caller's session: its tokens are no longer good anywhere.
    ///
    /// # Errors
    ///
    /// [`OperatorError::Store`].
    pub async fn logout(&self, caller: &OperatorCaller, client: &Client) -> Result<(), OperatorError> {
        let (session, operator) = (caller.session.clone(), caller.operator.id.clone());
        let (client, now) = (client.clone(), self.now());
        let work = move |tx: &Tx<'_>| {
            if operator_sessions::end(tx, &session, "logout", now)? {
                told::tell(tx, "operator.logout", &operator, &client, "ok", now)?;
            }
            Ok(())
        };
        Ok(self.store.db().write(work).await?)
    }

    fn successor(&self, token: &str) -> Secret<String> {
        let key = self.store.sealer().derive_key(&format!("operator refresh {token}"));
        let mut text = "or_".to_owned();
        for byte in key.expose() {
            let _ = write!(text, "{byte:02x}");
        }
        Secret::new(text)
    }
}

/// Begins a session inside the transaction that proved its operator.
pub(super) fn open(tx: &Tx<'_>, operator: &str, client: &Client, now: Timestamp) -> Result<Tokens, StoreError> {
    operator_sessions::purge(tx, now)?;
    let session = Session {
        id: new_id("os", &mut rand::rng()),
        operator: operator.to_owned(),
        created_at: now,
        expires_at: now.plus_s(SESSION_S),
        ip: client.ip_text(),
        user_agent: client.short_user_agent(),
        ended_why: None,
    };
    operator_sessions::insert(tx, &session)?;
    let (access, refresh) = (generate_key("ot", &mut rand::rng()), generate_key("or", &mut rand::rng()));
    add_pair(tx, &session, &access.hash, &refresh.hash, now)?;
    Ok(Tokens { access: access.text, refresh: refresh.text, expires_in_s: ACCESS_TTL_S })
}

fn add_pair(
    tx: &Tx<'_>,
    session: &Session,
    access: &[u8; 32],
    refresh: &[u8; 32],
    now: Timestamp,
) -> Result<(), StoreError> {
    // Nothing outlives its session.
    let until = |ttl_s| now.plus_s(ttl_s).min(session.expires_at);
    operator_sessions::add_token(tx, &session.id, Kind::Access, access, until(ACCESS_TTL_S))?;
    operator_sessions::add_token(tx, &session.id, Kind::Refresh, refresh, until(IDLE_S))
}

fn hash(token: &str) -> Result<[u8; 32], OperatorError> {
    if token.is_empty() || token.len() > TOKEN_BYTES {
        return Err(OperatorError::InvalidToken);
    }
    Ok(sha256(token.as_bytes()))
}
