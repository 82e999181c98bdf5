//! Cards mapped onto the customer's own tables: sessions, reset tokens and roles, with ids of every kind, tokens as they
//! are or hashed.

use crate::support::{ADA, Site, last, map, script, text};
use http::Method;
use portcullis_project::Settings;
use portcullis_testkit::{Engine, TestApp, TestDatabase, engines, sha256_hex};
use serde_json::{Value, json};

/// How a table has its ids, and an id as its text.
const fn ids(engine: Engine) -> [(&'static str, &'static str); 3] {
    let counted = match engine {
        Engine::Sqlite => "INTEGER PRIMARY KEY",
        Engine::Postgres => "SERIAL PRIMARY KEY",
        Engine::MariaDb => "INTEGER AUTO_INCREMENT PRIMARY KEY",
    };
    [
        (counted, "141"),
        ("UUID PRIMARY KEY", "6f9619ff-8b86-4011-b42d-00c04fc964ff"),
        ("VARCHAR(40) PRIMARY KEY", "s-old"),
    ]
}

fn site(engine: Engine, more: &str, change: impl FnOnce(&mut Settings)) -> Site {
    let database = TestDatabase::create(engine, &format!("{} {more}", script()));
    let app = TestApp::with(&database, |settings| {
        map(settings);
        change(settings);
    });
    Site { app, database }
}

fn column(name: &str) -> Option<String> {
    Some(name.to_owned())
}

fn session_card(settings: &mut Settings) {
    let card = &mut settings.mapping.session;
    (card.table, card.id, card.user_id) = (column("logins"), column("id"), column("owner"));
    (card.refresh_token, card.expires_at) = (column("token"), column("ends"));
    card.last_used = column("seen");
}

fn sessions(engine: Engine, id: &str, rows: &str) -> Site {
    let table = format!(
        "CREATE TABLE logins (id {id}, owner INTEGER NOT NULL, token VARCHAR(200) NOT NULL, ends TIMESTAMP NOT NULL, \
         seen TIMESTAMP NULL); {rows}"
    );
    site(engine, &table, session_card)
}

fn tokens(site: &Site) -> Vec<String> {
    site.database.texts("SELECT token FROM logins ORDER BY owner, token").into_iter().flatten().collect()
}

#[test]
fn sec_17_a_session_lives_in_the_customers_table_as_a_hash_and_leaves_it_at_logout() {
    for engine in engines() {
        for (id, _) in ids(engine) {
            let site = sessions(engine, id, "");
            let first = site.ada();
            let refresh = text(&first, "refresh_token");
            assert_eq!(tokens(&site), [sha256_hex(&refresh)], "{id}");
            let ends = site.database.texts("SELECT ends FROM logins");
            assert!(ends[0].as_deref().unwrap().starts_with("2027-02-14"), "{ends:?}");
            let second = site.refresh(&refresh).ok(200);
            assert_eq!(tokens(&site), [sha256_hex(&text(&second, "refresh_token"))], "{id}");
            // A retry of a lost answer changes nothing.
            site.refresh(&refresh).ok(200);
            assert_eq!(tokens(&site), [sha256_hex(&text(&second, "refresh_token"))], "{id}");
            let out = site.app.bearer(&text(&second, "token"), Method::POST, "/auth/logout", &Value::Null);
            assert_eq!((out.status.as_u16(), tokens(&site).len()), (204, 0), "{id}");
            site.refresh(&text(&second, "refresh_token")).refused(401, "session_closed");
        }
    }
}

#[test]
fn a_row_that_the_old_application_takes_away_ends_its_session() {
    for engine in engines() {
        let site = sessions(engine, ids(engine)[0].0, "");
        let body = site.ada();
        site.database.run("DELETE FROM logins");
        site.refresh(&text(&body, "refresh_token")).refused(401, "session_closed");
        site.me(&text(&body, "token")).refused(401, "unauthenticated");
    }
}

#[test]
fn sessions_of_the_old_application_go_on_here() {
    for engine in engines() {
        for (id, value) in ids(engine) {
            for hashed in [false, true] {
                let old = "old-session-token";
                let kept = if hashed { sha256_hex(old) } else { old.to_owned() };
                let rows = format!("INSERT INTO logins VALUES ('{value}', 7, '{kept}', '2030-01-01 00:00:00', NULL);");
                let site = sessions(engine, id, &rows);
                let body = site.refresh(old).ok(200);
                assert_eq!(body["user"]["id"], 7, "{id}");
                let successor = text(&body, "refresh_token");
                let spelled = if hashed { sha256_hex(&successor) } else { successor.clone() };
                assert_eq!(tokens(&site), [spelled], "{id}");
                assert_eq!(site.refresh(old).ok(200)["refresh_token"], successor, "{id}");
                site.refresh(&successor).ok(200);
                // Long after it was swapped it is a stolen one.
                site.app.clock.advance_s(60);
                site.refresh(old).refused(401, "refresh_token_reused");
                assert_eq!(tokens(&site).len(), 0, "{id}");
            }
        }
    }
}

