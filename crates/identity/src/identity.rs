//! What a node knows of identity: the store, the hashing pool, keys, revocations, and what it remembers for a while.

use crate::{
    HashPool, IdentityError,
    access::TokenCache,
    external::External,
    flows::Providers,
    keys::KeyRing,
    limits::Leases,
    mails::Outbox,
    revocations::Revocations,
    standing::{RightsOfRoles, Standings},
    users::{Directory, TableFormat},
};
use parking_lot::Mutex;
use portcullis_base::{ConnectionId, Secret, Timestamp};
use portcullis_project::Project;
use portcullis_store::{Store, users, users::UserState};
use std::{collections::HashMap, fmt, future::Future};
use tokio::task::JoinSet;

/// How long the usual format of a table's hashes is remembered. Seconds.
const FORMAT_TTL_S: i64 = 600;

/// Identity on one node; cheap to share behind an `Arc`.
pub struct Identity {
    pub(crate) store: Store,
    /// The queue of mails.
    pub outbox: Outbox,
    /// Where passwords are hashed.
    pub hashing: HashPool,
    pub(crate) keys: KeyRing,
    pub(crate) revocations: Revocations,
    pub(crate) tokens: TokenCache,
    pub(crate) standings: Standings,
    pub(crate) rights_of_roles: RightsOfRoles,
    pub(crate) leases: Leases,
    pub(crate) external: Option<External>,
    pub(crate) social: Option<Providers>,
    /// Makes successors of refresh tokens and keys of what is remembered; the same on every node.
    pub(crate) secret: Secret<Vec<u8>>,
    formats: Mutex<HashMap<(ConnectionId, u64), (Timestamp, TableFormat)>>,
    background: Mutex<JoinSet<()>>,
}

impl Identity {
    /// Identity over a store; mails go to `outbox`.
    pub fn new(store: Store, outbox: Outbox) -> Self {
        Self {
            secret: store.sealer().derive_key("identity"),
            store,
            outbox,
            hashing: HashPool::default(),
            keys: KeyRing::default(),
            revocations: Revocations::default(),
            tokens: TokenCache::default(),
            standings: Standings::default(),
            rights_of_roles: RightsOfRoles::default(),
            leases: Leases::default(),
            external: None,
            social: None,
            formats: Mutex::default(),
            background: Mutex::default(),
        }
    }

    /// The control store.
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// What we know of a user beyond the table.
    pub(crate) async fn state_of(&self, project: &Project, user: &str) -> Result<UserState, IdentityError> {
        let (connection, user) = (project.connection.clone(), user.to_owned());
        Ok(self.store.db().read(move |tx| users::load(tx, &connection, &user)).await?)
    }

    /// The usual format of the table's hashes, remembered for ten minutes.
    pub(crate) async fn table_format(
        &self,
        directory: &Directory<'_>,
        now: Timestamp,
    ) -> Result<TableFormat, IdentityError> {
        let key = (directory.project.connection.clone(), directory.project.generation);
        if let Some((at, known)) = self.formats.lock().get(&key)
            && now < at.plus_s(FORMAT_TTL_S)
        {
            return Ok(known.clone());
        }
        let format = directory.table_format().await?;
        let mut formats = self.formats.lock();
        // Entries of earlier openings of the same stage are of no more use.
        formats.retain(|(connection, _), _| *connection != key.0);
        formats.insert(key, (now, format.clone()));
        Ok(format)
    }

    /// Runs work whose outcome nobody waits for, so that its time tells nothing. SEC-22.
    pub(crate) fn later(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut background = self.background.lock();
        while background.try_join_next().is_some() {}
        background.spawn(work);
    }

    /// Waits until all that was put off is done: at a stop, and in tests.
    pub async fn settled(&self) {
        let mut all = std::mem::take(&mut *self.background.lock());
        while all.join_next().await.is_some() {}
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")
    }
}
