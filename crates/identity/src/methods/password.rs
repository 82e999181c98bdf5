//! The password: counted before it is checked, and the same answer and work whoever is asked for. SEC-4, SEC-7, SEC-9.

use super::{Method, Proof};
use crate::{
    Client, Identity, IdentityError, User,
    audit::Event,
    users::{Directory, normalised},
};
use portcullis_base::{Secret, Timestamp};
use portcullis_crypto::{
    keyed,
    password::{self, Spelling, Verdict},
};
use portcullis_store::{
    Tx,
    attempts::{self, Lock},
};

/// Characters of a login at most. SEC-52.
const LOGIN_CHARS: usize = 254;

/// What a login names.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Who<'a> {
    /// Somebody's address or name.
    Login(&'a str),
    /// A user who is signed in, asked for the password again.
    User(&'a User),
}

impl Identity {
    /// Checks a password.
    ///
    /// # Errors
    ///
    /// [`IdentityError::InvalidCredentials`] for all that is wrong, [`IdentityError::Locked`],
    /// [`IdentityError::RateLimited`], [`IdentityError::Busy`].
    pub(crate) async fn prove_password(
        &self,
        directory: &Directory<'_>,
        who: Who<'_>,
        given: &Secret<String>,
        client: &Client,
        now: Timestamp,
    ) -> Result<Proof, IdentityError> {
        check_length("password", given.expose(), password::MAX_PASSWORD_BYTES)?;
        if let Who::Login(login) = who {
            check_length("email", login, LOGIN_CHARS)?;
        }
        let found = match who {
            Who::Login(login) => directory.by_login(login).await?,
            Who::User(user) => Some(user.clone()),
        };
        let account = match (&found, who) {
            (Some(user), _) => format!("id:{}", user.id),
            // What is typed there may be a password in the wrong field: it is kept nowhere. SEC-63.
            (None, Who::Login(login)) => self.nameless(login),
            (None, Who::User(user)) => format!("id:{}", user.id),
        };
        let state = match &found {
            Some(user) => self.state_of(directory.project, &user.id).await?,
            None => self.state_of(directory.project, "").await?,
        };
        // The row is read after the version: a password that is changed meanwhile shows in one of them.
        let found = match found {
            Some(user) => directory.by_id(&user.id).await?,
            None => {
                // As much work for nobody. SEC-4.
                directory.by_no_id().await?;
                None
            }
        };
        let lock = match self.count_guess(directory.project, &account, client, now).await {
            Ok(lock) => lock,
            Err(error) => {
                self.audit(directory.project, Event::login(&account, error.code()), client, now).await;
                return Err(error);
            }
        };
        let usual = self.table_format(directory, now).await?;
        let usable = found.as_ref().filter(|user| user.active && !state.disabled);
        let stored = usable.and_then(|user| user.password.clone());
        let spelling = usual.usual.clone().unwrap_or_else(Spelling::argon2id);
        let known = stored.is_some();
        let (legacy, secret) = (directory.legacy(), given.clone());
        let verdict = self
            .hashing
            .run(move || {
                let stored = stored.unwrap_or_else(|| password::dummy(&spelling));
                password::verify(stored.expose(), secret.expose(), &legacy)
            })
            .await;
        let verdict = match verdict {
            Ok(verdict) => verdict,
            Err(error) => {
                // Nobody has looked at it.
                self.take_back_guess(directory.project, &account, lock, client).await?;
                return Err(error);
            }
        };
        let user = match (verdict, found) {
            (Verdict::Match, Some(user)) if known => user,
            _ => {
                let error = IdentityError::InvalidCredentials;
                self.audit(directory.project, Event::login(&account, error.code()), client, now).await;
                return Err(error);
            }
        };
        self.good_guess(directory.project, &account, client).await?;
        if let Some(spelling) = directory.upgrade(&user, &usual) {
            self.upgrade_hash(directory, &user, spelling, given, now).await;
        }
        Ok(Proof::new(user, Method::Password, "aal1").at_version(state.password_version))
    }

    /// Counts a guess, before anything is compared.
    async fn count_guess(
        &self,
        project: &portcullis_project::Project,
        account: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<Lock, IdentityError> {
        if !client.surface.counts_all_logins {
            self.count_login(project, account, client, now).await?;
        }
        let (connection, account) = (project.connection.clone(), account.to_owned());
        let rule = self.lock_rule(project, client.surface);
        let longest = rule.longest_s();
        let lock = self
            .store
            .db()
            .write(move |tx| attempts::guess(tx, &connection, &account, &|n| rule.wait_s(n), longest, now))
            .await?;
        match lock {
            Ok(lock) => Ok(lock),
            Err(until) => {
                let wait_s = (until.unix_s() - now.unix_s()).max(1);
                Err(IdentityError::Locked { retry_after_s: u32::try_from(wait_s).unwrap_or(u32::MAX) })
            }
        }
    }

    /// A guess was never looked at.
    async fn take_back_guess(
        &self,
        project: &portcullis_project::Project,
        account: &str,
        lock: Lock,
        client: &Client,
    ) -> Result<(), IdentityError> {
        let (connection, own) = (project.connection.clone(), account.to_owned());
        let (scope, key) = self.login_counter(project, account, client);
        let all = client.surface.counts_all_logins;
        let work = move |tx: &Tx<'_>| {
            attempts::unguess(tx, &connection, &own, lock)?;
            if all { Ok(()) } else { attempts::uncount(tx, &scope, &key) }
        };
        Ok(self.store.db().write(work).await?)
    }

    /// The password was right. Where a limit counts by source alone, the failures at other accounts stay counted.
    async fn good_guess(
        &self,
        project: &portcullis_project::Project,
        account: &str,
        client: &Client,
    ) -> Result<(), IdentityError> {
        if self.counts_logins_of_account(project, client) || client.surface.counts_all_logins {
            return self.clear_guesses(project, account, client).await;
        }
        let (connection, own) = (project.connection.clone(), account.to_owned());
        let (scope, key) = self.login_counter(project, account, client);
        let work = move |tx: &Tx<'_>| {
            attempts::unlock(tx, &connection, &own)?;
            attempts::uncount(tx, &scope, &key)
        };
        Ok(self.store.db().write(work).await?)
    }

    /// An account that is nobody's, without what was typed. SEC-63.
    pub(crate) fn nameless(&self, login: &str) -> String {
        let hash = keyed(self.secret.expose(), format!("login {}", normalised(login)).as_bytes());
        let hex: String = hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("login:{hex}")
    }

    /// Forgets the wrong passwords of an account whose owner has shown up.
    pub(crate) async fn clear_guesses(
        &self,
        project: &portcullis_project::Project,
        account: &str,
        client: &Client,
    ) -> Result<(), IdentityError> {
        let (connection, own) = (project.connection.clone(), account.to_owned());
        let (scope, key) = self.login_counter(project, account, client);
        let all = client.surface.counts_all_logins || !self.counts_logins_of_account(project, client);
        self.store
            .db()
            .write(move |tx| {
                attempts::unlock(tx, &connection, &own)?;
                if all { Ok(()) } else { attempts::clear(tx, &scope, &key) }
            })
            .await?;
        Ok(())
    }

    /// Puts a better hash in the row. That it fails keeps nobody out.
    async fn upgrade_hash(
        &self,
        directory: &Directory<'_>,
        user: &User,
        spelling: Spelling,
        given: &Secret<String>,
        now: Timestamp,
    ) {
        let secret = given.clone();
        let made = self.hashing.run(move || password::make(&spelling, secret.expose(), &mut rand::rng())).await;
        let Ok(Ok(hash)) = made else { return };
        let Some(stored) = &user.password else { return };
        if let Err(error) = directory.replace_password(&user.id, stored, &hash, now).await {
            tracing::warn!(%error, "A password could not be given a better hash");
        }
    }
}

pub(crate) fn check_length(field: &str, text: &str, max: usize) -> Result<(), IdentityError> {
    if text.is_empty() {
        return Err(IdentityError::invalid(field, "missing_field", format!("`{field}` is required")));
    }
    if text.len() > max {
        return Err(IdentityError::invalid(field, "too_long", format!("`{field}` has more than {max} bytes")));
    }
    Ok(())
}

impl Proof {
    /// Whoever has just made the account, with a password they chose.
    pub(crate) const fn of_signup(user: User) -> Self {
        Self::new(user, Method::Password, "aal1")
    }
}
