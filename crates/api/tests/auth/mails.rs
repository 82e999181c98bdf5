//! What goes through the mailbox: reset, verification, links, codes.

use crate::support::{ADA, Site, last, text, token_of};
use http::Method;
use serde_json::{Value, json};

const NEW: &str = "another fine password";

fn reset_token(site: &Site) -> String {
    site.post("/auth/password_reset", json!({"email": "ada@example.com"})).ok(200);
    token_of(&last(site, "Ada@Example.com"))
}

#[test]
fn a_reset_sets_a_new_password_and_ends_all_sessions() {
    let site = Site::start();
    let before = site.ada();
    let token = reset_token(&site);
    site.post("/auth/password_reset/confirm", json!({"token": token, "new_password": "short"}))
        .refused(400, "password_too_short");
    site.post("/auth/password_reset/confirm", json!({"token": token, "new_password": NEW})).ok(200);
    site.refresh(&text(&before, "refresh_token")).refused(401, "password_changed");
    site.me(&text(&before, "token")).refused(401, "unauthenticated");
    site.login("ada@example.com", NEW).ok(200);
    site.post("/auth/confirm-reset", json!({"token": token, "new_password": NEW})).refused(400, "invalid_token");
    assert!(site.app.letters().iter().any(|one| one.kind == "password_changed_notice"));
}

#[test]
fn every_alias_of_a_reset_is_the_same() {
    let site = Site::start();
    for path in ["password_reset", "forgot-password", "request-reset", "forgotPassword", "reset-password"] {
        let count = site.app.letters().len();
        site.post(&format!("/api/auth/{path}"), json!({"email": "ada@example.com"})).ok(200);
        assert_eq!(site.app.letters().len(), count + 1, "{path}");
    }
    let token = token_of(&last(&site, "Ada@Example.com"));
    site.post("/auth/reset-password", json!({"token": token, "new_password": NEW})).ok(200);
}

#[test]
fn sec_22_known_and_unknown_addresses_answer_alike() {
    let site = Site::start();
    for path in ["password_reset", "magic-link", "otp", "resend-verification"] {
        let path = format!("/auth/{path}");
        let known = site.post(&path, json!({"email": "ada@example.com"})).ok(200);
        let count = site.app.letters().len();
        for email in ["nobody@example.com", "off@example.com", "twin@example.com"] {
            assert_eq!(site.post(&path, json!({"email": email})).ok(200), known, "{path}");
        }
        assert_eq!(site.app.letters().len(), count, "{path}");
    }
}

#[test]
fn sec_21_fifty_parallel_uses_of_a_reset_token_give_one_success() {
    let site = Site::start();
    let token = reset_token(&site);
    let one = |n: usize| {
        let body = json!({"token": token, "new_password": format!("new password number {n}")});
        site.request("/auth/password_reset/confirm", body)
    };
    let answers = site.app.at_once((0..50).map(one).collect());
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
}

#[test]
fn sec_21_a_newer_token_voids_the_older_and_time_ends_both() {
    let site = Site::start();
    let (old, new) = (reset_token(&site), reset_token(&site));
    let confirm = |token: &str| site.post("/auth/confirm-reset", json!({"token": token, "new_password": NEW}));
    confirm(&old).refused(400, "invalid_token");
    site.app.clock.advance_s(3_601);
    confirm(&new).refused(400, "invalid_token");
    let bound = reset_token(&site);
    site.database.run("UPDATE users SET email = 'moved@example.com' WHERE id = 1");
    confirm(&bound).refused(400, "invalid_token");
}

