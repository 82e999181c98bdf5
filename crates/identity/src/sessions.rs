//! Sessions. [`Identity::open_session`] is the only door to a pair of tokens; a refresh token works once. SEC-16, SEC-17.

use crate::{
    Client, Identity, IdentityError, Proof, SurfaceRules, User,
    audit::Event,
    keys::{access_ttl_of, audience, issuer, ttl_s},
    methods::Method,
    revocations::{ending, keep, session_ending},
    standing::Standing,
    surface::ClaimsOf,
    times::rfc3339,
    users::Directory,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use portcullis_base::{Secret, Timestamp, new_id};
use portcullis_crypto::{jwt, keyed, random_token, sha256};
use portcullis_project::{Project, settings::CardKind};
use portcullis_query::access::EndUser;
use portcullis_store::{
    StoreError, one_time,
    sessions::{self, Session, Swap, Swapped},
    users::{self, UserState},
};
use serde_json::{Map, Value, json};

/// How long a retry of a refresh gets the same successor. Seconds.
const GRACE_S: i64 = 10;
/// Characters of a token at most. SEC-52.
pub(crate) const TOKEN_CHARS: usize = 4_096;

/// A good login, refresh or change of password.
#[derive(Debug)]
pub struct AuthResult {
    /// The access token.
    pub token: Secret<String>,
    /// The refresh token.
    pub refresh_token: Secret<String>,
    /// How long the access token is good. Seconds.
    pub expires_in_s: i64,
    /// How long the refresh token is good when it is not used. Seconds.
    pub refresh_expires_in_s: i64,
    /// `local`, or the provider's name.
    pub kind: String,
    /// Names of roles.
    pub roles: Vec<String>,
    /// Permissions of those roles.
    pub permissions: Vec<String>,
    /// The tenant.
    pub tenant: Option<String>,
    /// The user as they may see themselves.
    pub user: Map<String, Value>,
    /// The session.
    pub session: String,
}

/// A session as its user sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionView {
    /// The id.
    pub id: String,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub last_used: String,
    /// The client's address.
    pub ip: Option<String>,
    /// What the client called itself.
    pub user_agent: Option<String>,
    /// The surface that opened it.
    pub surface: String,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// Which sessions outlive an end of everything.
#[derive(Debug, Clone, Copy)]
enum Kept {
    None,
    All,
    /// Those of one surface.
    Of(&'static str),
}

impl Identity {
    /// Opens a session for whoever was proved.
    ///
    /// # Errors
    ///
    /// [`IdentityError::EmailNotVerified`] where that is asked for; [`IdentityError::InvalidCredentials`] for a user
    /// who may not sign in.
    pub async fn open_session(
        &self,
        project: &Project,
        proof: &Proof,
        client: &Client,
        now: Timestamp,
    ) -> Result<AuthResult, IdentityError> {
        let user = proof.user();
        let state = self.state_of(project, &user.id).await?;
        let version = proof.version().unwrap_or(state.password_version);
        if !user.active || state.disabled || version != state.password_version {
            return Err(IdentityError::InvalidCredentials);
        }
        if project.settings.auth.require_verified_email && !is_verified(user, &state) {
            return Err(IdentityError::EmailNotVerified);
        }
        if proof.aal() != "aal2" {
            let factors = self.owner(project, &user.id).second_factors().await?;
            if factors.any() {
                return self.ask_second(project, &user.id, proof.word(), &state, factors, now).await;
            }
        }
        let standing = self.stands(&Directory::of(project)?, user, &state).await?;
        let tenant = match &client.tenant {
            Some(named) if project.settings.tenancy.enabled => {
                Some(standing.tenant(named).ok_or(IdentityError::NotAMember)?)
            }
            _ => standing.chosen(None),
        };
        let refresh = new_refresh_token();
        let (idle_until, expires_at) = ends(project, client.surface, now);
        let session = Session {
            id: new_id("ses", &mut rand::rng()),
            connection: project.connection.clone(),
            user: user.id.clone(),
            refresh_hash: sha256(refresh.expose().as_bytes()),
            method: proof.word(),
            aal: proof.aal().to_owned(),
            tenant: tenant.map(str::to_owned),
            surface: client.surface.name.to_owned(),
            ip: client.ip_text(),
            user_agent: client.user_agent.clone(),
            created_at: now,
            last_used_at: now,
            idle_until,
            expires_at,
            end_reason: None,
        };
        let (kept, id) = (session.clone(), user.id.clone());
        self.store
            .db()
            .write(move |tx| {
                // What ended everything the user holds ends what was proved before it too.
                let state = users::load(tx, &kept.connection, &id)?;
                if state.disabled || state.password_version != version {
                    return Err(StoreError::Changed);
                }
                sessions::insert(tx, &kept)?;
                users::logged_in(tx, &kept.connection, &id, now)
            })
            .await
            .map_err(|error| match error {
                StoreError::Changed => IdentityError::InvalidCredentials,
                other => other.into(),
            })?;
        self.keep_in_table(project, &session, &refresh, now).await?;
        if let Ok(directory) = Directory::of(project) {
            directory.note_login(&user.id, now).await;
        }
        let detail = json!({"method": session.method, "session": session.id, "surface": session.surface});
        self.audit(project, Event::of_user("login", &user.id).about(detail), client, now).await;
        self.issue(project, (user, &state), &session, &standing, refresh, client.surface, now).await
    }

    /// Swaps a refresh token for a new pair.
    ///
    /// # Errors
    ///
    /// [`IdentityError::InvalidRefreshToken`], [`IdentityError::RefreshTokenReused`], [`IdentityError::SessionEnded`].
    pub async fn refresh(
        &self,
        project: &Project,
        presented: &Secret<String>,
        client: &Client,
        now: Timestamp,
    ) -> Result<AuthResult, IdentityError> {
        let directory = Directory::of(project)?;
        let text = presented.expose();
        // Sessions of the customer's own table may have tokens of any form.
        let foreign = project.cards.get(CardKind::Session).is_some();
        if text.len() > TOKEN_CHARS || !(foreign || text.starts_with("rt_")) {
            return Err(IdentityError::InvalidRefreshToken);
        }
        // Made from the presented token and a secret of ours, so that a retry gets the same one and only hashes are kept.
        let message = format!("refresh {} {text}", project.connection);
        let made = keyed(self.secret.expose(), message.as_bytes());
        let successor = Secret::new(format!("rt_{}", URL_SAFE_NO_PAD.encode(made)));
        // Who it is for is looked up first: a token that is used up while the users table is away could not be retried,
        // and the state goes into the new access token, which so ends with whatever ends the session meanwhile.
        let (connection, hash) = (project.connection.clone(), sha256(text.as_bytes()));
        let known = self.store.db().read(move |tx| sessions::by_token(tx, &connection, &hash)).await?;
        let holder = match &known {
            Some(session) => Some(self.holder(project, &directory, &session.user).await?),
            None => None,
        };
        // Clients that learn of no successor keep the token they have.
        if let (Some(session), Some((state, user))) = (&known, &holder)
            && !client.surface.rotates_refresh
            && session.surface == client.surface.name
        {
            let mut kept = self.use_again(project, session, client, now).await?;
            let Some(user) = user else {
                self.end_session_as(project, &kept.id, "user_disabled", now).await?;
                return Err(ended(Some("user_disabled")));
            };
            let standing = self.stands(&directory, user, state).await?;
            let tenant = standing.chosen(kept.tenant.as_deref()).map(str::to_owned);
            self.keep_tenant(&mut kept, tenant).await?;
            return self.issue(project, (user, state), &kept, &standing, presented.clone(), client.surface, now).await;
        }
        let swap = Swap {
            connection: project.connection.clone(),
            presented: sha256(text.as_bytes()),
            successor: sha256(successor.expose().as_bytes()),
            idle_until: now.plus_s(idle_s(project, client.surface)),
            ip: client.ip_text(),
        };
        let swapped = self.store.db().write(move |tx| sessions::swap(tx, &swap, GRACE_S, now)).await?;
        let mut session = match swapped {
            Swapped::New(session) => {
                if !self.swap_in_table(project, &session, &successor, now).await? {
                    self.end_session_as(project, &session.id, "closed", now).await?;
                    return Err(ended(Some("closed")));
                }
                session
            }
            Swapped::Again(session) => session,
            Swapped::Unknown => {
                let adopted = self.adopt_session(project, text, &successor, client, now).await?;
                adopted.ok_or(IdentityError::InvalidRefreshToken)?
            }
            Swapped::Ended(session) => return Err(ended(session.end_reason.as_deref())),
            Swapped::Replayed(session) => {
                self.end_in_memory(project, &session.id, now).await?;
                let event = Event::of_user("refresh_reuse", &session.user)
                    .with("refresh_token_reused")
                    .about(json!({"session": session.id}));
                self.audit(project, event, client, now).await;
                return Err(IdentityError::RefreshTokenReused);
            }
        };
        let (state, user) = match holder {
            Some(holder) => holder,
            None => self.holder(project, &directory, &session.user).await?,
        };
        let Some(user) = user else {
            self.end_session_as(project, &session.id, "user_disabled", now).await?;
            return Err(ended(Some("user_disabled")));
        };
        let standing = self.stands(&directory, &user, &state).await?;
        let tenant = standing.chosen(session.tenant.as_deref()).map(str::to_owned);
        self.keep_tenant(&mut session, tenant).await?;
        self.issue(project, (&user, &state), &session, &standing, successor, client.surface, now).await
    }

    /// Notes a use of a refresh token that stays good.
    async fn use_again(
        &self,
        project: &Project,
        session: &Session,
        client: &Client,
        now: Timestamp,
    ) -> Result<Session, IdentityError> {
        let (connection, id, ip) = (project.connection.clone(), session.id.clone(), client.ip_text());
        let idle_until = now.plus_s(idle_s(project, client.surface));
        let touched =
            self.store.db().write(move |tx| sessions::touch(tx, &connection, &id, idle_until, ip, now)).await?;
        if !touched {
            return Err(ended(session.end_reason.as_deref()));
        }
        Ok(Session { idle_until, last_used_at: now, ..session.clone() })
    }

    /// A session whose tenant is its user's no more goes on in another one.
    async fn keep_tenant(&self, session: &mut Session, tenant: Option<String>) -> Result<(), IdentityError> {
        if session.tenant == tenant {
            return Ok(());
        }
        session.tenant = tenant;
        let (id, tenant) = (session.id.clone(), session.tenant.clone());
        Ok(self.store.db().write(move |tx| sessions::set_tenant(tx, &id, tenant.as_deref())).await?)
    }

    pub(crate) async fn holder(
        &self,
        project: &Project,
        directory: &Directory<'_>,
        user: &str,
    ) -> Result<(UserState, Option<User>), IdentityError> {
        let state = self.state_of(project, user).await?;
        let user = directory.by_id(user).await?.filter(|user| user.active && !state.disabled);
        Ok((state, user))
    }

    /// Ends the session that a signed-in user calls with.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn logout(
        &self,
        project: &Project,
        caller: &EndUser,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        // An API key stands where a session would; a logout does not end it.
        if let Some(session) = caller.session.as_ref().filter(|id| id.starts_with("ses_")) {
            self.end_session_as(project, session, "logout", now).await?;
        }
        self.audit(project, Event::of_user("logout", &caller.id), client, now).await;
        Ok(())
    }

    /// Ends the session of a refresh token, for clients whose access token has run out.
    ///
    /// # Errors
    ///
    /// The store's; a token that is not known is no error.
    pub async fn logout_by_refresh(
        &self,
        project: &Project,
        presented: &Secret<String>,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let (connection, hash) = (project.connection.clone(), sha256(presented.expose().as_bytes()));
        let found = self.store.db().read(move |tx| sessions::by_token(tx, &connection, &hash)).await?;
        match found {
            Some(session) => self.end_session_as(project, &session.id, "logout", now).await,
            None => self.end_token_in_table(project, presented.expose(), now).await,
        }
    }

    /// A user's live sessions. SEC-19.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn sessions_of(
        &self,
        project: &Project,
        user: &str,
        current: Option<&str>,
        now: Timestamp,
    ) -> Result<Vec<SessionView>, IdentityError> {
        let (connection, user) = (project.connection.clone(), user.to_owned());
        let all = self.store.db().read(move |tx| sessions::live(tx, &connection, &user, now)).await?;
        let view = |session: Session| SessionView {
            current: current == Some(session.id.as_str()),
            created_at: rfc3339(session.created_at),
            last_used: rfc3339(session.last_used_at),
            id: session.id,
            ip: session.ip,
            user_agent: session.user_agent,
            surface: session.surface,
        };
        Ok(all.into_iter().map(view).collect())
    }

    /// Ends one session of a user. SEC-19.
    ///
    /// # Errors
    ///
    /// [`IdentityError::NotFound`] where the user has no such session.
    pub async fn end_session(
        &self,
        project: &Project,
        user: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let (connection, session) = (project.connection.clone(), id.to_owned());
        let found = self.store.db().read(move |tx| sessions::find(tx, &connection, &session)).await?;
        if !found.is_some_and(|session| session.user == user && session.end_reason.is_none()) {
            return Err(IdentityError::NotFound);
        }
        self.end_session_as(project, id, "closed", now).await
    }

    /// Ends a user's sessions, all but one. SEC-19.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn end_sessions(
        &self,
        project: &Project,
        user: &str,
        but: Option<&str>,
        now: Timestamp,
    ) -> Result<usize, IdentityError> {
        self.end_all_in_table(project, user, but).await?;
        let (connection, user, but) = (project.connection.clone(), user.to_owned(), but.map(str::to_owned));
        let one = ending(project, "session", "", 0, now);
        let kept = self
            .store
            .db()
            .write(move |tx| {
                let ids = sessions::end_all(tx, &connection, &user, but.as_deref(), "closed", now)?;
                let all =
                    ids.into_iter().map(|subject| portcullis_store::revocations::Revocation { subject, ..one.clone() });
                keep(tx, all.collect())
            })
            .await?;
        self.apply(&kept);
        Ok(kept.len())
    }

    /// Ends everything a user holds: access tokens by a new password version, and sessions unless they are kept.
    /// SEC-10, SEC-18.
    pub(crate) async fn end_all_of(
        &self,
        project: &Project,
        user: &str,
        keep_sessions: bool,
        reason: &'static str,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let kept = if keep_sessions { Kept::All } else { Kept::None };
        self.end_all_but(project, user, kept, reason, now).await
    }

    /// Ends what a changed password ends at a surface. SEC-10, SEC-18.
    pub(crate) async fn end_for_password(
        &self,
        project: &Project,
        user: &str,
        surface: &'static SurfaceRules,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let own = project.settings.surfaces.get(surface.name).and_then(|own| own.keep_refresh_on_password_change);
        let kept = if project.settings.auth.keep_refresh_on_password_change {
            Kept::All
        } else if own.unwrap_or(surface.keeps_refresh_on_password_change) {
            Kept::Of(surface.name)
        } else {
            Kept::None
        };
        self.end_all_but(project, user, kept, "password_changed", now).await
    }

    async fn end_all_but(
        &self,
        project: &Project,
        user: &str,
        kept: Kept,
        reason: &'static str,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let (connection, id) = (project.connection.clone(), user.to_owned());
        if !matches!(kept, Kept::All) {
            self.end_all_in_table(project, user, None).await?;
        }
        if let Some(table) = crate::mapped_resets::ResetTable::of(project) {
            match table.void(user, now).await {
                // A table that takes no mark took no token of ours either.
                Err(IdentityError::ReadOnly) => {}
                other => other?,
            }
        }
        let one = ending(project, "user", user, 0, now);
        let kept = self
            .store
            .db()
            .write(move |tx| {
                let version = users::bump_version(tx, &connection, &id)?;
                // A link that waits in a mailbox, such as one to another address, must not outlive what it was asked with.
                one_time::void_all(tx, &connection, &id)?;
                match kept {
                    Kept::All => {}
                    Kept::Of(surface) => sessions::end_all_elsewhere(tx, &connection, &id, surface, reason, now)?,
                    Kept::None => drop(sessions::end_all(tx, &connection, &id, None, reason, now)?),
                }
                keep(tx, vec![portcullis_store::revocations::Revocation { version, ..one }])
            })
            .await?;
        self.apply(&kept);
        Ok(())
    }

    pub(crate) async fn end_session_as(
        &self,
        project: &Project,
        id: &str,
        reason: &'static str,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let (connection, session) = (project.connection.clone(), id.to_owned());
        self.store.db().write(move |tx| sessions::end(tx, &connection, &session, reason, now)).await?;
        self.end_in_memory(project, id, now).await
    }

    async fn end_in_memory(&self, project: &Project, id: &str, now: Timestamp) -> Result<(), IdentityError> {
        self.end_in_table(project, id).await?;
        let (connection, session) = (project.connection.clone(), id.to_owned());
        let (native, other) = (session_ending(project, id, true, now), session_ending(project, id, false, now));
        let work = move |tx: &portcullis_store::Tx<'_>| {
            let found = sessions::find(tx, &connection, &session)?;
            let native_one = found.is_some_and(|session| session.surface == crate::surface::NATIVE_NAME);
            keep(tx, vec![if native_one { native } else { other }])
        };
        let kept = self.store.db().write(work).await?;
        self.apply(&kept);
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "each says something else of one pair of tokens")]
    pub(crate) async fn issue(
        &self,
        project: &Project,
        (user, state): (&User, &UserState),
        session: &Session,
        standing: &Standing,
        refresh_token: Secret<String>,
        surface: &'static SurfaceRules,
        now: Timestamp,
    ) -> Result<AuthResult, IdentityError> {
        let directory = Directory::of(project)?;
        let part = self.part(project, standing, session.tenant.as_deref(), now).await?;
        let (roles, permissions, administrator) = (part.roles.clone(), part.permissions.clone(), part.administrator);
        let keys = self.key_set(project, surface, now).await?;
        let ttl = access_ttl_of(project, surface);
        let tenant = session.tenant.clone();
        let mut claims = json!({
            "iss": issuer(project),
            "aud": audience(project, surface),
            "typ": "access",
            "sub": user.id,
            "sid": session.id,
            "email": user.email,
            "roles": roles,
            "permissions": permissions,
            "tenant_id": tenant,
            "pv": state.password_version,
            "aal": session.aal,
            "iat": now.unix_s(),
            "exp": now.unix_s() + ttl,
            "jti": new_id("jti", &mut rand::rng()),
        });
        if administrator {
            claims["administrator"] = json!(true);
        }
        let about = ClaimsOf {
            user,
            roles: &roles,
            permissions: &permissions,
            tenant: tenant.as_deref(),
            administrator,
            session: &session.id,
        };
        for (name, value) in (surface.claims)(&about) {
            if name == "permissions" || claims.get(&name).is_none() {
                claims[name] = value;
            }
        }
        let token = jwt::sign(&keys.current, &claims).map_err(|error| IdentityError::Internal(error.to_string()))?;
        let user = view(&directory, user, state, &roles);
        let refresh_expires_in_s = (session.idle_until.unix_s() - now.unix_s()).max(0);
        Ok(AuthResult {
            token,
            refresh_token,
            expires_in_s: ttl,
            refresh_expires_in_s,
            kind: session.method.strip_prefix(Method::AT_PROVIDER).unwrap_or("local").to_owned(),
            roles,
            permissions,
            tenant,
            user,
            session: session.id.clone(),
        })
    }
}