#[test]
fn what_does_not_hold_in_the_old_table_is_no_session() {
    for engine in engines() {
        let rows = format!(
            "INSERT INTO logins VALUES (101, 1, 'over', '2020-01-01 00:00:00', NULL), \
             (102, 2, 'switched-off', '2030-01-01 00:00:00', NULL), (103, 1, 'twice', '2030-01-01 00:00:00', NULL), \
             (104, 7, 'twice', '2030-01-01 00:00:00', NULL), (105, 1, '{}', '2030-01-01 00:00:00', NULL), \
             (106, 99, 'nobodys', '2030-01-01 00:00:00', NULL);",
            sha256_hex("secret")
        );
        let site = sessions(engine, ids(engine)[0].0, &rows);
        let copied = sha256_hex("secret");
        for token in ["over", "switched-off", "twice", "nobodys", "OVER", "unknown", copied.as_str()] {
            site.refresh(token).refused(401, "invalid_refresh_token");
        }
        site.refresh("secret").ok(200);
        // Whoever has a second factor shows it.
        crate::second_factors::enroll(&site, &text(&site.ada(), "token"));
        site.database.run("INSERT INTO logins VALUES (150, 1, 'from-before', '2030-01-01 00:00:00', NULL)");
        site.refresh("from-before").refused(401, "invalid_refresh_token");
    }
}

#[test]
fn sec_16_of_many_parallel_refreshes_with_an_old_token_all_get_one_session() {
    for engine in engines() {
        let rows = "INSERT INTO logins VALUES (101, 7, 'old-session-token', '2030-01-01 00:00:00', NULL);";
        let site = sessions(engine, ids(engine)[0].0, rows);
        let body = json!({"refresh_token": "old-session-token"});
        let answers = site.app.at_once((0..10).map(|_| site.request("/auth/refresh", body.clone())).collect());
        let good: std::collections::BTreeSet<String> = answers
            .iter()
            .filter(|answer| answer.status == 200)
            .map(|answer| text(&answer.json(), "refresh_token"))
            .collect();
        assert_eq!(good.len(), 1);
        assert_eq!(tokens(&site).len(), 1);
    }
}

#[test]
fn sec_19_ending_all_others_and_a_new_password_end_the_old_applications_sessions_too() {
    for engine in engines() {
        let rows = "INSERT INTO logins VALUES (101, 1, 'old-one', '2030-01-01 00:00:00', NULL), \
                    (102, 7, 'bobs', '2030-01-01 00:00:00', NULL);";
        let site = sessions(engine, ids(engine)[0].0, rows);
        let body = site.ada();
        site.ada();
        assert_eq!(tokens(&site).len(), 4);
        let token = text(&body, "token");
        assert_eq!(site.app.bearer(&token, Method::DELETE, "/auth/sessions", &Value::Null).status, 204);
        assert_eq!(tokens(&site), [text(&body, "refresh_token"), "bobs".to_owned()]);
        let change = json!({"current_password": ADA, "new_password": "brand new words"});
        let body = site.app.bearer(&token, Method::POST, "/auth/change-password", &change).ok(200);
        assert_eq!(tokens(&site), [text(&body, "refresh_token"), "bobs".to_owned()]);
        site.refresh("old-one").refused(401, "invalid_refresh_token");
    }
}

fn resets(engine: Engine, id: &str, used: &str, rows: &str) -> Site {
    let table = format!(
        "CREATE TABLE resets (id {id}, owner INTEGER NOT NULL, token VARCHAR(100) NOT NULL, ends TIMESTAMP NOT NULL, \
         {used} made TIMESTAMP NOT NULL); {rows}"
    );
    site(engine, &table, |settings| {
        let card = &mut settings.mapping.password_reset_token;
        (card.table, card.id, card.user_id) = (column("resets"), column("id"), column("owner"));
        (card.token, card.expires_at, card.created_at) = (column("token"), column("ends"), column("made"));
        card.used_at = (!used.is_empty()).then(|| "used".to_owned());
    })
}

