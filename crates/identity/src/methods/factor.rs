//! What the second factors share: whose they are, why they refuse, and how strong a set of factors is.

use portcullis_base::ConnectionId;
use portcullis_store::{Store, StoreError, Tx, factor_tries, passkeys, recovery_codes, totp};

/// One thing a user proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Factor {
    /// Knows the password.
    Password,
    /// Reads the mailbox: magic link, code by mail.
    Mailbox,
    /// Signed in at a provider.
    Social,
    /// Holds the authenticator app.
    Totp,
    /// Holds one of the recovery codes.
    RecoveryCode,
    /// Holds a passkey.
    Passkey {
        /// The authenticator checked a PIN, a finger or a face: that alone is two factors.
        user_verified: bool,
    },
}

/// How strong a set of factors is: the claim `aal` of an access token.
///
/// Source: NIST SP 800-63B-4, sections 2.2 and 3.1.7.
pub fn aal(factors: &[Factor]) -> &'static str {
    use Factor as F;
    let alone = factors.iter().any(|factor| matches!(factor, F::Passkey { user_verified: true }));
    let first = factors.iter().any(|factor| matches!(factor, F::Password | F::Mailbox | F::Social));
    let second = factors.iter().any(|factor| matches!(factor, F::Totp | F::RecoveryCode | F::Passkey { .. }));
    if alone || (first && second) { "aal2" } else { "aal1" }
}

/// Whose factors: a user of a stage, and where they are kept.
#[derive(Debug, Clone, Copy)]
pub struct Owner<'a> {
    /// Our own data.
    pub store: &'a Store,
    /// The stage.
    pub connection: &'a ConnectionId,
    /// The user's id as text.
    pub user: &'a str,
}

/// Which second factors a user has set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecondFactors {
    /// A confirmed authenticator app.
    pub totp: bool,
    /// How many passkeys.
    pub passkeys: usize,
    /// How many unused recovery codes.
    pub recovery_codes: i64,
}

impl SecondFactors {
    /// Whether a login with one factor has to go on to a second.
    pub const fn any(&self) -> bool {
        self.totp || self.passkeys > 0
    }
}

impl Owner<'_> {
    /// Which second factors the user has set up.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn second_factors(&self) -> Result<SecondFactors, FactorError> {
        let found = self.read(|tx, connection, user| {
            Ok(SecondFactors {
                totp: totp::find(tx, connection, user)?.is_some_and(|totp| totp.confirmed_at.is_some()),
                passkeys: passkeys::of_user(tx, connection, user)?.len(),
                recovery_codes: recovery_codes::left(tx, connection, user)?,
            })
        });
        Ok(found.await?)
    }

    /// Takes all second factors from the user: an administrator helps someone who lost them, or the user is gone.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn forget_second_factors(&self) -> Result<(), FactorError> {
        let forgotten = self.write(|tx, connection, user| {
            totp::delete(tx, connection, user)?;
            passkeys::delete_all(tx, connection, user)?;
            recovery_codes::delete(tx, connection, user)?;
            factor_tries::clear(tx, connection, user, None)
        });
        Ok(forgotten.await?)
    }

    pub(super) async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Tx<'_>, &ConnectionId, &str) -> Result<T, StoreError> + Send + 'static,
    {
        let (connection, user) = (self.connection.clone(), self.user.to_owned());
        self.store.db().read(move |tx| work(tx, &connection, &user)).await
    }

    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Tx<'_>, &ConnectionId, &str) -> Result<T, StoreError> + Send + 'static,
    {
        let (connection, user) = (self.connection.clone(), self.user.to_owned());
        self.store.db().write(move |tx| work(tx, &connection, &user)).await
    }
}

/// Recovery codes stand in for another factor; without one they are nothing.
pub(super) fn drop_idle_codes(tx: &Tx<'_>, connection: &ConnectionId, user: &str) -> Result<(), StoreError> {
    let idle = totp::find(tx, connection, user)?.is_none() && passkeys::of_user(tx, connection, user)?.is_empty();
    if idle { recovery_codes::delete(tx, connection, user) } else { Ok(()) }
}

/// Why a second factor was not set up or looked at. A wrong code is no error but an answer.
#[derive(Debug, thiserror::Error)]
pub enum FactorError {
    /// There is a confirmed authenticator app already.
    #[error("an authenticator app is set up already; disable it first")]
    AlreadyEnrolled,
    /// There is no authenticator app to confirm, check or disable.
    #[error("no authenticator app is set up")]
    NotEnrolled,
    /// Recovery codes were asked for before there is a factor they could stand in for.
    #[error("set up an authenticator app or a passkey first")]
    NothingToRecover,
    /// The address or the product's name cannot be shown by an authenticator app.
    #[error("the account's name is too long for an authenticator app")]
    UnusableName,
    /// The source goes to the log; the caller never sees it.
    #[error("the store did not answer")]
    Store(#[from] StoreError),
}

impl FactorError {
    /// Stable, documented, never renamed: clients branch on it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AlreadyEnrolled => "totp_already_enrolled",
            Self::NotEnrolled => "totp_not_enrolled",
            Self::NothingToRecover => "no_second_factor",
            Self::UnusableName => "invalid_value",
            Self::Store(_) => "internal",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_factors_or_one_that_is_two_make_aal2() {
        use Factor as F;
        let (present, verified) = (F::Passkey { user_verified: false }, F::Passkey { user_verified: true });
        for (factors, expected) in [
            (vec![], "aal1"),
            (vec![F::Password], "aal1"),
            (vec![F::Mailbox], "aal1"),
            (vec![F::Social], "aal1"),
            // Two of one kind are one factor.
            (vec![F::Password, F::Mailbox, F::Social], "aal1"),
            (vec![F::Totp], "aal1"),
            (vec![F::Totp, F::RecoveryCode], "aal1"),
            (vec![present], "aal1"),
            (vec![F::Password, F::Totp], "aal2"),
            (vec![F::Password, F::RecoveryCode], "aal2"),
            (vec![F::Mailbox, F::Totp], "aal2"),
            (vec![F::Social, present], "aal2"),
            (vec![verified], "aal2"),
        ] {
            assert_eq!(aal(&factors), expected, "{factors:?}");
        }
    }
}
