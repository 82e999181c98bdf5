//! Why a token or a key is refused.

/// Why a token is not accepted. Callers outside learn no more than that it is not; the rest is for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    /// Too long, not three parts of base64url, or not JSON.
    #[error("the token is malformed")]
    Malformed,
    /// The header names a key (`jwk`, `jku`, `x5u`, `x5c`), asks for an extension (`crit`), or is of another type.
    #[error("the token's header has `{0}`, which is not accepted")]
    Header(&'static str),
    /// `none`, or any algorithm other than the key's own.
    #[error("the token's algorithm is not the one of the key")]
    Algorithm,
    /// No key has this `kid`; a foreign issuer may have a new one.
    #[error("the token was signed with a key that is not known")]
    UnknownKey,
    /// The key was rotated, and its time is over.
    #[error("the token was signed with a key that is no longer accepted")]
    RetiredKey,
    /// The signature does not fit.
    #[error("the token's signature is wrong")]
    Signature,
    /// A claim is missing or of another JSON type.
    #[error("the token's claim `{0}` is missing or of the wrong type")]
    Claim(&'static str),
    /// Issued by someone else.
    #[error("the token is from another issuer")]
    Issuer,
    /// Meant for someone else.
    #[error("the token is for another audience")]
    Audience,
    /// Of another kind: a refresh token where an access token is due, and the like. SEC-13.
    #[error("the token is of another kind")]
    Kind,
    /// Not the answer to our question.
    #[error("the token's nonce is another one")]
    Nonce,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// Its time has not come, or it was issued in the future.
    #[error("the token is not valid yet")]
    NotYet,
}

/// Why a key cannot be used or made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// SEC-15.
    #[error("the secret has fewer than {min} bytes; make one with `openssl rand -base64 48`", min = super::secret::MIN_BYTES)]
    ShortSecret,
    /// SEC-15.
    #[error(
        "the secret can be guessed: it is a well-known example or repeats itself; make one with `openssl rand -base64 48`"
    )]
    GuessableSecret,
    /// What was kept is not a key.
    #[error("the kept key is damaged")]
    Damaged,
    /// The document of a foreign issuer is no JWK set.
    #[error("the document is no JWK set")]
    NotAKeySet,
    /// The document of a foreign issuer has no key that we could use.
    #[error("the JWK set has no RSA, P-256 or Ed25519 key for signatures")]
    NoUsableKey,
    /// The claims are not JSON.
    #[error("the claims cannot be written as JSON")]
    Claims,
}
