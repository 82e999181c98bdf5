//! Query parameters: each is asked for by name, and what nobody asked for is refused.

use crate::{ApiError, Problem};
use http::StatusCode;

/// The parameters of one request that nobody has taken yet.
#[derive(Debug, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Takes a query string apart.
    ///
    /// # Errors
    ///
    /// 400 where it is not percent-encoded UTF-8.
    pub fn parse(text: Option<&str>) -> Result<Self, ApiError> {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(Self::default()) };
        let decode = |part: &str| {
            let spaced = part.replace('+', " ");
            let decoded = percent_encoding::percent_decode_str(&spaced).decode_utf8().ok()?;
            (!decoded.contains('\0')).then(|| decoded.into_owned())
        };
        text.split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                Some((decode(key)?, decode(value)?))
            })
            .collect::<Option<_>>()
            .map(Self)
            .ok_or_else(|| {
                ApiError::new(StatusCode::BAD_REQUEST, "invalid_parameter", "the query is not percent-encoded UTF-8")
            })
    }

    /// Takes the value of a parameter out.
    ///
    /// # Errors
    ///
    /// 400 where it is given twice.
    pub fn take(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        let mut found = None;
        let mut twice = false;
        self.0.retain_mut(|(key, value)| {
            if key == name {
                twice |= found.replace(std::mem::take(value)).is_some();
            }
            key != name
        });
        if twice { Err(parameter(name, format!("the parameter `{name}` is given twice"))) } else { Ok(found) }
    }

    /// Takes a whole number out.
    ///
    /// # Errors
    ///
    /// 400 where it is none.
    pub fn take_number(&mut self, name: &str) -> Result<Option<u64>, ApiError> {
        self.take(name)?
            .map(|text| {
                let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                text.parse()
                    .ok()
                    .filter(|_| digits)
                    .ok_or_else(|| parameter(name, format!("`{name}` is a whole number, not `{text}`")))
            })
            .transpose()
    }

    /// Takes true or false out.
    ///
    /// # Errors
    ///
    /// 400 where it is neither.
    pub fn take_bool(&mut self, name: &str) -> Result<Option<bool>, ApiError> {
        self.take(name)?
            .map(|text| match text.as_str() {
                "true" | "1" | "" => Ok(true),
                "false" | "0" => Ok(false),
                other => Err(parameter(name, format!("`{name}` is true or false, not `{other}`"))),
            })
            .transpose()
    }

    /// Takes everything that is left.
    pub fn take_rest(&mut self) -> Vec<(String, String)> {
        std::mem::take(&mut self.0)
    }

    /// Ends the reading of parameters.
    ///
    /// # Errors
    ///
    /// 400 where one is left that nobody knows.
    pub fn end(&self, known: &[&str]) -> Result<(), ApiError> {
        let Some((name, _)) = self.0.first() else { return Ok(()) };
        let hint = portcullis_schema::closest(name, known.iter().copied())
            .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        Err(parameter(name, format!("no parameter `{name}` here{hint}")))
    }
}

fn parameter(name: &str, message: String) -> ApiError {
    let mut error = ApiError::new(StatusCode::BAD_REQUEST, "invalid_parameter", message.clone());
    error.errors.push(Problem { place: name.to_owned(), code: "invalid_parameter".to_owned(), message });
    error
}
