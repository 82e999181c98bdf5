//! Signing in.

use crate::support::{ADA, Site, text};
use http::{Method, Request};
use portcullis_base::Secret;
use portcullis_engines::Rehearsal;
use portcullis_identity::{Client, IdentityError};
use serde_json::{Value, json};
use std::sync::Arc;

#[test]
fn an_old_user_logs_in_with_the_old_password() {
    let site = Site::start();
    let body = site.ada();
    assert_eq!(body["token"], body["access_token"]);
    assert_eq!(
        (&body["token_type"], &body["type"], &body["expires_in"]),
        (&json!("Bearer"), &json!("local"), &json!(3600))
    );
    assert_eq!((&body["roles"], &body["permissions"], &body["tenant"]), (&json!(["member"]), &json!([]), &Value::Null));
    assert!(text(&body, "refresh_token").starts_with("rt_"));
    let user = &body["user"];
    assert_eq!((&user["id"], &user["email"], &user["name"]), (&json!(1), &json!("Ada@Example.com"), &json!("Ada")));
    assert_eq!((&user["is_active"], &user["roles"]), (&json!(true), &json!(["member"])));
    assert_eq!(user["first_name"], "Ada");
    assert!(!body.to_string().contains("$2"), "a hash in {body}");

    let me = site.me(&text(&body, "token")).ok(200);
    assert_eq!((&me["id"], &me["email"], &me["name"]), (&json!(1), &json!("Ada@Example.com"), &json!("Ada")));
    assert!(!me.to_string().contains("$2"));
    let orders = site.app.bearer(&text(&body, "token"), Method::GET, "/orders", &Value::Null).ok(200);
    assert_eq!(orders["data"][0]["total"], 10);
}

#[test]
fn a_login_leaves_the_row_as_it_is_but_for_the_last_login() {
    let site = Site::start();
    let before = site.database.texts("SELECT password_hash FROM users WHERE id = 1");
    site.ada();
    assert_eq!(site.database.texts("SELECT password_hash FROM users WHERE id = 1"), before);
    assert!(site.database.texts("SELECT last_login FROM users WHERE id = 1")[0].is_some());
}

