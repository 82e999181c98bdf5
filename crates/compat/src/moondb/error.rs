//! Refusals in MoonDB's words: `{"error":{"code","message","suggestion","field"?}}`, a suggestion on every one.
//!
//! Source: the contract's section 2; codes that are not documented are of the documented families.

use super::wire::body;
use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};
use portcullis_control::ControlError;
use portcullis_identity::IdentityError;
use portcullis_records::RecordsError;
use portcullis_store::StoreError;
use portcullis_web::ApiError;
use serde_json::json;

/// A refusal on its way out.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
    suggestion: &'static str,
    field: Option<String>,
    retry_after_s: Option<u32>,
}

impl Refusal {
    /// A refusal of a status, with what was wrong; what to do next follows from the code.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        let suggestion = suggestion(code);
        Self { status, code, message: message.into(), suggestion, field: None, retry_after_s: None }
    }

    /// 400.
    pub fn bad(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// 404, the same for what does not exist and what the caller may not see.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", "There is nothing here.")
    }

    /// 401 without any credentials.
    pub fn credentials() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "AUTH_REQUIRED", "Credentials are needed here.")
    }

    /// 403.
    pub fn denied(message: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "ACCESS_DENIED", message)
    }

    /// 501: what this instance is not set up for.
    pub fn not_set_up(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, code, message)
    }

    /// The same about a member of the body or a parameter.
    #[must_use]
    pub fn about(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }

    /// The answer.
    pub fn into_response(self) -> Response<Body> {
        let mut error = json!({ "code": self.code, "message": self.message, "suggestion": self.suggestion });
        if let Some(field) = self.field {
            error["field"] = json!(field);
        }
        let mut response = body(self.status, &json!({ "error": error }));
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// A refusal that arose outside of the routes.
pub fn refuse(error: ApiError, _: &str) -> Response<Body> {
    Refusal::from(error).into_response()
}

/// What to do next.
fn suggestion(code: &str) -> &'static str {
    match code {
        "AUTH_REQUIRED" => {
            "Send the project's key in X-Public-Key or X-Admin-Key, or sign in and send the token as `Authorization: Bearer <token>`."
        }
        "AUTH_INVALID_KEY" => "Check the key: it may have been rotated, or it belongs to another project.",
        "AUTH_INVALID_TOKEN" => "Get a new token with POST /auth/refresh, or sign in again.",
        "AUTH_INVALID_CREDENTIALS" => {
            "Check the e-mail address and the password, or reset it with POST /auth/forgot-password."
        }
        "AUTH_INVALID_REFRESH" => "Sign in again: a refresh token works once.",
        "AUTH_NOT_CONFIGURED" => "Declare a table with \"auth_table\": true in the schema.",
        "AUTH_MAIL_NOT_CONFIGURED" => "Ask whoever runs this instance to set up mail.",
        "AUTH_MFA_REQUIRED" => "Sign in where a second factor can be given; this API has no call for it.",
        "AUTH_EMAIL_NOT_VERIFIED" => {
            "Open the link in the mail, or ask for another with POST /auth/resend-verification."
        }
        "ACCESS_DENIED" => "Use credentials that may do this: the project's admin key, or the owner's token.",
        "PROJECT_NOT_FOUND" => "Check the project id in the path; it looks like proj_...",
        "NOT_FOUND" => "Check the path, the table's name and the id.",
        "METHOD_NOT_ALLOWED" => "Use another method; GET /v1/openapi.json lists them.",
        "VALIDATION_JSON" => "Send one valid JSON document with Content-Type: application/json.",
        "VALIDATION_EMAIL" => "Send an address such as ada@example.com.",
        "VALIDATION_PASSWORD" => "Choose a longer password that is not a common one.",
        "VALIDATION_REQUIRED_FIELD" => "Send a value for this field.",
        "VALIDATION_UNKNOWN_FIELD" => "Remove the field, or add the column to the schema.",
        "VALIDATION_READ_ONLY_FIELD" => "Remove the field: the server sets it.",
        "VALIDATION_TYPE" | "VALIDATION_VALUE" => "Send a value that fits the column's type and bounds.",
        "VALIDATION_FILTER" => {
            "Filter with ?column=operator.value; the operators are eq, neq, gt, gte, lt, lte, like, in, is_null and not_null."
        }
        "VALIDATION_LIMIT" => "Ask for less: at most 500 rows of a page and 100 rows of a bulk.",
        "VALIDATION_CURSOR" => "Use meta.next_cursor of the page before, with the same filter and sort.",
        "VALIDATION_TOKEN" => "Ask for a new mail: a link works once, and not for long.",
        "VALIDATION_REDIRECT_URL" => "Add the URL's origin with PUT /v1/redirect-origins, or send one that is allowed.",
        "VALIDATION_ORIGIN" => "Send origins only: scheme, host and port, such as https://app.example.",
        "VALIDATION_UNIQUE" => "Use another value, or change the row that has this one.",
        "FK_NOT_FOUND" => "Create the row it points at first, or send the id of one that exists.",
        "FK_RESTRICTED" => "Delete or change the rows that point at this one first.",
        "SCHEMA_INVALID" => "Correct the schema; POST /v1/schema/validate checks one without changing anything.",
        "SCHEMA_REFUSED" => "Correct the rows that are in the way, then send the schema again.",
        "SCHEMA_NOT_MANAGED" => {
            "Ask whoever runs this instance: `portcullis connection manage` lets schemas change this database."
        }
        "SCHEMA_NOT_DECLARED" => "Declare a schema first with PUT /v1/schema.",
        "RATE_LIMITED" => "Wait as long as Retry-After says, then try again.",
        "RATE_QUOTA" => "Use a project there is, or ask whoever runs this instance.",
        "CONFLICT" => "Read the row again and repeat the change.",
        "UNAVAILABLE" => "Try again in a moment.",
        "INTERNAL" => "Try again; whoever runs this instance finds the cause under the X-Request-Id of this answer.",
        _ => "Check the request against GET /v1/openapi.json.",
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "The control store did not answer");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", "The server's own store does not answer.")
    }
}

