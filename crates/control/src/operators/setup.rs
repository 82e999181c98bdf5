//! The one-time set-up link of an instance without operators. SEC-67.

use super::{Client, Credentials, OperatorError, Operators, Tokens, sessions, told};
use portcullis_base::Secret;
use portcullis_crypto::{generate_key, sha256};
use portcullis_store::{Tx, operators};

/// How long the link works. Seconds.
pub const SETUP_TTL_S: i64 = 24 * 3_600;

impl Operators {
    /// A fresh set-up token in place of an earlier one; `None` where there is an operator.
    ///
    /// # Errors
    ///
    /// [`OperatorError::Store`].
    pub async fn setup_token(&self) -> Result<Option<Secret<String>>, OperatorError> {
        let token = generate_key("setup", &mut rand::rng());
        let (hash, until) = (token.hash, self.now().plus_s(SETUP_TTL_S));
        let kept = self.store.db().write(move |tx| operators::set_setup(tx, &hash, until)).await?;
        Ok(kept.then_some(token.text))
    }

    /// Makes the first operator by the token of the set-up link, and signs them in.
    ///
    /// # Errors
    ///
    /// [`OperatorError::InvalidSetupToken`], [`OperatorError::InvalidEmail`], [`OperatorError::WeakPassword`].
    pub async fn set_up(
        &self,
        token: &str,
        credentials: Credentials,
        client: &Client,
    ) -> Result<Tokens, OperatorError> {
        let (hash, now) = (sha256(token.as_bytes()), self.now());
        // Before any work: a stranger without the link costs nothing.
        if !self.store.db().read(move |tx| operators::setup_is_good(tx, &hash, now)).await? {
            return Err(OperatorError::InvalidSetupToken);
        }
        let operator = self.fresh(&credentials.email, credentials.password).await?;
        let (client, now) = (client.clone(), self.now());
        // SEC-27: the token is used up by the transaction that it is good for.
        let work = move |tx: &Tx<'_>| {
            if !operators::take_setup(tx, &hash, now)? || !operators::insert_first(tx, &operator)? {
                return Ok(None);
            }
            operators::signed_in(tx, &operator.id, &operator.password_hash, now)?;
            told::tell(tx, "operator.set_up", &operator.id, &client, "ok", now)?;
            sessions::open(tx, &operator.id, &client, now).map(Some)
        };
        self.store.db().write(work).await?.ok_or(OperatorError::InvalidSetupToken)
    }
}
