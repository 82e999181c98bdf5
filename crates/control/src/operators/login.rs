//! Signing in with address and password, and changing the password. SEC-4, SEC-7, SEC-9, SEC-10.

use super::{
    Client, OperatorCaller, OperatorError, Operators, Tokens, accounts,
    lockout::{self, Subjects},
    password, sessions, told,
};
use portcullis_base::{Secret, Timestamp};
use portcullis_store::{
    StoreError, Tx,
    audit::{self, AuditEvent},
    operator_sessions, operators,
};
use serde_json::json;

/// What somebody signs in with.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The address.
    pub email: String,
    /// The password.
    pub password: Secret<String>,
}

impl Operators {
    /// Signs an operator in. An unknown address and a wrong password cost the same and are refused alike.
    ///
    /// # Errors
    ///
    /// [`OperatorError::InvalidCredentials`], [`OperatorError::TooManyAttempts`], [`OperatorError::Busy`].
    pub async fn login(&self, credentials: Credentials, client: &Client) -> Result<Tokens, OperatorError> {
        let Credentials { email, password } = credentials;
        // What is no address is nobody's.
        let email = accounts::address(&email).unwrap_or(email);
        let checked = self.check(&email, password, client, "operator.login").await?;
        let Some((operator, subjects)) = checked else { return Err(OperatorError::InvalidCredentials) };
        let (client, now) = (client.clone(), self.now());
        let work = move |tx: &Tx<'_>| {
            subjects.succeeded(tx)?;
            operators::signed_in(tx, &operator.id, &operator.password_hash, now)?;
            told::tell(tx, "operator.login", &operator.id, &client, "ok", now)?;
            sessions::open(tx, &operator.id, &client, now)
        };
        match self.store.db().write(work).await {
            // The password was changed while it was checked.
            Err(StoreError::Changed) => Err(OperatorError::InvalidCredentials),
            other => Ok(other?),
        }
    }

    /// Changes the caller's password: every session ends, and the caller gets a fresh one.
    ///
    /// # Errors
    ///
    /// [`OperatorError::WrongPassword`], [`OperatorError::WeakPassword`], [`OperatorError::TooManyAttempts`].
    pub async fn change_password(
        &self,
        caller: &OperatorCaller,
        current: Secret<String>,
        new: Secret<String>,
        client: &Client,
    ) -> Result<Tokens, OperatorError> {
        let email = &caller.operator.email;
        // What is refused for its form is no attempt.
        password::check(&new, email)?;
        let checked = self.check(email, current, client, "operator.password_change").await?;
        let Some((operator, subjects)) = checked else { return Err(OperatorError::WrongPassword) };
        let hash = self.hashing.turn().await?.hash(new).await?;
        let (client, now) = (client.clone(), self.now());
        let work = move |tx: &Tx<'_>| {
            subjects.succeeded(tx)?;
            operators::set_password(tx, &operator.id, &operator.password_hash, &hash, now)?;
            operator_sessions::end_all(tx, &operator.id, "password_changed", now)?;
            told::tell(tx, "operator.password_change", &operator.id, &client, "ok", now)?;
            sessions::open(tx, &operator.id, &client, now)
        };
        match self.store.db().write(work).await {
            Err(StoreError::Changed) => Err(OperatorError::WrongPassword),
            other => Ok(other?),
        }
    }

    /// The operator of an address if the password is theirs. Counts before it checks; tells the audit of refusals.
    async fn check(
        &self,
        email: &str,
        password: Secret<String>,
        client: &Client,
        action: &'static str,
    ) -> Result<Option<(operators::Operator, Subjects)>, OperatorError> {
        // First the turn: who is sent away for want of room has not tried.
        let turn = self.hashing.turn().await?;
        let (subjects, now) = (Subjects::new(email, client), self.now());
        let (wanted, from) = (email.to_owned(), client.clone());
        let counted = move |tx: &Tx<'_>| {
            let found = operators::find(tx, &wanted)?;
            let wait = subjects.count(tx, now)?;
            if wait.is_some() {
                let id = found.as_ref().map(|operator| operator.id.as_str());
                let code = OperatorError::TooManyAttempts { retry_after_s: 0 }.code();
                refusal(tx, action, id, &wanted, &from, code, now)?;
            }
            Ok((found, wait))
        };
        let (found, wait) = self.store.db().write(counted).await?;
        if let Some(until) = wait {
            return Err(lockout::refused(until, now));
        }
        let stored = found.as_ref().map(|operator| operator.password_hash.clone());
        if turn.verify(stored, password).await {
            return Ok(found.map(|operator| (operator, subjects)));
        }
        let id = found.map(|operator| operator.id);
        let (tried, from) = (email.to_owned(), client.clone());
        let code = OperatorError::InvalidCredentials.code();
        let told = move |tx: &Tx<'_>| refusal(tx, action, id.as_deref(), &tried, &from, code, now);
        self.store.db().write(told).await?;
        Ok(None)
    }
}

/// Tells that somebody who says they are `email` was refused. What they typed may be a password: only an address is told.
fn refusal(
    tx: &Tx<'_>,
    name: &str,
    operator: Option<&str>,
    email: &str,
    client: &Client,
    code: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let detail = accounts::address(email).ok().map(|email| json!({ "email": email }).to_string());
    let event = told::event(name, None, client, code);
    audit::insert(tx, &AuditEvent { subject: operator.map(str::to_owned), detail, ..event }, now)
}