impl From<IdentityError> for Refusal {
    fn from(error: IdentityError) -> Self {
        use IdentityError as E;
        let message = sentence(&error.to_string());
        let unauthorized = |code| Self::new(StatusCode::UNAUTHORIZED, code, message.clone());
        match error {
            E::NotConfigured => Self::bad("AUTH_NOT_CONFIGURED", "The schema has no table of users."),
            E::MailNotConfigured => Self::not_set_up("AUTH_MAIL_NOT_CONFIGURED", message),
            E::SwitchedOff(_) | E::Forbidden | E::ReadOnly | E::NotAMember | E::InvitationRequired => {
                Self::denied(&message)
            }
            E::Conflict { .. } => Self::new(StatusCode::CONFLICT, "VALIDATION_CONFLICT", message),
            E::InvalidCredentials => unauthorized("AUTH_INVALID_CREDENTIALS"),
            E::Unauthenticated | E::BadCredentials(_) => unauthorized("AUTH_INVALID_TOKEN"),
            E::InvalidRefreshToken | E::RefreshTokenReused | E::SessionEnded { .. } => {
                unauthorized("AUTH_INVALID_REFRESH")
            }
            E::EmailNotVerified => Self::new(StatusCode::FORBIDDEN, "AUTH_EMAIL_NOT_VERIFIED", message),
            E::MfaRequired { .. } => Self::new(StatusCode::FORBIDDEN, "AUTH_MFA_REQUIRED", message),
            E::Locked { retry_after_s } => Self::limited(message, retry_after_s),
            E::RateLimited(state) => Self::limited(message, state.reset_in_s),
            E::FactorLocked { retry_after_s } => Self::limited(message, retry_after_s.unwrap_or(60)),
            E::EmailTaken => {
                Self::new(StatusCode::CONFLICT, "VALIDATION_UNIQUE", "The address has an account already.")
                    .about("email")
            }
            E::Invalid { field, code, message } => {
                let code = match code {
                    "missing_field" | "missing_column" => "VALIDATION_REQUIRED_FIELD",
                    "invalid_email" => "VALIDATION_EMAIL",
                    "unknown_column" => "VALIDATION_UNKNOWN_FIELD",
                    "not_writable" => "VALIDATION_READ_ONLY_FIELD",
                    "duplicate" => "VALIDATION_UNIQUE",
                    code if code.starts_with("password_") => "VALIDATION_PASSWORD",
                    _ => "VALIDATION_TYPE",
                };
                let status = if code == "VALIDATION_UNIQUE" { StatusCode::CONFLICT } else { StatusCode::BAD_REQUEST };
                Self::new(status, code, sentence(&message)).about(&field)
            }
            E::PasswordTooLong { .. } => Self::bad("VALIDATION_PASSWORD", message).about("password"),
            E::InvalidToken | E::WrongCode | E::InvalidMfaToken => Self::bad("VALIDATION_TOKEN", message),
            E::RedirectRefused => Self::bad("VALIDATION_REDIRECT_URL", message).about("redirect_url"),
            E::NotFound => Self::not_found(),
            E::Busy => Self::new(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", message),
            E::Factor(_) | E::Passkey(_) | E::Social(_) | E::Link(_) => Self::denied(&message),
            E::Directory(error) => ApiError::from(RecordsError::Database(error)).into(),
            E::Store(error) => error.into(),
            E::Internal(cause) => ApiError::internal(&cause).into(),
        }
    }
}

impl Refusal {
    /// 429.
    pub fn limited(message: String, retry_after_s: u32) -> Self {
        let refusal = Self::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", message);
        Self { retry_after_s: Some(retry_after_s), ..refusal }
    }
}

impl From<RecordsError> for Refusal {
    fn from(error: RecordsError) -> Self {
        match error {
            RecordsError::ForeignKey { columns, deleting: false } => {
                let refusal = Self::bad("FK_NOT_FOUND", "The row that this points at does not exist.");
                match columns.first() {
                    Some(column) => refusal.about(column),
                    None => refusal,
                }
            }
            RecordsError::ForeignKey { deleting: true, .. } => {
                Self::new(StatusCode::CONFLICT, "FK_RESTRICTED", "Other rows point at this one.")
            }
            RecordsError::Operation { index, error } => {
                let refusal = Self::from(*error);
                Self { message: format!("Row {index}: {}", refusal.message), ..refusal }
            }
            error => ApiError::from(error).into(),
        }
    }
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        let code = match (error.code, error.status) {
            ("unauthenticated", _) => "AUTH_REQUIRED",
            ("unknown_column" | "unknown_relationship", _) => "VALIDATION_UNKNOWN_FIELD",
            ("not_writable", _) => "VALIDATION_READ_ONLY_FIELD",
            ("invalid_value", _) => "VALIDATION_TYPE",
            ("check_failed", _) => "VALIDATION_VALUE",
            ("null_not_allowed" | "missing_column", _) => "VALIDATION_REQUIRED_FIELD",
            ("invalid_operator", _) => "VALIDATION_FILTER",
            ("invalid_json", _) => "VALIDATION_JSON",
            ("invalid_cursor", _) => "VALIDATION_CURSOR",
            ("duplicate", _) => "VALIDATION_UNIQUE",
            ("foreign_key", StatusCode::CONFLICT) => "FK_RESTRICTED",
            (_, StatusCode::UNAUTHORIZED) => "AUTH_REQUIRED",
            (_, StatusCode::FORBIDDEN) => "ACCESS_DENIED",
            (_, StatusCode::NOT_FOUND) => "NOT_FOUND",
            (_, StatusCode::METHOD_NOT_ALLOWED) => "METHOD_NOT_ALLOWED",
            (_, StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED) => "CONFLICT",
            (_, StatusCode::PAYLOAD_TOO_LARGE) => "VALIDATION_LIMIT",
            (_, StatusCode::TOO_MANY_REQUESTS) => "RATE_LIMITED",
            (_, StatusCode::SERVICE_UNAVAILABLE) => "UNAVAILABLE",
            (_, status) if status.is_server_error() => "INTERNAL",
            _ => "VALIDATION_REQUEST",
        };
        let mut refusal = Self::new(error.status, code, sentence(&error.title));
        let field = error
            .errors
            .first()
            .map(|problem| problem.place.rsplit('/').find(|part| !part.is_empty()).unwrap_or_default().to_owned());
        // Words of ours are none of theirs.
        let field = field.map(|field| if field == "projections" { "select".to_owned() } else { field });
        refusal.field = field.filter(|field| !field.is_empty() && !field.bytes().all(|byte| byte.is_ascii_digit()));
        refusal.retry_after_s = error.retry_after_s;
        refusal
    }
}

