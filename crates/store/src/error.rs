//! Why the store refused.

use portcullis_crypto::SealError;
use std::path::PathBuf;

/// Why the control store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the store's lock for too long.
    #[error("the control store is busy")]
    Busy,
    /// The disk is full. REL-7.
    #[error("the control store's disk is full")]
    DiskFull,
    /// A unique value exists already.
    #[error("it exists already")]
    Exists,
    /// The record was changed by someone else in between.
    #[error("someone else changed it at the same moment; try again")]
    Changed,
    /// Made by a newer version of the program. REL-22.
    #[error(
        "the control store was written by a newer version of portcullis (its format is {found}, this version knows \
         up to {known}); use the newer version"
    )]
    NewerSchema {
        /// The store's format.
        found: i64,
        /// The newest format known here.
        known: i64,
    },
    /// There is no store in the directory.
    #[error("there is no portcullis instance in `{}`; make one with `portcullis init <DATABASE_URL>` or name another with --data-dir", .0.display())]
    NoInstance(PathBuf),
    /// The store exists but its master key does not.
    #[error(
        "the master key is missing: `{}` does not exist and PORTCULLIS_MASTER_KEY is not set; without the key that \
         sealed this instance's secrets they cannot be read",
        .0.display()
    )]
    MasterKeyMissing(PathBuf),
    /// The master key is not the one that sealed the store.
    #[error("the master key is wrong: the secrets of this instance were sealed with another one ({from})")]
    MasterKeyWrong {
        /// Where the key was taken from.
        from: String,
    },
    /// The master key cannot be used.
    #[error("{from}: {error}")]
    MasterKeyUnusable {
        /// Where the key was taken from.
        from: String,
        /// Why.
        error: SealError,
    },
    /// A sealed value does not open.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// A file or directory cannot be used.
    #[error("cannot {what} `{}`: {error}", .path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// The store has been closed.
    #[error("the control store is closed")]
    Closed,
    /// Anything else.
    #[error("the control store failed: {0}")]
    Other(String),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as C;
        let Some(code) = error.sqlite_error() else { return Self::Other(error.to_string()) };
        match code.code {
            C::DatabaseBusy | C::DatabaseLocked => Self::Busy,
            C::DiskFull => Self::DiskFull,
            C::ConstraintViolation
                if matches!(
                    code.extended_code,
                    rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY
                ) =>
            {
                Self::Exists
            }
            _ => Self::Other(error.to_string()),
        }
    }
}