const NEW: &str = "brand new words";

fn confirm(site: &Site, token: &str) -> portcullis_testkit::Answer {
    site.post("/auth/reset-password", json!({ "token": token, "new_password": NEW }))
}

fn asked(site: &Site) -> String {
    site.post("/auth/forgot-password", json!({"email": "ada@example.com"})).ok(200);
    last(site, "Ada@Example.com").token()
}

#[test]
fn sec_21_a_reset_token_stands_in_the_customers_table_and_is_used_once() {
    for engine in engines() {
        for (id, _) in ids(engine) {
            let site = resets(engine, id, "used TIMESTAMP NULL,", "");
            let first = asked(&site);
            let second = asked(&site);
            let kept = site.database.texts("SELECT token FROM resets WHERE used IS NULL");
            assert_eq!(kept, [Some(sha256_hex(&second))], "{id}");
            confirm(&site, &first).refused(400, "invalid_token");
            confirm(&site, &sha256_hex(&second)).refused(400, "invalid_token");
            confirm(&site, &second).ok(200);
            assert!(site.database.texts("SELECT used FROM resets").iter().all(Option::is_some), "{id}");
            confirm(&site, &second).refused(400, "invalid_token");
            site.login("ada@example.com", NEW).ok(200);
        }
    }
}

#[test]
fn reset_tokens_of_the_old_application_work_here_and_its_end_of_ours_holds() {
    for engine in engines() {
        let rows = format!(
            "INSERT INTO resets (id, owner, token, ends, used, made) VALUES \
             (101, 1, 'plain-one', '2030-01-01', NULL, '2020-01-01'), (102, 1, 'over', '2020-01-01', NULL, '2020-01-01'), \
             (103, 1, 'used', '2030-01-01', '2020-01-01', '2020-01-01'), (104, 2, 'off', '2030-01-01', NULL, '2020-01-01'), \
             (105, 7, '{}', '2030-01-01', NULL, '2020-01-01');",
            sha256_hex("hashed-one")
        );
        let site = resets(engine, ids(engine)[0].0, "used TIMESTAMP NULL,", &rows);
        for token in ["over", "used", "off", "unknown"] {
            confirm(&site, token).refused(400, "invalid_token");
        }
        confirm(&site, "plain-one").ok(200);
        site.login("ada@example.com", NEW).ok(200);
        confirm(&site, "hashed-one").ok(200);
        site.login("bob@example.com", NEW).ok(200);
        let token = asked(&site);
        // The table keeps them as they are, so ours are too.
        assert_eq!(
            site.database.texts("SELECT token FROM resets WHERE used IS NULL AND owner = 1"),
            [Some(token.clone())]
        );
        site.database.run("DELETE FROM resets");
        confirm(&site, &token).refused(400, "invalid_token");
    }
}

#[test]
fn where_nothing_can_be_marked_a_used_token_is_deleted() {
    for engine in engines() {
        let site = resets(engine, ids(engine)[0].0, "", "");
        let token = asked(&site);
        confirm(&site, &token).ok(200);
        assert_eq!(site.database.texts("SELECT token FROM resets").len(), 0);
        confirm(&site, &token).refused(400, "invalid_token");
    }
}

#[test]
fn sec_21_of_fifty_parallel_uses_of_a_mapped_token_one_succeeds() {
    for engine in engines() {
        let site = resets(engine, ids(engine)[0].0, "used TIMESTAMP NULL,", "");
        let token = asked(&site);
        let body = json!({ "token": token, "new_password": NEW });
        let answers = site.app.at_once((0..50).map(|_| site.request("/auth/reset-password", body.clone())).collect());
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        // The same for one that only the table knows.
        site.database.run("INSERT INTO resets VALUES (90, 7, 'bobs-token', '2030-01-01', NULL, '2020-01-01')");
        let body = json!({ "token": "bobs-token", "new_password": NEW });
        let answers = site.app.at_once((0..20).map(|_| site.request("/auth/reset-password", body.clone())).collect());
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    }
}

#[test]
fn a_password_that_cannot_be_set_leaves_the_token_good() {
    let engine = Engine::Sqlite;
    let trigger = "CREATE TRIGGER stop BEFORE UPDATE ON users BEGIN SELECT RAISE(ABORT, 'no'); END;";
    let site = resets(engine, ids(engine)[0].0, "used TIMESTAMP NULL,", "");
    let token = asked(&site);
    site.database.run(trigger);
    assert_ne!(confirm(&site, &token).status, 200);
    assert_eq!(site.database.texts("SELECT used FROM resets"), [None]);
    site.database.run("DROP TRIGGER stop");
    confirm(&site, &token).ok(200);
}

