//! Rate limits and lockouts. SEC-7, SEC-8, SEC-9, SEC-66.

use crate::support::{ADA, Site, text, token_of};
use axum::{body::Body, extract::ConnectInfo};
use http::{Method, Request};
use serde_json::{Value, json};
use std::net::SocketAddr;

fn from(site: &Site, ip: [u8; 4], email: &str, password: &str) -> Request<Body> {
    let mut request = site.request("/auth/login", json!({"email": email, "password": password}));
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from((ip, 4_000))));
    request
}

#[test]
fn sec_66_every_answer_says_how_the_limit_stands() {
    let site = Site::with(|settings| settings.auth.rate_limits.requests = "100/1m/ip".to_owned());
    let answer = site.login("ada@example.com", ADA);
    assert_eq!(answer.header("x-ratelimit-limit"), Some("100"));
    assert_eq!(answer.header("x-ratelimit-remaining"), Some("99"));
    let reset: i64 = answer.header("x-ratelimit-reset").unwrap().parse().unwrap();
    assert_eq!(reset, 1_800_000_060);
    for left in (0..99).rev() {
        let answer = site.me("nonsense");
        assert_eq!(answer.header("x-ratelimit-remaining"), Some(left.to_string().as_str()));
    }
    let refused = site.me("nonsense");
    assert!(refused.header("retry-after").is_some());
    assert_eq!(refused.header("ratelimit-policy"), Some("\"requests\";q=100;w=60"));
    assert_eq!(refused.header("ratelimit"), Some("\"requests\";r=0;t=61"));
    refused.refused(429, "rate_limited");
    site.app.clock.advance_s(61);
    site.login("ada@example.com", ADA).ok(200);
}

#[test]
fn failed_logins_are_counted_by_address_and_account_and_a_good_one_forgets_them() {
    let site = Site::with(|settings| settings.auth.rate_limits.login = "3/15m/ip+account".to_owned());
    for _ in 0..2 {
        site.login("ada@example.com", "wrong wrong").refused(401, "invalid_credentials");
    }
    site.ada();
    for _ in 0..3 {
        site.login("Ada@Example.com ", "wrong wrong").refused(401, "invalid_credentials");
    }
    site.login("ada@example.com", ADA).refused(429, "rate_limited");
    site.login("bob@example.com", ADA).ok(200);
    site.app.send(from(&site, [198, 51, 100, 1], "ada@example.com", ADA)).ok(200);
    for _ in 0..3 {
        site.login("nobody@example.com", ADA).refused(401, "invalid_credentials");
    }
    site.login("nobody@example.com", ADA).refused(429, "rate_limited");
}

#[test]
fn sec_7_two_hundred_parallel_guesses_cost_at_most_the_limit() {
    let site = Site::with(|settings| {
        settings.auth.rate_limits.login = "1000/15m/ip+account".to_owned();
        settings.auth.rate_limits.requests = "10000/1m/ip".to_owned();
        settings.auth.lockout.max_failures = 10;
    });
    for email in ["ada@example.com", "nobody@example.com"] {
        let before = site.app.state.identity.hashing.checks();
        let all = (0..200_u8).map(|n| from(&site, [198, 51, 100, n], email, "wrong wrong")).collect();
        let answers = site.app.at_once(all);
        assert!(answers.iter().all(|answer| matches!(answer.status.as_u16(), 401 | 429 | 503)));
        assert!(site.app.state.identity.hashing.checks() <= before + 10, "{email}");
        // Those that nobody had time for were no guesses.
        for _ in answers.iter().filter(|answer| answer.status == 503) {
            site.app.send(from(&site, [203, 0, 113, 2], email, "wrong wrong"));
        }
        assert!(site.app.state.identity.hashing.checks() <= before + 10, "{email}");
        let locked = site.app.send(from(&site, [203, 0, 113, 1], email, ADA));
        assert!(locked.header("retry-after").is_some());
        locked.refused(429, "account_locked");
    }
}

