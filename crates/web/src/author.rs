//! For whom a call on documents is made: the caller, in the caller's account.

use crate::State;
use portcullis_documents::{Author, Documents, Quota};
use portcullis_identity::IdentityError;
use portcullis_project::Project;
use portcullis_query::access::{Caller, EndUser};

/// The documents of a stage, as much as it may keep.
pub fn documents(state: &State, project: &Project) -> Documents {
    let own = &project.settings.documents;
    state.documents.within(Quota {
        documents: own.max_documents,
        collections: own.max_collections,
        bytes: own.max_bytes,
    })
}

/// The author that a caller is.
///
/// # Errors
///
/// [`IdentityError::Forbidden`] for an API key that is confined to tables; the store's.
pub async fn author(state: &State, project: &Project, caller: &Caller) -> Result<Author, IdentityError> {
    match caller {
        Caller::Anonymous | Caller::PublicKey => Ok(Author::Anonymous),
        Caller::Administrator => Ok(Author::Unlimited { user: String::new(), account: String::new() }),
        Caller::User(user) => author_of(state, project, user).await,
    }
}

/// The author that an end user is. Administrators pass the permissions, except where tenants must be kept apart.
///
/// # Errors
///
/// As [`author`].
pub async fn author_of(state: &State, project: &Project, user: &EndUser) -> Result<Author, IdentityError> {
    if user.scopes.is_some() {
        return Err(IdentityError::Forbidden);
    }
    let account = state.identity.account_of(project, &user.id, state.clock.now()).await?;
    let user_id = user.id.clone();
    if user.administrator && !project.settings.tenancy.enabled {
        Ok(Author::Unlimited { user: user_id, account })
    } else {
        Ok(Author::Member { user: user_id, account })
    }
}
