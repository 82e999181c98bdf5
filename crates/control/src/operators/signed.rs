//! Access tokens that say who they are for, for clients that read them. Signed, good at one surface alone, and good only
//! as long as their session lives: that is asked with every request. SEC-12, SEC-14.

use super::{ACCESS_TTL_S, Client, Credentials, OperatorCaller, OperatorError, Operators, Tokens};
use portcullis_base::{Secret, Timestamp, new_id};
use portcullis_crypto::jwt::{JwtError, Rules, SigningKey, Verifier, sign};
use portcullis_store::{StoreError, operator_sessions, operators};
use serde_json::{Map, Value, json};

const ISSUER: &str = "urn:portcullis:operators";

/// A fresh pair whose access token is signed.
#[derive(Debug, Clone)]
pub struct SignedTokens {
    /// The signed token.
    pub access: Secret<String>,
    /// `or_...`: good once, for the next pair.
    pub refresh: Secret<String>,
    /// How long the access token is good. Seconds.
    pub expires_in_s: i64,
    /// Whose they are.
    pub caller: OperatorCaller,
}

impl Operators {
    /// Signs an operator in at a surface; `claims` are added to the token.
    ///
    /// # Errors
    ///
    /// As [`Operators::login`].
    pub async fn login_at(
        &self,
        surface: &str,
        credentials: Credentials,
        claims: Map<String, Value>,
        client: &Client,
    ) -> Result<SignedTokens, OperatorError> {
        let tokens = self.login(credentials, client).await?;
        self.signed(surface, tokens, claims).await
    }

    /// A fresh pair for a refresh token, at a surface.
    ///
    /// # Errors
    ///
    /// As [`Operators::refresh`].
    pub async fn refresh_at(
        &self,
        surface: &str,
        token: &str,
        claims: Map<String, Value>,
        client: &Client,
    ) -> Result<SignedTokens, OperatorError> {
        let tokens = self.refresh(token, client).await?;
        self.signed(surface, tokens, claims).await
    }

    /// Who a signed access token of a surface stands for.
    ///
    /// # Errors
    ///
    /// [`OperatorError::InvalidToken`], [`OperatorError::SessionClosed`].
    pub async fn caller_at(&self, surface: &str, token: &str) -> Result<OperatorCaller, OperatorError> {
        let (key, now) = (self.signing_key()?, self.now());
        let rules = Rules {
            issuer: ISSUER.to_owned(),
            audience: surface.to_owned(),
            kind: Some("access".to_owned()),
            leeway_s: 5,
        };
        let claims =
            Verifier::new(rules, &key).verify(token, now).map_err(|_: JwtError| OperatorError::InvalidToken)?;
        let id = claims.get("sid").and_then(Value::as_str).ok_or(OperatorError::InvalidToken)?.to_owned();
        let found = self.store.db().read(move |tx| {
            let Some(session) = operator_sessions::by_id(tx, &id)? else { return Ok(None) };
            let operator = operators::load(tx, &session.operator)?;
            Ok(Some((session, operator)))
        });
        let (session, operator) = found.await?.ok_or(OperatorError::InvalidToken)?;
        if session.ended_why.is_some() {
            return Err(OperatorError::SessionClosed);
        }
        if session.expires_at <= now {
            return Err(OperatorError::InvalidToken);
        }
        Ok(OperatorCaller { operator: operator.into(), session: session.id })
    }

    async fn signed(
        &self,
        surface: &str,
        tokens: Tokens,
        claims: Map<String, Value>,
    ) -> Result<SignedTokens, OperatorError> {
        let caller = self.caller(tokens.access.expose()).await?;
        let now: Timestamp = self.now();
        let mut all = json!({
            "iss": ISSUER,
            "aud": surface,
            "typ": "access",
            "sub": caller.operator.id,
            "sid": caller.session,
            "email": caller.operator.email,
            "iat": now.unix_s(),
            "exp": now.unix_s() + ACCESS_TTL_S,
            "jti": new_id("jti", &mut rand::rng()),
        });
        for (name, value) in claims {
            if all.get(&name).is_none() {
                all[name] = value;
            }
        }
        let access = sign(&self.signing_key()?, &all).map_err(broken)?;
        Ok(SignedTokens { access, refresh: tokens.refresh, expires_in_s: ACCESS_TTL_S, caller })
    }

    /// The same on every node: it follows from the master key.
    fn signing_key(&self) -> Result<SigningKey, OperatorError> {
        SigningKey::from_secret(&self.store.sealer().derive_key("signed tokens of operators")).map_err(broken)
    }
}

fn broken(error: impl std::fmt::Display) -> OperatorError {
    OperatorError::Store(StoreError::Other(error.to_string()))
}
