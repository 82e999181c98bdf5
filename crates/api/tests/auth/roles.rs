//! Roles and what they allow: from the customer's tables, the settings, and what is kept beside them, with ids of every
//! kind, as they are now.

use crate::support::{ADA, Site, hash, map, text};
use http::Method;
use portcullis_identity::Client;
use portcullis_project::{Settings, settings::RoleSettings};
use portcullis_query::access::{Caller, PermissionWords};
use portcullis_testkit::{Answer, Engine, TestApp, TestDatabase, engines};
use serde_json::{Value, json};

/// The types of ids on an engine, each with those of a user, two roles and two permissions.
fn ids(engine: Engine) -> [(&'static str, [&'static str; 5]); 3] {
    let uuid = match engine {
        Engine::Postgres | Engine::MariaDb | Engine::Sqlite => "UUID",
    };
    [
        ("INTEGER", ["7", "1", "2", "11", "12"]),
        (
            uuid,
            [
                "6f1c0e5a-0000-4000-8000-000000000001",
                "6f1c0e5a-0000-4000-8000-000000000002",
                "6f1c0e5a-0000-4000-8000-000000000003",
                "6f1c0e5a-0000-4000-8000-000000000004",
                "6f1c0e5a-0000-4000-8000-000000000005",
            ],
        ),
        ("VARCHAR(40)", ["u-7", "r-1", "r-2", "p-1", "p-2"]),
    ]
}

fn script(id: &str, [user, editor, reader, read, write]: [&str; 5]) -> String {
    let hash = hash();
    format!(
        "CREATE TABLE members (uid {id} PRIMARY KEY, mail VARCHAR(190) NOT NULL UNIQUE, secret VARCHAR(200) NOT NULL); \
         CREATE TABLE roles (id {id} PRIMARY KEY, title VARCHAR(40) NOT NULL, about VARCHAR(100)); \
         CREATE TABLE perms (id {id} PRIMARY KEY, name VARCHAR(80) NOT NULL, entity VARCHAR(40), actions VARCHAR(80), \
         scope TEXT); \
         CREATE TABLE role_perms (role {id} NOT NULL, perm {id} NOT NULL, PRIMARY KEY (role, perm)); \
         CREATE TABLE member_roles (member {id} NOT NULL, role {id} NOT NULL, PRIMARY KEY (member, role)); \
         CREATE TABLE orders (id INTEGER PRIMARY KEY, total INTEGER NOT NULL); \
         INSERT INTO orders VALUES (1, 10); \
         INSERT INTO roles VALUES ('{editor}', 'editor', NULL), ('{reader}', 'reader', 'reads'); \
         INSERT INTO perms (id, name) VALUES ('{read}', 'orders.read'); \
         INSERT INTO perms (id, name, entity, actions) VALUES ('{write}', 'write orders', 'orders', 'create,update'); \
         INSERT INTO role_perms VALUES ('{reader}', '{read}'), ('{editor}', '{write}'); \
         INSERT INTO members VALUES ('{user}', 'ada@example.com', '{hash}');"
    )
}

fn column(name: &str) -> Option<String> {
    Some(name.to_owned())
}

fn map_tables(settings: &mut Settings) {
    map(settings);
    let cards = &mut settings.mapping;
    cards.user = portcullis_project::settings::UserCard {
        table: column("members"),
        id: column("uid"),
        email: column("mail"),
        password: column("secret"),
        ..Default::default()
    };
    let role = &mut cards.role;
    (role.table, role.id, role.name, role.description) =
        (column("roles"), column("id"), column("title"), column("about"));
    let permission = &mut cards.permission;
    (permission.table, permission.id, permission.name) = (column("perms"), column("id"), column("name"));
    (permission.entity_name, permission.allowed_actions, permission.scope_expression) =
        (column("entity"), column("actions"), column("scope"));
    let link = &mut cards.role_permission;
    (link.table, link.role_id, link.permission_id) = (column("role_perms"), column("role"), column("perm"));
    let link = &mut cards.user_role;
    (link.table, link.user_id, link.role_id) = (column("member_roles"), column("member"), column("role"));
    settings.rbac.enabled = true;
    settings.auth.signup_fields.clear();
}

