//! Hashes that other frameworks made log in where they lie, on every engine, and stay as they are.

use http::Method;
use portcullis_project::settings::LegacyHash;
use portcullis_testkit::{Engine, TestApp, TestDatabase, engines};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A hash made by the library that `made_by` names.
struct Fixture {
    format: String,
    password: String,
    stored: String,
}

fn fixtures() -> Vec<Fixture> {
    let all: Vec<Value> =
        serde_json::from_str(include_str!("../../../crypto/tests/fixtures/password-hashes.json")).unwrap();
    let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    all.iter()
        .map(|one| Fixture {
            format: text(one, "format"),
            password: text(one, "password"),
            stored: text(one, "stored"),
        })
        // An empty password is none, and no body holds a zero byte.
        .filter(|fixture| !fixture.password.is_empty() && !fixture.password.contains('\0'))
        .collect()
}

fn literal(engine: Engine, text: &str) -> String {
    let quoted = text.replace('\'', "''");
    format!("'{}'", if engine == Engine::MariaDb { quoted.replace('\\', "\\\\") } else { quoted })
}

fn start(engine: Engine, fixtures: &[Fixture]) -> (TestApp, TestDatabase) {
    let rows: Vec<_> = fixtures
        .iter()
        .enumerate()
        .map(|(id, fixture)| format!("({id}, 'user{id}@example.com', {})", literal(engine, &fixture.stored)))
        .collect();
    let script = format!(
        "CREATE TABLE users (id INT PRIMARY KEY, email VARCHAR(100) NOT NULL UNIQUE, password VARCHAR(500) NOT NULL); \
         INSERT INTO users VALUES {};",
        rows.join(", ")
    );
    let database = TestDatabase::create(engine, &script);
    let app = TestApp::with(&database, |settings| {
        let user = &mut settings.mapping.user;
        user.table = Some("users".to_owned());
        user.id = Some("id".to_owned());
        user.email = Some("email".to_owned());
        user.password = Some("password".to_owned());
        settings.auth.legacy_hashes = vec![LegacyHash::Md5, LegacyHash::Sha1, LegacyHash::Sha256, LegacyHash::Plain];
        settings.auth.rate_limits.requests = "100000/1m/ip".to_owned();
        settings.auth.rate_limits.login = "100000/1m/ip".to_owned();
    });
    (app, database)
}

#[test]
fn hashes_of_every_format_log_in_on_every_engine_and_stay_as_they_are() {
    let fixtures = fixtures();
    let formats: BTreeSet<_> = fixtures.iter().map(|fixture| &fixture.format).collect();
    assert!(formats.len() >= 14, "{formats:?}");
    for engine in engines() {
        let (app, database) = start(engine, &fixtures);
        let login = |id: usize, password: &str| {
            let body = json!({"email": format!("user{id}@example.com"), "password": password});
            app.stranger(Method::POST, "/auth/login", &body)
        };
        let mut tried = BTreeSet::new();
        for (id, fixture) in fixtures.iter().enumerate() {
            let answer = login(id, &fixture.password);
            assert_eq!(answer.status, 200, "{engine}: {} {}: {}", fixture.format, fixture.stored, answer.text());
            // One wrong password for each format is enough.
            if tried.insert(&fixture.format) {
                login(id, "a password that is wrong").refused(401, "invalid_credentials");
            }
        }
        let kept = database.texts("SELECT password FROM users ORDER BY id");
        for (kept, fixture) in kept.iter().zip(&fixtures) {
            assert_eq!(kept.as_deref(), Some(fixture.stored.as_str()), "{engine}: {}", fixture.format);
        }
        println!("{engine}: {} hashes of {} formats logged in", fixtures.len(), formats.len());
    }
}
