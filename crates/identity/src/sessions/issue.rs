//! The pair of tokens that a session gives out.

use crate::{
    AuthResult, Identity, IdentityError, SurfaceRules, User,
    keys::{access_ttl_of, audience, issuer},
    methods::Method,
    standing::Standing,
    surface::ClaimsOf,
};
use portcullis_base::{Secret, Timestamp, new_id};
use portcullis_crypto::jwt;
use portcullis_project::Project;
use portcullis_store::{sessions::Session, users::UserState};
use serde_json::{Map, Value, json};

/// Whose tokens they are, and what they are made of.
pub(crate) struct Pair<'a> {
    /// The user.
    pub user: &'a User,
    /// What we keep of them.
    pub state: &'a UserState,
    /// The session.
    pub session: &'a Session,
    /// Their tenants and roles.
    pub standing: &'a Standing,
    /// The refresh token, which is there already.
    pub refresh_token: Secret<String>,
}

impl Identity {
    /// Makes the access token of a session and puts it together with the refresh token.
    pub(crate) async fn issue(
        &self,
        project: &Project,
        pair: Pair<'_>,
        surface: &'static SurfaceRules,
        now: Timestamp,
    ) -> Result<AuthResult, IdentityError> {
        let Pair { user, state, session, standing, refresh_token } = pair;
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
        let user = view(user, state, &roles);
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
pub(crate) fn view(user: &User, state: &UserState, roles: &[String]) -> Map<String, Value> {
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
    out
}