fn start(engine: Engine, id: &str, values: [&str; 5]) -> Site {
    let database = TestDatabase::create(engine, &script(id, values));
    let app = TestApp::with(&database, map_tables);
    Site { app, database }
}

fn client() -> Client {
    Client { surface: &portcullis_identity::COMMAND, ..Client::default() }
}

fn orders(site: &Site, token: &str) -> Answer {
    site.app.bearer(token, Method::GET, "/orders", &Value::Null)
}

fn create(site: &Site, token: &str) -> Answer {
    site.app.bearer(token, Method::POST, "/orders", &json!({"id": 2, "total": 1}))
}

#[test]
fn sec_18_what_the_tables_say_of_roles_counts_within_a_second_for_tokens_that_are_out() {
    for engine in engines() {
        for (id, values) in ids(engine) {
            let site = start(engine, id, values);
            let [user, editor, reader, read, _] = values;
            let body = site.ada();
            let token = text(&body, "token");
            assert_eq!((&body["roles"], &body["permissions"]), (&json!([]), &json!([])), "{engine} {id}");
            orders(&site, &token).refused(403, "forbidden");

            site.database.run(&format!("INSERT INTO member_roles VALUES ('{user}', '{reader}')"));
            site.app.clock.advance_s(1);
            orders(&site, &token).ok(200);
            create(&site, &token).refused(403, "forbidden");
            let again = site.refresh(&text(&body, "refresh_token")).ok(200);
            assert_eq!(again["roles"], json!(["reader"]), "{engine} {id}");
            assert_eq!(again["permissions"], json!(["orders.read"]), "{engine} {id}");

            // By its entity and actions.
            site.database.run(&format!("INSERT INTO member_roles VALUES ('{user}', '{editor}')"));
            site.app.clock.advance_s(1);
            create(&site, &token).ok(201);

            // What the role may do, taken away.
            site.database.run(&format!("DELETE FROM role_perms WHERE perm = '{read}'"));
            site.app.clock.advance_s(1);
            orders(&site, &token).refused(403, "forbidden");
            site.database.run("DELETE FROM member_roles");
            site.app.clock.advance_s(1);
            let refused = site.app.bearer(&token, Method::PATCH, "/orders/1", &json!({"total": 2}));
            refused.refused(403, "forbidden");

            // A user who is gone from the table is nobody, with a token or without.
            site.database.run("DELETE FROM members");
            site.app.clock.advance_s(1);
            orders(&site, &token).refused(401, "unauthenticated");
        }
    }
}

