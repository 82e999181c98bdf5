//! Paths into decoded segments.

use crate::ApiError;
use http::StatusCode;

/// The decoded segments of a path; a trailing slash makes no segment of its own.
///
/// # Errors
///
/// 400 where a segment is not UTF-8 or holds NUL.
pub fn segments(path: &str) -> Result<Vec<String>, ApiError> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.is_empty() {
        return Ok(Vec::new());
    }
    path.split('/')
        .map(|segment| {
            let decoded = percent_encoding::percent_decode_str(segment).decode_utf8().ok();
            decoded.filter(|text| !text.contains('\0')).map(|text| text.into_owned()).ok_or_else(|| {
                ApiError::new(StatusCode::BAD_REQUEST, "invalid_path", "the path is not percent-encoded UTF-8")
            })
        })
        .collect()
}
