//! The operators' surface through its router: every refusal, and what each route answers.

use axum::{body::Body, extract::ConnectInfo};
use http::{HeaderMap, Method, Request};
use http_body_util::BodyExt as _;
use portcullis_admin::{Surface, handle};
use portcullis_base::{ManualClock, Secret, Timestamp};
use portcullis_control::{
    Control, FreshKeys, NewStage, Opener, Target, connect, introspect,
    operators::{Operators, Source},
    propose,
};
use portcullis_identity::{
    Identity,
    mails::{Outbox, OutboxOptions},
};
use portcullis_project::{Registry, Stage};
use portcullis_store::{OpenOptions, Store, sessions};
use portcullis_testkit::{SinkTls, SmtpSink};
use serde_json::{Value, json};
use std::{net::SocketAddr, sync::Arc};
use tempfile::TempDir;

const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "correct horse battery staple";

struct World {
    dir: TempDir,
    clock: Arc<ManualClock>,
    surface: Surface,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    #[track_caller]
    fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        serde_json::from_str(&self.body).unwrap()
    }

    #[track_caller]
    fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(self.headers["cache-control"], "no-store");
        let body: Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(body["code"], code, "{body}");
        if status == 401 {
            assert!(self.headers.contains_key("www-authenticate"));
        }
        body
    }
}

/// Nothing here is explained: the node's own tests do that.
#[derive(Debug)]
struct Unasked;

impl portcullis_web::Explainer for Unasked {
    fn explain<'a>(
        &'a self,
        _: Arc<portcullis_project::Project>,
        _: portcullis_web::Denial,
    ) -> portcullis_web::Explained<'a> {
        Box::pin(async { Err(portcullis_web::ApiError::no_such_route()) })
    }

    fn find(&self, _: &str) -> Option<portcullis_web::Denial> {
        None
    }
}

impl World {
    fn empty() -> Self {
        let dir = TempDir::new().unwrap();
        let options = OpenOptions { dir: dir.path().join("data"), master_key: None, create: true };
        let clock = Arc::new(ManualClock::new(Timestamp(1_800_000_000_000_000)));
        let store = Store::open(&options).unwrap();
        let control = Control::new(store.clone(), clock.clone());
        let registry = Arc::new(Registry::default());
        let options = OutboxOptions {
            public_url: "http://127.0.0.1:8080".to_owned(),
            allow_private: true,
            ..OutboxOptions::default()
        };
        let surface = Surface {
            operators: Operators::new(store.clone(), clock.clone()),
            identity: Arc::new(Identity::new(store.clone(), Outbox::new(store, options))),
            registry,
            explainer: Arc::new(Unasked),
            clock: clock.clone(),
            control,
        };
        Self { dir, clock, surface }
    }

    async fn with_ada() -> Self {
        let world = Self::empty();
        let password = Secret::new(PASSWORD.to_owned());
        world.surface.operators.create(EMAIL, password, &Source::Command).await.unwrap();
        world
    }