#[test]
fn roles_of_the_customers_tables_with_ids_of_every_kind() {
    for engine in engines() {
        for (id, one) in ids(engine) {
            let kind = id.split(' ').next().unwrap().replace("SERIAL", "INTEGER");
            let tables = format!(
                "CREATE TABLE kinds (id {id}, title VARCHAR(20)); CREATE TABLE has_kind (member INTEGER, kind {kind}); \
                 INSERT INTO kinds VALUES ('{one}', 'editor'); INSERT INTO has_kind VALUES (1, '{one}');"
            );
            let site = site(engine, &tables, |settings| {
                let role = &mut settings.mapping.role;
                (role.table, role.id, role.name) = (column("kinds"), column("id"), column("title"));
                let link = &mut settings.mapping.user_role;
                (link.table, link.user_id, link.role_id) = (column("has_kind"), column("member"), column("kind"));
            });
            assert_eq!(site.ada()["roles"], json!(["member", "editor"]), "{id}");
            assert_eq!(site.login("bob@example.com", ADA).ok(200)["roles"], json!([]), "{id}");
        }
    }
}

fn keys(engine: Engine, id: &str, more: &str, rows: &str) -> Site {
    let table = format!(
        "CREATE TABLE api_tokens (id {id}, owner INTEGER NOT NULL, value VARCHAR(100) NOT NULL, ends TIMESTAMP NULL, \
         {more} made TIMESTAMP NOT NULL); {rows}"
    );
    site(engine, &table, |settings| {
        let card = &mut settings.mapping.api_key;
        (card.table, card.id, card.user_id) = (column("api_tokens"), column("id"), column("owner"));
        (card.key, card.expires_at, card.created_at) = (column("value"), column("ends"), column("made"));
        card.revoked_at = (!more.is_empty()).then(|| "revoked".to_owned());
    })
}

const REVOKED: &str = "revoked TIMESTAMP NULL,";

fn opens(site: &Site, key: &str) -> bool {
    site.app.clock.advance_s(6);
    site.app.send(site.app.request(Method::GET, "/auth/me", &[("x-api-key", key)], &Value::Null)).status == 200
}

#[test]
fn sec_32_new_keys_stand_in_the_customers_table_as_its_keys_do() {
    for engine in engines() {
        for (id, value) in ids(engine) {
            for plain in [false, true] {
                let old = format!("INSERT INTO api_tokens VALUES ('{value}', 7, 'old-key', NULL, NULL, '2020-01-01');");
                let site = keys(engine, id, REVOKED, if plain { &old } else { "" });
                let token = text(&site.ada(), "token");
                let body = json!({"name": "laptop", "expires_at": "2029-01-01T00:00:00Z"});
                let made = site.app.bearer(&token, Method::POST, "/auth/api-keys", &body).ok(201);
                let key = text(&made, "key");
                let kept = if plain { key.clone() } else { sha256_hex(&key) };
                let own = "SELECT value FROM api_tokens WHERE owner = 1";
                assert_eq!(site.database.texts(own), [Some(kept)], "{engine} {id}");
                let ends = site.database.texts("SELECT ends FROM api_tokens WHERE owner = 1");
                assert!(ends[0].as_deref().unwrap().starts_with("2029-01-01"), "{ends:?}");
                assert!(opens(&site, &key), "{engine} {id}");
                // What the old application revokes is revoked here.
                site.database.run("UPDATE api_tokens SET revoked = '2020-01-01' WHERE owner = 1");
                assert!(!opens(&site, &key), "{engine} {id}");
                site.database.run("UPDATE api_tokens SET revoked = NULL WHERE owner = 1");
                assert!(opens(&site, &key), "{engine} {id}");
                let path = format!("/auth/api-keys/{}", text(&made, "id"));
                let token = text(&site.ada(), "token");
                assert_eq!(site.app.bearer(&token, Method::DELETE, &path, &Value::Null).status, 204);
                assert!(!opens(&site, &key), "{engine} {id}");
                let revoked = site.database.texts("SELECT revoked FROM api_tokens WHERE owner = 1");
                assert!(revoked[0].is_some(), "{engine} {id}");
                assert_eq!(opens(&site, "old-key"), plain, "{engine} {id}");
            }
        }
    }
}

