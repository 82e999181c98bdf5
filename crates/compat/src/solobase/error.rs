//! Refusals as the page has them: `{"success": false, "error": {code, message, details?, retry_after?}}`.
//!
//! Contract: Solobase auth API, section 2.

use http::StatusCode;
use portcullis_identity::IdentityError;
use portcullis_web::{ApiError, HookError};
use serde_json::{Map, Value, json};

/// What is wrong, by field; every field with the list of its texts.
#[derive(Debug, Default)]
pub struct Details(Map<String, Value>);

impl Details {
    /// Adds a text under a field.
    pub fn add(&mut self, field: &str, text: impl Into<String>) {
        let texts = self.0.entry(field).or_insert_with(|| json!([]));
        if let Value::Array(texts) = texts {
            texts.push(Value::String(text.into()));
        }
    }

    /// Whether a field is wrong already.
    pub fn has(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    /// A refusal where anything is wrong.
    pub fn done(self) -> Result<(), Refusal> {
        if self.0.is_empty() { Ok(()) } else { Err(self.into()) }
    }
}

impl From<Details> for Refusal {
    fn from(details: Details) -> Self {
        Self {
            details: Some(details),
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "VALIDATION_ERROR", "Validation failed")
        }
    }
}

/// A refusal on its way out.
#[derive(Debug)]
pub struct Refusal {
    /// The status.
    pub status: StatusCode,
    /// The code of the table.
    pub code: String,
    /// The sentence.
    pub message: String,
    /// For `VALIDATION_ERROR`.
    pub details: Option<Details>,
    /// When to try again; also in the body of `RATE_LIMITED`. Seconds.
    pub retry_after_s: Option<u32>,
    /// The methods there are, for 405.
    pub allow: Option<&'static str>,
}

impl Refusal {
    /// A refusal with its code and its sentence.
    pub fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        let (code, message) = (code.to_owned(), message.into());
        Self { status, code, message, details: None, retry_after_s: None, allow: None }
    }

    /// No token, or one that is not good (any more).
    pub fn token_invalid() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "TOKEN_INVALID", "Token is invalid")
    }

    /// A good token whose time is over.
    pub fn token_expired() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "TOKEN_EXPIRED", "Token has expired")
    }

    /// Nothing here.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", "There is nothing here")
    }

    /// A path that is there, and a method that is not.
    pub fn method(allow: &'static str) -> Self {
        let message = format!("This method does not work here; use {allow}");
        Self { allow: Some(allow), ..Self::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message) }
    }

    /// One field with one text.
    pub fn field(field: &str, text: impl Into<String>) -> Self {
        let mut details = Details::default();
        details.add(field, text);
        details.into()
    }

    /// A fault of ours; the cause goes to the log.
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "A request of the surface `solobase` failed for a reason of ours");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", "Something went wrong on our side")
    }

    /// The member `error` of the body.
    pub fn body(&self) -> Value {
        let mut error = json!({"code": self.code, "message": self.message});
        if let Some(details) = &self.details {
            error["details"] = Value::Object(details.0.clone());
        }
        if let Some(seconds) = self.retry_after_s.filter(|_| self.code == "RATE_LIMITED") {
            error["retry_after"] = json!(seconds);
        }
        json!({"success": false, "error": error})
    }
}

impl From<IdentityError> for Refusal {
    fn from(error: IdentityError) -> Self {
        use IdentityError as E;
        use StatusCode as S;
        let own = error.code().to_uppercase();
        let text = error.to_string();
        match error {
            E::InvalidCredentials => Self::new(S::UNAUTHORIZED, "INVALID_CREDENTIALS", "Invalid email or password"),
            E::Unauthenticated
            | E::BadCredentials(_)
            | E::InvalidRefreshToken
            | E::RefreshTokenReused
            | E::InvalidToken
            | E::SessionEnded { code: "session_closed" | "password_changed" | "user_disabled" } => {
                Self::token_invalid()
            }
            E::SessionEnded { .. } => Self::token_expired(),
            E::EmailNotVerified => Self::new(S::FORBIDDEN, "EMAIL_NOT_VERIFIED", "Email address is not verified"),
            E::Locked { retry_after_s } => {
                let message = "Account is locked. Try again later.";
                Self { retry_after_s: Some(retry_after_s), ..Self::new(S::LOCKED, "ACCOUNT_LOCKED", message) }
            }
            E::RateLimited(state) => super::limits::refusal(&state),
            E::EmailTaken => Self::field("email", "Email already exists"),
            E::Invalid { field, code: "duplicate", .. } => {
                Self::field(&field, format!("{} already exists", title(&field)))
            }
            E::Invalid { field, code: "invalid_email", .. } => {
                Self::field(&field, format!("{} is invalid", title(&field)))
            }
            E::Invalid { field, code: "missing_field" | "missing_column", .. } => {
                Self::field(&field, format!("{} is required", title(&field)))
            }
            E::Invalid { field, message, .. } => Self::field(&field, sentence(&message)),
            E::PasswordTooLong { max_bytes } => {
                Self::field("password", format!("Password must have at most {max_bytes} bytes"))
            }
            E::NotFound => Self::not_found(),
            E::NotConfigured | E::MailNotConfigured => Self::new(S::NOT_IMPLEMENTED, &own, sentence(&text)),
            E::MfaRequired { .. } => {
                let message = "This account has a second factor, which this API does not ask for";
                Self::new(S::FORBIDDEN, &own, message)
            }
            E::SwitchedOff(_)
            | E::Forbidden
            | E::ReadOnly
            | E::RedirectRefused
            | E::NotAMember
            | E::InvitationRequired => Self::new(S::FORBIDDEN, &own, sentence(&text)),
            E::Conflict { .. } => Self::new(S::CONFLICT, &own, sentence(&text)),
            E::WrongCode
            | E::InvalidMfaToken
            | E::FactorLocked { .. }
            | E::Factor(_)
            | E::Passkey(_)
            | E::Social(_)
            | E::Link(_) => Self::new(S::FORBIDDEN, &own, sentence(&text)),
            E::Busy => Self { retry_after_s: Some(1), ..Self::new(S::SERVICE_UNAVAILABLE, &own, sentence(&text)) },
            E::Directory(_) | E::Store(_) => {
                tracing::error!(cause = %text, "A question about identity was not answered");
                let message = "The database does not answer; try again";
                Self { retry_after_s: Some(1), ..Self::new(S::SERVICE_UNAVAILABLE, "UNAVAILABLE", message) }
            }
            E::Internal(cause) => Self::internal(&cause),
        }
    }
}

