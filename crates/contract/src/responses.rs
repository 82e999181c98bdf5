//! The answers an operation can give.

/// One refusal: its status, its name among the shared answers, what it means.
#[derive(Debug)]
pub struct Refused {
    /// The status.
    pub status: u16,
    /// The name in `components.responses`.
    pub name: &'static str,
    /// What it means.
    pub description: &'static str,
}

const fn refused(status: u16, name: &'static str, description: &'static str) -> Refused {
    Refused { status, name, description }
}

/// Every refusal there is.
pub static REFUSALS: &[Refused] = &[
    refused(400, "BadRequest", "The request does not fit: an unknown name, a value of the wrong type, a broken rule."),
    refused(401, "Unauthorized", "Credentials are needed or wrong."),
    refused(403, "Forbidden", "The caller has no right to do this."),
    refused(404, "NotFound", "No such row, or nothing of that name."),
    refused(405, "MethodNotAllowed", "It can only be read."),
    refused(408, "RequestTimeout", "The body took too long to arrive."),
    refused(409, "Conflict", "A unique or foreign key does not hold, or the same request is in progress."),
    refused(412, "PreconditionFailed", "The row has changed since; `current` shows it."),
    refused(413, "ContentTooLarge", "The body or the list is too long."),
    refused(414, "UriTooLong", "The path and query are too long."),
    refused(415, "UnsupportedMediaType", "The body has the wrong media type."),
    refused(422, "UnprocessableContent", "Too many rows match, or the key of the request was used for another body."),
    refused(429, "TooManyRequests", "Too many requests; `Retry-After` says when to come back."),
    refused(500, "InternalServerError", "Something broke; `request_id` finds it in the log."),
    refused(501, "NotImplemented", "The database cannot do this."),
    refused(
        503,
        "ServiceUnavailable",
        "The database does not answer or takes too long; `Retry-After` says when to ask again.",
    ),
    refused(507, "InsufficientStorage", "The database has no room left."),
];

/// The refusal with a status.
pub fn refusal(status: u16) -> Option<&'static Refused> {
    REFUSALS.iter().find(|refused| refused.status == status)
}

/// What every operation may answer.
pub const ALWAYS: &[u16] = &[400, 401, 403, 404, 414, 429, 500, 503];
/// What an operation with a body may answer besides.
pub const WITH_BODY: &[u16] = &[408, 413, 415];
/// What a write may answer besides.
pub const WRITE: &[u16] = &[409, 422, 507];
