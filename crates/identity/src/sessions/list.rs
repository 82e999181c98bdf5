//! A user's sessions as they see them. SEC-19.

use crate::{Identity, IdentityError, times::rfc3339};
use portcullis_base::Timestamp;
use portcullis_project::Project;
use portcullis_store::sessions::{self, Session};

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

impl Identity {
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
}
