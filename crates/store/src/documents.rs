//! Documents: JSON objects in named collections, each with its account and its owner.

use crate::{Row, StoreError, Tx, Value};
use portcullis_base::{ConnectionId, Timestamp};

const COLUMNS: &str = "SELECT seq, id, account_id, owner_id, body, created_at, updated_at FROM documents";

/// A document as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDocument {
    /// Its place in the order in which documents were made.
    pub seq: i64,
    /// Its id within the collection.
    pub id: String,
    /// Whose group of users it belongs to.
    pub account: String,
    /// Who made it.
    pub owner: String,
    /// A JSON object.
    pub body: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// A collection of one stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The stage's connection.
    pub connection: ConnectionId,
    /// The whole name.
    pub collection: String,
}

/// Which documents of a collection are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Within {
    /// All.
    Everything,
    /// Those of an account.
    Account(String),
    /// Those of one owner in an account.
    Owner {
        /// The account.
        account: String,
        /// The owner.
        owner: String,
    },
}

impl Within {
    const fn sql(&self) -> &'static str {
        match self {
            Self::Everything => " WHERE connection_id = $1 AND collection = $2",
            Self::Account(_) => " WHERE connection_id = $1 AND collection = $2 AND account_id = $5",
            Self::Owner { .. } => " WHERE connection_id = $1 AND collection = $2 AND account_id = $5 AND owner_id = $6",
        }
    }

    /// `$1` and `$2` name the collection, `$3` and `$4` are the statement's own, `$5` and `$6` the scope.
    fn values(&self, place: &Place, third: i64, fourth: i64) -> Vec<Value> {
        let mut values =
            vec![place.connection.as_str().into(), (&place.collection).into(), third.into(), fourth.into()];
        match self {
            Self::Everything => {}
            Self::Account(account) => values.push(account.into()),
            Self::Owner { account, owner } => values.extend([account.into(), owner.into()]),
        }
        values
    }

    /// Whether a document is among them.
    pub fn has(&self, document: &StoredDocument) -> bool {
        match self {
            Self::Everything => true,
            Self::Account(account) => document.account == *account,
            Self::Owner { account, owner } => document.account == *account && document.owner == *owner,
        }
    }
}

/// Adds a document; its `seq` is given by the store, and by this function.
///
/// # Errors
///
/// [`StoreError::Exists`] when the collection has the id.
pub fn insert(tx: &Tx<'_>, place: &Place, document: &StoredDocument) -> Result<i64, StoreError> {
    let row = tx.fetch_one(
        "INSERT INTO documents (connection_id, collection, id, account_id, owner_id, body, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING seq",
        &[
            place.connection.as_str().into(),
            (&place.collection).into(),
            (&document.id).into(),
            (&document.account).into(),
            (&document.owner).into(),
            (&document.body).into(),
            document.created_at.into(),
            document.updated_at.into(),
        ],
    )?;
    row.int(0)
}

/// How many documents there are, and the bytes of what they say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Documents.
    pub documents: i64,
    /// Bytes.
    pub bytes: i64,
}

/// What a collection holds.
///
/// # Errors
///
/// What the database says.
pub fn usage(tx: &Tx<'_>, place: &Place) -> Result<Usage, StoreError> {
    let sql = "SELECT documents, bytes FROM document_counts WHERE connection_id = $1 AND collection = $2";
    let values: [Value; 2] = [place.connection.as_str().into(), (&place.collection).into()];
    let row = tx.fetch_optional(sql, &values)?;
    row.map_or(Ok(Usage::default()), |row| Ok(Usage { documents: row.int(0)?, bytes: row.int(1)? }))
}

/// What a stage holds, and in how many collections.
///
/// # Errors
///
/// What the database says.
pub fn usage_of_stage(tx: &Tx<'_>, connection: &ConnectionId) -> Result<(Usage, i64), StoreError> {
    let sql = "SELECT coalesce(sum(documents), 0), coalesce(sum(bytes), 0), count(*) FROM document_counts \
               WHERE connection_id = $1 AND documents > 0";
    let row = tx.fetch_one(sql, &[connection.as_str().into()])?;
    Ok((Usage { documents: row.int(0)?, bytes: row.int(1)? }, row.int(2)?))
}

/// Notes that a collection holds more, or less.
///
/// # Errors
///
/// What the database says.
pub fn add_usage(tx: &Tx<'_>, place: &Place, more: Usage) -> Result<(), StoreError> {
    let sql = "INSERT INTO document_counts (connection_id, collection, documents, bytes) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (connection_id, collection) DO UPDATE \
               SET documents = document_counts.documents + excluded.documents, \
                   bytes = document_counts.bytes + excluded.bytes";
    let values: [Value; 4] =
        [place.connection.as_str().into(), (&place.collection).into(), more.documents.into(), more.bytes.into()];
    tx.execute(sql, &values).map(drop)
}