impl From<ControlError> for Refusal {
    fn from(error: ControlError) -> Self {
        use ControlError as E;
        match error {
            E::Declared(faults) => Self::bad("SCHEMA_INVALID", faults.to_string()),
            E::NeedsConfirmation(lost) => Self::bad("SCHEMA_INVALID", lost.join("; ")).about("confirm_destructive"),
            E::NotManaged(_) => Self::new(
                StatusCode::FORBIDDEN,
                "SCHEMA_NOT_MANAGED",
                "The database of this project is not ours to change.",
            ),
            E::Restructure { why, left, .. } => Self::new(
                StatusCode::CONFLICT,
                "SCHEMA_REFUSED",
                format!("The database refused the change: {why}; {left}."),
            ),
            E::Settings(faults) => Self::bad("SCHEMA_INVALID", faults.to_string()),
            E::BadName { .. } | E::OtherDatabase { .. } => {
                Self::bad("VALIDATION_VALUE", error.to_string()).about("name")
            }
            E::UnknownProject { .. } | E::UnknownStage { .. } | E::NoProjects | E::WhichProject(_) => {
                Self::new(StatusCode::NOT_FOUND, "PROJECT_NOT_FOUND", "There is no such project.")
            }
            E::UnknownTable { .. } | E::UnknownBuild(_) => Self::not_found(),
            E::Database { what, .. } => {
                tracing::warn!("A project's database cannot be used: {what}");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", "The project's database does not answer.")
            }
            E::NotSynced(_) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", "The project is not ready yet.")
            }
            E::Store(StoreError::Changed) => {
                Self::new(StatusCode::CONFLICT, "CONFLICT", "Something else was changed at the same moment.")
            }
            E::Store(error) => error.into(),
        }
    }
}

/// With a capital first and a full stop.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let mut out: String = chars.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    out.push_str(chars.as_str());
    if !out.ends_with(['.', '!', '?']) {
        out.push('.');
    }
    out
}
