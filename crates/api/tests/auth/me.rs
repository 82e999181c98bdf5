//! The caller's own record.

use crate::support::{ADA, Site, last, map, script, text, token_of};
use http::Method;
use portcullis_project::{Settings, Stage};
use portcullis_testkit::{Engine, TestApp, TestDatabase};
use serde_json::{Value, json};

#[test]
fn users_change_their_own_columns_and_no_others() {
    let site = Site::start();
    let token = text(&site.ada(), "token");
    let patch = |body: Value| site.app.bearer(&token, Method::PATCH, "/auth/me", &body);
    let me = patch(json!({"first_name": "Augusta", "lastName": "King"})).ok(200);
    assert_eq!(
        (&me["name"], &me["first_name"], &me["last_name"]),
        (&json!("Augusta"), &json!("Augusta"), &json!("King"))
    );
    let me = site.app.bearer(&token, Method::PUT, "/api/auth/me", &json!({"name": "Ada"})).ok(200);
    assert_eq!(me["first_name"], "Ada");
    for name in ["id", "role", "active", "last_login"] {
        patch(json!({ name: 7 })).refused(400, "not_writable");
    }
    patch(json!({"password": "a new password"})).refused(400, "not_writable");
    patch(json!({"password_hash": "x"})).refused(400, "unknown_column");
    patch(json!({"nonsense": 1})).refused(400, "unknown_column");
    site.app.stranger(Method::GET, "/auth/me", &Value::Null).refused(401, "unauthenticated");
    site.app.get("/auth/me").refused(403, "forbidden");
}

#[test]
fn sec_40_sec_42_the_password_is_nowhere_and_the_servers_columns_are_not_written() {
    let site = Site::start();
    let token = text(&site.ada(), "token");
    let call = |method: Method, path: &str, body: Value| site.app.bearer(&token, method, path, &body);
    let row = call(Method::GET, "/users/1", Value::Null).ok(200);
    assert!(row.get("password_hash").is_none() && row["email"] == "Ada@Example.com");
    for name in ["role", "active", "email", "id", "last_login"] {
        let answer = call(Method::PATCH, "/users/1", json!({ name: 9 }));
        assert_eq!(answer.status, 400, "{name} {}", answer.text());
    }
    call(Method::PATCH, "/users/1", json!({"password_hash": "x"})).refused(400, "unknown_column");
    let row = site.app.get("/users/1").ok(200);
    assert!(row.get("password_hash").is_none());
    // Nobody writes a password that would lie there as it was sent.
    let other = site.app.put("/orders/1", &json!({"password_hash": "plain"}));
    other.refused(400, "unknown_column");
}

#[test]
fn sec_10_another_address_needs_the_password_and_the_new_mailbox() {
    let site = Site::start();
    let body = site.ada();
    let token = text(&body, "token");
    let patch = |body: Value| site.app.bearer(&token, Method::PATCH, "/auth/me", &body);
    patch(json!({"email": "new@example.com"})).refused(400, "missing_field");
    patch(json!({"email": "new@example.com", "current_password": "wrong wrong"})).refused(401, "invalid_credentials");
    let me = patch(json!({"email": "new@example.com", "current_password": ADA})).ok(200);
    assert_eq!(me["email"], "Ada@Example.com");
    let letter = last(&site, "new@example.com");
    assert_eq!(letter.kind, "email_change");
    let link = format!("/auth/verify?token={}", token_of(&letter));
    site.app.stranger(Method::GET, &link, &Value::Null).ok(200);
    assert_eq!(last(&site, "Ada@Example.com").kind, "email_changed_notice");
    site.me(&token).refused(401, "unauthenticated");
    site.login("ada@example.com", ADA).refused(401, "invalid_credentials");
    assert_eq!(site.login("new@example.com", ADA).ok(200)["user"]["email_verified"], true);
}

/// Columns that say whether an address is verified, and how they say yes.
const FLAGS: [(&str, &str); 2] =
    [("INTEGER NOT NULL DEFAULT 0", "1"), ("TIMESTAMP NULL DEFAULT NULL", "'2020-01-01 00:00:00'")];

/// A site whose users table says whether an address is verified; Ada's is.
fn verifying(stage: Stage, flag: (&str, &str), change: impl FnOnce(&mut Settings)) -> Site {
    let (ty, yes) = flag;
    let more = format!("ALTER TABLE users ADD COLUMN verified {ty}; UPDATE users SET verified = {yes} WHERE id = 1;");
    let database = TestDatabase::create(Engine::Sqlite, &format!("{} {more}", script()));
    let app = TestApp::of_stage(stage, database.url(), |settings| {
        map(settings);
        settings.mapping.user.email_verified = Some("verified".to_owned());
        change(settings);
    });
    Site { app, database }
}

fn flag_of(site: &Site) -> Option<String> {
    site.database.texts("SELECT verified FROM users WHERE id = 1").remove(0)
}

