//! Our own tokens.

use crate::support::*;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey};
use portcullis_base::Timestamp;
use portcullis_crypto::jwt::{self, JwtError, MAX_TOKEN_BYTES, Rules, Verifier};
use serde_json::{Value, json};

fn refusal(claims: &Value) -> JwtError {
    let key = hs256();
    verifier(&key).verify(&sign(&key, claims), NOW).unwrap_err()
}

#[test]
fn a_token_says_what_was_signed() {
    for key in [eddsa(), hs256()] {
        let said = verifier(&key).verify(&sign(&key, &claims()), NOW).unwrap();
        assert_eq!(Value::Object(said), claims());
    }
}

#[test]
fn sec_11_none_is_no_algorithm() {
    let key = eddsa();
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let message = format!("{}.{}", part(&json!({"alg": alg, "kid": key.kid()})), part(&claims()));
        assert_eq!(verifier(&key).verify(&format!("{message}."), NOW), Err(JwtError::Algorithm), "{alg}");
        assert_eq!(verifier(&key).verify(&message, NOW).unwrap_err(), JwtError::Malformed);
    }
    // A stripped signature under the right name.
    let token = sign(&key, &claims());
    let (message, _) = token.rsplit_once('.').unwrap();
    assert_eq!(verifier(&key).verify(&format!("{message}."), NOW), Err(JwtError::Signature));
}

#[test]
fn sec_11_the_public_key_is_no_hmac_secret() {
    let key = eddsa();
    let set: Value = serde_json::from_str(&jwt::jwks(&[&key])).unwrap();
    let x = set["keys"][0]["x"].as_str().unwrap();
    for secret in [URL_SAFE_NO_PAD.decode(x).unwrap(), x.as_bytes().to_vec(), jwt::jwks(&[&key]).into_bytes()] {
        for header in [json!({"alg": "HS256"}), json!({"alg": "HS256", "kid": key.kid()})] {
            let token = forge(&header, &claims(), &EncodingKey::from_secret(&secret), Algorithm::HS256);
            assert_eq!(verifier(&key).verify(&token, NOW), Err(JwtError::Algorithm));
        }
        // Under the name of the right algorithm the signature is none.
        let header = json!({"alg": "EdDSA", "kid": key.kid()});
        let token = forge(&header, &claims(), &EncodingKey::from_secret(&secret), Algorithm::HS256);
        assert_eq!(verifier(&key).verify(&token, NOW), Err(JwtError::Signature));
    }
}

#[test]
fn sec_11_another_algorithm_of_the_same_family_is_refused() {
    let key = hs256();
    for (alg, algorithm) in [("HS384", Algorithm::HS384), ("HS512", Algorithm::HS512)] {
        let header = json!({"alg": alg, "kid": key.kid()});
        let token = forge(&header, &claims(), &EncodingKey::from_secret(SECRET), algorithm);
        assert_eq!(verifier(&key).verify(&token, NOW), Err(JwtError::Algorithm));
    }
    for alg in ["hs256", "HS256 ", "EdDSA", "RS256"] {
        let token = forge_hs256(&json!({"alg": alg, "kid": key.kid()}), &claims());
        assert_eq!(verifier(&key).verify(&token, NOW), Err(JwtError::Algorithm));
    }
}

#[test]
fn sec_11_a_token_that_brings_or_names_its_key_is_refused() {
    let key = hs256();
    let own = json!({"kty": "oct", "k": "AAAA"});
    for (name, value) in [
        ("jwk", own),
        ("jwk", Value::Null),
        ("jku", json!("https://evil.example/jwks.json")),
        ("x5u", json!("https://evil.example/cert.pem")),
        ("x5c", json!(["MIIB"])),
        ("crit", json!(["exp"])),
        ("crit", json!(["b64"])),
        ("crit", json!([])),
    ] {
        let mut header = json!({"alg": "HS256", "kid": key.kid()});
        header[name] = value;
        let error = verifier(&key).verify(&forge_hs256(&header, &claims()), NOW).unwrap_err();
        assert_eq!(error, JwtError::Header(name));
    }
}

