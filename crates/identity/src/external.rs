//! Tokens of an identity provider elsewhere, where a project's server side has named one.

use crate::{
    Accepted, CredentialFault, Identity, IdentityError,
    issuers::{ExternalIssuer, IssuerDocument, IssuerError, Issuers},
    outbound::Outbound,
    users::Directory,
};
use parking_lot::Mutex;
use portcullis_base::{Clock, ConnectionId, Timestamp};
use portcullis_project::Project;
use portcullis_query::access::EndUser;
use portcullis_store::issuers;
use serde_json::Value;
use std::{collections::HashMap, sync::Arc};

/// How long an accepted token is remembered at most: its user's row is looked up this often. Seconds.
const REMEMBERED_S: i64 = 60;

/// The issuers of all stages, as far as this node has met them.
#[derive(Debug)]
pub(crate) struct External {
    outbound: Outbound,
    issuers: Issuers,
    /// By stage, with the number of the stage's keys under which it was read.
    known: Mutex<HashMap<ConnectionId, Known>>,
}

/// A stage's issuer, if it has one.
type Known = (u64, Option<Arc<ExternalIssuer>>);

impl Identity {
    /// Accepts tokens of issuers elsewhere too; their keys are fetched through `outbound`. SEC-54.
    #[must_use]
    pub fn with_issuers(mut self, outbound: Outbound, clock: Arc<dyn Clock>) -> Self {
        let issuers = Issuers::new(outbound.clone(), clock);
        self.external = Some(External { outbound, issuers, known: Mutex::default() });
        self
    }

    /// Names the issuer whose tokens the stage accepts beside ours.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Invalid`] names the member that cannot be.
    pub async fn set_issuer(
        &self,
        project: &Project,
        document: IssuerDocument,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let external =
            self.external.as_ref().ok_or(IdentityError::SwitchedOff("other issuers are not accepted here"))?;
        let issuer = ExternalIssuer::new(document, project.id.as_str(), &external.outbound).map_err(|error| {
            let field = match &error {
                IssuerError::Config { field, .. } => field,
                _ => "",
            };
            IdentityError::invalid(field, "invalid_auth_config", error.to_string())
        })?;
        let (connection, text) = (project.connection.clone(), issuer.to_text());
        self.store.db().write(move |tx| issuers::set(tx, &connection, &text, now)).await?;
        external.issuers.forget(&project.connection);
        // Remembered tokens and the issuer itself are looked at again, on every node.
        self.revoke_keys(project, now).await
    }

    /// Accepts only our own tokens from now on; whether there was another issuer.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn remove_issuer(&self, project: &Project, now: Timestamp) -> Result<bool, IdentityError> {
        let connection = project.connection.clone();
        let was = self.store.db().write(move |tx| issuers::remove(tx, &connection)).await?;
        if let Some(external) = &self.external {
            external.issuers.forget(&project.connection);
        }
        self.revoke_keys(project, now).await?;
        Ok(was)
    }

    /// Whose token of the stage's issuer this is; `None` where the stage has none.
    pub(crate) async fn accept_external(
        &self,
        project: &Project,
        token: &str,
        hash: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<Accepted>, IdentityError> {
        let Some(external) = &self.external else { return Ok(None) };
        let keys = self.revocations.keys(&project.connection);
        let Some(issuer) = self.issuer_of(external, project, keys).await? else { return Ok(None) };
        let user = external.issuers.verify(&project.connection, &issuer, token).await.map_err(|error| match error {
            IssuerError::Keys(_) | IssuerError::NoKeys => {
                tracing::error!(%error, project = %project.slug, "A token of another issuer could not be checked");
                CredentialFault::Issuer(error.to_string())
            }
            IssuerError::Config { .. } | IssuerError::Token(_) | IssuerError::NoUser(_) => {
                CredentialFault::Issuer(error.to_string())
            }
        })?;
        let state = self.state_of(project, &user.id).await?;
        let until = user.claims.get("exp").and_then(Value::as_i64).and_then(|exp| exp.checked_mul(1_000_000));
        let until = Timestamp(until.unwrap_or(0)).min(now.plus_s(REMEMBERED_S));
        let email = user.claims.get("email").and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut end_user = EndUser { id: user.id, email, ..EndUser::default() };
        let mut foreign = true;
        // Where users are mapped the row has the word; an issuer's user without a row is one without roles.
        if let Ok(directory) = Directory::of(project)
            && let Some(row) = directory.by_id(&end_user.id).await?
        {
            if !row.active || state.disabled {
                return Err(CredentialFault::UserGone { user: row.id }.into());
            }
            let standing = self.stands(&directory, &row, &state).await?;
            let part = self.part(project, &standing, standing.chosen(None), now).await?;
            end_user = part.end_user(end_user);
            foreign = false;
        }
        let accepted = Accepted { user: Arc::new(end_user), until, foreign };
        self.remember(project, hash, keys, state.password_version, &accepted);
        Ok(Some(accepted))
    }

    async fn issuer_of(
        &self,
        external: &External,
        project: &Project,
        keys: u64,
    ) -> Result<Option<Arc<ExternalIssuer>>, IdentityError> {
        if let Some((at, issuer)) = external.known.lock().get(&project.connection)
            && *at == keys
        {
            return Ok(issuer.clone());
        }
        let connection = project.connection.clone();
        let text = self.store.db().read(move |tx| issuers::find(tx, &connection)).await?;
        let issuer = text.map(|text| ExternalIssuer::from_text(&text)).transpose();
        let issuer = issuer.map_err(|error| IdentityError::Internal(error.to_string()))?.map(Arc::new);
        external.known.lock().insert(project.connection.clone(), (keys, issuer.clone()));
        Ok(issuer)
    }
}