#[test]
fn sec_4_whatever_is_wrong_gives_one_answer_and_one_check_of_a_hash() {
    let site = Site::start();
    site.ada();
    let mut answers = Vec::new();
    for (email, password) in [
        ("ada@example.com", "wrong horse battery"),
        ("nobody@example.com", ADA),
        ("off@example.com", ADA),
        ("twin@example.com", ADA),
        ("social@example.com", ADA),
        ("\u{130}ada@example.com", ADA),
    ] {
        let before = site.app.state.identity.hashing.checks();
        let mut body = site.login(email, password).refused(401, "invalid_credentials");
        assert_eq!(site.app.state.identity.hashing.checks(), before + 1, "{email}");
        body.as_object_mut().unwrap().remove("request_id");
        answers.push(body);
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
}

/// What a login asks the customer's database, with a password that is wrong.
fn looks(site: &Site, logins: &[&str]) -> Vec<Vec<String>> {
    let (state, shop) = (&site.app.state, site.app.project());
    let (now, client, wrong) = (state.clock.now(), Client::default(), Secret::new("wrong horse battery".to_owned()));
    site.app.run(async {
        let rehearsal = Rehearsal::over(shop.engine.clone()).await.unwrap();
        let script = rehearsal.script();
        let shop = Arc::new(shop.rehearsed(Arc::new(rehearsal)));
        let mut all = Vec::new();
        // The first one also looks at what hashes there are, and is left out.
        for login in [&["ada@example.com"], logins].concat() {
            let refused = state.identity.login(&shop, login, &wrong, &client, now).await;
            assert!(matches!(refused, Err(IdentityError::InvalidCredentials)), "{login}: {refused:?}");
            all.push(script.take().into_iter().map(|said| said.text).collect());
        }
        all.split_off(1)
    })
}

#[test]
fn sec_4_nobody_costs_the_database_what_somebody_does() {
    let logins = ["ada@example.com", "bob", "nobody@example.com", "off@example.com", "twin@example.com"];
    for username in [None, Some("first_name".to_owned())] {
        let site = Site::with(|settings| settings.mapping.user.username = username);
        let all = looks(&site, &logins);
        assert!(!all[0].is_empty());
        for (login, own) in logins.iter().zip(&all) {
            assert_eq!(own, &all[0], "{login}");
        }
    }
}

#[test]
fn sec_25_sec_52_every_member_has_one_type_and_a_length() {
    let site = Site::start();
    for wrong in [json!({"$ne": null}), json!(["a"]), json!(1), json!(true), Value::Null] {
        site.post("/auth/login", json!({"email": wrong, "password": ADA})).refused(400, "invalid_value");
        site.post("/auth/login", json!({"email": "ada@example.com", "password": wrong})).refused(400, "invalid_value");
        site.post("/auth/refresh", json!({ "refresh_token": wrong })).refused(400, "invalid_value");
    }
    site.post("/auth/login", json!({"email": "ada@example.com"})).refused(400, "missing_field");
    site.post("/auth/login", json!({"password": ADA})).refused(400, "missing_field");
    site.post("/auth/login", json!({"email": "a@b.c", "password": ADA, "admin": true})).refused(400, "unknown_field");
    site.post("/auth/login", json!([])).refused(400, "invalid_body");
    let before = site.app.state.identity.hashing.checks();
    site.login(&"a".repeat(300), ADA).refused(400, "too_long");
    site.login("ada@example.com", &"a".repeat(1_025)).refused(400, "too_long");
    assert_eq!(site.app.state.identity.hashing.checks(), before);
}

#[test]
fn the_password_grant_of_oauth2_is_a_form() {
    let site = Site::start();
    let send = |body: &str| {
        let request = Request::post("/api/auth/token").header("content-type", "application/x-www-form-urlencoded");
        site.app.send(request.body(body.to_owned().into()).unwrap())
    };
    let body = send("grant_type=password&username=ADA%40example.com&password=correct+horse+battery&scope=").ok(200);
    let refresh = text(&body, "refresh_token");
    send(&format!("grant_type=refresh_token&refresh_token={refresh}")).ok(200);
    send("grant_type=client_credentials").refused(400, "unsupported_grant_type");
    send("username=a&username=b").refused(400, "invalid_body");
}

#[test]
fn a_username_logs_in_where_it_is_mapped() {
    let site = Site::with(|settings| settings.mapping.user.username = Some("first_name".to_owned()));
    assert_eq!(site.login("bob", ADA).ok(200)["user"]["id"], 7);
    site.login("Twin", ADA).refused(401, "invalid_credentials");
}

#[test]
fn without_a_users_table_there_is_nobody_to_log_in() {
    let site = Site::with(|settings| settings.mapping = Default::default());
    site.login("ada@example.com", ADA).refused(501, "auth_not_configured");
    let open = Site::with(|settings| settings.auth.enabled = false);
    open.login("ada@example.com", ADA).refused(404, "not_found");
}

#[test]
fn sec_20_sec_48_bad_credentials_are_401_everywhere() {
    let site = Site::start();
    for (name, value) in [
        ("authorization", "Bearer a.b.c"),
        ("authorization", "Bearer nonsense"),
        ("authorization", "Basic !!!"),
        ("authorization", "Basic YWRhQGV4YW1wbGUuY29tOndyb25n"),
        ("authorization", "Digest a"),
        ("x-api-key", "ak_nonsense"),
        ("x-admin-key", "sk_nonsense"),
    ] {
        let request = site.app.request(Method::GET, "/orders", &[(name, value)], &Value::Null);
        site.app.send(request).refused(401, "unauthenticated");
    }
    let token = text(&site.ada(), "token");
    site.app
        .stranger(Method::GET, &format!("/orders?access_token={token}"), &Value::Null)
        .refused(401, "unauthenticated");
}

#[test]
fn http_basic_is_remembered_and_costs_one_hash() {
    let site = Site::start();
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let pair = format!("Basic {}", STANDARD.encode(format!("ada@example.com:{ADA}")));
    let get = || {
        let request = site.app.request(Method::GET, "/orders", &[("authorization", &pair)], &Value::Null);
        site.app.send(request)
    };
    get().ok(200);
    let after_one = site.app.state.identity.hashing.checks();
    for _ in 0..5 {
        get().ok(200);
    }
    assert_eq!(site.app.state.identity.hashing.checks(), after_one);
    site.app.clock.advance_s(61);
    get().ok(200);
    assert_eq!(site.app.state.identity.hashing.checks(), after_one + 1);
}

#[test]
fn methods_and_paths_that_are_not_there() {
    let site = Site::start();
    site.app.stranger(Method::GET, "/auth/login", &Value::Null).refused(405, "method_not_allowed");
    site.app.stranger(Method::POST, "/auth/nothing", &Value::Null).refused(404, "not_found");
    let body = site.app.request(Method::POST, "/auth/login", &[], &Value::Null);
    site.app.send(body).refused(400, "missing_field");
}

#[test]
fn documents_tell_how_to_sign_in_and_what_is_open_to_strangers() {
    let site = Site::start();
    let get = |path: &str| site.app.stranger(Method::GET, path, &Value::Null).ok(200);
    let open = get("/openapi.json");
    let login = &open["paths"]["/auth/login"]["post"];
    assert_eq!((&login["operationId"], &login["tags"]), (&json!("login"), &json!(["authentication"])));
    assert_eq!(open["paths"]["/auth/me"], Value::Null);
    let flow = &open["components"]["securitySchemes"]["OAuth2Password"]["flows"]["password"];
    assert_eq!(flow["tokenUrl"], "/p/test/api/auth/login");
    let two = get("/swagger.json");
    for name in ["BasicAuth", "ApiKeyAuth", "OAuth2Password"] {
        assert!(two["securityDefinitions"].get(name).is_some(), "{name}");
    }
    for name in ["auth.LoginRequest", "types.AuthResult", "models.User"] {
        assert!(two["definitions"].get(name).is_some(), "{name}");
    }
    let token = text(&site.ada(), "token");
    let own = site.app.bearer(&token, Method::GET, "/openapi.json", &Value::Null).ok(200);
    assert_eq!(own["paths"]["/auth/me"]["get"]["operationId"], "getMe");
    // Where nobody can sign in nothing of it is told.
    let none = Site::with(|settings| settings.mapping = Default::default());
    let none = none.app.stranger(Method::GET, "/openapi.json", &Value::Null).ok(200);
    assert_eq!(none["paths"].get("/auth/login"), None);
}
