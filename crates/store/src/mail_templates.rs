//! The mail texts a stage has replaced. What they may say, the mail room knows.

use crate::{Row, StoreError, Tx};
use portcullis_base::{ConnectionId, Timestamp};

/// A replaced text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailTemplate {
    /// Of which mail, such as `password_reset`.
    pub kind: String,
    /// In which language, such as `de`.
    pub language: String,
    /// `subject`, `txt` or `html`.
    pub part: String,
    /// What it says.
    pub body: String,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Keeps a text in place of an earlier one.
///
/// # Errors
///
/// What the database says.
pub fn set(tx: &Tx<'_>, connection: &ConnectionId, template: &MailTemplate) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO mail_templates (connection_id, kind, language, part, body, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (connection_id, kind, language, part) \
         DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at",
        &[
            connection.as_str().into(),
            (&template.kind).into(),
            (&template.language).into(),
            (&template.part).into(),
            (&template.body).into(),
            template.updated_at.into(),
        ],
    )
    .map(drop)
}

/// Goes back to the program's own text. `false` when it was not replaced.
///
/// # Errors
///
/// What the database says.
pub fn remove(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    kind: &str,
    language: &str,
    part: &str,
) -> Result<bool, StoreError> {
    let sql = "DELETE FROM mail_templates WHERE connection_id = $1 AND kind = $2 AND language = $3 AND part = $4";
    Ok(tx.execute(sql, &[connection.as_str().into(), kind.into(), language.into(), part.into()])? == 1)
}

/// All texts a stage has replaced.
///
/// # Errors
///
/// What the database says.
pub fn list(tx: &Tx<'_>, connection: &ConnectionId) -> Result<Vec<MailTemplate>, StoreError> {
    let sql = "SELECT kind, language, part, body, updated_at FROM mail_templates WHERE connection_id = $1 \
               ORDER BY kind, language, part";
    tx.fetch_all(sql, &[connection.as_str().into()])?.iter().map(read).collect()
}

/// The texts of one mail that a stage has replaced.
///
/// # Errors
///
/// What the database says.
pub fn of_kind(tx: &Tx<'_>, connection: &ConnectionId, kind: &str) -> Result<Vec<MailTemplate>, StoreError> {
    let sql = "SELECT kind, language, part, body, updated_at FROM mail_templates \
               WHERE connection_id = $1 AND kind = $2 ORDER BY language, part";
    tx.fetch_all(sql, &[connection.as_str().into(), kind.into()])?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<MailTemplate, StoreError> {
    Ok(MailTemplate {
        kind: row.text(0)?,
        language: row.text(1)?,
        part: row.text(2)?,
        body: row.text(3)?,
        updated_at: row.time(4)?,
    })
}
