//! Cookie mode. SEC-57.

use crate::support::{ADA, Site};
use http::{Method, header};
use portcullis_project::settings::CookieMode;
use serde_json::{Value, json};

fn site() -> Site {
    Site::with(|settings| {
        settings.auth.cookie_mode = CookieMode::Lax;
        settings.auth.redirect_origins = vec!["https://app.example".to_owned()];
    })
}

fn cookies(answer: &portcullis_testkit::Answer) -> Vec<String> {
    answer.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap().to_owned()).collect()
}

#[test]
fn sec_57_cookies_are_host_bound_and_only_own_pages_change_things_with_them() {
    let site = site();
    let answer = site.login("ada@example.com", ADA);
    let set = cookies(&answer);
    assert_eq!(set.len(), 2);
    for cookie in &set {
        assert!(cookie.starts_with("__Host-pc_"), "{cookie}");
        for part in ["; Path=/;", "; HttpOnly", "; Secure", "; SameSite=Lax"] {
            assert!(cookie.contains(part), "{cookie}");
        }
    }
    let jar: Vec<&str> = set.iter().map(|cookie| cookie.split(';').next().unwrap()).collect();
    let jar = jar.join("; ");
    let call = |method: Method, path: &str, more: &[(&str, &str)], body: &Value| {
        let mut headers = vec![("cookie", jar.as_str())];
        headers.extend_from_slice(more);
        site.app.send(site.app.request(method, path, &headers, body))
    };
    call(Method::GET, "/auth/me", &[], &Value::Null).ok(200);
    let change = json!({"last_name": "King"});
    call(Method::PATCH, "/auth/me", &[], &change).refused(403, "cross_site_request");
    call(Method::PATCH, "/auth/me", &[("origin", "https://evil.example")], &change).refused(403, "cross_site_request");
    call(Method::PATCH, "/auth/me", &[("origin", "null")], &change).refused(403, "cross_site_request");
    call(Method::PATCH, "/auth/me", &[("sec-fetch-site", "cross-site")], &change).refused(403, "cross_site_request");
    call(Method::POST, "/orders", &[], &json!({"id": 5, "total": 1})).refused(403, "cross_site_request");
    call(Method::PATCH, "/auth/me", &[("origin", "https://app.example")], &change).ok(200);
    call(Method::PATCH, "/auth/me", &[("origin", "https://api.test")], &change).ok(200);
    call(Method::PATCH, "/auth/me", &[("sec-fetch-site", "same-origin")], &change).ok(200);
    call(Method::POST, "/auth/refresh", &[], &json!({})).refused(403, "cross_site_request");
    let fresh = call(Method::POST, "/auth/refresh", &[("origin", "https://app.example")], &json!({}));
    assert_eq!(cookies(&fresh).len(), 2);
    let out = call(Method::POST, "/auth/logout", &[("origin", "https://app.example")], &json!({}));
    assert_eq!(out.status, 204);
    assert!(cookies(&out).iter().all(|cookie| cookie.contains("Max-Age=0")));
    call(Method::GET, "/auth/me", &[], &Value::Null).refused(401, "unauthenticated");
}

#[test]
fn sec_57_a_form_that_any_page_can_send_signs_no_browser_in() {
    let site = site();
    let form = format!("grant_type=password&username=ada%40example.com&password={}", ADA.replace(' ', "+"));
    let headers = &[("content-type", "application/x-www-form-urlencoded")];
    let answer = site.app.call(Method::POST, "/auth/login", headers, form);
    assert!(cookies(&answer).is_empty());
    let refresh = answer.ok(200)["refresh_token"].as_str().unwrap().to_owned();
    let form = format!("grant_type=refresh_token&refresh_token={refresh}");
    let answer = site.app.call(Method::POST, "/auth/token", headers, form);
    assert!(cookies(&answer).is_empty());
    answer.ok(200);
}

#[test]
fn without_cookie_mode_a_cookie_is_nothing() {
    let site = Site::start();
    let answer = site.login("ada@example.com", ADA);
    assert!(cookies(&answer).is_empty());
    let token = answer.json()["token"].as_str().unwrap().to_owned();
    let cookie = format!("__Host-pc_access_test_development={token}");
    let request = site.app.request(Method::GET, "/auth/me", &[("cookie", &cookie)], &Value::Null);
    site.app.send(request).refused(401, "unauthenticated");
}

#[test]
fn sec_57_a_link_that_somebody_sent_signs_no_browser_in() {
    let site = site();
    site.post("/auth/magic-link", json!({"email": "ada@example.com"})).ok(200);
    let token = crate::support::token_of(&crate::support::last(&site, "Ada@Example.com"));
    let opened = site.app.stranger(Method::GET, &format!("/auth/magic-link/verify?token={token}"), &Value::Null);
    assert_eq!(cookies(&opened).len(), 0);
    assert!(opened.ok(200)["token"].is_string());
    site.post("/auth/magic-link", json!({"email": "ada@example.com"})).ok(200);
    let token = crate::support::token_of(&crate::support::last(&site, "Ada@Example.com"));
    let posted = site.post("/auth/magic-link/verify", json!({ "token": token }));
    assert_eq!(cookies(&posted).len(), 2);
}
