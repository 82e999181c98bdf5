//! Access and refresh tokens, sessions.

use crate::support::{ADA, Site, text};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::Method;
use serde_json::{Value, json};

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[test]
fn an_access_token_says_who_for_whom_and_until_when() {
    let site = Site::start();
    let body = site.ada();
    let claims = claims(&text(&body, "token"));
    for (name, value) in [
        ("aud", json!("proj_test@development")),
        ("sub", json!("1")),
        ("email", json!("Ada@Example.com")),
        ("roles", json!(["member"])),
        ("tenant_id", Value::Null),
        ("pv", json!(0)),
        ("aal", json!("aal1")),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);
    for name in ["iss", "sid", "jti"] {
        assert!(claims[name].is_string(), "{name}");
    }
    let jwks = site.app.stranger(Method::GET, "/.well-known/jwks.json", &Value::Null).ok(200);
    assert_eq!(jwks["keys"][0]["crv"], "Ed25519");
    assert!(jwks["keys"][0].get("d").is_none());
}

#[test]
fn a_token_ends_with_its_time() {
    let site = Site::start();
    let token = text(&site.ada(), "token");
    site.app.clock.advance_s(3_599);
    site.me(&token).ok(200);
    site.app.clock.advance_s(20);
    site.me(&token).refused(401, "unauthenticated");
}

#[test]
fn a_refresh_gives_a_new_pair_and_a_retry_the_same_successor() {
    let site = Site::start();
    let first = text(&site.ada(), "refresh_token");
    let second = text(&site.refresh(&first).ok(200), "refresh_token");
    assert_ne!(first, second);
    assert_eq!(text(&site.refresh(&first).ok(200), "refresh_token"), second);
    site.app.clock.advance_s(9);
    assert_eq!(text(&site.refresh(&first).ok(200), "refresh_token"), second);
    let third = text(&site.refresh(&second).ok(200), "refresh_token");
    assert_ne!(second, third);
}

#[test]
fn sec_16_a_replay_ends_the_chain_and_is_written_down() {
    let site = Site::start();
    let body = site.ada();
    let (token, first) = (text(&body, "token"), text(&body, "refresh_token"));
    let second = text(&site.refresh(&first).ok(200), "refresh_token");
    site.app.clock.advance_s(60);
    site.refresh(&first).refused(401, "refresh_token_reused");
    site.refresh(&second).refused(401, "refresh_token_reused");
    site.me(&token).refused(401, "unauthenticated");
    let reuse = ("refresh_reuse".to_owned(), "refresh_token_reused".to_owned());
    assert!(site.app.audit().contains(&reuse));
}

#[test]
fn sec_16_within_the_grace_a_used_successor_is_a_replay() {
    let site = Site::start();
    let first = text(&site.ada(), "refresh_token");
    let second = text(&site.refresh(&first).ok(200), "refresh_token");
    site.refresh(&second).ok(200);
    site.refresh(&first).refused(401, "refresh_token_reused");
}

#[test]
fn sec_16_parallel_refreshes_give_one_successor() {
    for count in [10, 50] {
        let site = Site::start();
        let first = text(&site.ada(), "refresh_token");
        let all = (0..count).map(|_| site.request("/auth/refresh", json!({ "refresh_token": first }))).collect();
        let mut successors: Vec<String> =
            site.app.at_once(all).into_iter().map(|answer| text(&answer.ok(200), "refresh_token")).collect();
        successors.dedup();
        assert_eq!(successors.len(), 1);
        site.refresh(&successors[0]).ok(200);
    }
}

#[test]
fn sec_17_a_session_has_an_idle_and_an_absolute_end() {
    let site = Site::with(|settings| {
        settings.auth.refresh_token_ttl = "2d".to_owned();
        settings.auth.session_max_age = "3d".to_owned();
    });
    let idle = text(&site.ada(), "refresh_token");
    site.app.clock.advance_s(2 * 86_400 + 1);
    site.refresh(&idle).refused(401, "session_expired");
    let mut token = text(&site.ada(), "refresh_token");
    for _ in 0..2 {
        site.app.clock.advance_s(86_400);
        token = text(&site.refresh(&token).ok(200), "refresh_token");
    }
    site.app.clock.advance_s(86_400);
    site.refresh(&token).refused(401, "session_expired");
}