fn moves(site: &Site, email: &str) -> portcullis_testkit::Answer {
    let body = site.ada();
    assert_eq!(body["user"]["email_verified"], true);
    let token = text(&body, "token");
    site.app.bearer(&token, Method::PATCH, "/auth/me", &json!({"email": email, "current_password": ADA}))
}

#[test]
fn sec_30_an_address_that_was_changed_without_mail_is_not_verified() {
    for flag in FLAGS {
        let site = verifying(Stage::Production, flag, |_| {});
        assert_eq!(moves(&site, "new@example.com").ok(200)["email"], "new@example.com");
        assert!(matches!(flag_of(&site).as_deref(), None | Some("0")), "{:?}", flag_of(&site));
        site.login("ada@example.com", ADA).refused(401, "invalid_credentials");
        assert_eq!(site.login("new@example.com", ADA).ok(200)["user"]["email_verified"], false);
        // And back: what was verified once was another address meanwhile.
        let token = text(&site.login("new@example.com", ADA).ok(200), "token");
        let back = json!({"email": "ada@example.com", "current_password": ADA});
        site.app.bearer(&token, Method::PATCH, "/auth/me", &back).ok(200);
        assert_eq!(site.login("ada@example.com", ADA).ok(200)["user"]["email_verified"], false);
        assert_eq!(site.app.letters().len(), 0);
    }
    let must = verifying(Stage::Production, FLAGS[0], |settings| settings.auth.require_verified_email = true);
    moves(&must, "new@example.com").ok(200);
    must.login("new@example.com", ADA).refused(403, "email_not_verified");
    // An address of somebody else's is not taken.
    let site = verifying(Stage::Production, FLAGS[0], |_| {});
    moves(&site, "bob@example.com").refused(409, "email_taken");
    assert_eq!((flag_of(&site).as_deref(), site.ada()["user"]["email_verified"].clone()), (Some("1"), json!(true)));
}

#[test]
fn sec_10_an_address_that_was_changed_by_mail_is_verified_and_only_then_changed() {
    for flag in FLAGS {
        let site = verifying(Stage::Development, flag, |_| {});
        assert_eq!(moves(&site, "new@example.com").ok(200)["email"], "Ada@Example.com");
        let before = flag_of(&site);
        assert_eq!(site.ada()["user"]["email_verified"], true);
        let link = format!("/auth/verify?token={}", token_of(&last(&site, "new@example.com")));
        site.app.stranger(Method::GET, &link, &Value::Null).ok(200);
        assert!(flag_of(&site).is_some_and(|flag| flag != "0") && before.is_some());
        assert_eq!(site.login("new@example.com", ADA).ok(200)["user"]["email_verified"], true);
        site.app.stranger(Method::GET, &link, &Value::Null).refused(400, "invalid_token");
    }
}

#[test]
fn a_user_who_is_switched_off_is_out_at_once() {
    let site = Site::start();
    let body = site.ada();
    let token = text(&body, "token");
    site.me(&token).ok(200);
    let (now, client) = (site.app.state.clock.now(), portcullis_identity::Client::default());
    let identity = &site.app.state.identity;
    site.app.run(identity.set_disabled(site.app.project(), "1", true, &client, now)).unwrap();
    site.app.bearer(&token, Method::GET, "/orders", &Value::Null).refused(401, "unauthenticated");
    site.refresh(&text(&body, "refresh_token")).refused(401, "user_disabled");
    site.login("ada@example.com", ADA).refused(401, "invalid_credentials");
    site.app.run(identity.set_disabled(site.app.project(), "1", false, &client, now)).unwrap();
    let again = site.ada();
    site.database.run("UPDATE users SET active = 0 WHERE id = 1");
    site.refresh(&text(&again, "refresh_token")).refused(401, "user_disabled");
}

#[test]
fn administrators_are_made_here_and_not_by_a_label_in_the_table() {
    let access = |settings: &mut portcullis_project::Settings| {
        settings.tables.get_mut("orders").unwrap().access.read = portcullis_query::access::AccessLevel::Admin;
    };
    let site = Site::with(access);
    site.database.run("UPDATE users SET role = 'administrator' WHERE id = 1");
    let token = text(&site.ada(), "token");
    let orders = |token: &str| site.app.bearer(token, Method::GET, "/orders", &Value::Null);
    orders(&token).refused(403, "forbidden");
    let (now, client) = (site.app.state.clock.now(), portcullis_identity::Client::default());
    let identity = &site.app.state.identity;
    site.app.run(identity.set_role(site.app.project(), "1", "administrator", true, &client, now)).unwrap();
    orders(&token).refused(401, "unauthenticated");
    let token = text(&site.ada(), "token");
    orders(&token).ok(200);

    let named = Site::with(|settings| {
        access(settings);
        settings.rbac.administrator_roles = vec!["member".to_owned()];
    });
    let token = text(&named.ada(), "token");
    named.app.bearer(&token, Method::GET, "/orders", &Value::Null).ok(200);
}
