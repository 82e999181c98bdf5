//! Password hashes by their looks.

/// What a stored value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// The format as people call it: `bcrypt ($2y$)`.
    pub word: &'static str,
    /// Whether nothing else looks like that: a bare digest may be any digest.
    pub sure: bool,
}

/// Tells the format of a stored value; `None` where it looks like no password hash.
pub type HashLooks = fn(&str) -> Option<Look>;

/// Beginnings that only one format has.
const MARKS: &[(&str, &str)] = &[
    ("$2y$", "bcrypt ($2y$)"),
    ("$2b$", "bcrypt ($2b$)"),
    ("$2a$", "bcrypt ($2a$)"),
    ("$2x$", "bcrypt ($2x$)"),
    ("$wp$2y$", "WordPress bcrypt ($wp$2y$)"),
    ("$argon2id$", "argon2id"),
    ("$argon2i$", "argon2i"),
    ("$argon2d$", "argon2d"),
    ("argon2$argon2", "argon2 as Django writes it"),
    ("bcrypt_sha256$", "bcrypt as Django writes it"),
    ("bcrypt$", "bcrypt as Django writes it"),
    ("pbkdf2_sha256$", "PBKDF2-SHA256 as Django writes it"),
    ("pbkdf2_sha1$", "PBKDF2-SHA1 as Django writes it"),
    ("scrypt$", "scrypt as Django writes it"),
    ("pbkdf2:sha", "PBKDF2 as Werkzeug writes it"),
    ("scrypt:", "scrypt as Werkzeug writes it"),
    ("$pbkdf2-sha512$", "PBKDF2-SHA512 as Passlib writes it"),
    ("$pbkdf2-sha256$", "PBKDF2-SHA256 as Passlib writes it"),
    ("$pbkdf2$", "PBKDF2 as Passlib writes it"),
    ("$scrypt$", "scrypt"),
    ("$P$", "phpass ($P$)"),
    ("$H$", "phpass ($H$)"),
    ("$5$", "SHA-crypt ($5$)"),
    ("$6$", "SHA-crypt ($6$)"),
    ("$1$", "md5-crypt ($1$)"),
    ("$apr1$", "md5-crypt ($apr1$)"),
];

/// A recogniser that knows beginnings and lengths and nothing else.
pub fn by_looks(stored: &str) -> Option<Look> {
    let long_enough = stored.len() >= 20;
    if let Some((_, word)) = MARKS.iter().find(|(mark, _)| long_enough && stored.starts_with(mark)) {
        return Some(Look { word, sure: true });
    }
    if stored.len() > 44 && stored.len() < 100 && stored.starts_with("AQAAAA") && is_base64(stored) {
        return Some(Look { word: "ASP.NET Identity v3", sure: true });
    }
    let hex = stored.bytes().all(|byte| byte.is_ascii_hexdigit());
    let word = match stored.len() {
        32 if hex => "32 hex digits, as MD5 gives them",
        40 if hex => "40 hex digits, as SHA-1 gives them",
        64 if hex => "64 hex digits, as SHA-256 gives them",
        128 if hex => "128 hex digits, as SHA-512 gives them",
        68 if is_base64(stored) && stored.starts_with('A') => "ASP.NET Identity v2",
        _ => return None,
    };
    Some(Look { word, sure: false })
}

fn is_base64(stored: &str) -> bool {
    stored.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
}

/// Whether a value looks like an address.
pub fn is_address(value: &str) -> bool {
    let Some((name, host)) = value.trim().split_once('@') else { return false };
    let clean = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c == '@' || c == '/');
    clean(name) && clean(host) && host.contains('.') && !host.ends_with('.') && value.len() <= 254
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_known_by_their_beginning_and_digests_by_their_length() {
        let word = |stored: &str| by_looks(stored).map(|look| (look.word, look.sure));
        let bcrypt = format!("$2y$10${}", "a".repeat(53));
        assert_eq!(word(&bcrypt), Some(("bcrypt ($2y$)", true)));
        assert_eq!(word("pbkdf2_sha256$600000$salt$hash="), Some(("PBKDF2-SHA256 as Django writes it", true)));
        assert_eq!(word(&"0".repeat(32)).map(|look| look.1), Some(false));
        for none in ["", "secret", "$2y$", "ada@example.com", "not a hash but a long sentence of words"] {
            assert_eq!(word(none), None, "{none}");
        }
    }

    #[test]
    fn addresses() {
        for (value, is) in [("ada@example.com", true), ("ada", false), ("a@b", false), ("a b@c.de", false)] {
            assert_eq!(is_address(value), is, "{value}");
        }
    }
}
