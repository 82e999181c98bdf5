//! A users table as an old application left it, and calls as its users make them.

use axum::body::Body;
use http::{Method, Request};
use portcullis_project::Settings;
use portcullis_testkit::{Answer, Engine, TestApp, TestDatabase, TestLetter, bcrypt};
use serde_json::{Value, json};

/// The password of everybody in the fixture.
pub const ADA: &str = "correct horse battery";

/// Users of several kinds; every password is [`ADA`].
pub fn script() -> String {
    let hash = hash();
    format!(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, email VARCHAR(255) NOT NULL, first_name VARCHAR(100), \
         last_name VARCHAR(100), password_hash VARCHAR(255) NOT NULL, active INTEGER NOT NULL DEFAULT 1, \
         role VARCHAR(20), last_login TIMESTAMP NULL); \
         CREATE TABLE orders (id INTEGER PRIMARY KEY, total INTEGER NOT NULL); \
         INSERT INTO orders VALUES (1, 10); \
         INSERT INTO users (id, email, first_name, password_hash, active, role) VALUES \
         (1, 'Ada@Example.com', 'Ada', '{hash}', 1, 'member'), \
         (2, 'off@example.com', 'Off', '{hash}', 0, 'admin'), \
         (3, 'twin@example.com', 'Twin', '{hash}', 1, NULL), \
         (4, 'TWIN@example.com', 'Twin', '{hash}', 1, NULL), \
         (5, '', 'Nobody', '{hash}', 1, NULL), \
         (6, 'social@example.com', 'Social', '', 1, NULL), \
         (7, 'bob@example.com', 'Bob', '{hash}', 1, NULL);"
    )
}

/// One hash for all, since each costs time.
pub fn hash() -> String {
    static HASH: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    HASH.get_or_init(|| bcrypt(ADA)).clone()
}

pub fn map(settings: &mut Settings) {
    let user = &mut settings.mapping.user;
    let column = |name: &str| Some(name.to_owned());
    user.table = column("users");
    user.id = column("id");
    user.email = column("email");
    user.firstname = column("first_name");
    user.password = column("password_hash");
    user.is_active = column("active");
    user.role = column("role");
    user.last_login = column("last_login");
    settings.auth.signup_fields = vec!["first_name".to_owned(), "last_name".to_owned()];
    // Tests of limits set their own.
    settings.auth.rate_limits.login = "1000/1m/ip+account".to_owned();
    settings.auth.rate_limits.reset = "1000/1m/account".to_owned();
    settings.auth.lockout.max_failures = 90;
}

pub struct Site {
    pub app: TestApp,
    pub database: TestDatabase,
}

impl Site {
    pub fn start() -> Self {
        Self::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let database = TestDatabase::create(Engine::Sqlite, &script());
        let app = TestApp::with(&database, |settings| {
            map(settings);
            change(settings);
        });
        Self { app, database }
    }

    pub fn post(&self, path: &str, body: Value) -> Answer {
        self.app.stranger(Method::POST, path, &body)
    }

    pub fn login(&self, email: &str, password: &str) -> Answer {
        self.post("/auth/login", json!({"email": email, "password": password}))
    }

    pub fn ada(&self) -> Value {
        self.login("ada@example.com", ADA).ok(200)
    }

    pub fn me(&self, token: &str) -> Answer {
        self.app.bearer(token, Method::GET, "/auth/me", &Value::Null)
    }

    pub fn refresh(&self, token: &str) -> Answer {
        self.post("/auth/refresh", json!({ "refresh_token": token }))
    }

    pub fn request(&self, path: &str, body: Value) -> Request<Body> {
        self.app.request(Method::POST, path, &[], &body)
    }
}

/// A text of an answer.
pub fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("no text `{name}` in {body}")).to_owned()
}

/// The token in the link of a mail, or its code.
pub fn token_of(letter: &TestLetter) -> String {
    if letter.kind == "one_time_code" { letter.code() } else { letter.token() }
}

/// The last mail, which must be to this address.
pub fn last(site: &Site, to: &str) -> TestLetter {
    let letter = site.app.letters().last().cloned().expect("a mail");
    assert_eq!(letter.to, to);
    letter
}

/// The last mail.
pub fn last_of(app: &TestApp) -> TestLetter {
    app.letters().last().cloned().expect("a mail")
}
