//! A control store that was opened: its database, its sealer, its directory.

use crate::{
    Db, Idempotency, StoreError, Value,
    data_dir::{self, DataDir},
    db, migrations, revision,
};
use portcullis_base::{Secret, new_id};
use portcullis_crypto::{Place, SealError, Sealer};
use rusqlite::Connection;
use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
};

const KEY_CHECK: Place<'static> = Place { table: "meta", record: "key_check", field: "value" };

/// How to open a store.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// The data directory.
    pub dir: PathBuf,
    /// The master key, when it is given from outside.
    pub master_key: Option<Secret<String>>,
    /// Whether an instance is made where there is none.
    pub create: bool,
}

/// An opened control store; cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    db: Db,
    sealer: Sealer,
    dir: DataDir,
    boot: Arc<str>,
}

impl Store {
    /// Opens the store of a data directory. Blocks while it reads the disk.
    ///
    /// # Errors
    ///
    /// No instance there, a wrong or missing master key, or a newer format: nothing has been written then. REL-22.
    pub fn open(options: &OpenOptions) -> Result<Self, StoreError> {
        let dir = DataDir::open(&options.dir, options.create)?;
        let _lock = dir.lock()?;
        let exists = dir.database().exists();
        let sealed = if exists { key_check(&dir)? } else { None };
        let (sealer, from) = dir.sealer(options.master_key.as_ref(), sealed.is_none())?;
        if let Some(sealed) = &sealed {
            verify(&sealer, sealed, &from)?;
        }
        dir.touch_database()?;
        let mut writer = db::connect(&dir.database())?;
        migrations::migrate(&mut writer)?;
        remember_key(&writer, &sealer, &from)?;
        let db = Db::start(writer, db::connect(&dir.database())?)?;
        Ok(Self { db, sealer, dir, boot: new_id("boot", &mut rand::rng()).into() })
    }

    /// The database.
    pub const fn db(&self) -> &Db {
        &self.db
    }

    /// Seals and opens what is secret.
    pub const fn sealer(&self) -> &Sealer {
        &self.sealer
    }

    /// The data directory.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Tells this process from every other one that has opened the store.
    pub fn boot(&self) -> &str {
        &self.boot
    }

    /// Remembered answers to writes.
    pub fn idempotency(&self) -> Idempotency {
        Idempotency::new(self.db.clone(), self.boot.clone())
    }

    /// The number of the last change that nodes must notice.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn revision(&self) -> Result<i64, StoreError> {
        self.db.read(revision::current).await
    }

    /// Takes the lock that shows to others that this process is alive, until the file is dropped.
    pub(crate) fn lock_boot(&self) -> Result<File, StoreError> {
        let folder = self.dir.nodes();
        data_dir::private_dir(&folder).map_err(data_dir::io("create", &folder))?;
        let path = self.lock_path(&self.boot);
        let file = data_dir::private_file(&path, false).map_err(data_dir::io("create", &path))?;
        file.try_lock().map_err(|error| StoreError::Other(format!("cannot lock `{}`: {error}", path.display())))?;
        Ok(file)
    }

    /// The file whose lock shows that a process is alive.
    pub(crate) fn lock_path(&self, boot: &str) -> PathBuf {
        self.dir.nodes().join(format!("{boot}.lock"))
    }
}

/// The sealed check value of an existing store; `None` when nothing has been sealed yet.
fn key_check(dir: &DataDir) -> Result<Option<Vec<u8>>, StoreError> {
    let connection = Connection::open_with_flags(dir.database(), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    if migrations::check(&connection)? == 0 {
        return Ok(None);
    }
    let mut rows = connection.prepare("SELECT value FROM meta WHERE name = 'key_check'")?;
    let mut rows = rows.query([])?;
    Ok(rows.next()?.map(|row| row.get(0)).transpose()?)
}

fn verify(sealer: &Sealer, sealed: &[u8], from: &str) -> Result<(), StoreError> {
    match sealer.open(KEY_CHECK, sealed) {
        Ok(_) => Ok(()),
        Err(SealError::OtherKey) => Err(StoreError::MasterKeyWrong { from: from.to_owned() }),
        Err(error) => Err(error.into()),
    }
}

/// Keeps the check value of a fresh store. Where another process was quicker, its key must be ours.
fn remember_key(writer: &Connection, sealer: &Sealer, from: &str) -> Result<(), StoreError> {
    let tx = db::Tx(writer);
    let sealed = sealer.seal(KEY_CHECK, b"portcullis");
    tx.execute(
        "INSERT INTO meta (name, value) VALUES ('key_check', $1) ON CONFLICT (name) DO NOTHING",
        &[Value::Bytes(sealed)],
    )?;
    let kept = tx.fetch_one("SELECT value FROM meta WHERE name = 'key_check'", &[])?.bytes(0)?;
    verify(sealer, &kept, from)
}