#[test]
fn sec_9_a_lock_holds_everywhere_and_does_not_shut_the_owner_out() {
    let site = Site::with(|settings| settings.auth.lockout.max_failures = 3);
    let live = site.ada();
    for _ in 0..3 {
        site.login("ada@example.com", "wrong wrong").refused(401, "invalid_credentials");
    }
    site.login("ada@example.com", ADA).refused(429, "account_locked");
    site.post("/auth/token", json!({"username": "ada@example.com", "password": ADA})).refused(429, "account_locked");
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let pair = format!("Basic {}", STANDARD.encode(format!("ada@example.com:{ADA}")));
    let basic = site.app.request(Method::GET, "/orders", &[("authorization", &pair)], &Value::Null);
    site.app.send(basic).refused(429, "account_locked");
    let change = json!({"current_password": ADA, "new_password": "another fine password"});
    site.app
        .bearer(&text(&live, "token"), Method::POST, "/auth/change-password", &change)
        .refused(429, "account_locked");

    let live = site.refresh(&text(&live, "refresh_token")).ok(200);
    site.me(&text(&live, "token")).ok(200);
    site.app.clock.advance_s(31);
    site.login("ada@example.com", "wrong wrong").refused(401, "invalid_credentials");
    site.app.clock.advance_s(31);
    site.login("ada@example.com", ADA).refused(429, "account_locked");
    site.post("/auth/magic-link", json!({"email": "ada@example.com"})).ok(200);
    let token = token_of(&crate::support::last(&site, "Ada@Example.com"));
    site.post("/auth/magic-link/verify", json!({ "token": token })).ok(200);
    site.ada();
}

#[test]
fn sec_8_nothing_a_client_writes_gives_a_fresh_budget() {
    let site = Site::with(|settings| settings.auth.rate_limits.login = "2/15m/ip+account".to_owned());
    let tries = [
        ("/auth/login", "x-forwarded-for", "1.1.1.1"),
        ("/api/auth/login", "x-forwarded-for", "2.2.2.2"),
        ("/auth/login/", "x-real-ip", "3.3.3.3"),
        ("/auth/token", "forwarded", "for=4.4.4.4"),
    ];
    let mut refused = 0;
    for (at, (path, name, value)) in tries.iter().enumerate() {
        let email = if at % 2 == 0 { "ada@example.com" } else { "ADA@EXAMPLE.COM" };
        let body = json!({"email": email, "password": "wrong wrong"});
        let answer = site.app.send(site.app.request(Method::POST, path, &[(name, value)], &body));
        refused += usize::from(answer.status == 429);
    }
    assert_eq!(refused, 2);
}

#[test]
fn mails_and_signups_have_limits_of_their_own() {
    let site = Site::with(|settings| {
        settings.auth.rate_limits.reset = "2/1h/account".to_owned();
        settings.auth.rate_limits.signup = "2/1h/ip".to_owned();
    });
    for email in ["ada@example.com", "nobody@example.com"] {
        for path in ["/auth/password_reset", "/auth/magic-link"] {
            site.post(path, json!({ "email": email })).ok(200);
        }
        site.post("/auth/magic-link", json!({ "email": email })).refused(429, "rate_limited");
        for path in ["/auth/otp", "/auth/resend-verification"] {
            site.post(path, json!({ "email": email })).ok(200);
            site.post(path, json!({ "email": email })).ok(200);
            site.post(path, json!({ "email": email })).refused(429, "rate_limited");
        }
    }
    for n in 0..2 {
        let body = json!({"email": format!("new{n}@example.com"), "password": "a fine new password"});
        site.post("/auth/signup", body).ok(201);
    }
    let body = json!({"email": "new3@example.com", "password": "a fine new password"});
    site.post("/auth/signup", body).refused(429, "rate_limited");
}