#[test]
fn where_no_key_can_be_marked_an_ended_one_is_deleted() {
    for engine in engines() {
        let site = keys(engine, ids(engine)[0].0, "", "");
        let token = text(&site.ada(), "token");
        let made = site.app.bearer(&token, Method::POST, "/auth/api-keys", &json!({"name": "x"})).ok(201);
        assert!(opens(&site, &text(&made, "key")));
        let path = format!("/auth/api-keys/{}", text(&made, "id"));
        assert_eq!(site.app.bearer(&token, Method::DELETE, &path, &Value::Null).status, 204);
        assert_eq!(site.database.texts("SELECT value FROM api_tokens").len(), 0, "{engine}");
    }
}

#[test]
fn sec_21_a_change_of_the_password_voids_the_reset_tokens_of_the_customers_table() {
    for engine in engines() {
        let rows = "INSERT INTO resets VALUES (101, 1, 'old-token', '2030-01-01', NULL, '2020-01-01');";
        let site = resets(engine, ids(engine)[0].0, "used TIMESTAMP NULL,", rows);
        let change = json!({"current_password": ADA, "new_password": NEW});
        site.app.bearer(&text(&site.ada(), "token"), Method::POST, "/auth/change-password", &change).ok(200);
        confirm(&site, "old-token").refused(400, "invalid_token");
        site.login("ada@example.com", NEW).ok(200);
    }
}

#[test]
fn sec_43_tokens_and_keys_of_mapped_tables_are_in_no_route() {
    let rows = "CREATE TABLE resets (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, token VARCHAR(100), ends TIMESTAMP); \
                CREATE TABLE tokens (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, value VARCHAR(100)); \
                CREATE TABLE logins (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, token VARCHAR(200), ends TIMESTAMP, \
                seen TIMESTAMP NULL); INSERT INTO resets VALUES (1, 1, 's3cr3t', NULL); \
                INSERT INTO tokens VALUES (1, 1, 's3cr3t'); INSERT INTO logins VALUES (1, 1, 's3cr3t', NULL, NULL);";
    let site = site(Engine::Sqlite, rows, |settings| {
        session_card(settings);
        let card = &mut settings.mapping.password_reset_token;
        (card.table, card.id, card.user_id) = (column("resets"), column("id"), column("owner"));
        (card.token, card.expires_at) = (column("token"), column("ends"));
        let card = &mut settings.mapping.api_key;
        (card.table, card.id, card.user_id) = (column("tokens"), column("id"), column("owner"));
        card.key = column("value");
    });
    let own = text(&site.ada(), "token");
    let admin = portcullis_testkit::ADMIN_KEY;
    let call = |caller: &str, method: Method, path: &str, body: Value| site.app.bearer(caller, method, path, &body);
    for (table, name) in [("logins", "token"), ("resets", "token"), ("tokens", "value"), ("users", "password_hash")] {
        let theirs = call(&own, Method::GET, &format!("/{table}/1"), Value::Null);
        if table == "users" {
            assert!(theirs.ok(200).get(name).is_none());
        } else {
            theirs.refused(403, "forbidden");
        }
        // Nor for the project's own key.
        let row = call(admin, Method::GET, &format!("/{table}/1"), Value::Null).ok(200);
        assert!(row["id"] == 1 && row.get(name).is_none(), "{row}");
        let filter = json!({"expressions": [{"field": name, "operator": "neq", "value": "x"}]});
        call(admin, Method::POST, &format!("/{table}/filter"), filter).refused(400, "unknown_column");
        call(admin, Method::GET, &format!("/{table}?sort={name}:asc"), Value::Null).refused(400, "unknown_column");
        let schema = call(admin, Method::GET, &format!("/{table}/schema"), Value::Null).ok(200).to_string();
        assert!(!schema.contains(&format!("\"{name}\"")), "{schema}");
        if table != "users" {
            let body = json!({ "owner": 1, name: "mine" });
            call(admin, Method::PATCH, &format!("/{table}/1"), body.clone()).refused(400, "unknown_column");
            call(admin, Method::POST, &format!("/{table}"), body).refused(400, "unknown_column");
        }
    }
    for path in ["/logins?format=csv", "/resets?format=ndjson", "/tokens", "/openapi.json"] {
        let answer = call(admin, Method::GET, path, Value::Null);
        assert!(answer.status == 200 && !answer.text().contains("s3cr3t"), "{path}: {}", answer.text());
    }
}
