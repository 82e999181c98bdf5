//! Changing a password.

use crate::support::{ADA, Site, text};
use http::Method;
use serde_json::{Value, json};

const NEW: &str = "another fine password";

#[test]
fn sec_10_a_change_ends_everything_and_gives_the_caller_a_fresh_pair() {
    let site = Site::start();
    let (one, other) = (site.ada(), site.ada());
    let token = text(&one, "token");
    let change = |current: &str, new: &str| {
        let body = json!({"current_password": current, "new_password": new});
        site.app.bearer(&token, Method::POST, "/auth/change-password", &body)
    };
    change("wrong wrong", NEW).refused(401, "invalid_credentials");
    change(ADA, "short").refused(400, "password_too_short");
    let fresh = change(ADA, NEW).ok(200);
    site.me(&token).refused(401, "unauthenticated");
    site.me(&text(&other, "token")).refused(401, "unauthenticated");
    site.refresh(&text(&one, "refresh_token")).refused(401, "password_changed");
    site.refresh(&text(&other, "refresh_token")).refused(401, "password_changed");
    site.me(&text(&fresh, "token")).ok(200);
    let next = site.refresh(&text(&fresh, "refresh_token")).ok(200);
    site.me(&text(&next, "token")).ok(200);
    site.login("ada@example.com", ADA).refused(401, "invalid_credentials");
    site.login("ada@example.com", NEW).ok(200);
    let letters = site.app.letters();
    assert!(letters.iter().any(|one| one.kind == "password_changed_notice" && one.to == "Ada@Example.com"));
}

#[test]
fn a_changed_password_keeps_the_rows_spelling() {
    let site = Site::start();
    let token = text(&site.ada(), "token");
    let body = json!({"current_password": ADA, "new_password": NEW});
    site.app.bearer(&token, Method::POST, "/auth/change-password", &body).ok(200);
    let stored = site.database.texts("SELECT password_hash FROM users WHERE id = 1");
    assert_eq!(stored[0].as_deref().unwrap()[..7], crate::support::hash()[..7]);
}

#[test]
fn refresh_tokens_outlive_a_change_where_the_settings_say_so() {
    let site = Site::with(|settings| settings.auth.keep_refresh_on_password_change = true);
    let body = site.ada();
    let change = json!({"current_password": ADA, "new_password": NEW});
    site.app.bearer(&text(&body, "token"), Method::POST, "/auth/change-password", &change).ok(200);
    site.me(&text(&body, "token")).refused(401, "unauthenticated");
    site.refresh(&text(&body, "refresh_token")).ok(200);
}

#[test]
fn argon2id_is_a_choice_and_comes_with_a_login_where_it_is_switched_on() {
    let site = Site::with(|settings| {
        settings.auth.password_format = portcullis_project::settings::PasswordFormat::Argon2id;
        settings.auth.rehash_passwords = true;
    });
    site.ada();
    let stored = site.database.texts("SELECT password_hash FROM users WHERE id = 1");
    assert!(stored[0].as_deref().unwrap().starts_with("$argon2id$"), "{stored:?}");
    site.ada();
}

#[test]
fn sec_9_a_password_that_changes_while_http_basic_looks_at_it_is_not_remembered() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let site = Site::start();
    let basic = |password: &str| {
        let pair = format!("Basic {}", STANDARD.encode(format!("ada@example.com:{password}")));
        site.app.request(Method::GET, "/orders", &[("authorization", &pair)], &Value::Null)
    };
    let token = format!("Bearer {}", text(&site.ada(), "token"));
    let body = json!({"current_password": ADA, "new_password": NEW});
    let change = site.app.request(Method::POST, "/auth/change-password", &[("authorization", &token)], &body);
    let send = |mut request: http::Request<axum::body::Body>| {
        let (state, project) = (site.app.state.clone(), site.app.project().clone());
        let peer = std::net::SocketAddr::from(([192, 0, 2, 1], 40_000));
        request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
        let path = request.uri().path().to_owned();
        async move { portcullis_api::handle(&state, project, "/p/test", &path, request).await.status().as_u16() }
    };
    let hashing = &site.app.state.identity.hashing;
    let statuses = site.app.run(async {
        let before = hashing.checks();
        let change = tokio::spawn(send(change));
        // The old password has been shown and the new one is being hashed: who looks now still sees the old row, and is
        // done with it when that is gone.
        while hashing.checks() < before + 2 {
            tokio::task::yield_now().await;
        }
        let looking: Vec<_> = (0..4).map(|_| tokio::spawn(send(basic(ADA)))).collect();
        let mut statuses = vec![change.await.unwrap()];
        for one in looking {
            statuses.push(one.await.unwrap());
        }
        statuses
    });
    assert_eq!(statuses[0], 200);
    // 503: nobody had time to look.
    assert!(statuses.iter().all(|status| matches!(status, 200 | 401 | 503)), "{statuses:?}");
    for _ in 0..2 {
        site.app.send(basic(ADA)).refused(401, "unauthenticated");
    }
    site.app.send(basic(NEW)).ok(200);
}
