//! The customer's database is left as it is: no new table or column, and with a read-only file all but signup and
//! change of password works.

use crate::support::{ADA, Site, last, text, token_of};
use http::Method;
use serde_json::{Value, json};

#[test]
fn the_schema_is_the_same_after_full_use_of_all_flows() {
    let site = Site::start();
    let dump =
        || site.database.texts("SELECT type || name || tbl_name || COALESCE(sql, '') FROM sqlite_schema ORDER BY 1");
    let before = dump();
    let rows = site.database.texts("SELECT id || email || password_hash || active FROM users ORDER BY id");
    let body = site.ada();
    let token = text(&body, "token");
    site.me(&token).ok(200);
    site.refresh(&text(&body, "refresh_token")).ok(200);
    site.app.bearer(&token, Method::POST, "/auth/api-keys", &json!({"name": "x"})).ok(201);
    site.post("/auth/magic-link", json!({"email": "ada@example.com"})).ok(200);
    let link = token_of(&last(&site, "Ada@Example.com"));
    site.post("/auth/magic-link/verify", json!({ "token": link })).ok(200);
    site.post("/auth/otp", json!({"email": "ada@example.com"})).ok(200);
    let code = token_of(&last(&site, "Ada@Example.com"));
    site.post("/auth/otp/verify", json!({"email": "ada@example.com", "code": code})).ok(200);
    site.app.bearer(&token, Method::POST, "/auth/logout", &Value::Null);
    assert_eq!(dump(), before);
    assert_eq!(site.database.texts("SELECT id || email || password_hash || active FROM users ORDER BY id"), rows);
    site.post("/auth/signup", json!({"email": "new@example.com", "password": "a fine new password"})).ok(201);
    site.post("/auth/password_reset", json!({"email": "ada@example.com"})).ok(200);
    let reset = token_of(&last(&site, "Ada@Example.com"));
    site.post("/auth/confirm-reset", json!({"token": reset, "new_password": "another fine password"})).ok(200);
    assert_eq!(dump(), before);
}

#[test]
fn a_database_that_cannot_be_written_still_lets_people_in() {
    let site = Site::start();
    // What a login without the right to write meets.
    site.database.run(
        "CREATE TRIGGER no_update BEFORE UPDATE ON users BEGIN SELECT RAISE(ABORT, 'read only'); END; \
         CREATE TRIGGER no_insert BEFORE INSERT ON users BEGIN SELECT RAISE(ABORT, 'read only'); END;",
    );
    let body = site.ada();
    site.me(&text(&body, "token")).ok(200);
    site.refresh(&text(&body, "refresh_token")).ok(200);
    site.post("/auth/magic-link", json!({"email": "bob@example.com"})).ok(200);
    let link = token_of(&last(&site, "bob@example.com"));
    let body = site.post("/auth/magic-link/verify", json!({ "token": link })).ok(200);
    assert_eq!(body["user"]["email_verified"], true);
    let answer = site.post("/auth/signup", json!({"email": "new@example.com", "password": "a fine new password"}));
    assert!(!answer.status.is_success());
    site.login("bob@example.com", ADA).ok(200);
}
