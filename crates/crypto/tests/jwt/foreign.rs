//! Tokens of issuers elsewhere.

use crate::support::{NOW, NOW_S, forge, part};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, jwk::Jwk};
use portcullis_crypto::jwt::{ForeignAlgorithm, ForeignExpected, ForeignKeys, JwtError, KeyError};
use serde_json::{Value, json};

struct Issuer {
    alg: &'static str,
    algorithm: Algorithm,
    key: EncodingKey,
}

fn rsa() -> Issuer {
    let key = EncodingKey::from_rsa_pem(include_bytes!("../keys/rsa.pem")).unwrap();
    Issuer { alg: "RS256", algorithm: Algorithm::RS256, key }
}

fn p256() -> Issuer {
    let key = EncodingKey::from_ec_pem(include_bytes!("../keys/p256.pem")).unwrap();
    Issuer { alg: "ES256", algorithm: Algorithm::ES256, key }
}

fn ed25519() -> Issuer {
    let key = EncodingKey::from_ed_pem(include_bytes!("../keys/ed25519.pem")).unwrap();
    Issuer { alg: "EdDSA", algorithm: Algorithm::EdDSA, key }
}

impl Issuer {
    fn jwk(&self, kid: &str) -> Value {
        let mut jwk = serde_json::to_value(Jwk::from_encoding_key(&self.key, self.algorithm).unwrap()).unwrap();
        jwk["kid"] = json!(kid);
        jwk
    }

    fn sign(&self, kid: &str, claims: &Value) -> String {
        forge(&json!({"alg": self.alg, "kid": kid, "typ": "JWT"}), claims, &self.key, self.algorithm)
    }
}

fn keys(keys: &[Value]) -> ForeignKeys {
    ForeignKeys::parse(&json!({"keys": keys}).to_string()).unwrap()
}

fn all() -> ForeignKeys {
    keys(&[rsa().jwk("r"), p256().jwk("e"), ed25519().jwk("o")])
}

fn claims() -> Value {
    json!({"iss": "https://id.example", "aud": "shop", "sub": "ada", "iat": NOW_S, "exp": NOW_S + 300, "nonce": "n1"})
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

const fn expected() -> ForeignExpected<'static> {
    ForeignExpected {
        issuer: "https://id.example",
        audience: "shop",
        algorithms: ForeignAlgorithm::ALL,
        nonce: None,
        leeway_s: 60,
        now: NOW,
    }
}

fn refusal(claims: &Value, expected: &ForeignExpected<'_>) -> JwtError {
    all().verify(&ed25519().sign("o", claims), expected).unwrap_err()
}

#[test]
fn tokens_of_three_kinds_of_keys_are_accepted() {
    for (issuer, kid) in [(rsa(), "r"), (p256(), "e"), (ed25519(), "o")] {
        let said = all().verify(&issuer.sign(kid, &claims()), &expected()).unwrap();
        assert_eq!(Value::Object(said), claims());
    }
}

#[test]
fn rs256_and_es256_are_those_of_the_standard() {
    // Source: RFC 7515, appendices A.2 and A.3. Their claims are incomplete, which is noticed after the signature only.
    let expected = ForeignExpected { issuer: "joe", ..expected() };
    let payload = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let keys = keys(&[
        json!({
            "kty": "EC", "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
        }),
        json!({
            "kty": "RSA", "e": "AQAB",
            "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yR\
                  T-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS\
                  -UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2et\
                  hFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
        }),
    ]);
    for (header, signature) in [
        (
            "eyJhbGciOiJFUzI1NiJ9",
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
        ),
        (
            "eyJhbGciOiJSUzI1NiJ9",
            "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CU\
             Ar7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_d\
             O--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0ig\
             cN_IoypGlUPQGe77Rw",
        ),
    ] {
        let token = format!("{header}.{payload}.{signature}");
        assert_eq!(keys.verify(&token, &expected), Err(JwtError::Claim("aud")));
        let bent = format!("{header}.{}.{signature}", part(&json!({"iss": "joe", "aud": "shop"})));
        assert_eq!(keys.verify(&bent, &expected), Err(JwtError::Signature));
    }
}

#[test]
fn an_unknown_key_is_told_from_a_wrong_signature() {
    let token = p256().sign("new", &claims());
    assert_eq!(all().verify(&token, &expected()), Err(JwtError::UnknownKey));
    assert!(keys(&[p256().jwk("new")]).verify(&token, &expected()).is_ok());
    // A known name, another key.
    let other = keys(&[json!({
        "kty": "EC", "crv": "P-256", "kid": "new",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
    })]);
    assert_eq!(other.verify(&token, &expected()), Err(JwtError::Signature));
}

#[test]
fn sec_11_the_algorithm_is_the_keys_and_one_that_is_expected() {
    // A known key under another algorithm's name.
    let token = forge(&json!({"alg": "ES256", "kid": "r"}), &claims(), &rsa().key, Algorithm::RS256);
    assert_eq!(all().verify(&token, &expected()), Err(JwtError::Algorithm));
    for alg in ["none", "HS256", "RS512", "PS256", "ES384"] {
        let token = forge(&json!({"alg": alg, "kid": "r"}), &claims(), &rsa().key, Algorithm::RS256);
        assert_eq!(all().verify(&token, &expected()), Err(JwtError::Algorithm));
    }
    // An issuer that signs with RS256 only.
    let only = ForeignExpected { algorithms: &[ForeignAlgorithm::Rs256], ..expected() };
    assert_eq!(all().verify(&p256().sign("e", &claims()), &only), Err(JwtError::Algorithm));
    assert!(all().verify(&rsa().sign("r", &claims()), &only).is_ok());
}

