//! What one check of a token costs: `cargo run --release -p portcullis-crypto --example token_cost`.

use portcullis_base::Timestamp;
use portcullis_crypto::jwt::{Algorithm, Rules, SigningKey, Verifier, sign, token_hash};
use serde_json::json;
use std::{hint::black_box, time::Instant};

const ROUNDS: u32 = 20_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let now = Timestamp(1_800_000_000_000_000);
    let claims = json!({
        "iss": "http://127.0.0.1:7070/p/shop", "aud": "shop/production", "typ": "access", "sub": "4711",
        "sid": "ses_3k9x0c7m2q8v4t1z", "email": "ada@example.com", "roles": ["editor", "author"], "permissions": [],
        "tenant_id": "12", "pv": 3, "iat": now.unix_s(), "exp": now.unix_s() + 3600, "jti": "tok_3k9x0c7m2q8v4t1z"
    });
    for algorithm in [Algorithm::Hs256, Algorithm::EdDsa] {
        let key = SigningKey::generate(algorithm, &mut rand::rng())?;
        let rules = Rules {
            issuer: "http://127.0.0.1:7070/p/shop".into(),
            audience: "shop/production".into(),
            kind: Some("access".into()),
            leeway_s: 30,
        };
        let verifier = Verifier::new(rules, &key);
        let token = sign(&key, &claims)?;
        verifier.verify(token.expose(), now)?;
        let word = algorithm.word();
        print(&format!("{word} sign"), || drop(black_box(sign(&key, &claims))));
        print(&format!("{word} verify"), || drop(black_box(verifier.verify(token.expose(), now))));
        print(&format!("{word} hash of {} bytes", token.expose().len()), || {
            black_box(token_hash(token.expose()));
        });
    }
    Ok(())
}

fn print(what: &str, mut work: impl FnMut()) {
    let start = Instant::now();
    (0..ROUNDS).for_each(|_| work());
    println!("{what}: {:.2} us", start.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS));
}