#[test]
fn sec_17_only_hashes_of_refresh_tokens_are_kept() {
    let site = Site::start();
    let first = text(&site.ada(), "refresh_token");
    let second = text(&site.refresh(&first).ok(200), "refresh_token");
    let dump = std::fs::read(site.app.store.dir().join("control.db")).unwrap();
    let wal = std::fs::read(site.app.store.dir().join("control.db-wal")).unwrap_or_default();
    for token in [first, second] {
        let secret = token.trim_start_matches("rt_").as_bytes();
        assert!(![&dump, &wal].iter().any(|bytes| bytes.windows(secret.len()).any(|window| window == secret)));
    }
}

#[test]
fn sec_18_logout_ends_the_session_at_once() {
    let site = Site::start();
    let body = site.ada();
    let (token, refresh) = (text(&body, "token"), text(&body, "refresh_token"));
    site.me(&token).ok(200);
    let answer = site.app.bearer(&token, Method::POST, "/auth/logout", &Value::Null);
    assert_eq!(answer.status, 204);
    site.me(&token).refused(401, "unauthenticated");
    site.refresh(&refresh).refused(401, "session_closed");
    site.post("/auth/logout", Value::Null).refused(401, "unauthenticated");
    let again = text(&site.ada(), "refresh_token");
    assert_eq!(site.post("/auth/logout", json!({ "refresh_token": again })).status, 204);
    site.refresh(&again).refused(401, "session_closed");
}

#[test]
fn sec_13_no_kind_of_token_is_good_for_another() {
    let site = Site::start();
    let body = site.ada();
    let (token, refresh) = (text(&body, "token"), text(&body, "refresh_token"));
    site.me(&refresh).refused(401, "unauthenticated");
    site.refresh(&token).refused(401, "invalid_refresh_token");
    site.refresh("rt_unknown").refused(401, "invalid_refresh_token");
    for path in ["/auth/verify", "/auth/magic-link/verify"] {
        site.post(path, json!({ "token": token })).refused(400, "invalid_token");
        site.post(path, json!({ "token": refresh })).refused(400, "invalid_token");
    }
}

#[test]
fn sec_19_sessions_are_listed_and_ended_one_and_all_others() {
    let site = Site::start();
    let (one, two, three) = (site.ada(), site.ada(), site.ada());
    let token = text(&one, "token");
    let list = || site.app.bearer(&token, Method::GET, "/auth/sessions", &Value::Null).ok(200);
    let all = list();
    assert_eq!(all["data"].as_array().unwrap().len(), 3);
    let current: Vec<_> = all["data"].as_array().unwrap().iter().filter(|one| one["current"] == true).collect();
    assert_eq!(current.len(), 1);
    for name in ["id", "created_at", "last_used", "ip", "user_agent", "surface"] {
        assert!(current[0].get(name).is_some(), "{name}");
    }
    let sid = claims(&text(&two, "token"))["sid"].as_str().unwrap().to_owned();
    let end = |token: &str, path: &str| site.app.bearer(token, Method::DELETE, path, &Value::Null);
    let bob = text(&site.login("bob@example.com", ADA).ok(200), "token");
    end(&bob, &format!("/auth/sessions/{sid}")).refused(404, "not_found");
    assert_eq!(end(&token, &format!("/auth/sessions/{sid}")).status, 204);
    site.me(&text(&two, "token")).refused(401, "unauthenticated");
    end(&token, &format!("/auth/sessions/{sid}")).refused(404, "not_found");
    assert_eq!(end(&token, "/auth/sessions").status, 204);
    site.refresh(&text(&three, "refresh_token")).refused(401, "session_closed");
    assert_eq!(list()["data"].as_array().unwrap().len(), 1);
    site.me(&bob).ok(200);
}

#[test]
fn rotating_the_secret_ends_access_tokens_and_leaves_refresh_tokens() {
    let site = Site::start();
    let body = site.ada();
    let token = text(&body, "token");
    site.me(&token).ok(200);
    assert_eq!(site.app.post("/v1/rotate-jwt-secret", &json!({})).ok(200), json!({"rotated": true}));
    site.me(&token).refused(401, "unauthenticated");
    let fresh = site.refresh(&text(&body, "refresh_token")).ok(200);
    site.me(&text(&fresh, "token")).ok(200);
    site.post("/v1/rotate-jwt-secret", json!({})).refused(401, "unauthenticated");
    site.app
        .bearer(&text(&fresh, "token"), Method::POST, "/v1/rotate-jwt-secret", &json!({}))
        .refused(403, "forbidden");
}

