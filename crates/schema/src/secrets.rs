//! Columns that are secret by their name until a mapping says more.

/// Whether a column is named like a password, hash, secret or token: nobody reads it until a mapping is confirmed.
pub fn named_like_a_secret(column: &str) -> bool {
    let name = crate::names::snake(column);
    matches!(name.as_str(), "password" | "passwd" | "pwd")
        || ["_password", "_passwd", "_pwd", "_hash", "_secret", "_token"].iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_name() {
        for name in
            ["password", "Password", "passwd", "pwd", "password_hash", "PasswordHash", "api_secret", "reset_token"]
        {
            assert!(named_like_a_secret(name), "{name}");
        }
        for name in ["tokens", "hash", "secretary", "passwords_changed", "name"] {
            assert!(!named_like_a_secret(name), "{name}");
        }
    }
}
