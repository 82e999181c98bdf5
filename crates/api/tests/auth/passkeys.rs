//! Passkeys through the router: as the only factor, as the second one, and what is refused.

use crate::{
    second_factors::{aal, call, enroll, half},
    support::{ADA, Site, text},
};
use http::Method;
use portcullis_testkit::SoftPasskey;
use serde_json::{Value, json};

pub const ORIGIN: &str = "https://api.test";

pub fn register(site: &Site, token: &str, key: &mut SoftPasskey, name: &str) -> Value {
    let begun = call(site, token, "/auth/passkeys/register/begin", json!({ "current_password": ADA })).ok(200);
    let credential = key.create(&begun["options"]);
    let body = json!({ "ticket": begun["ticket"], "credential": credential, "name": name });
    call(site, token, "/auth/passkeys/register/finish", body).ok(201)
}

/// A login by passkey; `half` is the first step's ticket.
pub fn login(site: &Site, key: &mut SoftPasskey, half: Option<&str>) -> portcullis_testkit::Answer {
    let mut body = half.map_or_else(|| json!({}), |half| json!({ "mfa_token": half }));
    let begun = site.post("/auth/passkeys/login/begin", body.clone()).ok(200);
    body["ticket"] = begun["ticket"].clone();
    body["credential"] = key.get(&begun["options"]);
    site.post("/auth/passkeys/login/finish", body)
}

#[test]
fn a_passkey_signs_in_alone_without_an_address() {
    let site = Site::start();
    let token = text(&site.ada(), "token");
    let mut key = SoftPasskey::new(ORIGIN);
    let made = register(&site, &token, &mut key, "laptop");
    assert_eq!((&made["name"], made["recovery_codes"].as_array().unwrap().len()), (&json!("laptop"), 10));
    let body = login(&site, &mut key, None).ok(200);
    assert_eq!((aal(&text(&body, "token")).as_str(), &body["user"]["id"]), ("aal2", &json!(1)));
    let token = text(&body, "token");
    let list = site.app.bearer(&token, Method::GET, "/auth/passkeys", &Value::Null).ok(200);
    assert_eq!((&list["data"][0]["id"], list["data"].as_array().unwrap().len()), (&made["id"], 1));
    assert!(list["data"][0]["last_used"].is_string());
}

#[test]
fn a_passkey_is_the_second_step_of_a_login() {
    let site = Site::start();
    let token = text(&site.ada(), "token");
    let mut key = SoftPasskey::new(ORIGIN);
    register(&site, &token, &mut key, "phone");
    let (ticket, factors) = half(&site);
    assert_eq!(factors, json!(["passkey", "recovery_code"]));
    assert_eq!(aal(&text(&login(&site, &mut key, Some(&ticket)).ok(200), "token")), "aal2");
    let begin = |ticket: &str| site.post("/auth/passkeys/login/begin", json!({ "mfa_token": ticket }));
    begin(&ticket).refused(401, "invalid_mfa_token");
    // With an app only there is no passkey to ask for.
    let other = Site::start();
    enroll(&other, &text(&other.ada(), "token"));
    let (ticket, _) = half(&other);
    other.post("/auth/passkeys/login/begin", json!({ "mfa_token": ticket })).refused(404, "passkey_not_found");
}

#[test]
fn another_users_passkey_is_no_second_factor() {
    let site = Site::start();
    let mut own = SoftPasskey::new(ORIGIN);
    register(&site, &text(&site.ada(), "token"), &mut own, "ada");
    let mut bobs = SoftPasskey::new(ORIGIN);
    let bob = text(&site.login("bob@example.com", ADA).ok(200), "token");
    register(&site, &bob, &mut bobs, "bob");
    let (ticket, _) = half(&site);
    let begun = site.post("/auth/passkeys/login/begin", json!({ "mfa_token": ticket })).ok(200);
    let credential = bobs.get_with_newest(&begun["options"]);
    let body = json!({ "ticket": begun["ticket"], "credential": credential, "mfa_token": ticket });
    site.post("/auth/passkeys/login/finish", body).refused(401, "invalid_passkey");
    login(&site, &mut own, Some(&ticket)).ok(200);
}