    /// Adds a project on a small database.
    async fn add_project(&self, slug: &str) -> FreshKeys {
        let file = self.dir.path().join(format!("{slug}.db"));
        let sql = "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE, password_hash TEXT); \
                   INSERT INTO users VALUES (7, 'bob@example.com', '$2y$10$nothing')";
        rusqlite::Connection::open(&file).unwrap().execute_batch(sql).unwrap();
        let target = Target::parse(&Secret::new(format!("sqlite:{}", file.display()))).unwrap();
        let engine = connect(&target).await.unwrap();
        let catalog = introspect(&target, &*engine, None).await.unwrap();
        let mut settings = propose(&catalog, true);
        settings.mapping.user.table = Some("users".to_owned());
        settings.mapping.user.id = Some("id".to_owned());
        settings.mapping.user.email = Some("email".to_owned());
        settings.mapping.user.password = Some("password_hash".to_owned());
        let new = NewStage { slug: slug.to_owned(), stage: Stage::Development, target, catalog, settings };
        let keys = self.surface.control.create(new).await.unwrap().keys;
        Opener::new(self.surface.control.clone(), self.surface.registry.clone(), true).refresh().await.unwrap();
        keys
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let mut request = request;
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 4_000))));
        let tail = request.uri().path().to_owned();
        let (parts, body) = handle(&self.surface, &tail, request).await.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8(body.to_vec()).unwrap();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    async fn call(&self, method: Method, path: &str, token: Option<&str>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    async fn get(&self, path: &str, token: &str) -> Answer {
        self.call(Method::GET, path, Some(token)).await
    }

    async fn post(&self, path: &str, token: Option<&str>, body: impl ToString) -> Answer {
        let mut request = Request::builder().method(Method::POST).uri(path).header("content-type", "application/json");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    async fn done(&self, method: Method, path: &str, token: &str) {
        let answer = self.call(method, path, Some(token)).await;
        assert_eq!((answer.status, answer.body.as_str()), (204, ""), "{path}");
    }

    /// Puts a session of an end user into the store.
    async fn add_session(&self, id: &str, user: &str) {
        let store = self.surface.control.store();
        let connection = self.surface.control.connection(Some("shop"), None).await.unwrap().id;
        let now = self.surface.clock.now();
        let mut refresh_hash = [0; 32];
        refresh_hash[..id.len()].copy_from_slice(id.as_bytes());
        let session = sessions::Session {
            id: id.to_owned(),
            connection,
            user: user.to_owned(),
            refresh_hash,
            method: "password".to_owned(),
            aal: "aal1".to_owned(),
            tenant: None,
            surface: "native".to_owned(),
            ip: None,
            user_agent: None,
            created_at: now,
            last_used_at: now,
            idle_until: now.plus_s(3_600),
            expires_at: now.plus_s(3_600),
            end_reason: None,
        };
        store.db().write(move |tx| sessions::insert(tx, &session)).await.unwrap();
    }

    async fn login(&self) -> (String, String) {
        let body = self.post("/auth/login", None, json!({ "email": EMAIL, "password": PASSWORD })).await.ok();
        let keys: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["token", "refresh_token", "expires_in"]);
        assert_eq!(body["expires_in"], 3_600);
        (body["token"].as_str().unwrap().to_owned(), body["refresh_token"].as_str().unwrap().to_owned())
    }
}

#[tokio::test]
async fn an_operator_signs_in_is_told_who_they_are_refreshes_and_leaves() {
    let world = World::with_ada().await;
    let (token, refresh) = world.login().await;
    let me = world.get("/auth/me", &token).await.ok();
    assert_eq!((&me["email"], &me["last_login_at"]), (&json!(EMAIL), &json!("2027-01-15T08:00:00Z")));
    let next = world.post("/auth/refresh", None, json!({ "refresh_token": refresh })).await.ok();
    let next = next["token"].as_str().unwrap();
    world.get("/auth/me", next).await.ok();
    let left = world.call(Method::POST, "/auth/logout", Some(next)).await;
    assert_eq!((left.status, left.body.as_str()), (204, ""));
    world.get("/auth/me", next).await.refused(401, "session_closed");
    world.post("/auth/refresh", None, json!({ "refresh_token": refresh })).await.refused(401, "session_closed");
}

#[tokio::test]
async fn sec_16_a_refresh_token_that_is_used_again_after_its_grace_ends_the_session() {
    let world = World::with_ada().await;
    let (token, refresh) = world.login().await;
    world.post("/auth/refresh", None, json!({ "refresh_token": refresh })).await.ok();
    world.clock.advance_s(11);
    world.post("/auth/refresh", None, json!({ "refresh_token": refresh })).await.refused(401, "refresh_token_reused");
    world.get("/auth/me", &token).await.refused(401, "session_closed");
}

#[tokio::test]
async fn sec_67_the_set_up_link_makes_the_first_operator_over_http_once() {
    let world = World::empty();
    let link = world.surface.operators.setup_token().await.unwrap().unwrap();
    let body = |token: &str, password: &str| json!({ "token": token, "email": EMAIL, "password": password });
    world.post("/auth/setup", None, body("setup_x", PASSWORD)).await.refused(401, "invalid_setup_token");
    world.post("/auth/setup", None, body(link.expose(), "short")).await.refused(400, "weak_password");
    let made = world.post("/auth/setup", None, body(link.expose(), PASSWORD)).await.ok();
    world.get("/auth/me", made["token"].as_str().unwrap()).await.ok();
    world.post("/auth/setup", None, body(link.expose(), PASSWORD)).await.refused(401, "invalid_setup_token");
    world.login().await;
}