/// Refusals of what all surfaces share: bodies, paths, and the data room's words.
impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        use StatusCode as S;
        let message = sentence(&error.title);
        let own = match (error.status, error.code) {
            (S::INTERNAL_SERVER_ERROR, _) => "INTERNAL_ERROR".to_owned(),
            (S::BAD_REQUEST, "invalid_json" | "invalid_body") => "VALIDATION_ERROR".to_owned(),
            (S::UNAUTHORIZED, _) => return Self { retry_after_s: error.retry_after_s, ..Self::token_invalid() },
            (S::NOT_FOUND, "not_found") => return Self::not_found(),
            (_, code) => code.to_uppercase(),
        };
        Self { retry_after_s: error.retry_after_s, ..Self::new(error.status, &own, message) }
    }
}

impl From<HookError> for Refusal {
    fn from(error: HookError) -> Self {
        error.log();
        Self::new(error.http_status(), error.own_code().unwrap_or("HOOK_REJECTED"), error.message())
    }
}

/// `password_confirmation` as the page says it: `Password confirmation`.
pub fn title(field: &str) -> String {
    sentence(&field.replace('_', " "))
}

/// A sentence of ours with a capital at its beginning, as all of the page's have.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_faults_stand_in_one_answer() {
        let mut details = Details::default();
        details.add("email", "Email already exists");
        details.add("password", "Password must be at least 8 characters");
        let refusal = details.done().unwrap_err();
        let wanted = json!({"success": false, "error": {
            "code": "VALIDATION_ERROR",
            "message": "Validation failed",
            "details": {
                "email": ["Email already exists"],
                "password": ["Password must be at least 8 characters"],
            },
        }});
        assert_eq!((refusal.status.as_u16(), refusal.body()), (422, wanted));
    }

    #[test]
    fn every_code_of_the_table_has_its_status() {
        let of = |error: IdentityError| {
            let refusal = Refusal::from(error);
            (refusal.status.as_u16(), refusal.code)
        };
        let is = |status: u16, code: &str| (status, code.to_owned());
        assert_eq!(of(IdentityError::InvalidCredentials), is(401, "INVALID_CREDENTIALS"));
        assert_eq!(of(IdentityError::Unauthenticated), is(401, "TOKEN_INVALID"));
        assert_eq!(of(IdentityError::SessionEnded { code: "session_expired" }), is(401, "TOKEN_EXPIRED"));
        assert_eq!(of(IdentityError::SessionEnded { code: "session_closed" }), is(401, "TOKEN_INVALID"));
        assert_eq!(of(IdentityError::EmailNotVerified), is(403, "EMAIL_NOT_VERIFIED"));
        assert_eq!(of(IdentityError::Locked { retry_after_s: 900 }), is(423, "ACCOUNT_LOCKED"));
        assert_eq!(of(IdentityError::EmailTaken), is(422, "VALIDATION_ERROR"));
        assert_eq!(of(IdentityError::Internal("x".to_owned())), is(500, "INTERNAL_ERROR"));
    }

    /// The table of the page, and the codes of the page beside it (contract 2 and 8), as recorded exchanges answer them.
    #[test]
    fn every_code_of_the_page_is_shown_by_a_recorded_exchange() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/solobase/tests");
        let mut shown = std::collections::BTreeSet::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|ending| ending != "json") {
                continue;
            }
            let story: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
            for answer in story["steps"].as_array().unwrap().iter().map(|step| &step["answer"]) {
                if let Some(code) = answer["body"]["error"]["code"].as_str() {
                    shown.insert((code.to_owned(), answer["status"].as_u64().unwrap()));
                }
            }
        }
        for (code, status) in [
            ("INVALID_CREDENTIALS", 401),
            ("TOKEN_EXPIRED", 401),
            ("TOKEN_INVALID", 401),
            ("USER_NOT_FOUND", 404),
            ("EMAIL_NOT_VERIFIED", 403),
            ("ACCOUNT_LOCKED", 423),
            ("RATE_LIMITED", 429),
            ("VALIDATION_ERROR", 422),
            ("VALIDATION_ERROR", 400),
            ("NOT_FOUND", 404),
            ("METHOD_NOT_ALLOWED", 405),
            ("TABLE_NOT_FOUND", 404),
            ("RECORD_NOT_FOUND", 404),
            ("INVALID_QUERY", 400),
            ("PERMISSION_DENIED", 403),
            ("CONSTRAINT_VIOLATION", 409),
        ] {
            assert!(shown.contains(&(code.to_owned(), status)), "no exchange answers {status} {code}");
        }
    }

    #[test]
    fn sec_62_a_fault_of_ours_tells_nothing() {
        let refusal = Refusal::from(IdentityError::Internal("the secret of the house".to_owned()));
        assert!(!refusal.body().to_string().contains("secret"));
    }
}