#[test]
fn a_page_of_another_origin_a_copy_and_a_used_ceremony_are_refused() {
    let site = Site::start();
    let token = text(&site.ada(), "token");
    let mut key = SoftPasskey::new(ORIGIN);
    register(&site, &token, &mut key, "laptop");
    let mut copy = key.clone();
    login(&site, &mut key, None).ok(200);
    login(&site, &mut copy, None).refused(401, "passkey_copied");
    let mut elsewhere = key.clone();
    elsewhere.origin = "https://evil.test".to_owned();
    login(&site, &mut elsewhere, None).refused(401, "invalid_passkey");
    let begun = site.post("/auth/passkeys/login/begin", json!({})).ok(200);
    let finish = |credential: Value| {
        let body = json!({ "ticket": begun["ticket"], "credential": credential });
        site.post("/auth/passkeys/login/finish", body)
    };
    finish(json!({"id": "nonsense"})).refused(400, "invalid_value");
    finish(key.get(&begun["options"])).ok(200);
    finish(key.get(&begun["options"])).refused(400, "ceremony_expired");
    finish(json!("text")).refused(400, "missing_field");
    // Whoever is switched off does not come in by a passkey either.
    site.database.run("UPDATE users SET active = 0 WHERE id = 1");
    login(&site, &mut key, None).refused(401, "invalid_credentials");
}

#[test]
fn passkeys_are_renamed_and_deleted_by_their_owner_alone() {
    let site = Site::start();
    let mut key = SoftPasskey::new(ORIGIN);
    let made = register(&site, &text(&site.ada(), "token"), &mut key, "laptop");
    let path = format!("/auth/passkeys/{}", text(&made, "id"));
    let ada = text(&login(&site, &mut key, None).ok(200), "token");
    let bob = text(&site.login("bob@example.com", ADA).ok(200), "token");
    let rename = |token: &str, name: &str| site.app.bearer(token, Method::PATCH, &path, &json!({ "name": name }));
    rename(&bob, "mine").refused(404, "passkey_not_found");
    rename(&ada, &"x".repeat(65)).refused(400, "invalid_value");
    assert_eq!(rename(&ada, "desk").ok(200)["name"], "desk");
    let delete = |token: &str| site.app.bearer(token, Method::DELETE, &path, &Value::Null);
    delete(&bob).refused(404, "passkey_not_found");
    assert_eq!(delete(&ada).status, 204);
    delete(&ada).refused(404, "passkey_not_found");
    // With the last factor gone a password is enough again.
    site.ada();
}

#[test]
fn a_second_passkey_needs_the_first() {
    let site = Site::start();
    let mut key = SoftPasskey::new(ORIGIN);
    let old = text(&site.ada(), "token");
    register(&site, &old, &mut key, "laptop");
    call(&site, &old, "/auth/passkeys/register/begin", json!({ "current_password": ADA })).refused(403, "mfa_required");
    let strong = text(&login(&site, &mut key, None).ok(200), "token");
    let second = register(&site, &strong, &mut SoftPasskey::new(ORIGIN), "phone");
    assert!(second.get("recovery_codes").is_none());
}

#[test]
fn rp_id_says_the_domain() {
    let site = Site::with(|settings| {
        settings.auth.rp_id = Some("shop.example".to_owned());
        settings.auth.redirect_origins = vec!["https://app.shop.example".to_owned()];
    });
    let mut key = SoftPasskey::new("https://app.shop.example");
    register(&site, &text(&site.ada(), "token"), &mut key, "laptop");
    login(&site, &mut key, None).ok(200);
    let none = Site::with(|settings| settings.auth.rp_id = Some("elsewhere.example".to_owned()));
    none.post("/auth/passkeys/login/begin", json!({})).refused(501, "passkeys_not_configured");
}
