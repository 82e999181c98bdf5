//! Why the room refuses.

use portcullis_store::StoreError;

/// Why a call on documents was refused. Knows no HTTP.
#[derive(Debug, thiserror::Error)]
pub enum DocumentsError {
    /// Nobody may do this without credentials.
    #[error("credentials are needed here")]
    Unauthenticated,
    /// The caller sees the document and may not change it.
    #[error("the document may be read here, but not changed")]
    Forbidden,
    /// There is no such document, or none the caller may see.
    #[error("there is no such document")]
    NotFound,
    /// The collection cannot have this name.
    #[error("{0}")]
    InvalidName(String),
    /// A part of a query cannot be.
    #[error("{message}")]
    InvalidQuery {
        /// Which: the number of a clause, or a parameter.
        place: String,
        /// What would be right.
        message: String,
    },
    /// A document is a JSON object.
    #[error("a document is a JSON object")]
    NotAnObject,
    /// The document is too long, or would become so.
    #[error("a document has at most {} bytes", crate::DOCUMENT_BYTES)]
    TooLarge,
    /// Something other than a number would be counted up.
    #[error("the field `{0}` holds no whole number that could be counted up")]
    NotANumber(String),
    /// More at once than can be done.
    #[error("at most {max} {what} can be {act} at once")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// What was to be done with them.
        act: &'static str,
        /// How many are allowed.
        max: usize,
    },
    /// The stage keeps as much as it may.
    #[error("there is no room: at most {max} {what} are kept")]
    Full {
        /// Of what.
        what: &'static str,
        /// How many are allowed.
        max: u64,
    },
    /// The store failed.
    #[error("the control store did not answer")]
    Store(#[from] StoreError),
}

impl DocumentsError {
    /// Stable, documented, never renamed: clients branch on it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::InvalidName(_) => "invalid_collection",
            Self::InvalidQuery { .. } => "invalid_query",
            Self::NotAnObject => "invalid_document",
            Self::TooLarge => "document_too_large",
            Self::NotANumber(_) => "not_a_number",
            Self::TooMany { .. } => "too_many_documents",
            Self::Full { .. } => "documents_full",
            Self::Store(_) => "store_unavailable",
        }
    }

    pub(crate) fn query(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self::InvalidQuery { place: place.into(), message: message.into() }
    }
}
