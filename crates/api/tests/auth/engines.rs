//! The same users on every engine: UUID ids, flags and times in the engine's own types.

use crate::support::{ADA, hash, last_of, text, token_of};
use http::Method;
use portcullis_testkit::{Engine, TestApp, TestDatabase, engines};
use serde_json::{Value, json};

const UUID: &str = "6f1c0e5a-0000-4000-8000-000000000001";

fn script(engine: Engine) -> String {
    let (uuid, flag, yes, time) = match engine {
        Engine::Postgres => ("UUID", "BOOLEAN", "TRUE", "TIMESTAMPTZ"),
        Engine::MariaDb => ("UUID", "BOOLEAN", "1", "DATETIME(6)"),
        Engine::Sqlite => ("UUID", "BOOLEAN", "1", "DATETIME"),
    };
    let hash = hash();
    format!(
        "CREATE TABLE members (uid {uuid} PRIMARY KEY, mail VARCHAR(190) NOT NULL UNIQUE, full_name VARCHAR(100), \
         secret VARCHAR(200) NOT NULL, enabled {flag} NOT NULL, verified_at {time} NULL, made_at {time} NULL, \
         changed_at {time} NULL, seen_at {time} NULL, kind VARCHAR(20)); \
         CREATE TABLE roles (id INT PRIMARY KEY, title VARCHAR(20) NOT NULL); \
         CREATE TABLE member_roles (member {uuid} NOT NULL, role INT NOT NULL); \
         INSERT INTO roles VALUES (1, 'editor'), (2, 'reader'); \
         INSERT INTO member_roles VALUES ('{UUID}', 1), ('{UUID}', 2); \
         INSERT INTO members (uid, mail, full_name, secret, enabled) VALUES ('{UUID}', 'Ada@Example.com', 'Ada', '{hash}', {yes});"
    )
}

fn start(engine: Engine) -> (TestApp, TestDatabase) {
    let database = TestDatabase::create(engine, &script(engine));
    let app = TestApp::with(&database, |settings| {
        let column = |name: &str| Some(name.to_owned());
        let user = &mut settings.mapping.user;
        user.table = column("members");
        user.id = column("uid");
        user.email = column("mail");
        user.firstname = column("full_name");
        user.password = column("secret");
        user.is_active = column("enabled");
        user.email_verified = column("verified_at");
        user.created_at = column("made_at");
        user.updated_at = column("changed_at");
        user.last_login = column("seen_at");
        let role = &mut settings.mapping.role;
        (role.table, role.id, role.name) = (column("roles"), column("id"), column("title"));
        let link = &mut settings.mapping.user_role;
        (link.table, link.user_id, link.role_id) = (column("member_roles"), column("member"), column("role"));
        settings.auth.signup_fields = vec!["full_name".to_owned()];
    });
    (app, database)
}

#[test]
fn users_of_every_engine_sign_in_up_and_change() {
    for engine in engines() {
        let (app, database) = start(engine);
        let post = |path: &str, body: Value| app.stranger(Method::POST, path, &body);
        let login = |mail: &str, password: &str| post("/auth/login", json!({"email": mail, "password": password}));
        let body = login("ada@example.com", ADA).ok(200);
        assert_eq!(body["user"]["id"], UUID, "{engine}");
        let mut roles: Vec<&str> = body["roles"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        roles.sort_unstable();
        assert_eq!(roles, ["editor", "reader"], "{engine}");
        assert_eq!(body["user"]["email_verified"], false, "{engine}");
        assert!(body["user"].get("secret").is_none(), "{engine}");
        assert!(database.texts("SELECT seen_at FROM members")[0].is_some(), "{engine}");

        let token = text(&body, "token");
        app.bearer(&token, Method::GET, "/auth/me", &Value::Null).ok(200);
        app.bearer(&token, Method::GET, "/members", &Value::Null).ok(200);
        post("/auth/refresh", json!({"refresh_token": body["refresh_token"]})).ok(200);
        login("ada@example.com", "wrong wrong").refused(401, "invalid_credentials");
        login("nobody@example.com", ADA).refused(401, "invalid_credentials");

        let new = json!({"email": "New@example.com", "password": "a fine new password", "full_name": "New"});
        let made = post("/auth/signup", new.clone()).ok(201);
        assert_eq!(made["user"]["name"], "New", "{engine}");
        assert_eq!(made["user"]["id"].as_str().unwrap().len(), 36, "{engine}");
        assert!(database.texts("SELECT made_at FROM members WHERE full_name = 'New'")[0].is_some(), "{engine}");
        post("/auth/signup", new).refused(409, "email_taken");

        let change = json!({"current_password": "a fine new password", "new_password": "another fine password"});
        app.bearer(&text(&made, "token"), Method::POST, "/auth/change-password", &change).ok(200);
        let again = login("new@example.com", "another fine password").ok(200);
        let patch = json!({"full_name": "Newer"});
        let me = app.bearer(&text(&again, "token"), Method::PATCH, "/auth/me", &patch).ok(200);
        assert_eq!(me["name"], "Newer", "{engine}");

        post("/auth/magic-link", json!({"email": "ada@example.com"})).ok(200);
        let link = token_of(&last_of(&app));
        let body = post("/auth/magic-link/verify", json!({ "token": link })).ok(200);
        assert_eq!(body["user"]["id"], UUID, "{engine}");
        assert!(
            database.texts(&format!("SELECT verified_at FROM members WHERE uid = '{UUID}'"))[0].is_some(),
            "{engine}"
        );
    }
}
