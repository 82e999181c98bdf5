//! Under which name hooks know an operation.

/// Names of one operation below `/api/auth`: the further ones, and the one it goes by.
const ALIASES: &[(&str, &str)] = &[
    ("signup", "register"),
    ("token", "login"),
    ("token/refresh", "refresh"),
    ("refresh-token", "refresh"),
    ("refresh_token", "refresh"),
    ("password_reset", "forgot-password"),
    ("request-reset", "forgot-password"),
    ("forgotPassword", "forgot-password"),
    ("password_reset/confirm", "reset-password"),
    ("confirm-reset", "reset-password"),
    ("verify", "verify-email"),
];

/// The name an operation goes by: with `/api` before it, without a slash at the end, and the same for every alias, so
/// that no other spelling of a path leads past a hook.
pub fn operation(path: &str) -> String {
    of_segments(path.split('/').filter(|segment| !segment.is_empty()))
}

/// The same of segments that are decoded already.
pub(super) fn of_segments<'s>(segments: impl IntoIterator<Item = &'s str>) -> String {
    let mut segments = segments.into_iter().peekable();
    if segments.peek() == Some(&"api") {
        segments.next();
    }
    let path = segments.collect::<Vec<_>>().join("/");
    let own = path.strip_prefix("auth/").and_then(|name| ALIASES.iter().find(|(alias, _)| *alias == name));
    match own {
        Some((_, first)) => format!("/api/auth/{first}"),
        None => format!("/api/{path}"),
    }
}

/// A path that a hook was registered for.
#[derive(Debug)]
pub(super) struct Pattern {
    path: String,
    prefix: bool,
}

impl Pattern {
    pub fn new(path: &str) -> Self {
        match path.strip_suffix('*') {
            Some("" | "/") => Self { path: "/".to_owned(), prefix: true },
            Some(start) => {
                // The slash at its end is part of what is asked for.
                let slash = if start.ends_with('/') { "/" } else { "" };
                Self { path: format!("{}{slash}", operation(start).trim_end_matches('/')), prefix: true }
            }
            None => Self { path: operation(path), prefix: false },
        }
    }

    pub fn matches(&self, operation: &str) -> bool {
        if self.prefix { operation.starts_with(&self.path) } else { operation == self.path }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_an_operation_is_one_name() {
        for path in ["/api/auth/login", "/auth/login", "auth/login/", "/auth/token", "/api/auth/token"] {
            assert_eq!(operation(path), "/api/auth/login");
        }
        assert_eq!(operation("/auth/password_reset/confirm"), "/api/auth/reset-password");
        assert_eq!(operation("/orders/7"), "/api/orders/7");
        // Only below `auth` is a name an alias.
        assert_eq!(operation("/token"), "/api/token");
    }

    #[test]
    fn a_star_at_the_end_stands_for_whatever_follows() {
        let all = |pattern: &str, path: &str| Pattern::new(pattern).matches(&operation(path));
        assert!(all("/api/auth/*", "/auth/login") && all("/auth/*", "/api/auth/me"));
        assert!(!all("/api/auth/*", "/authors"));
        assert!(all("/api/orders*", "/orders") && all("/api/orders*", "/orders/7"));
        assert!(all("*", "/orders") && all("/*", "/auth/login") && all("/api/*", "/x"));
        assert!(all("/auth/token", "/auth/login") && !all("/api/auth/login", "/auth/login/x"));
    }
}
