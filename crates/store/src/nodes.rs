//! Running nodes: who is alive, and how much of the store each has seen.
//!
//! A node holds the lock of a file of its own for as long as it lives; the operating system lets go of it whatever
//! the end, so that a killed node is known as dead at once.

use crate::{Row, Store, StoreError, Tx};
use portcullis_base::Timestamp;
use std::fs::{self, File};

/// A running node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Tells it from every other process.
    pub boot: String,
    /// Where it is reached.
    pub url: String,
    /// The last change it has taken in.
    pub seen_revision: i64,
}

/// Shows that this node lives, until it is dropped.
#[derive(Debug)]
pub struct Lease {
    store: Store,
    _lock: File,
}

impl Lease {
    /// Notes that the node has taken in every change up to `revision`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn seen(&self, revision: i64) -> Result<(), StoreError> {
        let boot = self.store.boot().to_owned();
        let sql = "UPDATE nodes SET seen_revision = $2 WHERE boot_id = $1";
        self.store.db().write(move |tx| tx.execute(sql, &[boot.into(), revision.into()]).map(drop)).await
    }

    /// Takes the node off the list.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn end(self) -> Result<(), StoreError> {
        let boot = self.store.boot().to_owned();
        self.store.db().write(move |tx| forget(tx, &boot)).await
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let _ = fs::remove_file(self.store.lock_path(self.store.boot()));
    }
}

impl Store {
    /// Puts this process on the list of running nodes, and takes the dead ones off it.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn register_node(&self, url: &str, now: Timestamp) -> Result<Lease, StoreError> {
        let lock = self.lock_boot()?;
        self.live_nodes().await?;
        let (boot, url) = (self.boot().to_owned(), url.to_owned());
        self.db()
            .write(move |tx| {
                tx.execute(
                    "INSERT INTO nodes (boot_id, url, seen_revision, started_at) VALUES ($1, $2, 0, $3)",
                    &[boot.into(), url.into(), now.into()],
                )
            })
            .await?;
        Ok(Lease { store: self.clone(), _lock: lock })
    }

    /// The nodes that run now; the dead are taken off the list.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn live_nodes(&self) -> Result<Vec<Node>, StoreError> {
        let all = self.db().read(list).await?;
        let (live, dead): (Vec<_>, Vec<_>) = all.into_iter().partition(|node| self.lives(&node.boot));
        if !dead.is_empty() {
            for node in &dead {
                let _ = fs::remove_file(self.lock_path(&node.boot));
            }
            self.db().write(move |tx| dead.iter().try_for_each(|node| forget(tx, &node.boot))).await?;
        }
        Ok(live)
    }

    fn lives(&self, boot: &str) -> bool {
        boot == self.boot() || File::open(self.lock_path(boot)).is_ok_and(|file| file.try_lock().is_err())
    }
}

fn list(tx: &Tx<'_>) -> Result<Vec<Node>, StoreError> {
    let sql = "SELECT boot_id, url, seen_revision FROM nodes ORDER BY started_at";
    tx.fetch_all(sql, &[])?.iter().map(read).collect()
}

fn forget(tx: &Tx<'_>, boot: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM nodes WHERE boot_id = $1", &[boot.into()]).map(drop)
}

fn read(row: &Row) -> Result<Node, StoreError> {
    Ok(Node { boot: row.text(0)?, url: row.text(1)?, seen_revision: row.int(2)? })
}