#[test]
fn sec_23_sec_24_links_start_where_the_settings_say() {
    let site = Site::with(|settings| {
        settings.auth.redirect_origins = vec!["https://app.example".to_owned(), "https://b.example:8443".to_owned()];
        settings.email.base_url = Some("https://app.example/".to_owned());
        settings.email.password_reset_path = Some("/reset?token=%s".to_owned());
    });
    let headers = [("host", "evil.example"), ("x-forwarded-host", "evil.example"), ("origin", "https://evil.example")];
    let body = json!({"email": "ada@example.com"});
    site.app.send(site.app.request(Method::POST, "/auth/password_reset", &headers, &body)).ok(200);
    let link = |site: &Site| last(site, "Ada@Example.com").link().to_owned();
    assert!(link(&site).starts_with("https://app.example/reset?token=mt_"), "{}", link(&site));
    let ask = |url: &str| site.post("/auth/password_reset", json!({"email": "ada@example.com", "redirect_url": url}));
    ask("https://b.example:8443/new?x=1").ok(200);
    assert!(link(&site).starts_with("https://b.example:8443/new?x=1&token=mt_"), "{}", link(&site));
    for url in [
        "https://evil.example",
        "http://app.example",
        "https://app.example:444",
        "https://app.example.evil.example",
        "https://app.example@evil.example",
        "https://user@app.example",
        "https:\\\\app.example",
        "//app.example",
        "javascript:alert(1)",
        "https://app.example\n.evil.example",
        "",
    ] {
        ask(url).refused(400, "redirect_refused");
    }
    let own = json!({"email": "nobody@example.com", "redirect_url": "https://evil.example"});
    site.post("/auth/magic-link", own).refused(400, "redirect_refused");
}

#[test]
fn a_magic_link_signs_in_once() {
    let site = Site::start();
    site.post("/auth/magic-link", json!({"email": "ADA@example.com"})).ok(200);
    let letter = last(&site, "Ada@Example.com");
    assert_eq!(letter.kind, "magic_link");
    let token = token_of(&letter);
    let body = site.post("/auth/magic-link/verify", json!({ "token": token })).ok(200);
    assert_eq!(body["user"]["email_verified"], true);
    site.me(&text(&body, "token")).ok(200);
    site.post("/auth/magic-link/verify", json!({ "token": token })).refused(400, "invalid_token");
    site.post("/auth/magic-link", json!({"email": "ada@example.com"})).ok(200);
    let late = token_of(&last(&site, "Ada@Example.com"));
    site.app.clock.advance_s(601);
    site.post("/auth/magic-link/verify", json!({ "token": late })).refused(400, "invalid_token");
}

#[test]
fn a_code_signs_in_and_has_five_tries() {
    let site = Site::start();
    let send = || {
        site.post("/auth/otp", json!({"email": "ada@example.com"})).ok(200);
        token_of(&last(&site, "Ada@Example.com"))
    };
    let verify = |email: &str, code: &str| site.post("/auth/otp/verify", json!({"email": email, "code": code}));
    let code = send();
    assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()));
    verify("bob@example.com", &code).refused(400, "invalid_token");
    verify("Ada@example.com", &code).ok(200);
    verify("ada@example.com", &code).refused(400, "invalid_token");
    let code = send();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        verify("ada@example.com", wrong).refused(400, "invalid_token");
    }
    verify("ada@example.com", &code).refused(400, "invalid_token");
}

#[test]
fn verification_is_sent_again_until_it_is_done() {
    let site = Site::start();
    let resend = || site.post("/auth/resend-verification", json!({"email": "ada@example.com"})).ok(200);
    resend();
    let token = token_of(&last(&site, "Ada@Example.com"));
    site.post("/auth/verify", json!({ "token": token })).ok(200);
    let count = site.app.letters().len();
    resend();
    assert_eq!(site.app.letters().len(), count);
    site.app.stranger(Method::GET, "/auth/verify", &Value::Null).refused(400, "missing_field");
}

#[test]
fn a_login_from_a_new_place_is_told() {
    let site = Site::start();
    let login = |agent: &str, ip: [u8; 4]| {
        let body = json!({"email": "ada@example.com", "password": ADA});
        let mut request = site.app.request(Method::POST, "/auth/login", &[("user-agent", agent)], &body);
        let peer = std::net::SocketAddr::from((ip, 4_000));
        request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
        site.app.send(request).ok(200);
        site.app.letters().len()
    };
    assert_eq!(login("one", [192, 0, 2, 1]), 0);
    assert_eq!(login("one", [192, 0, 2, 2]), 0);
    assert_eq!(login("two", [198, 51, 100, 7]), 1);
    assert_eq!(last(&site, "Ada@Example.com").kind, "new_sign_in");
}