#[test]
fn sec_11_the_public_key_is_no_hmac_secret() {
    let n = rsa().jwk("r")["n"].as_str().unwrap().to_owned();
    let key = EncodingKey::from_secret(n.as_bytes());
    for alg in ["HS256", "RS256"] {
        let token = forge(&json!({"alg": alg, "kid": "r"}), &claims(), &key, Algorithm::HS256);
        let error = all().verify(&token, &expected()).unwrap_err();
        assert!(matches!(error, JwtError::Algorithm | JwtError::Signature), "{error:?}");
    }
    // A shared secret in the published set is no key either.
    let set = json!({"keys": [{"kty": "oct", "kid": "s", "alg": "HS256", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"}]});
    assert_eq!(ForeignKeys::parse(&set.to_string()).unwrap_err(), KeyError::NoUsableKey);
}

#[test]
fn sec_11_a_foreign_token_that_brings_its_key_is_refused() {
    for (name, value) in [
        ("jwk", ed25519().jwk("evil")),
        ("jku", json!("https://evil.example")),
        ("x5u", json!("https://evil.example")),
        ("x5c", json!([])),
        ("crit", json!(["b64"])),
    ] {
        let mut header = json!({"alg": "EdDSA", "kid": "o"});
        header[name] = value;
        let token = forge(&header, &claims(), &ed25519().key, Algorithm::EdDSA);
        assert_eq!(all().verify(&token, &expected()), Err(JwtError::Header(name)));
    }
    // A thumbprint names a certificate we do not look at: Entra ID sends one with every token.
    let header = json!({"alg": "EdDSA", "kid": "o", "x5t": "abc"});
    assert!(all().verify(&forge(&header, &claims(), &ed25519().key, Algorithm::EdDSA), &expected()).is_ok());
}

#[test]
fn sec_29_issuer_and_audience_are_pinned() {
    assert_eq!(refusal(&with("iss", json!("https://id.example/")), &expected()), JwtError::Issuer);
    assert_eq!(refusal(&with("iss", json!(["https://id.example"])), &expected()), JwtError::Claim("iss"));
    assert_eq!(refusal(&with("aud", json!("blog")), &expected()), JwtError::Audience);
    assert_eq!(refusal(&with("aud", json!(["shop", 7])), &expected()), JwtError::Claim("aud"));
    assert_eq!(refusal(&with("sub", json!(7)), &expected()), JwtError::Claim("sub"));
}

#[test]
fn sec_12_times_are_checked() {
    assert_eq!(refusal(&with("exp", json!(NOW_S - 60)), &expected()), JwtError::Expired);
    assert_eq!(refusal(&with("iat", json!(NOW_S + 61)), &expected()), JwtError::NotYet);
    for name in ["iss", "aud", "exp", "iat"] {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name);
        assert_eq!(refusal(&claims, &expected()), JwtError::Claim(name));
    }
}

#[test]
fn sec_28_the_nonce_is_the_one_we_asked_with() {
    let asked = ForeignExpected { nonce: Some("n1"), ..expected() };
    let token = ed25519().sign("o", &claims());
    assert!(all().verify(&token, &asked).is_ok());
    assert_eq!(refusal(&with("nonce", json!("n2")), &asked), JwtError::Nonce);
    assert_eq!(refusal(&with("nonce", json!(1)), &asked), JwtError::Claim("nonce"));
    let mut several = with("aud", json!(["shop", "blog"]));
    assert_eq!(refusal(&several, &asked), JwtError::Claim("azp"));
    several["azp"] = json!("blog");
    assert_eq!(refusal(&several, &asked), JwtError::Audience);
    several["azp"] = json!("shop");
    assert!(all().verify(&ed25519().sign("o", &several), &asked).is_ok());
}

#[test]
fn a_token_without_kid_finds_its_key_by_its_algorithm() {
    let token = forge(&json!({"alg": "ES256"}), &claims(), &p256().key, Algorithm::ES256);
    assert!(all().verify(&token, &expected()).is_ok());
    assert_eq!(keys(&[rsa().jwk("r")]).verify(&token, &expected()), Err(JwtError::Algorithm));
}

#[test]
fn keys_that_are_weak_or_for_another_use_are_left_out() {
    let changed = |name: &str, value: Value| {
        let mut jwk = rsa().jwk("r");
        jwk[name] = value;
        jwk
    };
    for jwk in [
        changed("n", json!(URL_SAFE_NO_PAD.encode([0xff; 128]))),
        changed("n", json!(URL_SAFE_NO_PAD.encode([[0; 128], [0xff; 128]].concat()))),
        changed("use", json!("enc")),
        changed("key_ops", json!(["encrypt"])),
        changed("alg", json!("RS512")),
        changed("alg", json!("RSA-OAEP")),
        changed("n", json!("not base64!")),
        changed("n", json!(7)),
        json!({"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"}),
        json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}),
        json!({"kty": "OKP", "crv": "Ed25519", "x": "AA"}),
        json!({"kty": "OKP", "crv": "X25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}),
        json!("a key"),
    ] {
        let only = ForeignKeys::parse(&json!({"keys": [jwk]}).to_string());
        assert_eq!(only.unwrap_err(), KeyError::NoUsableKey, "{jwk}");
        // The others of the set stay usable.
        assert!(keys(&[jwk, ed25519().jwk("o")]).verify(&ed25519().sign("o", &claims()), &expected()).is_ok());
    }
    for document in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":7}"#] {
        assert_eq!(ForeignKeys::parse(document).unwrap_err(), KeyError::NotAKeySet);
    }
}
