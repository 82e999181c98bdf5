//! One call below `/v1/collections`: its words, and the form of its answers.

use crate::auth::Fields;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use portcullis_base::{ConnectionId, Timestamp};
use portcullis_documents::{Author, Clause, Document, Documents, DocumentsError, Field, Order, Page};
use portcullis_identity::rfc3339;
use portcullis_query::Json;
use portcullis_web::{ApiError, Query, check_json, read_json};
use serde_json::{Value, json};

/// One call.
pub struct Call<'a> {
    /// The documents of the node.
    pub documents: &'a Documents,
    /// The stage.
    pub connection: &'a ConnectionId,
    /// Who calls.
    pub author: Author,
    /// The headers.
    pub headers: HeaderMap,
    /// The parameters that nobody has taken.
    pub query: Query,
    /// The body.
    pub body: Bytes,
    /// The present.
    pub now: Timestamp,
}

impl Call<'_> {
    /// The body as JSON.
    pub fn json(&self) -> Result<Json, ApiError> {
        check_json(&self.headers, true)?;
        let body = read_json(&self.body)?;
        body.ok_or_else(|| ApiError::new(StatusCode::BAD_REQUEST, "invalid_body", "the body is empty"))
    }

    /// The members of the body; no body is an empty one.
    pub fn fields(&self) -> Result<Fields, ApiError> {
        Fields::json(&self.headers, &self.body)
    }
}

/// `where` of a body; absent is every document.
pub fn clauses(fields: &mut Fields) -> Result<Vec<Clause>, DocumentsError> {
    fields.take("where").map_or_else(|| Ok(Vec::new()), |json| Clause::parse_all(json, field))
}

/// What a name in a clause means: the record's own, else a member of its data.
fn field(name: &str) -> Field {
    match name {
        "id" => Field::Id,
        "account_id" => Field::Account,
        "owner_id" => Field::Owner,
        other => Field::Data(other.to_owned()),
    }
}

/// `name`, `name:asc` or `name:desc`.
pub fn order(text: &str) -> Result<(Order, bool), DocumentsError> {
    let (name, direction) = text.rsplit_once(':').unwrap_or((text, "asc"));
    let descending = match direction {
        "asc" => false,
        "desc" => true,
        other => {
            let message = format!("a sort ends in `:asc` or `:desc`, not `:{other}`");
            return Err(DocumentsError::InvalidQuery { place: "sort".to_owned(), message });
        }
    };
    let order = match name {
        "created_at" => Order::Created,
        "id" => Order::Id,
        other => Order::Data(other.to_owned()),
    };
    Ok((order, descending))
}

/// A document on its way out.
pub fn shown(document: Document) -> Value {
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    json!({
        "id": document.id,
        "account_id": some(document.account),
        "owner_id": some(document.owner),
        "created_at": rfc3339(document.created_at),
        "updated_at": rfc3339(document.updated_at),
        "data": document.body,
    })
}

/// A page on its way out.
pub fn page(page: Page) -> String {
    let pages = page.total.div_ceil(page.size.max(1));
    let data: Vec<Value> = page.documents.into_iter().map(shown).collect();
    json!({"data": data, "total": page.total, "page": page.page, "page_size": page.size, "total_pages": pages})
        .to_string()
}
