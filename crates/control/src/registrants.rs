//! Strangers who make themselves projects, where the instance lets them: an account, a key, and databases of ours.
//!
//! They are no operators: they may do nothing but make projects and see their own.

use crate::{
    Control, ControlError, Created, NewStage, RegistrationServer, connect,
    create::slug_of,
    introspect, map_managed_users,
    operators::{OperatorError, hashing},
};
use portcullis_base::{ProjectId, Secret, new_id};
use portcullis_crypto::{generate_key, sha256};
use portcullis_project::{Settings, Stage};
use portcullis_store::{StoreError, attempts, registrants};

/// How long a sign-in is good. Seconds.
const TOKEN_S: i64 = 3_600;
/// Wrong passwords for an address in a quarter of an hour, until it waits.
const FAILURES: i64 = 10;
const FAILURES_S: i64 = 900;
/// Accounts from one address of the net in an hour.
const ACCOUNTS: i64 = 20;
const ACCOUNTS_S: i64 = 3_600;
/// Projects of one.
const PROJECTS: usize = 20;

/// Why it was refused.
#[derive(Debug, thiserror::Error)]
pub enum RegistrantError {
    /// The address is none.
    #[error("`{0}` is no address")]
    BadEmail(String),
    /// The address has an account.
    #[error("the address has an account already")]
    Taken,
    /// The password cannot be taken, or hashing is too busy.
    #[error(transparent)]
    Password(OperatorError),
    /// Address or password is wrong.
    #[error("the address or the password is wrong")]
    InvalidCredentials,
    /// Too many attempts.
    #[error("too many attempts; try again later")]
    TooMany {
        /// Seconds.
        retry_after_s: u32,
    },
    /// They have as many projects as they may.
    #[error("an account has at most {PROJECTS} projects")]
    TooManyProjects,
    /// Making the project failed.
    #[error(transparent)]
    Control(#[from] ControlError),
}

impl From<StoreError> for RegistrantError {
    fn from(error: StoreError) -> Self {
        Self::Control(error.into())
    }
}

impl Control {
    /// Makes an account; gives its key, shown this once. `from` is what is counted by.
    ///
    /// # Errors
    ///
    /// [`RegistrantError::BadEmail`], [`RegistrantError::Taken`], [`RegistrantError::Password`].
    pub async fn register(
        &self,
        email: &str,
        password: Secret<String>,
        from: &str,
    ) -> Result<Secret<String>, RegistrantError> {
        let email = email.trim().to_lowercase();
        let good = email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
        if !good || email.len() > 254 || email.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(RegistrantError::BadEmail(email));
        }
        hashing::check(&password, &email).map_err(RegistrantError::Password)?;
        self.counted("registering", from, ACCOUNTS, ACCOUNTS_S).await?;
        let hash = hashing::shared().turn().await.map_err(RegistrantError::Password)?;
        let hash = hash.hash(password).await.map_err(RegistrantError::Password)?;
        let key = generate_key("mk", &mut rand::rng());
        let one = registrants::Registrant {
            id: new_id("reg", &mut rand::rng()),
            email,
            password_hash: hash,
            key_hash: key.hash,
            created_at: self.now(),
        };
        match self.store.db().write(move |tx| registrants::insert(tx, &one)).await {
            Err(StoreError::Exists) => Err(RegistrantError::Taken),
            other => Ok(other.map(|()| key.text)?),
        }
    }

