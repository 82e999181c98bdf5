//! Limits as the page has them: three headers on every answer of the limited routes, and the sentences of 429.
//!
//! Contract: section 6.

use super::error::Refusal;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use portcullis_base::Timestamp;
use portcullis_identity::{Limit, LimitState};
use portcullis_project::settings::{LimitKey, RateLimit};

/// Mails for a new password.
pub const RESET: RateLimit = RateLimit { count: 3, window_s: 3_600, key: LimitKey::Account };

/// Writes how a limit stands. The wait is what is left of the window.
pub fn write(state: &LimitState, headers: &mut HeaderMap) {
    let all = [
        ("x-ratelimit-limit", i64::from(state.count)),
        ("x-ratelimit-remaining", i64::from(state.remaining)),
        ("x-ratelimit-reset", state.reset_at_s),
    ];
    for (name, value) in all {
        headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
    }
}

/// The limit of an account nobody has asked for: for a request that names none.
pub fn untouched(now: Timestamp) -> LimitState {
    let RateLimit { count, window_s, .. } = RESET;
    let reset_at_s = now.unix_s() + i64::from(window_s);
    LimitState { limit: Limit::Reset, count, window_s, remaining: count, reset_at_s, reset_in_s: window_s }
}

/// 429 with its sentence, which stays the same however long the wait is.
pub fn refusal(state: &LimitState) -> Refusal {
    let what = match state.limit {
        Limit::Login => "login attempts",
        Limit::Signup => "registration attempts",
        Limit::Reset => "password reset requests",
        Limit::Requests | Limit::Reads | Limit::Writes => "requests",
    };
    let message = format!("Too many {what}. Try again in {}.", span(state.window_s));
    // The core rounds up past the end; the page says 900 right after the fifth of 15 minutes.
    let wait = state.reset_in_s.saturating_sub(1).clamp(1, state.window_s.max(1));
    Refusal { retry_after_s: Some(wait), ..Refusal::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", message) }
}

fn span(window_s: u32) -> String {
    let (number, unit) = match window_s {
        s if s >= 3_600 && s.is_multiple_of(3_600) => (s / 3_600, "hour"),
        s if s >= 60 => (s.div_ceil(60), "minute"),
        s => (s, "second"),
    };
    if number == 1 { format!("1 {unit}") } else { format!("{number} {unit}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentences_are_those_of_the_page() {
        let text = |limit, window_s, reset_in_s| {
            let state = LimitState { limit, count: 5, window_s, remaining: 0, reset_at_s: 0, reset_in_s };
            let refusal = refusal(&state);
            (refusal.message.clone(), refusal.body()["error"]["retry_after"].as_u64())
        };
        let login = "Too many login attempts. Try again in 15 minutes.".to_owned();
        assert_eq!(text(Limit::Login, 900, 901), (login.clone(), Some(900)));
        assert_eq!(text(Limit::Login, 900, 301), (login, Some(300)));
        let register = "Too many registration attempts. Try again in 1 hour.".to_owned();
        assert_eq!(text(Limit::Signup, 3_600, 3_601), (register, Some(3_600)));
        let reset = "Too many password reset requests. Try again in 1 hour.".to_owned();
        assert_eq!(text(Limit::Reset, 3_600, 1), (reset, Some(1)));
    }
}
