//! Users' API keys. SEC-32.

use crate::support::{ADA, Site, text};
use http::Method;
use serde_json::{Value, json};

fn make(site: &Site, token: &str, body: Value) -> Value {
    site.app.bearer(token, Method::POST, "/auth/api-keys", &body).ok(201)
}

fn with_key(site: &Site, key: &str, method: Method, path: &str) -> portcullis_testkit::Answer {
    site.app.send(site.app.request(method, path, &[("x-api-key", key)], &Value::Null))
}

#[test]
fn sec_32_a_key_is_shown_once_acts_as_its_user_and_ends_at_once() {
    let site = Site::start();
    let token = text(&site.ada(), "token");
    let made = make(&site, &token, json!({"name": "laptop"}));
    let key = text(&made, "key");
    assert!(key.starts_with("ak_") && key.starts_with(&text(&made, "prefix")));
    for name in ["id", "name", "scopes", "expires_at", "created_at"] {
        assert!(made.get(name).is_some(), "{name}");
    }
    with_key(&site, &key, Method::GET, "/orders").ok(200);
    site.me(&key).ok(200);
    let list = site.app.bearer(&token, Method::GET, "/auth/api-keys", &Value::Null).ok(200);
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    assert!(!list.to_string().contains(&key[8..]));
    let end = |token: &str| {
        let path = format!("/auth/api-keys/{}", text(&made, "id"));
        site.app.bearer(token, Method::DELETE, &path, &Value::Null)
    };
    let bob = text(&site.login("bob@example.com", ADA).ok(200), "token");
    end(&bob).refused(404, "not_found");
    assert_eq!(end(&token).status, 204);
    with_key(&site, &key, Method::GET, "/orders").refused(401, "unauthenticated");
    end(&token).refused(404, "not_found");
}

#[test]
fn sec_32_scopes_and_expiry_confine_a_key() {
    let site = Site::start();
    let token = text(&site.ada(), "token");
    let key = text(&make(&site, &token, json!({"name": "reads", "scopes": ["orders.read"]})), "key");
    with_key(&site, &key, Method::GET, "/orders").ok(200);
    with_key(&site, &key, Method::DELETE, "/orders/1").refused(403, "forbidden");
    with_key(&site, &key, Method::GET, "/users").refused(403, "forbidden");
    let refused = |body: Value| site.app.bearer(&key, Method::POST, "/auth/api-keys", &body);
    refused(json!({"name": "more"})).refused(403, "forbidden");
    site.app.bearer(&key, Method::DELETE, "/auth/sessions", &Value::Null).refused(403, "forbidden");
    let whole = text(&make(&site, &token, json!({"name": "whole"})), "key");
    // What it made would live on when it is gone.
    let more = site.app.bearer(&whole, Method::POST, "/auth/api-keys", &json!({"name": "more"}));
    more.refused(403, "forbidden");
    assert_eq!(site.app.bearer(&whole, Method::POST, "/auth/logout", &Value::Null).status, 204);
    with_key(&site, &whole, Method::GET, "/orders").ok(200);
    let create = |body: Value| site.app.bearer(&token, Method::POST, "/auth/api-keys", &body);
    create(json!({"name": "x", "scopes": ["nothing.read"]})).refused(400, "invalid_scope");
    create(json!({"name": "x", "scopes": ["orders.fly"]})).refused(400, "invalid_scope");
    create(json!({"name": "x", "scopes": "orders.read"})).refused(400, "invalid_value");
    create(json!({"name": "x", "expires_at": "2001-01-01T00:00:00Z"})).refused(400, "invalid_value");
    create(json!({"name": "x", "expires_at": "tomorrow"})).refused(400, "invalid_value");
    create(json!({})).refused(400, "missing_field");
    let short = json!({"name": "short", "expires_at": "2027-01-15T08:01:00Z"});
    let short = text(&make(&site, &token, short), "key");
    with_key(&site, &short, Method::GET, "/orders").ok(200);
    site.app.clock.advance_s(120);
    with_key(&site, &short, Method::GET, "/orders").refused(401, "unauthenticated");
}

#[test]
fn a_key_is_no_more_than_its_owner() {
    let site = Site::start();
    let token = text(&site.ada(), "token");
    let key = text(&make(&site, &token, json!({"name": "laptop"})), "key");
    with_key(&site, &key, Method::GET, "/orders").ok(200);
    site.database.run("UPDATE users SET active = 0 WHERE id = 1");
    site.app.clock.advance_s(6);
    with_key(&site, &key, Method::GET, "/orders").refused(401, "unauthenticated");
}

