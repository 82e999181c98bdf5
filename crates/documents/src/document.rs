//! A document as callers get it.

use crate::{DOCUMENT_BYTES, DocumentsError};
use portcullis_base::Timestamp;
use portcullis_query::Json;
use portcullis_store::{StoreError, documents::StoredDocument};
use rand::Rng;
use serde_json::{Map, Value};

/// A document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its id within the collection.
    pub id: String,
    /// Whose group of users it belongs to.
    pub account: String,
    /// Who made it.
    pub owner: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// What it says.
    pub body: Map<String, Value>,
}

impl Document {
    pub(crate) fn read(stored: StoredDocument) -> Result<Self, StoreError> {
        Ok(Self {
            body: body_of(&stored)?,
            id: stored.id,
            account: stored.account,
            owner: stored.owner,
            created_at: stored.created_at,
            updated_at: stored.updated_at,
        })
    }
}

/// A fresh id of a document: a random UUID.
pub fn new_document_id(rng: &mut dyn Rng) -> String {
    let mut bytes = [0u8; 16];
    rng.fill_bytes(&mut bytes);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

pub(crate) fn body_of(stored: &StoredDocument) -> Result<Map<String, Value>, StoreError> {
    serde_json::from_str(&stored.body).map_err(|_| StoreError::Other("a document cannot be read".to_owned()))
}

/// A body as it is kept.
pub(crate) fn text_of(body: &Map<String, Value>) -> Result<String, DocumentsError> {
    let text = serde_json::to_string(body).map_err(|_| StoreError::Other("a document cannot be written".to_owned()))?;
    if text.len() > DOCUMENT_BYTES { Err(DocumentsError::TooLarge) } else { Ok(text) }
}

/// The members of an object; anything else is no document.
pub(crate) fn members(json: Json) -> Result<Map<String, Value>, DocumentsError> {
    match json {
        Json::Object(members) => Ok(members.into_iter().map(|(name, json)| (name, value(json))).collect()),
        _ => Err(DocumentsError::NotAnObject),
    }
}

/// The same value with its numbers as they were written.
pub(crate) fn value(json: Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Bool(flag),
        // A number that was parsed as one is one.
        Json::Number(digits) => serde_json::from_str(&digits).unwrap_or(Value::Null),
        Json::String(text) => Value::String(text),
        Json::Array(items) => Value::Array(items.into_iter().map(value).collect()),
        Json::Object(members) => Value::Object(members.into_iter().map(|(name, json)| (name, value(json))).collect()),
    }
}
