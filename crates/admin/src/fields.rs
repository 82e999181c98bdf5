//! A body as an object of text fields: each is asked for by name, and what nobody asked for is refused. SEC-25, SEC-52.

use http::StatusCode;
use portcullis_query::Json;
use portcullis_web::{ApiError, Problem};

/// The fields of one body that nobody has taken yet.
#[derive(Debug)]
pub struct Fields {
    left: Vec<(String, Json)>,
    known: Vec<&'static str>,
}

impl Fields {
    /// Takes a body apart.
    ///
    /// # Errors
    ///
    /// 400 where it is no object.
    pub fn new(body: Option<Json>) -> Result<Self, ApiError> {
        match body {
            Some(Json::Object(left)) => Ok(Self { left, known: Vec::new() }),
            None => Ok(Self { left: Vec::new(), known: Vec::new() }),
            Some(_) => Err(invalid("", "the body is a JSON object")),
        }
    }

    /// Takes a text out that must be there; `max_bytes` is checked before any work.
    ///
    /// # Errors
    ///
    /// 400 where it is missing, no text, or too long.
    pub fn text(&mut self, name: &'static str, max_bytes: usize) -> Result<String, ApiError> {
        self.known.push(name);
        let place = format!("/{name}");
        let Some(at) = self.left.iter().position(|(key, _)| key == name) else {
            return Err(invalid(&place, &format!("`{name}` is missing")));
        };
        match self.left.swap_remove(at).1 {
            Json::String(text) if text.len() <= max_bytes => Ok(text),
            Json::String(_) => Err(invalid(&place, &format!("`{name}` has more than {max_bytes} bytes"))),
            _ => Err(invalid(&place, &format!("`{name}` is text"))),
        }
    }

    /// Takes a text out that may be absent or null; an empty one is none.
    ///
    /// # Errors
    ///
    /// 400 where it is no text, or too long.
    pub fn opt_text(&mut self, name: &'static str, max_bytes: usize) -> Result<Option<String>, ApiError> {
        match self.left.iter().find(|(key, _)| key == name) {
            None | Some((_, Json::Null)) => {
                drop(self.any(name));
                Ok(None)
            }
            Some(_) => self.text(name, max_bytes).map(|text| Some(text).filter(|text| !text.is_empty())),
        }
    }

    /// Takes a member of any kind out.
    pub fn any(&mut self, name: &'static str) -> Option<Json> {
        self.known.push(name);
        let at = self.left.iter().position(|(key, _)| key == name)?;
        Some(self.left.swap_remove(at).1)
    }

    /// Ends the reading.
    ///
    /// # Errors
    ///
    /// 400 where a field is left that nobody knows.
    pub fn end(&self) -> Result<(), ApiError> {
        let Some((name, _)) = self.left.first() else { return Ok(()) };
        let hint = portcullis_schema::closest(name, self.known.iter().copied())
            .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        Err(invalid(&format!("/{name}"), &format!("no field `{name}` here{hint}")))
    }
}

fn invalid(place: &str, message: &str) -> ApiError {
    let mut error = ApiError::new(StatusCode::BAD_REQUEST, "invalid_body", message);
    error.errors.push(Problem {
        place: place.to_owned(),
        code: "invalid_body".to_owned(),
        message: message.to_owned(),
    });
    error
}
