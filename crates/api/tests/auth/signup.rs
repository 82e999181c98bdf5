//! Making oneself an account.

use crate::support::{ADA, Site, last, text, token_of};
use serde_json::{Value, json};

const PASSWORD: &str = "a fine new password";

#[test]
fn a_signup_makes_a_user_in_the_old_tables_own_format() {
    let site = Site::start();
    let body = json!({"email": " New@Example.com ", "password": PASSWORD, "FirstName": "New",
        "additional_data": {"last_name": "User"}});
    let body = site.post("/auth/signup", body).ok(201);
    assert_eq!((&body["user"]["email"], &body["user"]["name"]), (&json!("New@Example.com"), &json!("New")));
    assert_eq!(body["user"]["last_name"], "User");
    assert!(body.get("warnings").is_none());
    site.me(&text(&body, "token")).ok(200);
    let stored = site.database.texts("SELECT password_hash FROM users WHERE email = 'New@Example.com'");
    assert!(stored[0].as_deref().unwrap().starts_with(&crate::support::hash()[..4]), "{stored:?}");
    site.login("new@example.com", PASSWORD).ok(200);
}

#[test]
fn sec_42_a_signup_sets_no_role_no_flag_and_no_id() {
    let site = Site::start();
    let body = json!({"email": "new@example.com", "password": PASSWORD, "role": "admin", "active": 0, "is_active": false,
        "id": 99, "password_hash": "x", "nonsense": 1});
    let body = site.post("/auth/register", body).ok(201);
    assert_eq!(body["warnings"].as_array().unwrap().len(), 5, "{body}");
    assert_eq!((&body["roles"], &body["user"]["is_active"]), (&json!([]), &json!(true)));
    assert_ne!(body["user"]["id"], 99);
}

#[test]
fn sec_5_a_taken_address_in_any_spelling_is_409_and_changes_nothing() {
    let site = Site::start();
    let before = site.database.texts("SELECT password_hash FROM users WHERE id = 1");
    for email in ["ada@example.com", "ADA@EXAMPLE.COM", "  ada@example.com\t"] {
        site.post("/auth/signup", json!({"email": email, "password": PASSWORD})).refused(409, "email_taken");
    }
    for email in ["a\u{200b}da@example.com", "ada@example.com\r\nbcc: x@y.z", "a@b.c, d@e.f", "no address", ""] {
        let answer = site.post("/auth/signup", json!({"email": email, "password": PASSWORD}));
        assert_eq!(answer.status, 400, "{email:?} {}", answer.text());
    }
    assert_eq!(site.database.texts("SELECT password_hash FROM users WHERE id = 1"), before);
    assert_eq!(site.database.texts("SELECT COUNT(*) FROM users"), [Some("7".to_owned())]);
}

#[test]
fn sec_5_where_addresses_are_verified_a_taken_one_answers_like_a_new_one() {
    let site = Site::with(|settings| settings.auth.require_verified_email = true);
    let new = site.post("/auth/signup", json!({"email": "new@example.com", "password": PASSWORD})).ok(202);
    assert_eq!(last(&site, "new@example.com").kind, "email_verification");
    let verify = token_of(&last(&site, "new@example.com"));
    let taken = site.post("/auth/signup", json!({"email": "ada@example.com", "password": PASSWORD})).ok(202);
    assert_eq!(new, taken);
    assert_eq!(last(&site, "ada@example.com").kind, "sign_up_taken");

    site.login("new@example.com", PASSWORD).refused(403, "email_not_verified");
    site.login("new@example.com", "wrong wrong").refused(401, "invalid_credentials");
    let link = format!("/auth/verify?token={verify}");
    site.app.stranger(http::Method::GET, &link, &Value::Null).ok(200);
    site.app.stranger(http::Method::GET, &link, &Value::Null).refused(400, "invalid_token");
    assert_eq!(site.login("new@example.com", PASSWORD).ok(200)["user"]["email_verified"], true);
}

#[test]
fn parallel_signups_with_one_address_make_one_user() {
    let site = Site::start();
    let one = || site.request("/auth/signup", json!({"email": "new@example.com", "password": PASSWORD}));
    let answers = site.app.at_once((0..6).map(|_| one()).collect());
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    // A busy machine may say 503 instead: nothing was made then.
    assert!(answers.iter().all(|answer| matches!(answer.status.as_u16(), 201 | 409 | 503)));
    site.login("new@example.com", PASSWORD).ok(200);
}

#[test]
fn sec_1_sec_2_what_a_password_must_be() {
    let site = Site::with(|settings| settings.auth.password_blocklist = Some(true));
    let try_one = |password: &str| site.post("/auth/signup", json!({"email": "new@example.com", "password": password}));
    try_one("1234567").refused(400, "password_too_short");
    try_one("password123").refused(400, "password_too_common");
    try_one("new@example.com").refused(400, "password_too_common");
    let long: String = (0..1_000_u64).map(|n| format!("{:x}", n * 7_919 % 997)).collect();
    try_one(&long[..1_025]).refused(422, "password_too_long");
    // The table's bcrypt holds no more.
    try_one(&long[..73]).refused(422, "password_too_long");
    try_one("    \u{1f600} spaces are letters too  ").ok(201);
    site.login("new@example.com", "    \u{1f600} spaces are letters too  ").ok(200);
    site.login("new@example.com", "\u{1f600} spaces are letters too").refused(401, "invalid_credentials");
}

#[test]
fn signup_can_be_switched_off() {
    let site = Site::with(|settings| settings.auth.self_signup = false);
    let answer = site.post("/auth/signup", json!({"email": "new@example.com", "password": PASSWORD}));
    answer.refused(403, "switched_off");
    let _ = ADA;
}