/// Whether the user's present address was verified: the table's word, else ours.
pub(crate) fn is_verified(user: &User, state: &UserState) -> bool {
    user.verified == Some(true)
        || state.verified_email.as_deref() == Some(crate::users::normalised(&user.email).as_str())
}

/// The user as they may see themselves: never a hash.
pub(crate) fn view(directory: &Directory<'_>, user: &User, state: &UserState, roles: &[String]) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("id".to_owned(), user.id_value.clone());
    out.insert("email".to_owned(), json!(user.email));
    out.insert("name".to_owned(), json!(user.name));
    out.insert("is_active".to_owned(), json!(user.active && !state.disabled));
    for (name, value) in &user.shown {
        if !out.contains_key(name) {
            out.insert(name.clone(), value.clone());
        }
    }
    out.entry("email_verified").or_insert_with(|| json!(is_verified(user, state)));
    out.insert("roles".to_owned(), json!(roles));
    let _ = directory;
    out
}

/// When a session that is opened now ends: unless it is used, and in any case.
pub(crate) fn ends(project: &Project, surface: &SurfaceRules, now: Timestamp) -> (Timestamp, Timestamp) {
    let oldest = ttl_s(&project.settings.auth.session_max_age, 365 * 86_400);
    (now.plus_s(idle_s(project, surface).min(oldest)), now.plus_s(oldest))
}

pub(crate) fn idle_s(project: &Project, surface: &SurfaceRules) -> i64 {
    surface.refresh_ttl_s.unwrap_or_else(|| ttl_s(&project.settings.auth.refresh_token_ttl, 30 * 86_400))
}

/// 256 random bits.
pub(crate) fn new_refresh_token() -> Secret<String> {
    Secret::new(format!("rt_{}", random_token(&mut rand::rng()).expose()))
}

fn ended(reason: Option<&str>) -> IdentityError {
    match reason {
        None => IdentityError::SessionEnded { code: "session_expired" },
        Some("replay") => IdentityError::RefreshTokenReused,
        Some("password_changed") => IdentityError::SessionEnded { code: "password_changed" },
        Some("user_disabled") => IdentityError::SessionEnded { code: "user_disabled" },
        Some(_) => IdentityError::SessionEnded { code: "session_closed" },
    }
}