#[tokio::test]
async fn sec_10_a_changed_password_ends_the_session_that_changed_it_and_gives_a_fresh_one() {
    let world = World::with_ada().await;
    let (token, _) = world.login().await;
    let change = |current: &str, new: &str| json!({ "current_password": current, "new_password": new });
    let path = "/auth/change-password";
    let refused =
        world.post(path, Some(&token), change("wrong", "another good one")).await.refused(400, "wrong_password");
    assert_eq!(refused["errors"][0]["pointer"], "/current_password");
    world.post(path, Some(&token), change(PASSWORD, "short")).await.refused(400, "weak_password");
    let fresh = world.post(path, Some(&token), change(PASSWORD, "another good one")).await.ok();
    world.get("/auth/me", &token).await.refused(401, "session_closed");
    world.get("/auth/me", fresh["token"].as_str().unwrap()).await.ok();
}

#[tokio::test]
async fn sec_7_the_eleventh_failure_is_429_with_retry_after_and_unknown_addresses_are_treated_alike() {
    let world = World::with_ada().await;
    for email in [EMAIL, "nobody@example.com"] {
        let wrong = json!({ "email": email, "password": "wrong" });
        for _ in 0..10 {
            let refused = world.post("/auth/login", None, &wrong).await.refused(401, "invalid_credentials");
            assert_eq!(refused["title"], "the address or the password is wrong");
        }
        let locked = world.post("/auth/login", None, &wrong).await;
        assert_eq!(locked.headers["retry-after"], "31");
        locked.refused(429, "too_many_attempts");
    }
}

