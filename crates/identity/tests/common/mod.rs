//! A store with two stages in it.

#![allow(dead_code, reason = "every test crate has its own copy and uses a part of it")]

use portcullis_base::{ConnectionId, ProjectId, Timestamp};
use portcullis_identity::methods::Owner;
use portcullis_store::{OpenOptions, Store, connections, projects};
use tempfile::TempDir;

/// The present of the tests.
pub const NOW: Timestamp = Timestamp(1_764_000_000_000_000);

/// A store with the stages `conn_1` and `conn_2`.
pub struct Stage {
    pub store: Store,
    pub connection: ConnectionId,
    pub other: ConnectionId,
    _dir: TempDir,
}

impl Stage {
    pub async fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let store = Store::open(&OpenOptions { dir: dir.path().to_owned(), master_key: None, create: true }).unwrap();
        let project = projects::Project { id: ProjectId("proj_1".into()), slug: "shop".into(), created_at: NOW };
        let connection = |id: &str, stage: &str| connections::Connection {
            id: ConnectionId(id.into()),
            project: project.id.clone(),
            slug: project.slug.clone(),
            stage: stage.into(),
            engine: "sqlite".into(),
            url: Vec::new(),
            display: "sqlite".into(),
            identity: [1; 32],
            version: 0,
            settings_revision: 0,
            catalog: None,
            build: None,
            created_at: NOW,
            synced_at: None,
        };
        let both = [connection("conn_1", "development"), connection("conn_2", "production")];
        let [first, second] = both.clone();
        let work = store.db().write(move |tx| {
            projects::insert(tx, &project)?;
            both.iter().try_for_each(|connection| connections::insert(tx, connection))
        });
        work.await.unwrap();
        Self { store, connection: first.id, other: second.id, _dir: dir }
    }

    pub fn owner<'a>(&'a self, user: &'a str) -> Owner<'a> {
        Owner { store: &self.store, connection: &self.connection, user }
    }

    /// The same user id in the other stage.
    pub fn elsewhere<'a>(&'a self, user: &'a str) -> Owner<'a> {
        Owner { connection: &self.other, ..self.owner(user) }
    }
}