#[test]
fn sec_11_a_kid_is_compared_and_nothing_else() {
    let key = hs256();
    for kid in ["../../dev/null", "' OR '1'='1", "", "/etc/passwd\0", "other"] {
        let token = forge_hs256(&json!({"alg": "HS256", "kid": kid}), &claims());
        assert_eq!(verifier(&key).verify(&token, NOW), Err(JwtError::UnknownKey), "{kid}");
    }
    for kid in [json!(7), json!(["a"]), json!({}), Value::Null, json!(true)] {
        let token = forge_hs256(&json!({"alg": "HS256", "kid": kid}), &claims());
        assert_eq!(verifier(&key).verify(&token, NOW), Err(JwtError::Malformed), "{kid}");
    }
}

#[test]
fn sec_11_another_key_does_not_sign_for_ours() {
    let (one, two) = (eddsa(), eddsa());
    let token = sign(&two, &claims());
    assert_eq!(verifier(&one).verify(&token, NOW), Err(JwtError::UnknownKey));
    // Under the other key's name.
    let [_, rest] = token.splitn(2, '.').collect::<Vec<_>>()[..] else { unreachable!() };
    let renamed = format!("{}.{rest}", part(&json!({"alg": "EdDSA", "kid": one.kid()})));
    assert_eq!(verifier(&one).verify(&renamed, NOW), Err(JwtError::Signature));
}

#[test]
fn a_header_that_is_doubled_or_of_another_type_is_refused() {
    let key = hs256();
    let message = |header: &str| format!("{}.{}", URL_SAFE_NO_PAD.encode(header), part(&claims()));
    for header in [
        r#"{"alg":"HS256","alg":"none"}"#,
        r#"{"typ":"JWT"}"#,
        r#"{"alg":null}"#,
        r#"{"alg":["HS256"]}"#,
        r#"["HS256"]"#,
        "HS256",
        "",
    ] {
        let message = message(header);
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &EncodingKey::from_secret(SECRET), Algorithm::HS256)
                .unwrap();
        let error = verifier(&key).verify(&format!("{message}.{signature}"), NOW).unwrap_err();
        assert_eq!(error, JwtError::Malformed, "{header}");
    }
}

#[test]
fn sec_12_every_claim_is_required_and_of_its_type() {
    for name in ["iss", "aud", "sub", "jti", "exp", "iat"] {
        assert_eq!(refusal(&without(name)), JwtError::Claim(name));
        for value in [Value::Null, json!(true), json!({}), json!([]), json!([7])] {
            assert_eq!(refusal(&with(name, value.clone())), JwtError::Claim(name), "{name} {value}");
        }
    }
    for name in ["iss", "sub", "jti"] {
        assert_eq!(refusal(&with(name, json!(7))), JwtError::Claim(name));
        assert_eq!(refusal(&with(name, json!(""))), JwtError::Claim(name));
    }
    for name in ["exp", "iat", "nbf"] {
        for value in [json!("1800003600"), json!(-1), json!(1e300), json!(253_402_300_800_i64), json!(u64::MAX)] {
            assert_eq!(refusal(&with(name, value.clone())), JwtError::Claim(name), "{name} {value}");
        }
    }
    // A number that no machine number holds.
    let huge: Value = serde_json::from_str("1e999999").unwrap();
    assert_eq!(refusal(&with("exp", huge)), JwtError::Claim("exp"));
    assert_eq!(refusal(&with("nbf", Value::Null)), JwtError::Claim("nbf"));
}

#[test]
fn claims_that_are_no_object_are_refused() {
    let key = hs256();
    for claims in [json!([]), json!("x"), json!(7), Value::Null] {
        let token = forge_hs256(&json!({"alg": "HS256"}), &claims);
        assert_eq!(verifier(&key).verify(&token, NOW), Err(JwtError::Malformed));
    }
}

#[test]
fn sec_12_times_hold_to_the_second_and_skew_is_at_most_60_s() {
    let key = hs256();
    let at = |leeway_s: u32, claims: &Value, now_s: i64| {
        let verifier = Verifier::new(Rules { leeway_s, ..rules() }, &key);
        verifier.verify(&sign(&key, claims), Timestamp(now_s * 1_000_000)).map(drop)
    };
    let token = claims();
    for (leeway_s, counts) in [(0, 0), (30, 30), (60, 60), (86_400, 60), (u32::MAX, 60)] {
        let end = NOW_S + 3600 + counts;
        assert_eq!(at(leeway_s, &token, end - 1), Ok(()));
        assert_eq!(at(leeway_s, &token, end), Err(JwtError::Expired));
        assert_eq!(at(leeway_s, &token, NOW_S - counts), Ok(()));
        assert_eq!(at(leeway_s, &token, NOW_S - counts - 1), Err(JwtError::NotYet));
    }
    let later = with("nbf", json!(NOW_S + 100));
    assert_eq!(at(60, &later, NOW_S + 39), Err(JwtError::NotYet));
    assert_eq!(at(60, &later, NOW_S + 40), Ok(()));
    assert_eq!(at(0, &with("exp", json!(NOW_S as f64 + 0.5)), NOW_S), Err(JwtError::Expired));
}

