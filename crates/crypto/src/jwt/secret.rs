//! Whether a secret that somebody chose can be guessed. SEC-15.

use super::KeyError;

/// As many bytes as the hash gives.
///
/// Source: RFC 7518 §3.2.
pub const MIN_BYTES: usize = 32;

/// A secret with fewer different bytes was typed, not made. 32 random hex digits have 14.
const MIN_DIFFERENT_BYTES: usize = 8;

/// Secrets of documentations, examples and default configurations, letters and digits only.
const WELL_KNOWN: &[&str] = &[
    "0123456789abcdef0123456789abcdef",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "12345678901234567890123456789012",
    "1234567890abcdefghijklmnopqrstuvwxyz",
    "abcdefghijklmnopqrstuvwxyz012345",
    "abcdefghijklmnopqrstuvwxyz123456",
    "abcdefghijklmnopqrstuvwxyz1234567890",
    // Hasura, JWT mode.
    "3ek6fdo0c7tzbnvfjpmkndi2yaraakzqlk8o2ikoxqu4nf7edah8s3twphwrdwt6r",
    // jwt.io.
    "astringsecretatleast256bitslong",
    "your256bitsecret",
    // NestJS, Spring and .NET tutorials.
    "404e635266556a586e3272357538782f413f4428472b4b6250645367566b5970",
    "thisisasecretkeyforjwtauthentication",
    "thisismycustomsecretkeyforauthentication",
    "qwertyuiopasdfghjklzxcvbnm123456",
    // PostgREST.
    "reallyreallyreallyreallyverysafe",
    // Supabase, self-hosted.
    "supersecretjwttokenwithatleast32characterslong",
    "yoursupersecretjwttokenwithatleast32characterslong",
];

/// Words of a value that was to be replaced.
const PLACEHOLDERS: &[&str] = &[
    "atleast256",
    "atleast32",
    "changeme",
    "changethis",
    "changeit",
    "placeholder",
    "replaceme",
    "replacethis",
    "yourjwtsecret",
    "yoursecret",
    "yoursupersecret",
];

/// Refuses a secret that is too short or can be guessed.
///
/// # Errors
///
/// [`KeyError::ShortSecret`], [`KeyError::GuessableSecret`].
pub fn check(secret: &[u8]) -> Result<(), KeyError> {
    if secret.len() < MIN_BYTES {
        return Err(KeyError::ShortSecret);
    }
    let mut seen = [false; 256];
    secret.iter().for_each(|byte| seen[usize::from(*byte)] = true);
    let different = seen.iter().filter(|seen| **seen).count();
    if different < MIN_DIFFERENT_BYTES || repeats(secret) || is_known(secret) {
        return Err(KeyError::GuessableSecret);
    }
    Ok(())
}

/// Whether it is a shorter text written several times.
fn repeats(secret: &[u8]) -> bool {
    (1..MIN_BYTES).any(|period| secret.len() >= 2 * period && secret[period..] == secret[..secret.len() - period])
}

fn is_known(secret: &[u8]) -> bool {
    let plain: String = secret
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric())
        .map(|byte| char::from(byte.to_ascii_lowercase()))
        .collect();
    WELL_KNOWN.contains(&plain.as_str()) || PLACEHOLDERS.iter().any(|words| plain.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn sec_15_a_secret_under_32_bytes_is_refused() {
        assert_eq!(check(b""), Err(KeyError::ShortSecret));
        assert_eq!(check(b"b7Kq0xVw2mZp9sLd4tYh6nRf1cGj3aE"), Err(KeyError::ShortSecret));
        assert_eq!(check(b"b7Kq0xVw2mZp9sLd4tYh6nRf1cGj3aE8"), Ok(()));
    }

    #[test]
    fn sec_15_a_secret_of_well_known_value_is_refused() {
        for secret in [
            "super-secret-jwt-token-with-at-least-32-characters-long",
            "a-string-secret-at-least-256-bits-long",
            "reallyreallyreallyreallyverysafe",
            "please-change-me-9f8e7d6c5b4a39281706",
            "YOUR_JWT_SECRET_1234567890_abcdefghij",
            "0123456789ABCDEF0123456789ABCDEF",
            "passwordpasswordpasswordpassword",
            "secretkey-secretkey-secretkey-secretkey-",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "abababcdcdcdababababcdcdcdababcdcdcdab12",
        ] {
            assert_eq!(check(secret.as_bytes()), Err(KeyError::GuessableSecret), "{secret}");
        }
        assert_eq!(check(&[0; 64]), Err(KeyError::GuessableSecret));
    }

    #[test]
    fn random_secrets_pass() {
        for _ in 0..200 {
            let mut bytes = [0u8; 32];
            rand::rng().fill_bytes(&mut bytes);
            assert_eq!(check(&bytes), Ok(()));
            let hex: String = bytes[..16].iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(check(hex.as_bytes()), Ok(()), "{hex}");
        }
    }
}