#[test]
fn roles_are_managed_in_the_tables_that_hold_them() {
    for engine in engines() {
        for (id, values) in ids(engine) {
            // A key that nobody counts is made where it is a UUID or text; a plain INTEGER key of PostgreSQL and
            // MariaDB would have to be counted by the database.
            if id == "INTEGER" && engine != Engine::Sqlite {
                continue;
            }
            let site = start(engine, id, values);
            let (project, identity, now) =
                (site.app.project().clone(), site.app.state.identity.clone(), site_now(&site));
            let client = client();
            let token = text(&site.ada(), "token");
            site.app.run(async {
                identity.put_role(&project, "auditor", Some("looks"), &client, now).await.unwrap();
                assert!(!identity.put_role(&project, "auditor", Some("looks on"), &client, now).await.unwrap());
                let problems =
                    identity.grant_permission(&project, "auditor", "orders.read", &client, now).await.unwrap();
                assert!(problems.is_empty(), "{problems:?}");
                let words = PermissionWords {
                    name: "all of orders".to_owned(),
                    entity_name: column("orders"),
                    allowed_actions: column("*"),
                    scope_expression: None,
                };
                identity.put_permission(&project, &words, None, &client, now).await.unwrap();
                identity.grant_permission(&project, "auditor", "all of orders", &client, now).await.unwrap();
                let problems =
                    identity.grant_permission(&project, "auditor", "ordrs.read", &client, now).await.unwrap();
                assert!(problems[0].contains("did you mean `orders`"), "{problems:?}");
                let missing = identity.grant_permission(&project, "nobody", "orders.read", &client, now).await;
                assert_eq!(missing.unwrap_err().code(), "not_found");
                identity.set_role(&project, values[0], "auditor", true, &client, now).await.unwrap();
            });
            let roles = site.database.texts("SELECT r.title FROM member_roles m JOIN roles r ON r.id = m.role");
            assert_eq!(roles, [column("auditor")], "{engine} {id}");
            assert_eq!(site.database.texts("SELECT about FROM roles WHERE title = 'auditor'"), [column("looks on")]);
            // Given here, the tokens are made anew; what the row says needs no new one.
            orders(&site, &token).refused(401, "unauthenticated");
            let body = site.ada();
            assert_eq!(body["roles"], json!(["auditor"]), "{engine} {id}");
            let token = text(&body, "token");
            orders(&site, &token).ok(200);
            create(&site, &token).ok(201);

            site.app.run(async {
                let all = identity.roles(&project).await.unwrap();
                let names: Vec<_> = all.iter().map(|role| (role.name.as_str(), role.source.word())).collect();
                assert_eq!(names, [("auditor", "table"), ("editor", "table"), ("reader", "table")], "{engine} {id}");
                let mut given = all[0].permissions.clone();
                given.sort_unstable();
                assert_eq!(given, ["all of orders", "orders.read", "ordrs.read"], "{engine} {id}");
                identity.revoke_permission(&project, "auditor", "all of orders", &client, now).await.unwrap();
                let again = identity.revoke_permission(&project, "auditor", "all of orders", &client, now).await;
                assert_eq!(again.unwrap_err().code(), "not_found");
            });
            // At once, without a second to wait, and without a new token.
            orders(&site, &token).ok(200);
            site.app.bearer(&token, Method::DELETE, "/orders/2", &Value::Null).refused(403, "forbidden");
            site.app.run(async {
                identity.remove_permission(&project, "orders.read", &client, now).await.unwrap();
                identity.remove_role(&project, "auditor", &client, now).await.unwrap();
                let gone = identity.remove_role(&project, "auditor", &client, now).await;
                assert_eq!(gone.unwrap_err().code(), "not_found");
            });
            orders(&site, &token).refused(403, "forbidden");
            assert_eq!(site.database.texts("SELECT role FROM member_roles").len(), 0, "{engine} {id}");
        }
    }
}

fn site_now(site: &Site) -> portcullis_base::Timestamp {
    portcullis_base::Clock::now(&*site.app.clock)
}

/// Roles of the settings and beside the tables, over a users table with a role column.
fn beside() -> Site {
    Site::with(|settings| {
        settings.rbac.enabled = true;
        settings.rbac.default_role = column("guest");
        let role = |name: &str, permissions: &[&str]| RoleSettings {
            name: name.to_owned(),
            permissions: permissions.iter().map(|word| (*word).to_owned()).collect(),
            rules: Vec::new(),
        };
        settings.rbac.roles = vec![role("member", &["orders.*"]), role("guest", &[])];
    })
}

#[test]
fn roles_of_the_settings_count_for_the_role_column_and_the_default() {
    let site = beside();
    let body = site.ada();
    assert_eq!((&body["roles"], &body["permissions"]), (&json!(["member"]), &json!(["orders.*"])));
    orders(&site, &text(&body, "token")).ok(200);
    let bob = site.login("bob@example.com", ADA).ok(200);
    assert_eq!((&bob["roles"], &bob["permissions"]), (&json!(["guest"]), &json!([])));
    orders(&site, &text(&bob, "token")).refused(403, "forbidden");
    // A row that is changed by the old application.
    site.database.run("UPDATE users SET role = 'member' WHERE id = 7");
    site.app.clock.advance_s(1);
    orders(&site, &text(&bob, "token")).ok(200);
    site.database.run("UPDATE users SET active = 0 WHERE id = 7");
    site.app.clock.advance_s(1);
    orders(&site, &text(&bob, "token")).refused(401, "unauthenticated");
}

