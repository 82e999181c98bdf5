//! Random and bent tokens: none is accepted, and none makes us panic.

use crate::support::*;
use portcullis_crypto::jwt::{ForeignAlgorithm, ForeignExpected, ForeignKeys, jwks};
use proptest::prelude::*;

/// A letter of base64url, or a point.
fn letter() -> impl Strategy<Value = char> {
    proptest::char::ranges(vec!['A'..='Z', 'a'..='z', '0'..='9', '-'..='.', '_'..='_'].into())
}

proptest! {
    #[test]
    fn random_text_is_no_token(text in any::<String>(), parts in proptest::collection::vec(any::<Vec<u8>>(), 0..5)) {
        use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
        let joined = parts.iter().map(|part| URL_SAFE_NO_PAD.encode(part)).collect::<Vec<_>>().join(".");
        let key = hs256();
        prop_assert!(verifier(&key).verify(&text, NOW).is_err());
        prop_assert!(verifier(&key).verify(&joined, NOW).is_err());
    }

    #[test]
    fn a_bent_token_is_refused(ed in any::<bool>(), at in any::<prop::sample::Index>(), new in letter(), how in 0..3) {
        let key = if ed { eddsa() } else { hs256() };
        let token = sign(&key, &claims());
        let mut bent: Vec<char> = token.chars().collect();
        let at = at.index(bent.len());
        match how {
            0 => bent[at] = new,
            1 => bent.insert(at, new),
            _ => drop(bent.remove(at)),
        }
        let bent: String = bent.into_iter().collect();
        prop_assume!(bent != token);
        prop_assert!(verifier(&key).verify(&bent, NOW).is_err(), "{}", bent);
    }

    #[test]
    fn a_bent_token_is_refused_by_foreign_keys_too(at in any::<prop::sample::Index>(), new in letter()) {
        let key = eddsa();
        let token = sign(&key, &claims());
        let mut bent = token.clone().into_bytes();
        let at = at.index(bent.len());
        bent[at] = new as u8;
        let bent = String::from_utf8(bent).unwrap();
        prop_assume!(bent != token);
        let expected = ForeignExpected {
            issuer: "https://shop.example",
            audience: "shop/production",
            algorithms: ForeignAlgorithm::ALL,
            nonce: None,
            leeway_s: 60,
            now: NOW,
        };
        let keys = ForeignKeys::parse(&jwks(&[&key])).unwrap();
        prop_assert!(keys.verify(&token, &expected).is_ok());
        prop_assert!(keys.verify(&bent, &expected).is_err());
    }

    #[test]
    fn random_text_is_no_key_set(text in any::<String>(), n in any::<String>(), e in any::<String>()) {
        let _ = ForeignKeys::parse(&text);
        let set = serde_json::json!({"keys": [{"kty": "RSA", "n": n, "e": e}, {"kty": text, "x": n, "y": e}, 7, null]});
        prop_assert!(ForeignKeys::parse(&set.to_string()).is_err());
    }
}
