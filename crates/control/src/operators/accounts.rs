//! Making operators, changing their passwords from outside, and listing them.

use super::{Client, OperatorError, Operators, Source, lockout, password, told};
use portcullis_base::{Secret, Timestamp, new_id};
use portcullis_store::{
    StoreError,
    audit::{self, AuditEvent},
    operator_sessions, operators,
    operators::Operator,
};

/// Characters of an address at most. SEC-52; source: RFC 5321 4.5.3.1.3.
const EMAIL_CHARS: usize = 254;

/// An operator, as far as they can be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorInfo {
    /// Their id.
    pub id: String,
    /// Their address.
    pub email: String,
    /// When they were made.
    pub created_at: Timestamp,
    /// When their password was set.
    pub password_changed_at: Timestamp,
    /// When they last signed in.
    pub last_login_at: Option<Timestamp>,
}

impl From<Operator> for OperatorInfo {
    fn from(operator: Operator) -> Self {
        Self {
            id: operator.id,
            email: operator.email,
            created_at: operator.created_at,
            password_changed_at: operator.password_changed_at,
            last_login_at: operator.last_login_at,
        }
    }
}

impl Operators {
    /// Whether there is an operator.
    ///
    /// # Errors
    ///
    /// [`OperatorError::Store`].
    pub async fn any(&self) -> Result<bool, OperatorError> {
        Ok(self.store.db().read(operators::any).await?)
    }

    /// Every operator, by address.
    ///
    /// # Errors
    ///
    /// [`OperatorError::Store`].
    pub async fn list(&self) -> Result<Vec<OperatorInfo>, OperatorError> {
        Ok(self.store.db().read(operators::list).await?.into_iter().map(Into::into).collect())
    }

    /// Makes an operator.
    ///
    /// # Errors
    ///
    /// [`OperatorError::InvalidEmail`], [`OperatorError::WeakPassword`], [`OperatorError::Taken`].
    pub async fn create(
        &self,
        email: &str,
        password: Secret<String>,
        source: &Source,
    ) -> Result<OperatorInfo, OperatorError> {
        let operator = self.fresh(email, password).await?;
        let (made, now) = (operator.clone(), self.now());
        let told = AuditEvent {
            subject: Some(operator.id.clone()),
            ..told::event("operator.create", Some(source.word()), &Client::default(), "ok")
        };
        let written = self.store.db().write(move |tx| {
            operators::insert(tx, &made)?;
            audit::insert(tx, &told, now)
        });
        match written.await {
            Ok(()) => Ok(operator.into()),
            Err(StoreError::Exists) => Err(OperatorError::Taken(operator.email)),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes the first operator; `None`, and nothing done, where there is one.
    ///
    /// # Errors
    ///
    /// As [`Operators::create`].
    pub async fn create_first(
        &self,
        email: &str,
        password: Secret<String>,
        source: &Source,
    ) -> Result<Option<OperatorInfo>, OperatorError> {
        if self.any().await? {
            return Ok(None);
        }
        let operator = self.fresh(email, password).await?;
        let (made, now) = (operator.clone(), self.now());
        let told = AuditEvent {
            subject: Some(operator.id.clone()),
            ..told::event("operator.create", Some(source.word()), &Client::default(), "ok")
        };
        let work = move |tx: &portcullis_store::Tx<'_>| {
            let first = operators::insert_first(tx, &made)?;
            if first {
                audit::insert(tx, &told, now)?;
            }
            Ok(first)
        };
        Ok(self.store.db().write(work).await?.then(|| operator.into()))
    }

    /// Gives an operator another password from outside: ends their sessions, and any wait after failures. SEC-9, SEC-18.
    ///
    /// # Errors
    ///
    /// [`OperatorError::Unknown`], [`OperatorError::WeakPassword`].
    pub async fn reset_password(
        &self,
        email: &str,
        password: Secret<String>,
        source: &Source,
    ) -> Result<OperatorInfo, OperatorError> {
        let address = address(email)?;
        let wanted = address.clone();
        let found = self.store.db().read(move |tx| operators::find(tx, &wanted)).await?;
        let operator = found.ok_or_else(|| OperatorError::Unknown(address.clone()))?;
        password::check(&password, &address)?;
        let hash = self.hashing.turn().await?.hash(password).await?;
        let (id, before, now) = (operator.id.clone(), operator.password_hash.clone(), self.now());
        let told = AuditEvent {
            subject: Some(id.clone()),
            ..told::event("operator.password_reset", Some(source.word()), &Client::default(), "ok")
        };
        let work = move |tx: &portcullis_store::Tx<'_>| {
            operators::set_password(tx, &id, &before, &hash, now)?;
            operator_sessions::end_all(tx, &id, "password_changed", now)?;
            operators::clear_attempts(tx, &lockout::account(&address))?;
            audit::insert(tx, &told, now)
        };
        self.store.db().write(work).await?;
        Ok(OperatorInfo { password_changed_at: now, ..operator.into() })
    }

    /// A checked and hashed record, not yet kept.
    pub(super) async fn fresh(&self, email: &str, password: Secret<String>) -> Result<Operator, OperatorError> {
        let email = address(email)?;
        password::check(&password, &email)?;
        let password_hash = self.hashing.turn().await?.hash(password).await?;
        let now = self.now();
        Ok(Operator {
            id: new_id("op", &mut rand::rng()),
            email,
            password_hash,
            created_at: now,
            password_changed_at: now,
            last_login_at: None,
        })
    }
}

/// An address as it is kept: one mailbox in small letters, without space around it. SEC-26.
pub(super) fn address(text: &str) -> Result<String, OperatorError> {
    let address = text.trim().to_lowercase();
    let plain = |c: char| !c.is_control() && !c.is_whitespace() && !matches!(c, ',' | ';' | '<' | '>' | '"');
    let whole = address.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@') && !domain.starts_with('.')
    });
    if whole && address.chars().all(plain) && address.chars().count() <= EMAIL_CHARS {
        return Ok(address);
    }
    Err(OperatorError::InvalidEmail(text.chars().filter(|c| !c.is_control()).take(EMAIL_CHARS).collect()))
}