#[test]
fn roles_beside_the_tables_are_managed_and_those_of_the_settings_are_not() {
    let site = beside();
    let (project, identity, now) = (site.app.project().clone(), site.app.state.identity.clone(), site_now(&site));
    let client = client();
    site.app.run(async {
        for name in ["administrator", "admin", "", " x", "a\u{0}b"] {
            let refused = identity.put_role(&project, name, None, &client, now).await.unwrap_err();
            assert!(matches!(refused.code(), "reserved_name" | "invalid_name"), "{name}");
        }
        assert!(identity.put_role(&project, "clerk", None, &client, now).await.unwrap());
        identity.grant_permission(&project, "clerk", "orders.read", &client, now).await.unwrap();
        identity.set_role(&project, "7", "clerk", true, &client, now).await.unwrap();
        let refused = identity.remove_role(&project, "member", &client, now).await.unwrap_err();
        assert_eq!(refused.code(), "role_of_settings");
        let refused = identity.revoke_permission(&project, "member", "orders.*", &client, now).await.unwrap_err();
        assert_eq!(refused.code(), "role_of_settings");
        let shown = identity.roles(&project).await.unwrap();
        let shown: Vec<_> = shown.iter().map(|role| (role.name.as_str(), role.source.word())).collect();
        assert_eq!(shown, [("clerk", "store"), ("guest", "settings"), ("member", "settings")]);
    });
    let bob = site.login("bob@example.com", ADA).ok(200);
    assert_eq!(bob["permissions"], json!(["orders.read"]));
    let token = text(&bob, "token");
    orders(&site, &token).ok(200);
    create(&site, &token).refused(403, "forbidden");
    // SEC-45: a later role of the name starts without rights and holders.
    site.app.run(async {
        identity.remove_role(&project, "clerk", &client, now).await.unwrap();
        identity.put_role(&project, "clerk", None, &client, now).await.unwrap();
    });
    orders(&site, &token).refused(403, "forbidden");
    let again = site.login("bob@example.com", ADA).ok(200);
    assert_eq!(again["roles"], json!(["guest"]));
}

#[test]
fn sec_18_a_role_that_is_given_counts_at_once_and_shuts_no_key_and_no_basic_out() {
    let site = beside();
    let (project, identity, now) = (site.app.project().clone(), site.app.state.identity.clone(), site_now(&site));
    let token = text(&site.login("bob@example.com", ADA).ok(200), "token");
    let made = site.app.bearer(&token, Method::POST, "/auth/api-keys", &json!({"name": "ci"})).ok(201);
    let basic = format!("Basic {}", base64_of(&format!("bob@example.com:{ADA}")));
    let key = text(&made, "key");
    let with = |name: &str, value: &str| {
        site.app.send(site.app.request(Method::GET, "/orders", &[(name, value)], &Value::Null))
    };
    with("authorization", &basic).refused(403, "forbidden");
    with("x-api-key", &key).refused(403, "forbidden");
    site.app.run(identity.set_role(&project, "7", "member", true, &client(), now)).unwrap();
    with("authorization", &basic).ok(200);
    with("x-api-key", &key).ok(200);
    orders(&site, &token).refused(401, "unauthenticated");
    site.app.run(identity.set_role(&project, "7", "member", false, &client(), now)).unwrap();
    with("authorization", &basic).refused(403, "forbidden");
    with("x-api-key", &key).refused(403, "forbidden");
    // Whoever is shut out is, by every credential.
    site.app.run(identity.set_disabled(&project, "7", true, &client(), now)).unwrap();
    with("authorization", &basic).refused(401, "unauthenticated");
    with("x-api-key", &key).refused(401, "unauthenticated");
}

#[test]
fn where_nobody_asks_for_roles_a_request_costs_no_look_at_the_tables() {
    let site = Site::start();
    assert!(!site.app.project().follows_callers);
    let token = text(&site.ada(), "token");
    let me = |_: &str| {
        let accepted = site.app.state.identity.accept_token(
            site.app.project(),
            &portcullis_identity::NATIVE,
            &token,
            site_now(&site),
        );
        site.app.run(accepted).unwrap().user
    };
    let (one, two) = (me("1"), me("2"));
    assert!(std::sync::Arc::ptr_eq(&one, &two), "the remembered caller itself");
    assert_eq!(Caller::User(one).user().unwrap().id, "1");
    assert!(beside().app.project().follows_callers);
}

fn base64_of(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}