/// The document of an id.
///
/// # Errors
///
/// What the database says.
pub fn find(tx: &Tx<'_>, place: &Place, id: &str) -> Result<Option<StoredDocument>, StoreError> {
    let sql = format!("{COLUMNS} WHERE connection_id = $1 AND collection = $2 AND id = $3");
    let values: [Value; 3] = [place.connection.as_str().into(), (&place.collection).into(), id.into()];
    tx.fetch_optional(&sql, &values)?.as_ref().map(read).transpose()
}

/// The document with a place in the order.
///
/// # Errors
///
/// What the database says.
pub fn at(tx: &Tx<'_>, place: &Place, seq: i64) -> Result<Option<StoredDocument>, StoreError> {
    let sql = format!("{COLUMNS} WHERE connection_id = $1 AND collection = $2 AND seq = $3");
    let values: [Value; 3] = [place.connection.as_str().into(), (&place.collection).into(), seq.into()];
    tx.fetch_optional(&sql, &values)?.as_ref().map(read).transpose()
}

/// The next documents after a place in the order, at most `limit`.
///
/// # Errors
///
/// What the database says.
pub fn after(
    tx: &Tx<'_>,
    place: &Place,
    within: &Within,
    seq: i64,
    limit: i64,
) -> Result<Vec<StoredDocument>, StoreError> {
    let sql = format!("{COLUMNS}{} AND seq > $3 ORDER BY seq LIMIT $4", within.sql());
    tx.fetch_all(&sql, &within.values(place, seq, limit))?.iter().map(read).collect()
}

/// One page in the order in which documents were made, or in the reverse of it.
///
/// # Errors
///
/// What the database says.
pub fn page(
    tx: &Tx<'_>,
    place: &Place,
    within: &Within,
    descending: bool,
    (limit, offset): (i64, i64),
) -> Result<Vec<StoredDocument>, StoreError> {
    let order = if descending { " ORDER BY seq DESC" } else { " ORDER BY seq" };
    let sql = format!("{COLUMNS}{}{order} LIMIT $3 OFFSET $4", within.sql());
    tx.fetch_all(&sql, &within.values(place, limit, offset))?.iter().map(read).collect()
}

/// How many documents there are.
///
/// # Errors
///
/// What the database says.
pub fn count(tx: &Tx<'_>, place: &Place, within: &Within) -> Result<i64, StoreError> {
    if *within == Within::Everything {
        return Ok(usage(tx, place)?.documents);
    }
    let sql = format!("SELECT count(*) FROM documents{} LIMIT $3 OFFSET $4", within.sql());
    tx.fetch_one(&sql, &within.values(place, 1, 0))?.int(0)
}

/// Puts another body in place; false where the document is gone.
///
/// # Errors
///
/// What the database says.
pub fn replace(tx: &Tx<'_>, place: &Place, seq: i64, body: &str, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE documents SET body = $4, updated_at = $5 \
               WHERE connection_id = $1 AND collection = $2 AND seq = $3";
    let values: [Value; 5] =
        [place.connection.as_str().into(), (&place.collection).into(), seq.into(), body.into(), now.into()];
    Ok(tx.execute(sql, &values)? == 1)
}

/// Deletes a document; false where it is gone already.
///
/// # Errors
///
/// What the database says.
pub fn delete(tx: &Tx<'_>, place: &Place, seq: i64) -> Result<bool, StoreError> {
    let sql = "DELETE FROM documents WHERE connection_id = $1 AND collection = $2 AND seq = $3";
    Ok(tx.execute(sql, &[place.connection.as_str().into(), (&place.collection).into(), seq.into()])? == 1)
}

/// The names of a stage's collections.
///
/// # Errors
///
/// What the database says.
pub fn collections(tx: &Tx<'_>, connection: &ConnectionId) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT collection FROM document_counts WHERE connection_id = $1 AND documents > 0 ORDER BY collection";
    tx.fetch_all(sql, &[connection.as_str().into()])?.iter().map(|row| row.text(0)).collect()
}

fn read(row: &Row) -> Result<StoredDocument, StoreError> {
    Ok(StoredDocument {
        seq: row.int(0)?,
        id: row.text(1)?,
        account: row.text(2)?,
        owner: row.text(3)?,
        body: row.text(4)?,
        created_at: row.time(5)?,
        updated_at: row.time(6)?,
    })
}
