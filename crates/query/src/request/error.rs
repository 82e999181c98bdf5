//! Why a request could not be read.

/// A request that is not in the grammar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RequestError {
    /// A stable code.
    pub code: &'static str,
    /// What was wrong and what would be right.
    pub message: String,
    /// Where, as a JSON pointer into the body, or the name of a parameter.
    pub place: String,
}

impl RequestError {
    /// A malformed filter.
    pub fn filter(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: "invalid_filter", message: message.into(), place: place.into() }
    }

    /// A malformed parameter.
    pub fn parameter(name: &str, message: impl Into<String>) -> Self {
        Self { code: "invalid_parameter", message: message.into(), place: name.to_owned() }
    }
}
