//! The data directory: `control.db` and `master.key`, readable by their owner alone.

use crate::StoreError;
use portcullis_base::Secret;
use portcullis_crypto::{Sealer, random_token};
use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
};

/// A data directory that exists.
#[derive(Debug, Clone)]
pub struct DataDir(PathBuf);

impl DataDir {
    /// The directory, made if `create` allows it.
    pub fn open(path: &Path, create: bool) -> Result<Self, StoreError> {
        let dir = Self(path.to_owned());
        if !create && !dir.database().exists() {
            return Err(StoreError::NoInstance(path.to_owned()));
        }
        if !path.is_dir() {
            private_dir(path).map_err(io("create", path))?;
        }
        Ok(dir)
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The control store's file.
    pub fn database(&self) -> PathBuf {
        self.0.join("control.db")
    }

    /// Where running nodes hold their locks.
    pub fn nodes(&self) -> PathBuf {
        self.0.join("nodes")
    }

    /// Waits until no other process is opening the store; theirs waits until the file is dropped.
    pub fn lock(&self) -> Result<fs::File, StoreError> {
        let path = self.0.join("opening.lock");
        let file = private_file(&path, false).map_err(io("open", &path))?;
        file.lock().map_err(io("lock", &path))?;
        Ok(file)
    }

    fn master_key(&self) -> PathBuf {
        self.0.join("master.key")
    }

    /// Makes the database's file, empty and private, so that SQLite gives its companions the same rights.
    pub fn touch_database(&self) -> Result<(), StoreError> {
        let path = self.database();
        private_file(&path, false).map(drop).map_err(io("open", &path))
    }

    /// The sealer of this directory and where its key was taken from: the key given from outside, else the file.
    /// A file is made only when `fresh` says that nothing is sealed yet.
    pub fn sealer(&self, given: Option<&Secret<String>>, fresh: bool) -> Result<(Sealer, String), StoreError> {
        let (key, from) = match given {
            Some(key) => (key.clone(), "PORTCULLIS_MASTER_KEY".to_owned()),
            None => {
                let path = self.master_key();
                if fresh && !path.exists() {
                    self.make_master_key()?;
                }
                let key = fs::read_to_string(&path).map_err(|error| match error.kind() {
                    ErrorKind::NotFound => StoreError::MasterKeyMissing(path.clone()),
                    _ => io("read", &path)(error),
                })?;
                (Secret::new(key), format!("`{}`", path.display()))
            }
        };
        match Sealer::new(&key) {
            Ok(sealer) => Ok((sealer, from)),
            Err(error) => Err(StoreError::MasterKeyUnusable { from, error }),
        }
    }

    /// Writes a fresh key beside its place and moves it there: killed at any point, there is a whole key or none.
    fn make_master_key(&self) -> Result<(), StoreError> {
        let path = self.master_key();
        let draft = self.0.join("master.key.new");
        let result = (|| {
            let _ = fs::remove_file(&draft);
            let mut file = private_file(&draft, true)?;
            writeln!(file, "{}", random_token(&mut rand::rng()).expose())?;
            file.sync_all()?;
            fs::rename(&draft, &path)
        })();
        result.map_err(io("write", &path))
    }
}

/// Turns an I/O error into ours.
pub fn io(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> StoreError {
    let path = path.to_owned();
    move |error| StoreError::Io { what, path, error }
}

/// Makes a directory that only its owner may enter.
pub fn private_dir(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Opens a file for writing that only its owner may read, made if it is not there.
pub fn private_file(path: &Path, new: bool) -> std::io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create(!new).create_new(new);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