#[test]
fn sec_15_a_planned_change_of_key_lets_tokens_live_their_time() {
    let site = Site::start();
    let token = text(&site.ada(), "token");
    let now = site.app.state.clock.now();
    site.app.run(site.app.state.identity.rotate_key(site.app.project(), now)).unwrap();
    site.me(&token).ok(200);
    let fresh = text(&site.ada(), "token");
    assert_ne!(token.split('.').next(), fresh.split('.').next());
    site.me(&fresh).ok(200);
}

#[test]
fn sec_11_sec_14_forged_tokens_and_those_of_another_project_are_refused() {
    let (site, other) = (Site::start(), Site::start());
    let token = text(&site.ada(), "token");
    other.me(&token).refused(401, "unauthenticated");
    let parts: Vec<&str> = token.split('.').collect();
    let b64 = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let mut admin = claims(&token);
    admin["administrator"] = json!(true);
    let forged = [
        format!("{}.{}.", b64(r#"{"alg":"none","typ":"JWT"}"#), parts[1]),
        format!("{}.{}.{}", b64(r#"{"alg":"HS256","typ":"JWT"}"#), parts[1], parts[2]),
        format!("{}.{}.{}", parts[0], b64(&admin.to_string()), parts[2]),
        format!("{}.{}", parts[0], parts[1]),
        format!("{token}A"),
    ];
    for token in forged {
        site.me(&token).refused(401, "unauthenticated");
    }
    site.me(&token).ok(200);
}

#[test]
fn rel_10_another_node_learns_of_an_end_by_its_next_poll() {
    use portcullis_identity::{
        Client, Identity,
        mails::{Outbox, OutboxOptions},
    };
    let site = Site::start();
    let (token, other) = (text(&site.ada(), "token"), text(&site.ada(), "token"));
    let node = Identity::new(site.app.store.clone(), Outbox::new(site.app.store.clone(), OutboxOptions::default()));
    let project = site.app.project().clone();
    let now = site.app.state.clock.now();
    let accepts =
        |token: &str| site.app.run(node.accept_token(&project, &portcullis_identity::NATIVE, token, now)).is_ok();
    let poll = || site.app.run(node.poll_revocations()).unwrap();
    poll();
    assert!(accepts(&token) && accepts(&other));
    site.app.bearer(&token, Method::POST, "/auth/logout", &Value::Null);
    assert!(accepts(&token), "before the poll");
    poll();
    assert!(!accepts(&token) && accepts(&other));
    let client = Client::default();
    site.app.run(site.app.state.identity.set_disabled(&project, "1", true, &client, now)).unwrap();
    poll();
    assert!(!accepts(&other));
    site.app.run(site.app.state.identity.set_disabled(&project, "1", false, &client, now)).unwrap();
    let fresh = text(&site.ada(), "token");
    assert!(accepts(&fresh));
    site.app.run(site.app.state.identity.rotate_secret(&project, now)).unwrap();
    poll();
    assert!(!accepts(&fresh));
    site.me(&fresh).refused(401, "unauthenticated");
}

#[test]
fn hs256_is_a_choice() {
    let site = Site::with(|settings| settings.auth.algorithm = portcullis_project::settings::TokenAlgorithm::Hs256);
    let token = text(&site.ada(), "token");
    site.me(&token).ok(200);
    let jwks = site.app.stranger(Method::GET, "/.well-known/jwks.json", &Value::Null).ok(200);
    assert_eq!(jwks, json!({"keys": []}));
}

#[test]
fn sec_18_an_ended_token_does_not_come_back_when_tokens_are_made_to_live_shorter() {
    let site = Site::with(|settings| settings.auth.access_token_ttl = "24h".to_owned());
    let own = site.app.project();
    let mut settings = own.settings.clone();
    settings.auth.access_token_ttl = "5m".to_owned();
    let opened = portcullis_project::Opened {
        id: own.id.clone(),
        slug: own.slug.clone(),
        stage: own.stage,
        connection: own.connection.clone(),
        build: own.build.clone(),
        settings,
        catalog: own.catalog.clone(),
        unapproved: Default::default(),
        keys: own.keys.clone(),
        development: true,
    };
    let drift = std::sync::Arc::default();
    let shorter = portcullis_project::Project::open(opened, own.engine.clone(), own.generation + 1_000_000, drift);
    let token = text(&site.ada(), "token");
    let accepted = |project: &portcullis_project::Project| {
        use portcullis_base::Clock as _;
        let identity = &site.app.state.identity;
        site.app.run(identity.accept_token(project, &portcullis_identity::NATIVE, &token, site.app.clock.now())).is_ok()
    };
    assert!(accepted(own) && accepted(&shorter));
    site.app.clock.advance_s(600);
    assert!(accepted(own) && !accepted(&shorter));
}
