//! Accounts with several users, and collections of documents, through the real router.

mod collections;
mod offer;
mod users;

use http::Method;
use portcullis_project::Settings;
use portcullis_testkit::{Answer, Engine, TestApp, TestDatabase, bcrypt};
use serde_json::{Value, json};

/// The password of everybody.
const PASSWORD: &str = "correct horse battery";

struct Site {
    app: TestApp,
    database: TestDatabase,
}

impl Site {
    fn start() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let hash = bcrypt(PASSWORD);
        let script = format!(
            "CREATE TABLE shops (id INTEGER PRIMARY KEY, name VARCHAR(100)); INSERT INTO shops VALUES (7, 'Seven'), (8, 'Eight'); \
             CREATE TABLE users (id INTEGER PRIMARY KEY, email VARCHAR(255) NOT NULL, \
             password_hash VARCHAR(255) NOT NULL, shop_id INTEGER REFERENCES shops (id)); \
             INSERT INTO users VALUES (1, 'ada@example.com', '{hash}', 7), (2, 'eve@example.com', '{hash}', 7), \
             (3, 'far@example.com', '{hash}', 8);"
        );
        let database = TestDatabase::create(Engine::Sqlite, &script);
        let app = TestApp::with(&database, |settings| {
            let user = &mut settings.mapping.user;
            let column = |name: &str| Some(name.to_owned());
            user.table = column("users");
            user.id = column("id");
            user.email = column("email");
            user.password = column("password_hash");
            settings.documents.enabled = true;
            change(settings);
        });
        Self { app, database }
    }

    /// Rows of the users table.
    fn rows(&self) -> usize {
        self.database.texts("SELECT id FROM users").len()
    }

    fn login(&self, email: &str) -> Answer {
        self.app.stranger(Method::POST, "/auth/login", &json!({"email": email, "password": PASSWORD}))
    }

    fn token(&self, email: &str) -> String {
        self.login(email).ok(200)["token"].as_str().unwrap().to_owned()
    }

    fn call(&self, token: &str, method: Method, path: &str, body: Value) -> Answer {
        self.app.bearer(token, method, path, &body)
    }

    fn add(&self, token: &str, email: &str) -> Answer {
        self.call(token, Method::POST, "/auth/account/users", json!({"email": email, "password": PASSWORD}))
    }
}