#[tokio::test]
async fn sec_25_bodies_of_another_form_are_400_and_do_not_count_as_failures() {
    let world = World::with_ada().await;
    for (body, pointer) in [
        ("{}", "/email"),
        ("", "/email"),
        (r#"{"email":"a@b"}"#, "/password"),
        (r#"{"email":["a@b"],"password":"x"}"#, "/email"),
        (r#"{"email":"a@b","password":null}"#, "/password"),
        (r#"{"email":"a@b","password":true}"#, "/password"),
        (r#"{"email":"a@b","password":{"x":1}}"#, "/password"),
        (r#"{"email":"a@b","password":"x","pasword":"x"}"#, "/pasword"),
    ] {
        let refused = world.post("/auth/login", None, body).await.refused(400, "invalid_body");
        assert_eq!(refused["errors"][0]["pointer"], pointer, "{body}");
    }
    world.post("/auth/login", None, "[]").await.refused(400, "invalid_body");
    world
        .post("/auth/login", None, r#"{"email":"a@b","email":"c@d","password":"x"}"#)
        .await
        .refused(400, "invalid_json");
    let long = json!({ "email": EMAIL, "password": "a".repeat(1_025) });
    for _ in 0..11 {
        world.post("/auth/login", None, &long).await.refused(400, "invalid_body");
    }
    world.post("/auth/login?x=1", None, json!({})).await.refused(400, "invalid_parameter");
    world.post("/auth/login", None, "a".repeat(70_000)).await.refused(413, "body_too_large");
    let untyped = Request::builder().method("POST").uri("/auth/login").body(Body::from("{}")).unwrap();
    world.send(untyped).await.refused(415, "unsupported_media_type");
    world.login().await;
}

#[tokio::test]
async fn sec_14_no_other_credentials_are_good_here_and_sec_20_none_in_a_url() {
    let world = World::with_ada().await;
    let keys = world.add_project("shop").await;
    let (token, refresh) = world.login().await;
    for wrong in [keys.admin.expose().as_str(), keys.public.expose(), &refresh, "ot_nonsense", ""] {
        world.get("/projects", wrong).await.refused(401, "unauthenticated");
    }
    world.call(Method::GET, "/projects", None).await.refused(401, "unauthenticated");
    world.call(Method::GET, &format!("/projects?token={token}"), None).await.refused(401, "unauthenticated");
    for header in ["x-admin-key", "x-api-key", "cookie"] {
        let request = Request::builder().uri("/projects").header(header, &token).body(Body::empty()).unwrap();
        world.send(request).await.refused(401, "unauthenticated");
    }
    let basic = Request::builder().uri("/projects").header("authorization", format!("Basic {token}"));
    world.send(basic.body(Body::empty()).unwrap()).await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn sec_48_strangers_learn_of_no_path_and_operators_which_methods_there_are() {
    let world = World::with_ada().await;
    for path in ["/projects", "/projects/shop", "/audit", "/nothing", "/"] {
        world.call(Method::GET, path, None).await.refused(401, "unauthenticated");
        world.call(Method::DELETE, path, None).await.refused(401, "unauthenticated");
    }
    let (token, _) = world.login().await;
    world.get("/nothing", &token).await.refused(404, "not_found");
    let other = world.call(Method::DELETE, "/projects", Some(&token)).await;
    assert_eq!(other.headers["allow"], "GET, HEAD");
    other.refused(405, "method_not_allowed");
    assert_eq!(world.call(Method::HEAD, "/projects", Some(&token)).await.status, 200);
}

#[tokio::test]
async fn projects_are_listed_and_read_with_their_connections_and_without_logins() {
    let world = World::with_ada().await;
    let (token, _) = world.login().await;
    assert_eq!(world.get("/projects", &token).await.ok(), json!({ "data": [] }));
    world.add_project("shop").await;
    world.add_project("blog").await;
    let all = world.get("/projects", &token).await.ok();
    assert_eq!((&all["data"][0]["slug"], &all["data"][1]["slug"]), (&json!("blog"), &json!("shop")));
    let shop = world.get("/projects/shop", &token).await.ok();
    assert_eq!(shop, all["data"][1]);
    let id = shop["id"].as_str().unwrap();
    assert_eq!(world.get(&format!("/projects/{id}"), &token).await.ok(), shop);
    let connections = world.get("/projects/shop/connections", &token).await.ok();
    assert_eq!(connections["data"], shop["connections"]);
    let one = &connections["data"][0];
    assert_eq!((&one["stage"], &one["engine"]), (&json!("development"), &json!("sqlite")));
    assert!(one["created_at"].as_str().unwrap().ends_with('Z') && one.get("url").is_none());
    let unknown = world.get("/projects/shp", &token).await.refused(404, "not_found");
    assert_eq!(unknown["title"], "there is no project `shp`; did you mean `shop`?");
    world.get("/projects?page=2", &token).await.refused(400, "invalid_parameter");
}

#[tokio::test]
async fn the_mapping_in_force_is_shown_card_by_card() {
    let world = World::with_ada().await;
    world.add_project("shop").await;
    let (token, _) = world.login().await;
    let mapping = world.get("/projects/shop/mapping", &token).await.ok();
    let user = json!({ "table": "users", "id": "id", "email": "email", "password": "password_hash" });
    assert_eq!((&mapping["stage"], &mapping["mapping"]), (&json!("development"), &json!({ "user": user })));
    assert_eq!(world.get("/projects/shop/mapping?stage=development", &token).await.ok(), mapping);
    world.get("/projects/shop/mapping?stage=staging", &token).await.refused(404, "not_found");
    let wrong = world.get("/projects/shop/mapping?stage=prod", &token).await.refused(400, "invalid_parameter");
    assert_eq!(wrong["errors"][0]["parameter"], "stage");
}

#[tokio::test]
async fn sec_63_the_audit_is_listed_newest_first_page_by_page() {
    let world = World::with_ada().await;
    world.add_project("shop").await;
    world
        .post("/auth/login", None, json!({ "email": EMAIL, "password": "wrong" }))
        .await
        .refused(401, "invalid_credentials");
    let (token, _) = world.login().await;
    let all = world.get("/audit", &token).await.ok();
    let told: Vec<(&str, &str)> = all["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["event"].as_str().unwrap(), row["result"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [("operator.login", "ok"), ("operator.login", "invalid_credentials"), ("operator.create", "ok")]);
    assert_eq!((&all["data"][0]["ip"], &all["next_before"]), (&json!("192.0.2.1"), &json!(null)));
    assert_eq!(all["data"][1]["detail"], json!({ "email": EMAIL }));
    let page = world.get("/audit?limit=2&event=operator.login", &token).await.ok();
    let before = page["next_before"].as_i64().unwrap();
    let rest = world.get(&format!("/audit?limit=2&event=operator.login&before={before}"), &token).await.ok();
    assert_eq!((rest["data"].as_array().unwrap().len(), &rest["next_before"]), (0, &json!(null)));
    assert_eq!(world.get("/projects/shop/audit", &token).await.ok()["data"], json!([]));
    world.get("/projects/shp/audit", &token).await.refused(404, "not_found");
    world.get("/audit?limit=x", &token).await.refused(400, "invalid_parameter");
}

#[tokio::test]
async fn the_document_needs_no_credentials() {
    let world = World::empty();
    let document = world.call(Method::GET, "/openapi.json", None).await.ok();
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["paths"]["/auth/login"]["post"].is_object());
}

#[tokio::test]
async fn the_proposal_says_what_the_schema_suggests_and_whether_the_settings_have_it() {
    let world = World::with_ada().await;
    world.add_project("shop").await;
    let (token, _) = world.login().await;
    let proposal = world.get("/projects/shop/mapping/proposal", &token).await.ok();
    let user = &proposal["mapping"]["user"];
    assert_eq!((&user["table"], &user["email"], &user["accepted"]), (&json!("users"), &json!("email"), &json!(true)));
    assert!(user["confidence"].as_f64().unwrap() > 0.5 && user["reasons"][0].is_string(), "{user}");
    world.get("/projects/shop/mapping/proposal?stage=production", &token).await.refused(404, "not_found");
}

#[tokio::test]
async fn end_users_are_found_by_address_and_read_by_id_without_their_hash() {
    let world = World::with_ada().await;
    world.add_project("shop").await;
    let (token, _) = world.login().await;
    let found = world.get("/projects/shop/users?email=Bob@example.com", &token).await.ok();
    let bob = world.get("/projects/shop/users/7", &token).await.ok();
    assert_eq!(found["data"], json!([bob]));
    assert_eq!((&bob["id"], &bob["email"], &bob["disabled"]), (&json!("7"), &json!("bob@example.com"), &json!(false)));
    assert!(!bob.to_string().contains("$2y$"), "{bob}");
    assert_eq!(world.get("/projects/shop/users?email=eve@example.com", &token).await.ok()["data"], json!([]));
    world.get("/projects/shop/users", &token).await.refused(400, "invalid_parameter");
    for id in ["8", "x", "7%20OR%201=1"] {
        world.get(&format!("/projects/shop/users/{id}"), &token).await.refused(404, "not_found");
    }
}

#[tokio::test]
async fn sec_18_a_user_is_shut_out_and_let_in_and_the_audit_names_the_operator() {
    let world = World::with_ada().await;
    world.add_project("shop").await;
    world.add_session("ses_1", "7").await;
    let (token, _) = world.login().await;
    let path = "/projects/shop/users/7";
    world.done(Method::POST, &format!("{path}/disable"), &token).await;
    assert_eq!(world.get(path, &token).await.ok()["disabled"], true);
    assert_eq!(world.get(&format!("{path}/sessions"), &token).await.ok()["data"], json!([]));
    world.done(Method::POST, &format!("{path}/enable"), &token).await;
    world.done(Method::PUT, &format!("{path}/roles/administrator"), &token).await;
    let bob = world.get(path, &token).await.ok();
    assert_eq!((&bob["disabled"], &bob["roles"]), (&json!(false), &json!(["administrator"])));
    world.done(Method::DELETE, &format!("{path}/roles/administrator"), &token).await;
    assert_eq!(world.get(path, &token).await.ok()["roles"], json!([]));
    let me = world.get("/auth/me", &token).await.ok()["id"].clone();
    let audit = world.get(&format!("/projects/shop/audit?actor={}", me.as_str().unwrap()), &token).await.ok();
    let told: Vec<&str> = audit["data"].as_array().unwrap().iter().map(|row| row["event"].as_str().unwrap()).collect();
    let expected = ["operator.role_taken", "operator.role_given", "operator.user_enabled", "operator.user_disabled"];
    assert_eq!(told, expected);
    assert_eq!(
        (&audit["data"][0]["subject"], &audit["data"][0]["detail"]["role"]),
        (&json!("7"), &json!("administrator"))
    );
    for method in [Method::POST, Method::GET] {
        world.call(method, "/projects/shop/users/8/disable", None).await.refused(401, "unauthenticated");
    }
    world.call(Method::POST, "/projects/shop/users/8/disable", Some(&token)).await.refused(404, "not_found");
}

#[tokio::test]
async fn sec_19_sessions_of_a_user_are_listed_and_ended_one_or_all() {
    let world = World::with_ada().await;
    world.add_project("shop").await;
    for (id, user) in [("ses_1", "7"), ("ses_2", "7"), ("ses_3", "7"), ("ses_9", "9")] {
        world.add_session(id, user).await;
    }
    let (token, _) = world.login().await;
    let path = "/projects/shop/users/7/sessions";
    let ids = |list: &Value| -> Vec<String> {
        list["data"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&world.get(path, &token).await.ok()), ["ses_1", "ses_2", "ses_3"]);
    world.done(Method::DELETE, &format!("{path}/ses_2"), &token).await;
    assert_eq!(ids(&world.get(path, &token).await.ok()), ["ses_1", "ses_3"]);
    // Another user's session is none of this one's.
    for id in ["ses_9", "ses_2", "x"] {
        world.call(Method::DELETE, &format!("{path}/{id}"), Some(&token)).await.refused(404, "not_found");
    }
    world.done(Method::DELETE, path, &token).await;
    assert_eq!(ids(&world.get(path, &token).await.ok()), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_outbox_shows_held_mails_and_an_operator_can_send_a_reset() {
    let world = World::with_ada().await;
    world.add_project("shop").await;
    let (token, _) = world.login().await;
    world.call(Method::GET, "/projects/shop/outbox", None).await.refused(401, "unauthenticated");
    let empty = world.get("/projects/shop/outbox", &token).await.ok();
    assert_eq!(empty, json!({ "data": [] }));
    world.done(Method::POST, "/projects/shop/users/7/reset-mail", &token).await;
    let list = world.get("/projects/shop/outbox", &token).await.ok();
    let mail = &list["data"][0];
    assert_eq!((&mail["kind"], &mail["to"]), (&json!("password_reset"), &json!("bob@example.com")));
    assert_eq!((&mail["state"], &mail["attempts"]), (&json!("held"), &json!(0)));
    assert!(mail["text"].as_str().unwrap().contains("/auth/reset-password?token=") || mail["text"].is_string());
    let one = format!("/projects/shop/outbox/{}", mail["id"].as_str().unwrap());
    assert_eq!(world.get(&one, &token).await.ok(), *mail);
    world.get("/projects/shop/outbox/mail_none", &token).await.refused(404, "not_found");
    world.call(Method::POST, "/projects/shop/users/99/reset-mail", Some(&token)).await.refused(404, "not_found");
    let events = world.get("/projects/shop/audit?event=operator.reset_mail_sent", &token).await.ok();
    assert_eq!(events["data"][0]["subject"], "7");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_mail_needs_a_server_and_an_address() {
    let world = World::with_ada().await;
    world.add_project("shop").await;
    let (token, _) = world.login().await;
    let path = "/projects/shop/mail/test";
    world.post(path, Some(&token), json!({ "to": "ada@example.com" })).await.refused(501, "mail_not_configured");
    world.post(path, Some(&token), json!({ "to": "nobody" })).await.refused(400, "invalid_email");
    world.post(path, Some(&token), json!({})).await.refused(400, "invalid_body");
    world.post(path, None, json!({ "to": "ada@example.com" })).await.refused(401, "unauthenticated");
}

impl World {
    /// Sets the mail server of the project `shop`, and the password of the login `apikey`.
    async fn set_email(&self, port: u16, more: Value) {
        let control = &self.surface.control;
        let connection = control.connection(Some("shop"), None).await.unwrap();
        control.set_secret(&connection, "smtp", &Secret::new("hunter2".to_owned())).await.unwrap();
        let before = control.in_force(&connection.id).await.unwrap();
        let mut email = json!({
            "host": "localhost", "port": port, "username": "apikey", "password": "secret:smtp",
            "from_address": "no-reply@shop.example",
        });
        email.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let mut settings = before.settings.clone();
        settings.email = serde_json::from_value(email).unwrap();
        control.apply(control.plan(before, settings).unwrap()).await.unwrap();
        Opener::new(control.clone(), self.surface.registry.clone(), true).refresh().await.unwrap();
    }

    /// The steps of a test mail, as (name, ok), and what the last one says.
    async fn test_mail(&self, token: &str) -> (bool, Vec<(String, bool)>, String) {
        let body = self.post("/projects/shop/mail/test", Some(token), json!({ "to": "ada@example.com" })).await.ok();
        assert!(!body.to_string().contains("hunter2"), "{body}");
        let steps = body["steps"].as_array().unwrap();
        assert!(steps.iter().all(|step| step["took_ms"].is_u64()), "{body}");
        let named = |step: &Value| (step["name"].as_str().unwrap().to_owned(), step["ok"].as_bool().unwrap());
        let last = steps.last().unwrap()["detail"].as_str().unwrap_or_default().to_owned();
        (body["ok"].as_bool().unwrap(), steps.iter().map(named).collect(), last)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_mail_tells_how_far_it_came() {
    let world = World::with_ada().await;
    world.add_project("shop").await;
    let (token, _) = world.login().await;
    let all = ["dns", "connect", "tls", "login", "accepted"];
    let upto = |last: &str| -> Vec<(String, bool)> {
        let until = all.iter().position(|name| *name == last).unwrap();
        all[..=until].iter().map(|name| ((*name).to_owned(), *name != last)).collect()
    };
    let sink = SmtpSink::start(SinkTls::None).await;
    sink.require_login("apikey", "hunter2");
    world.set_email(sink.port(), json!({ "security": "plain" })).await;
    let (ok, steps, _) = world.test_mail(&token).await;
    assert!(ok && steps == all.map(|name| (name.to_owned(), true)), "{steps:?}");
    assert_eq!((sink.mails().len(), sink.mails()[0].to.as_slice()), (1, &["ada@example.com".to_owned()][..]));

    sink.answer_next("RCPT", "550 5.1.1 no such user");
    let (ok, steps, says) = world.test_mail(&token).await;
    assert!(!ok && says.contains("no such user"), "{says}");
    assert_eq!(steps, upto("accepted"));

    sink.require_login("apikey", "another");
    let (ok, steps, says) = world.test_mail(&token).await;
    assert!(!ok && says.contains("535"), "{says}");
    assert_eq!(steps, upto("login"));
    assert_eq!(sink.mails().len(), 1);

    // TLS is wanted, and this server has none: neither password nor mail is sent.
    let bare = SmtpSink::start(SinkTls::None).await;
    world.set_email(bare.port(), json!({ "security": "starttls" })).await;
    let (ok, steps, says) = world.test_mail(&token).await;
    assert!(!ok && says.to_uppercase().contains("STARTTLS"), "{says}");
    assert_eq!(steps, upto("tls"));
    assert!(!bare.commands().iter().any(|command| command.starts_with("AUTH") || command.starts_with("MAIL")));

    // A certificate that nobody vouches for.
    let own = SmtpSink::start(SinkTls::StartTls).await;
    world.set_email(own.port(), json!({ "security": "starttls" })).await;
    let (ok, steps, says) = world.test_mail(&token).await;
    assert!(!ok && says.contains("certificate"), "{says}");
    assert_eq!(steps, upto("tls"));

    let gone = SmtpSink::start(SinkTls::None).await;
    let port = gone.port();
    drop(gone);
    world.set_email(port, json!({ "security": "plain" })).await;
    let (ok, steps, _) = world.test_mail(&token).await;
    assert_eq!((ok, steps), (false, upto("connect")));
    world.set_email(port, json!({ "host": "nowhere.invalid" })).await;
    let (ok, steps, _) = world.test_mail(&token).await;
    assert_eq!((ok, steps), (false, upto("dns")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_verifies_an_address_and_takes_lost_factors_away() {
    let world = World::with_ada().await;
    world.add_project("shop").await;
    let (token, _) = world.login().await;
    let user = "/projects/shop/users/7";
    assert_eq!(world.get(user, &token).await.ok()["email_verified"], false);
    world.done(Method::POST, &format!("{user}/verify"), &token).await;
    assert_eq!(world.get(user, &token).await.ok()["email_verified"], true);
    world.done(Method::DELETE, &format!("{user}/second-factors"), &token).await;
    for event in ["operator.user_verified", "operator.factors_forgotten"] {
        let events = world.get(&format!("/projects/shop/audit?event={event}"), &token).await.ok();
        assert_eq!(events["data"][0]["subject"], "7", "{event}");
    }
    world.call(Method::POST, "/projects/shop/users/99/verify", Some(&token)).await.refused(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_permissions_and_who_has_them_are_managed_and_the_audit_names_the_operator() {
    let world = World::with_ada().await;
    world.add_project("shop").await;
    let (token, _) = world.login().await;
    let put = |path: &str, body: Value| {
        let request = Request::put(path).header("authorization", format!("Bearer {token}"));
        let request = request.header("content-type", "application/json").body(Body::from(body.to_string())).unwrap();
        world.send(request)
    };
    assert_eq!(put("/projects/shop/roles/clerk", json!({ "description": "sells" })).await.status, 204);
    put("/projects/shop/roles/administrator", json!({})).await.refused(400, "reserved_name");
    put("/projects/shop/roles/clerk", json!({ "descripton": "x" })).await.refused(400, "invalid_body");
    let words = json!({ "entity_name": "users", "allowed_actions": "read", "scope_expression": { "field": "id", "operator": "eq", "value": 7 } });
    assert_eq!(put("/projects/shop/permissions/own%20row", words.clone()).await.status, 204);
    let path = "/projects/shop/roles/clerk/permissions";
    assert_eq!(put(&format!("{path}/own%20row"), json!({})).await.ok(), json!({ "problems": [] }));
    let problems = put(&format!("{path}/usrs.read"), json!({})).await.ok();
    assert!(problems["problems"][0].as_str().unwrap().contains("did you mean `users`"), "{problems}");
    put("/projects/shop/roles/nobody/permissions/users.read", json!({})).await.refused(404, "not_found");
    let listed = world.get("/projects/shop/roles", &token).await.ok();
    let clerk =
        json!({ "name": "clerk", "description": "sells", "source": "store", "permissions": ["own row", "usrs.read"] });
    assert_eq!(listed, json!({ "data": [clerk] }));
    let permissions = world.get("/projects/shop/permissions", &token).await.ok();
    assert_eq!(permissions["data"][0]["scope_expression"], words["scope_expression"]);
    assert_eq!(permissions["data"].as_array().unwrap().len(), 2);

    world.done(Method::PUT, "/projects/shop/users/7/roles/clerk", &token).await;
    let roles = world.get("/projects/shop/users/7/roles", &token).await.ok();
    assert_eq!(roles, json!({ "data": [{ "name": "clerk", "source": "store" }] }));
    world.done(Method::DELETE, &format!("{path}/usrs.read"), &token).await;
    world.call(Method::DELETE, &format!("{path}/usrs.read"), Some(&token)).await.refused(404, "not_found");
    world.done(Method::DELETE, "/projects/shop/permissions/own%20row", &token).await;
    world.done(Method::DELETE, "/projects/shop/roles/clerk", &token).await;
    world.call(Method::DELETE, "/projects/shop/roles/clerk", Some(&token)).await.refused(404, "not_found");
    assert_eq!(world.get("/projects/shop/users/7/roles", &token).await.ok(), json!({ "data": [] }));
    for event in
        ["operator.role_put", "operator.permission_granted", "operator.permission_removed", "operator.role_removed"]
    {
        let events = world.get(&format!("/projects/shop/audit?event={event}"), &token).await.ok();
        assert!(!events["data"].as_array().unwrap().is_empty(), "{event}");
    }
    for (method, path) in [
        (Method::GET, "/projects/shop/roles"),
        (Method::PUT, "/projects/shop/roles/x"),
        (Method::GET, "/projects/shop/invitations"),
    ] {
        world.call(method, path, None).await.refused(401, "unauthenticated");
    }
    world.call(Method::POST, "/projects/shop/roles", Some(&token)).await.refused(405, "method_not_allowed");
    // Without tenancy there are no tenants to be in.
    world.get("/projects/shop/users/7/tenants", &token).await.refused(403, "switched_off");
    world.call(Method::PUT, "/projects/shop/users/7/tenants/1", Some(&token)).await.refused(403, "switched_off");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_invites_lists_and_withdraws() {
    let world = World::with_ada().await;
    world.add_project("shop").await;
    let (token, _) = world.login().await;
    let path = "/projects/shop/invitations";
    let made = world.post(path, Some(&token), json!({ "email": "Eve@example.com" })).await.ok();
    assert_eq!((&made["email"], &made["status"]), (&json!("eve@example.com"), &json!("open")));
    let mails = world.get("/projects/shop/outbox", &token).await.ok();
    assert_eq!((&mails["data"][0]["kind"], &mails["data"][0]["to"]), (&json!("invitation"), &json!("Eve@example.com")));
    assert_eq!(world.get(path, &token).await.ok(), json!({ "data": [made] }));
    world.post(path, Some(&token), json!({ "email": "nobody" })).await.refused(400, "invalid_email");
    world
        .post(path, Some(&token), json!({ "email": "x@example.com", "role": "none" }))
        .await
        .refused(400, "unknown_role");
    world
        .post(path, Some(&token), json!({ "email": "x@example.com", "tenant_id": "1" }))
        .await
        .refused(400, "invalid_value");
    let one = format!("{path}/{}", made["id"].as_str().unwrap());
    world.done(Method::DELETE, &one, &token).await;
    world.call(Method::DELETE, &one, Some(&token)).await.refused(404, "not_found");
    assert_eq!(world.get(path, &token).await.ok()["data"][0]["status"], "withdrawn");
    let events = world.get("/projects/shop/audit?event=operator.invited", &token).await.ok();
    assert_eq!(events["data"][0]["subject"], "eve@example.com");
}