#[test]
fn sec_13_kinds_are_mutually_unusable() {
    let key = hs256();
    for other in [json!("refresh"), json!("reset"), json!("console"), json!("Access"), json!(""), json!(["access"])] {
        assert_eq!(refusal(&with("typ", other)), JwtError::Kind);
    }
    assert_eq!(refusal(&without("typ")), JwtError::Kind);
    let plain = Verifier::new(Rules { kind: None, ..rules() }, &key);
    assert_eq!(plain.verify(&sign(&key, &claims()), NOW), Err(JwtError::Kind));
    assert!(plain.verify(&sign(&key, &without("typ")), NOW).is_ok());
    // And by the type in the header, where someone else's kind of token comes along. RFC 8725 §3.11.
    for typ in ["logout+jwt", "dpop+jwt", "secevent+jwt", "JOSE"] {
        let token = forge_hs256(&json!({"alg": "HS256", "typ": typ}), &claims());
        assert_eq!(verifier(&key).verify(&token, NOW), Err(JwtError::Header("typ")));
    }
    for typ in ["JWT", "jwt", "at+jwt", "application/at+JWT"] {
        assert!(verifier(&key).verify(&forge_hs256(&json!({"alg": "HS256", "typ": typ}), &claims()), NOW).is_ok());
    }
}

#[test]
fn sec_14_a_token_for_another_project_stage_or_issuer_is_refused() {
    for audience in [json!("shop/development"), json!("shop/production/"), json!("blog/production"), json!(["x", "y"])]
    {
        assert_eq!(refusal(&with("aud", audience)), JwtError::Audience);
    }
    for issuer in ["https://shop.example/", "https://SHOP.example", "https://shop.example.evil"] {
        assert_eq!(refusal(&with("iss", json!(issuer))), JwtError::Issuer);
    }
    let key = hs256();
    let token = sign(&key, &with("aud", json!(["shop/mobile", "shop/production"])));
    assert!(verifier(&key).verify(&token, NOW).is_ok());
}

#[test]
fn sec_15_a_rotated_key_is_accepted_until_its_end() {
    let (old, new) = (eddsa(), hs256());
    let token = sign(&old, &claims());
    assert_eq!(verifier(&new).verify(&token, NOW), Err(JwtError::UnknownKey));
    let both = verifier(&new).with_rotated(&old, NOW.plus_s(60));
    assert!(both.verify(&token, NOW.plus_s(59)).is_ok());
    assert_eq!(both.verify(&token, NOW.plus_s(60)), Err(JwtError::RetiredKey));
    assert!(both.verify(&sign(&new, &claims()), NOW.plus_s(60)).is_ok());
}

#[test]
fn a_token_without_kid_is_checked_with_the_current_key() {
    let (old, key) = (eddsa(), hs256());
    let both = verifier(&key).with_rotated(&old, NOW.plus_s(60));
    assert!(both.verify(&forge_hs256(&json!({"alg": "HS256"}), &claims()), NOW).is_ok());
    let token = sign(&old, &claims());
    let [_, rest] = token.splitn(2, '.').collect::<Vec<_>>()[..] else { unreachable!() };
    let bare = format!("{}.{rest}", part(&json!({"alg": "EdDSA"})));
    assert_eq!(both.verify(&bare, NOW), Err(JwtError::Algorithm));
}

#[test]
fn sec_52_a_token_over_the_limit_is_not_looked_at() {
    let key = hs256();
    let token = sign(&key, &with("pad", json!("x".repeat(MAX_TOKEN_BYTES))));
    assert_eq!(verifier(&key).verify(&token, NOW), Err(JwtError::Malformed));
    assert!(verifier(&key).verify(&sign(&key, &with("pad", json!("x".repeat(2_000)))), NOW).is_ok());
}

#[test]
fn two_tokens_have_two_hashes() {
    assert_ne!(jwt::token_hash("a.b.c"), jwt::token_hash("a.b.d"));
}
