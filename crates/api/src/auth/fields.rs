//! The members of an auth body: each text where text is due, none too long, none left over. SEC-25, SEC-52.

use http::{HeaderMap, StatusCode, header};
use portcullis_base::Secret;
use portcullis_query::Json;
use portcullis_web::{ApiError, Problem, check_json};

/// Bytes of a text at most.
const LONGEST: usize = 4_096;

/// A body's members that nobody has taken yet.
#[derive(Debug)]
pub struct Fields(Vec<(String, Json)>);

impl Fields {
    /// Reads a JSON object; no body is an empty one.
    pub fn json(headers: &HeaderMap, body: &[u8]) -> Result<Self, ApiError> {
        check_json(headers, !body.is_empty())?;
        match portcullis_web::read_json(body)? {
            None => Ok(Self(Vec::new())),
            Some(Json::Object(members)) => Ok(Self(members)),
            Some(_) => Err(ApiError::new(StatusCode::BAD_REQUEST, "invalid_body", "the body must be a JSON object")),
        }
    }

    /// Reads JSON, or a form as OAuth2 clients send it.
    pub fn json_or_form(headers: &HeaderMap, body: &[u8]) -> Result<Self, ApiError> {
        if !is_form(headers) {
            return Self::json(headers, body);
        }
        let mut members: Vec<(String, Json)> = Vec::new();
        for (name, value) in form_urlencoded::parse(body) {
            if members.iter().any(|(own, _)| *own == name) {
                return Err(invalid(&name, "invalid_body", format!("`{name}` is given twice")));
            }
            members.push((name.into_owned(), Json::String(value.into_owned())));
        }
        Ok(Self(members))
    }

    /// Takes a text that may be absent, by the first of its names that is there.
    pub fn text(&mut self, names: &[&str]) -> Result<Option<String>, ApiError> {
        let Some(at) = names.iter().find_map(|name| self.0.iter().position(|(own, _)| own == name)) else {
            return Ok(None);
        };
        let (name, value) = self.0.remove(at);
        match value {
            Json::String(text) if text.len() > LONGEST => {
                Err(invalid(&name, "too_long", format!("`{name}` has more than {LONGEST} bytes")))
            }
            Json::String(text) => Ok(Some(text)),
            _ => Err(invalid(&name, "invalid_value", format!("`{name}` must be a string"))),
        }
    }

    /// Takes a text that must be there and hold something.
    pub fn required(&mut self, names: &[&str]) -> Result<String, ApiError> {
        let first = names.first().copied().unwrap_or_default();
        match self.text(names)? {
            Some(text) if !text.is_empty() => Ok(text),
            _ => Err(invalid(first, "missing_field", format!("`{first}` is required"))),
        }
    }

    /// Takes a secret text that must be there.
    pub fn secret(&mut self, names: &[&str]) -> Result<Secret<String>, ApiError> {
        self.required(names).map(Secret::new)
    }

    /// Takes an id that may be absent; it is a number where a table counts its rows.
    pub fn id(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        match self.take(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::String(text)) if text.is_empty() => Ok(None),
            Some(Json::String(text)) if text.len() <= 256 => Ok(Some(text)),
            Some(Json::Number(digits)) if digits.len() <= 256 => Ok(Some(digits)),
            Some(_) => Err(invalid(name, "invalid_value", format!("`{name}` must be an id"))),
        }
    }

    /// Takes any member.
    pub fn take(&mut self, name: &str) -> Option<Json> {
        let at = self.0.iter().position(|(own, _)| own == name)?;
        Some(self.0.remove(at).1)
    }

    /// Whether a member is there.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(own, _)| own == name)
    }

    /// What is left.
    pub fn rest(self) -> Vec<(String, Json)> {
        self.0
    }

    /// Makes sure that nothing is left.
    pub fn done(self) -> Result<(), ApiError> {
        match self.0.first() {
            None => Ok(()),
            Some((name, _)) => Err(invalid(name, "unknown_field", format!("`{name}` is not known here"))),
        }
    }
}

/// Whether a body says it is a form.
pub fn is_form(headers: &HeaderMap) -> bool {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    media.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded")
}

/// A member that cannot be.
pub fn invalid(field: &str, code: &'static str, message: String) -> ApiError {
    let mut error = ApiError::new(StatusCode::BAD_REQUEST, code, message.clone());
    error.errors.push(Problem { place: format!("/{field}"), code: code.to_owned(), message });
    error
}
