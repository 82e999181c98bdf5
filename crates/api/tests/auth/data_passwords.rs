//! Passwords through the data routes: hashed on the way in, as good as a reset, and for most callers no column at all.

use crate::support::{ADA, Site, hash, text};
use http::Method;
use portcullis_query::{
    Json,
    access::{Caller, EndUser, PermissionWords, RoleWords, compile},
};
use portcullis_records::Session;
use serde_json::{Value, json};
use std::sync::Arc;

const NEW: &str = "brand new words";

fn stored(site: &Site, email: &str) -> String {
    site.database.texts(&format!("SELECT password_hash FROM users WHERE email = '{email}'"))[0].clone().unwrap()
}

fn audited(site: &Site) -> usize {
    let rows = site.app.store.db().read(|tx| tx.fetch_all("SELECT 1 FROM audit WHERE event = 'password_set'", &[]));
    site.app.run(rows).unwrap().len()
}

#[test]
fn sec_18_a_password_by_an_administrators_key_is_hashed_and_ends_what_its_user_held() {
    let site = Site::start();
    let ada = site.ada();
    let bob = site.login("bob@example.com", ADA).ok(200);
    let row = site.app.json(Method::PATCH, "/users/1", &json!({"password_hash": NEW, "first_name": "A"})).ok(200);
    assert!(row.get("password_hash").is_none() && !row.to_string().contains(NEW), "{row}");
    let kept = stored(&site, "Ada@Example.com");
    assert!(kept.starts_with(&hash()[..4]) && kept != hash(), "{kept}");
    site.me(&text(&ada, "token")).refused(401, "unauthenticated");
    site.refresh(&text(&ada, "refresh_token")).refused(401, "password_changed");
    site.login("ada@example.com", ADA).refused(401, "invalid_credentials");
    site.login("ada@example.com", NEW).ok(200);
    // Nobody else's.
    site.me(&text(&bob, "token")).ok(200);
    assert_eq!(audited(&site), 1);
}

#[test]
fn every_way_to_write_a_row_hashes() {
    let site = Site::start();
    let new = |n: u8| json!({"email": format!("n{n}@example.com"), "password_hash": NEW});
    let logs_in = |n: u8| drop(site.login(&format!("n{n}@example.com"), NEW).ok(200));
    site.app.post("/users", &new(1)).ok(201);
    logs_in(1);
    site.app.post("/users/bulk", &json!([new(2), new(3)])).ok(201);
    (2..=3).for_each(logs_in);
    let batch = json!({"operations": [{"method": "POST", "path": "/users", "body": new(4)},
        {"method": "PATCH", "path": "/users/7", "body": {"password_hash": NEW}}]});
    site.app.post("/batch", &batch).ok(200);
    logs_in(4);
    site.login("bob@example.com", NEW).ok(200);
    let csv = format!("email,password_hash\nn5@example.com,{NEW}\n");
    site.app.call(Method::POST, "/users/import", &[("content-type", "text/csv")], csv).ok(201);
    logs_in(5);
    let ada = site.ada();
    site.app.post("/users?on_conflict=id", &json!({"id": 1, "email": "Ada@Example.com", "password_hash": NEW})).ok(200);
    site.me(&text(&ada, "token")).refused(401, "unauthenticated");
    let ada = site.login("ada@example.com", NEW).ok(200);
    site.app.put("/users/bulk", &json!([{"id": 1, "password_hash": "other new words"}])).ok(200);
    site.me(&text(&ada, "token")).refused(401, "unauthenticated");
    let ada = site.login("ada@example.com", "other new words").ok(200);
    let mass =
        json!({"expressions": [{"field": "id", "operator": "eq", "value": 1}], "updateData": {"password_hash": NEW}});
    site.app.put("/users/filter", &mass).ok(200);
    site.me(&text(&ada, "token")).refused(401, "unauthenticated");
    site.login("ada@example.com", NEW).ok(200);
    let every = site.database.texts("SELECT password_hash FROM users WHERE password_hash LIKE '%words%'");
    assert_eq!(every.len(), 0, "a password lies there as it was sent");
}

#[test]
fn for_everybody_else_it_is_an_unknown_column() {
    let site = Site::start();
    let token = text(&site.ada(), "token");
    let change = json!({"password_hash": NEW});
    let as_user = site.app.bearer(&token, Method::PATCH, "/users/1", &change).refused(400, "unknown_column");
    let unknown = site.app.bearer(&token, Method::PATCH, "/users/1", &json!({"no_such_column": NEW}));
    assert_eq!(as_user["code"], unknown.refused(400, "unknown_column")["code"]);
    assert_eq!(stored(&site, "Ada@Example.com"), hash());
    // Neither read nor filtered by those who may write it, and in no document.
    site.app.get("/users?password_hash=x").refused(400, "invalid_parameter");
    for path in ["/openapi.json", "/swagger.json", "/users/schema"] {
        assert!(!site.app.get(path).text().contains("password_hash"), "{path}");
    }
}

#[test]
fn a_role_with_the_permission_for_it_writes_it() {
    let site = Site::with(|settings| settings.rbac.enabled = true);
    let project = site.app.project();
    let table = project.database.by_name("users").unwrap();
    let write = |permissions: &[&str]| {
        let words = |name: &&str| PermissionWords { name: (*name).to_owned(), ..PermissionWords::default() };
        let role = RoleWords {
            name: "clerk".to_owned(),
            permissions: permissions.iter().map(words).collect(),
            ..RoleWords::default()
        };
        let (rights, problems) = compile(&project.database, None, &[role]);
        assert!(problems.is_empty(), "{problems:?}");
        let user = EndUser { id: "1".to_owned(), rights: Some(Arc::new(rights)), ..EndUser::default() };
        let caller = Caller::User(Arc::new(user));
        let session = Session::new(project, &caller, portcullis_base::Timestamp(0));
        let body = [("password_hash".to_owned(), Json::String(NEW.to_owned()))];
        site.app.run(portcullis_records::update(session, table, "7", &body, None))
    };
    let refused = write(&["users.read", "users.update"]).unwrap_err();
    assert!(refused.to_string().contains("no column `password_hash`"), "{refused}");
    assert_eq!(stored(&site, "bob@example.com"), hash());
    write(&["users.read", "users.update", "users.password"]).unwrap();
    site.login("bob@example.com", NEW).ok(200);
    assert_eq!(audited(&site), 1);
}

#[test]
fn what_is_no_password_is_refused_and_changes_nothing() {
    let site = Site::start();
    for (value, code) in [
        (json!("short"), "password_too_short"),
        (json!(""), "missing_field"),
        (Value::Null, "invalid_value"),
        (json!(12_345_678), "invalid_value"),
        (json!("x".repeat(73)), "password_too_long"),
    ] {
        let body = json!({"password_hash": value, "first_name": "Changed"});
        site.app.json(Method::PATCH, "/users/1", &body).refused(400, code);
    }
    let twice = json!({"password_hash": NEW, "PasswordHash": NEW});
    site.app.json(Method::PATCH, "/users/1", &twice).refused(400, "invalid_body");
    assert_eq!(site.database.texts("SELECT first_name FROM users WHERE id = 1"), [Some("Ada".to_owned())]);
    assert_eq!((stored(&site, "Ada@Example.com"), audited(&site)), (hash(), 0));
}
