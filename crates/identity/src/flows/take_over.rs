//! An account whose address turns out to be somebody else's than its maker's: whatever the maker could come back with is
//! dropped before the owner gets it. SEC-30.

use crate::{
    Client, Identity, IdentityError, User,
    audit::Event,
    methods::oauth::LinkRefusal,
    revocations::{ending, keep},
    sessions::is_verified,
    users::Directory,
};
use portcullis_base::Timestamp;
use portcullis_crypto::password::{Spelling, dummy};
use portcullis_project::Project;
use portcullis_store::{
    api_keys, one_time, passkeys, recovery_codes, revocations::Revocation, social_profiles, totp, users::UserState,
};
use serde_json::json;

/// How somebody showed that the mailbox is theirs, and what therefore stays of an account that a stranger may have made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// By signing in with a link or code: nothing stays.
    SignIn,
    /// By a new password, which has ended the sessions already.
    NewPassword,
    /// By the link of the verification mail, which most makers of accounts open themselves: password and sessions stay.
    Verification,
}

/// Whether a stranger may have made the account: its address was only ever claimed.
pub(crate) fn is_unproven(user: &User, state: &UserState) -> bool {
    !is_verified(user, state) && (user.verified == Some(false) || state.claimed)
}

impl Identity {
    /// Gives the account to whoever a provider vouches for.
    ///
    /// # Errors
    ///
    /// [`LinkRefusal::LocalAddressUnverified`] where the password cannot be taken away.
    pub(crate) async fn hand_over(
        &self,
        directory: &Directory<'_>,
        user: &User,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        match self.drop_password(directory, user, now).await {
            Err(IdentityError::ReadOnly) => return Err(LinkRefusal::LocalAddressUnverified.into()),
            other => other?,
        }
        self.drop_ways(directory.project, &user.id, client, now).await?;
        self.end_all_of(directory.project, &user.id, false, "password_changed", now).await?;
        self.note_address(directory, user, now).await
    }

    /// Drops what the maker of an unproven account added to it, as far as `seen` wants it gone.
    pub(crate) async fn drop_makers(
        &self,
        directory: &Directory<'_>,
        user: &User,
        seen: Seen,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        if seen == Seen::SignIn {
            match self.drop_password(directory, user, now).await {
                // Nobody can have signed up here into a table that takes no row.
                Err(IdentityError::ReadOnly) => {
                    tracing::warn!("A password of an unverified account could not be dropped")
                }
                other => other?,
            }
        }
        self.drop_ways(directory.project, &user.id, client, now).await?;
        if seen == Seen::SignIn {
            self.end_all_of(directory.project, &user.id, false, "password_changed", now).await?;
        }
        Ok(())
    }

    async fn drop_password(&self, directory: &Directory<'_>, user: &User, now: Timestamp) -> Result<(), IdentityError> {
        if user.password.is_none() {
            return Ok(());
        }
        let table = self.table_format(directory, now).await?;
        let spelling = table.usual.unwrap_or_else(Spelling::argon2id);
        directory.set_password(&user.id, &dummy(&spelling), now).await.map(drop)
    }

    /// Links, second factors, keys and mails that wait.
    async fn drop_ways(
        &self,
        project: &Project,
        id: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        kept_by_the_table(self.unlink_all(project, id).await)?;
        kept_by_the_table(crate::mapped_keys::revoke_all(project, id, now).await)?;
        let (connection, own) = (project.connection.clone(), id.to_owned());
        let one = ending(project, "api_key", "", 0, now);
        let basic = ending(project, "basic", id, 0, now);
        let kept = self.store.db().write(move |tx| {
            social_profiles::delete_all(tx, &connection, &own)?;
            totp::delete(tx, &connection, &own)?;
            passkeys::delete_all(tx, &connection, &own)?;
            recovery_codes::delete(tx, &connection, &own)?;
            one_time::void_all(tx, &connection, &own)?;
            let keys = api_keys::revoke_all(tx, &connection, &own, now)?;
            let all = keys.into_iter().map(|subject| Revocation { subject, ..one.clone() }).chain([basic]);
            keep(tx, all.collect())
        });
        let kept = kept.await?;
        self.apply(&kept);
        let event = Event::of_user("account_taken_over", id).about(json!({"api_keys": kept.len().saturating_sub(1)}));
        self.audit(project, event, client, now).await;
        Ok(())
    }
}

/// Rows of a table that cannot be written are none that a stranger added here.
fn kept_by_the_table(done: Result<(), IdentityError>) -> Result<(), IdentityError> {
    match done {
        Err(IdentityError::ReadOnly) => {
            tracing::warn!("Rows of an unverified account could not be dropped from the customer's tables");
            Ok(())
        }
        other => other,
    }
}