    /// Signs in; gives a token and how long it is good in seconds.
    ///
    /// # Errors
    ///
    /// [`RegistrantError::InvalidCredentials`], the same for nobody and a wrong password.
    pub async fn sign_in_registrant(
        &self,
        email: &str,
        password: Secret<String>,
    ) -> Result<(Secret<String>, i64), RegistrantError> {
        let email = email.trim().to_lowercase();
        let (who, now) = (email.clone(), self.now());
        let waits = "registrant logins";
        let key = hex(&sha256(email.as_bytes()));
        self.counted(waits, &key, FAILURES, FAILURES_S).await?;
        let found = self.store.db().read(move |tx| registrants::by_email(tx, &who)).await?;
        let (id, stored) = found.map_or((None, None), |(id, hash)| (Some(id), Some(hash)));
        let turn = hashing::shared().turn().await.map_err(RegistrantError::Password)?;
        let right = turn.verify(stored, password).await;
        let Some(id) = id.filter(|_| right) else { return Err(RegistrantError::InvalidCredentials) };
        let token = generate_key("mt", &mut rand::rng());
        let (hash, until) = (token.hash, now.plus_s(TOKEN_S));
        self.store
            .db()
            .write(move |tx| {
                attempts::clear(tx, waits, &key)?;
                registrants::keep_token(tx, &id, hash, until, now)
            })
            .await?;
        Ok((token.text, TOKEN_S))
    }

    /// Whose key or token this is.
    ///
    /// # Errors
    ///
    /// [`ControlError::Store`].
    pub async fn registrant(&self, credential: &str) -> Result<Option<String>, ControlError> {
        let (hash, now) = (sha256(credential.as_bytes()), self.now());
        Ok(self.store.db().read(move |tx| registrants::by_hash(tx, hash, now)).await?)
    }

    /// Makes a project on a database of ours, on a server where one is given, and switches these surfaces on for it.
    ///
    /// # Errors
    ///
    /// [`RegistrantError::TooManyProjects`], [`ControlError::BadName`].
    pub async fn register_project(
        &self,
        registrant: &str,
        name: &str,
        surfaces: &[&str],
        server: Option<&RegistrationServer>,
    ) -> Result<Created, RegistrantError> {
        if self.projects_of(registrant).await?.len() >= PROJECTS {
            return Err(RegistrantError::TooManyProjects);
        }
        let base = slug_of(name);
        if base.is_empty() {
            return Err(ControlError::BadName { name: name.to_owned(), suggestion: None }.into());
        }
        // Names are the instance's: a number behind keeps strangers apart.
        let random = sha256(new_id("slug", &mut rand::rng()).as_bytes());
        let slug = format!("{}-{}", &base[..base.len().min(48)], &hex(&random)[..8]);
        let target = self.database_for(&slug, server).await?;
        let engine = connect(&target).await?;
        let catalog = introspect(&target, &*engine, None).await?;
        let mut settings = Settings::default();
        // On a server of the operator's the first declared schema brings the users.
        if server.is_none() {
            map_managed_users(&mut settings);
        }
        let new = NewStage { slug, stage: Stage::Production, target, catalog, settings };
        let created = self.create(new).await?;
        if server.is_some() {
            self.set_managed(&created.in_force.connection, true).await?;
        }
        let (who, project, title) = (registrant.to_owned(), created.project.id.clone(), name.to_owned());
        self.store.db().write(move |tx| registrants::add_project(tx, &who, &project, &title)).await?;
        for surface in surfaces {
            self.enable_surface(surface, Some(&created.project.id)).await?;
        }
        Ok(created)
    }

    /// The projects of one, as (id, name).
    ///
    /// # Errors
    ///
    /// [`ControlError::Store`].
    pub async fn projects_of(&self, registrant: &str) -> Result<Vec<(ProjectId, String)>, ControlError> {
        let who = registrant.to_owned();
        Ok(self.store.db().read(move |tx| registrants::projects(tx, &who)).await?)
    }

    async fn counted(&self, scope: &str, key: &str, most: i64, window_s: i64) -> Result<(), RegistrantError> {
        let (scope, key, now) = (scope.to_owned(), key.to_owned(), self.now());
        let counted = self.store.db().write(move |tx| attempts::count(tx, &scope, &key, 1, window_s, now)).await?;
        match counted.count > most {
            true => Err(RegistrantError::TooMany { retry_after_s: u32::try_from(window_s).unwrap_or(900) }),
            false => Ok(()),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
