//! Moments in the forms in which tables and answers have them.

use chrono::{DateTime, SecondsFormat};
use portcullis_base::Timestamp;

/// RFC 3339 in UTC, with only the digits of a second that are needed.
pub fn rfc3339(at: Timestamp) -> String {
    DateTime::from_timestamp_micros(at.micros())
        .map(|moment| moment.to_rfc3339_opts(SecondsFormat::AutoSi, true))
        .unwrap_or_default()
}

/// The same in whole seconds, for columns whose precision is not known.
pub fn rfc3339_s(at: Timestamp) -> String {
    DateTime::from_timestamp(at.unix_s(), 0)
        .map(|moment| moment.to_rfc3339_opts(SecondsFormat::Secs, true))
        .unwrap_or_default()
}