/// Keys of the old application, some of them live.
fn old_keys(change: impl FnOnce(&mut portcullis_project::Settings)) -> Site {
    let hex = portcullis_testkit::sha256_hex("old-key-two");
    let script = format!(
        "{} CREATE TABLE api_tokens (id INTEGER PRIMARY KEY, owner INTEGER, value VARCHAR(100), ends TIMESTAMP, \
         revoked TIMESTAMP); INSERT INTO api_tokens VALUES (1, 1, 'old-key-one', '2030-01-01 00:00:00', NULL), \
         (2, 7, '{hex}', NULL, NULL), (3, 1, 'old-key-three', '2020-01-01 00:00:00', NULL), \
         (4, 1, 'old-key-four', NULL, '2020-01-01 00:00:00'), (5, 2, 'old-key-five', NULL, NULL);",
        crate::support::script()
    );
    let database = portcullis_testkit::TestDatabase::create(portcullis_testkit::Engine::Sqlite, &script);
    let app = portcullis_testkit::TestApp::with(&database, |settings| {
        crate::support::map(settings);
        let card = &mut settings.mapping.api_key;
        let column = |name: &str| Some(name.to_owned());
        (card.table, card.id, card.user_id) = (column("api_tokens"), column("id"), column("owner"));
        (card.key, card.expires_at, card.revoked_at) = (column("value"), column("ends"), column("revoked"));
        change(settings);
    });
    Site { app, database }
}

#[test]
fn sec_32_keys_of_the_customers_table_are_listed_without_their_texts_and_end_at_once() {
    for marked in [true, false] {
        let site = old_keys(|settings| {
            if !marked {
                settings.mapping.api_key.revoked_at = None;
            }
        });
        site.database.run("DELETE FROM api_tokens WHERE id = 4");
        let token = text(&site.ada(), "token");
        let list = |token: &str| {
            let list = site.app.bearer(token, Method::GET, "/auth/api-keys", &Value::Null).ok(200);
            assert!(!list.to_string().contains("old-key"), "{list}");
            list["data"].as_array().unwrap().clone()
        };
        let made = make(&site, &token, json!({"name": "laptop"}));
        let all = list(&token);
        // One's own one is there once, though it stands in the table too; what ran out is not.
        assert_eq!(all.len(), 2, "{all:?}");
        assert_eq!((&all[0]["id"], &all[0]["name"]), (&made["id"], &json!("laptop")));
        assert_eq!((&all[1]["name"], &all[1]["expires_at"]), (&Value::Null, &json!("2030-01-01T00:00:00Z")));
        let bob = text(&site.login("bob@example.com", ADA).ok(200), "token");
        let bobs = list(&bob);
        assert_eq!(bobs.len(), 1);

        let end = |token: &str, key: &Value| {
            let path = format!("/auth/api-keys/{}", text(key, "id"));
            site.app.bearer(token, Method::DELETE, &path, &Value::Null)
        };
        for (key, of, entry) in [("old-key-one", &token, &all[1]), ("old-key-two", &bob, &bobs[0])] {
            with_key(&site, key, Method::GET, "/auth/me").ok(200);
            let other = if of == &bob { &token } else { &bob };
            end(other, entry).refused(404, "not_found");
            assert_eq!(end(of, entry).status, 204);
            with_key(&site, key, Method::GET, "/auth/me").refused(401, "unauthenticated");
            end(of, entry).refused(404, "not_found");
        }
        assert_eq!((list(&token).len(), list(&bob).len()), (1, 0));
        let rows = site.database.texts("SELECT id || ':' || (revoked IS NOT NULL) FROM api_tokens WHERE id IN (1, 2)");
        let rows: Vec<_> = rows.into_iter().flatten().collect();
        assert_eq!(rows, if marked { vec!["1:1", "2:1"] } else { Vec::new() });
        let events = site.app.store.db().read(|tx| {
            tx.fetch_all("SELECT detail FROM audit WHERE event = 'api_key_ended'", &[])?
                .iter()
                .map(|row| row.text(0))
                .collect()
        });
        let events: Vec<String> = site.app.run(events).unwrap();
        assert_eq!(events.len(), 2);
        assert!(events.iter().all(|detail| detail.contains("mapped_") && !detail.contains("old-key")), "{events:?}");
    }
}

#[test]
fn keys_in_the_customers_own_table_work_plain_or_hashed() {
    let hex = portcullis_testkit::sha256_hex("old-key-two");
    let site = old_keys(|_| {});
    let me = |key: &str| with_key(&site, key, Method::GET, "/auth/me");
    assert_eq!(me("old-key-one").ok(200)["id"], 1);
    assert_eq!(me("old-key-two").ok(200)["id"], 7);
    for key in ["old-key-three", "old-key-four", "old-key-five", "OLD-KEY-ONE", hex.as_str(), ""] {
        me(key).refused(401, "unauthenticated");
    }
    let row = site.app.get("/api_tokens/1").ok(200);
    assert!(row.get("value").is_none(), "{row}");
}
