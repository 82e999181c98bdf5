//! The authenticator app and recovery codes, from setting up to the second step of every login.

use crate::support::{ADA, Site, last, text};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{Method, Request};
use portcullis_testkit::Answer;
use serde_json::{Value, json};

/// An authenticator app that has learned a secret.
pub struct App(totp_rs::Totp);

impl App {
    /// The code of this moment.
    pub fn code(&self, site: &Site) -> String {
        use portcullis_base::Clock as _;
        self.0.generate(site.app.clock.now().unix_s().unsigned_abs()).to_string()
    }
}

pub fn call(site: &Site, token: &str, path: &str, body: Value) -> Answer {
    site.app.bearer(token, Method::POST, path, &body)
}

/// Sets an app up with the password; gives it and the recovery codes.
pub fn enroll(site: &Site, token: &str) -> (App, Vec<String>) {
    let made = call(site, token, "/auth/mfa/totp/enroll", json!({ "current_password": ADA })).ok(200);
    let app = App(totp_rs::Totp::from_url(text(&made, "otpauth_url")).unwrap());
    assert!(text(&made, "qr").starts_with("data:image/svg+xml;base64,") && text(&made, "secret").len() == 32);
    let confirmed = call(site, token, "/auth/mfa/totp/confirm", json!({ "code": app.code(site) })).ok(200);
    let codes = confirmed["recovery_codes"].as_array().unwrap();
    // The next code is another one.
    site.app.clock.advance_s(30);
    (app, codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect())
}

pub fn second(site: &Site, ticket: &str, code: &str) -> Answer {
    site.post("/auth/mfa/totp/verify", json!({ "mfa_token": ticket, "code": code }))
}

/// The claim `aal` of an access token.
pub fn aal(token: &str) -> String {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    text(&claims, "aal")
}

/// The first step, which is refused with a ticket.
pub fn half(site: &Site) -> (String, Value) {
    let body = site.login("ada@example.com", ADA).refused(403, "mfa_required");
    (text(&body, "mfa_token"), body["factors"].clone())
}

#[test]
fn a_login_goes_on_to_a_code_and_gives_a_session_of_two_factors() {
    let site = Site::start();
    let token = text(&site.ada(), "token");
    assert_eq!(aal(&token), "aal1");
    let (app, codes) = enroll(&site, &token);
    assert_eq!(codes.len(), 10);
    let (ticket, factors) = half(&site);
    assert_eq!(factors, json!(["totp", "recovery_code"]));
    second(&site, &ticket, "000000").refused(401, "invalid_code");
    let body = second(&site, &ticket, &app.code(&site)).ok(200);
    assert_eq!((aal(&text(&body, "token")).as_str(), &body["type"]), ("aal2", &json!("local")));
    assert_eq!(aal(&text(&site.refresh(&text(&body, "refresh_token")).ok(200), "token")), "aal2");
    // Ticket and code are good once.
    second(&site, &ticket, &app.code(&site)).refused(401, "invalid_mfa_token");
    let (ticket, _) = half(&site);
    second(&site, &ticket, &app.code(&site)).refused(401, "invalid_code");
    second(&site, "mfa_nonsense", &app.code(&site)).refused(401, "invalid_mfa_token");
    let seen = site.app.bearer(&text(&body, "token"), Method::GET, "/auth/mfa", &Value::Null).ok(200);
    assert_eq!(seen, json!({"totp": true, "passkeys": 0, "recovery_codes": 10, "aal": "aal2"}));
}

#[test]
fn the_session_that_confirmed_an_app_is_one_of_two_factors_after_its_refresh() {
    let site = Site::start();
    let first = site.ada();
    enroll(&site, &text(&first, "token"));
    assert_eq!(aal(&text(&site.refresh(&text(&first, "refresh_token")).ok(200), "token")), "aal2");
}

#[test]
fn a_recovery_code_stands_in_once() {
    let site = Site::start();
    let (_, codes) = enroll(&site, &text(&site.ada(), "token"));
    let (ticket, _) = half(&site);
    let body = json!({ "mfa_token": ticket, "recovery_code": codes[0].to_uppercase() });
    let token = text(&site.post("/auth/mfa/totp/verify", body).ok(200), "token");
    assert_eq!(aal(&token), "aal2");
    let (ticket, _) = half(&site);
    second(&site, &ticket, &codes[0]).refused(401, "invalid_code");
    second(&site, &ticket, &codes[1]).ok(200);
    let left = site.app.bearer(&token, Method::GET, "/auth/mfa/recovery-codes", &Value::Null).ok(200);
    assert_eq!(left, json!({"left": 8}));
    let fresh = call(&site, &token, "/auth/mfa/recovery-codes", Value::Null).ok(200);
    assert_eq!(fresh["recovery_codes"].as_array().unwrap().len(), 10);
    let (ticket, _) = half(&site);
    second(&site, &ticket, &codes[2]).refused(401, "invalid_code");
}

#[test]
fn sec_7_after_five_wrong_codes_the_right_one_waits_too() {
    let site = Site::start();
    let (app, codes) = enroll(&site, &text(&site.ada(), "token"));
    let (ticket, _) = half(&site);
    for _ in 0..5 {
        second(&site, &ticket, "000000").refused(401, "invalid_code");
    }
    let refused = second(&site, &ticket, &app.code(&site));
    let wait: u32 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((800..=900).contains(&wait), "{wait}");
    refused.refused(429, "factor_locked");
    // The owner has codes in the drawer, which end the wait.
    second(&site, &ticket, &codes[0]).ok(200);
    let (ticket, _) = half(&site);
    second(&site, &ticket, &app.code(&site)).ok(200);
}

#[test]
fn every_way_in_goes_on_to_the_second_factor() {
    let site = Site::start();
    let (app, _) = enroll(&site, &text(&site.ada(), "token"));
    site.post("/auth/magic-link", json!({"email": "ada@example.com"})).ok(200);
    let token = last(&site, "Ada@Example.com").token();
    let body = site.post("/auth/magic-link/verify", json!({ "token": token })).refused(403, "mfa_required");
    assert_eq!(aal(&text(&second(&site, &text(&body, "mfa_token"), &app.code(&site)).ok(200), "token")), "aal2");
    site.post("/auth/otp", json!({"email": "ada@example.com"})).ok(200);
    let code = last(&site, "Ada@Example.com").code();
    site.post("/auth/otp/verify", json!({"email": "ada@example.com", "code": code})).refused(403, "mfa_required");
    let form = "grant_type=password&username=ada%40example.com&password=correct+horse+battery";
    let request = Request::post("/auth/token").header("content-type", "application/x-www-form-urlencoded");
    site.app.send(request.body(form.into()).unwrap()).refused(403, "mfa_required");
    // A wrong password tells nothing of it.
    site.login("ada@example.com", "wrong horse battery").refused(401, "invalid_credentials");
}

#[test]
fn http_basic_is_over_at_once_for_whoever_has_a_second_factor() {
    let site = Site::start();
    let pair = format!("Basic {}", STANDARD.encode(format!("ada@example.com:{ADA}")));
    let get = || site.app.send(site.app.request(Method::GET, "/orders", &[("authorization", &pair)], &Value::Null));
    get().ok(200);
    let token = text(&site.ada(), "token");
    let made = call(&site, &token, "/auth/mfa/totp/enroll", json!({ "current_password": ADA })).ok(200);
    let app = App(totp_rs::Totp::from_url(text(&made, "otpauth_url")).unwrap());
    get().ok(200);
    call(&site, &token, "/auth/mfa/totp/confirm", json!({ "code": app.code(&site) })).ok(200);
    get().refused(401, "unauthenticated");
}

#[test]
fn what_is_delicate_needs_both_factors_where_there_are_two() {
    let site = Site::start();
    // A session of one factor from before, and a key.
    let old = text(&site.ada(), "token");
    let key = text(&call(&site, &old, "/auth/api-keys", json!({"name": "old"})).ok(201), "key");
    let (app, _) = enroll(&site, &text(&site.ada(), "token"));
    let delicate = [
        (Method::POST, "/auth/mfa/totp/disable", Value::Null),
        (Method::POST, "/auth/mfa/recovery-codes", Value::Null),
        (Method::POST, "/auth/passkeys/register/begin", json!({ "current_password": ADA })),
        (Method::DELETE, "/auth/passkeys/abc", Value::Null),
        (Method::POST, "/auth/api-keys", json!({"name": "new"})),
        (Method::POST, "/auth/change-password", json!({"current_password": ADA, "new_password": "brand new words"})),
        (Method::PATCH, "/auth/me", json!({"email": "new@example.com", "current_password": ADA})),
    ];
    for (method, path, body) in &delicate {
        site.app.bearer(&key, method.clone(), path, body).refused(403, "forbidden");
        let refused = site.app.bearer(&old, method.clone(), path, body).refused(403, "mfa_required");
        assert_eq!(refused["factors"], json!(["totp", "recovery_code"]), "{path}");
    }
    let (method, path, body) = delicate[0].clone();
    let ticket = text(&site.app.bearer(&old, method, path, &body).json(), "mfa_token");
    let strong = text(&second(&site, &ticket, &app.code(&site)).ok(200), "token");
    let changed = json!({"current_password": ADA, "new_password": "brand new words"});
    let strong = call(&site, &strong, "/auth/change-password", changed).ok(200);
    assert_eq!(aal(&text(&strong, "token")), "aal2");
    assert_eq!(call(&site, &text(&strong, "token"), "/auth/mfa/totp/disable", Value::Null).status, 204);
    site.login("ada@example.com", "brand new words").ok(200);
    call(&site, &text(&strong, "token"), "/auth/mfa/totp/disable", Value::Null).refused(409, "totp_not_enrolled");
    call(&site, &text(&strong, "token"), "/auth/mfa/recovery-codes", Value::Null).refused(409, "no_second_factor");
}

#[test]
fn the_first_factor_needs_the_password() {
    let site = Site::start();
    let token = text(&site.ada(), "token");
    for path in ["/auth/mfa/totp/enroll", "/auth/passkeys/register/begin"] {
        site.post(path, json!({})).refused(401, "unauthenticated");
        call(&site, &token, path, json!({})).refused(400, "missing_field");
        let wrong = json!({"current_password": "wrong horse battery"});
        call(&site, &token, path, wrong).refused(401, "invalid_credentials");
    }
    call(&site, &token, "/auth/mfa/totp/confirm", json!({"code": "123456"})).refused(409, "totp_not_enrolled");
    // An app that was never confirmed keeps nobody out.
    call(&site, &token, "/auth/mfa/totp/enroll", json!({ "current_password": ADA })).ok(200);
    call(&site, &token, "/auth/mfa/totp/confirm", json!({"code": "000000"})).refused(401, "invalid_code");
    site.ada();
}

#[test]
fn a_ticket_ends_with_its_time_with_another_password_and_with_the_account() {
    let site = Site::start();
    let (app, codes) = enroll(&site, &text(&site.ada(), "token"));
    let (ticket, _) = half(&site);
    site.app.clock.advance_s(601);
    second(&site, &ticket, &app.code(&site)).refused(401, "invalid_mfa_token");
    let (ticket, _) = half(&site);
    site.post("/auth/forgot-password", json!({"email": "ada@example.com"})).ok(200);
    let token = last(&site, "Ada@Example.com").token();
    let reset = json!({ "token": token, "new_password": "brand new words" });
    site.post("/auth/reset-password", reset).ok(200);
    second(&site, &ticket, &codes[0]).refused(401, "invalid_mfa_token");
    // A reset does not take the second factor away.
    let body = site.login("ada@example.com", "brand new words").refused(403, "mfa_required");
    site.database.run("UPDATE users SET active = 0 WHERE id = 1");
    second(&site, &text(&body, "mfa_token"), &codes[0]).refused(401, "invalid_mfa_token");
}

#[test]
fn sec_7_of_many_parallel_second_steps_with_one_code_one_gets_through() {
    let site = Site::start();
    let (_, codes) = enroll(&site, &text(&site.ada(), "token"));
    let (ticket, _) = half(&site);
    let body = json!({ "mfa_token": ticket, "recovery_code": codes[0] });
    let requests = (0..20).map(|_| site.request("/auth/mfa/totp/verify", body.clone())).collect();
    let answers = site.app.at_once(requests);
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
}

#[test]
fn methods_and_members_that_are_not_there() {
    let site = Site::start();
    let get = |path: &str| site.app.stranger(Method::GET, path, &Value::Null);
    get("/auth/mfa/totp/verify").refused(405, "method_not_allowed");
    get("/auth/mfa/totp/nothing").refused(404, "not_found");
    get("/auth/passkeys").refused(401, "unauthenticated");
    get("/auth/mfa").refused(401, "unauthenticated");
    site.post("/auth/mfa/totp/verify", json!({"code": "123456"})).refused(400, "missing_field");
    site.post("/auth/mfa/totp/verify", json!({"mfa_token": "a"})).refused(400, "missing_field");
    site.post("/auth/mfa/totp/verify", json!({"mfa_token": "a", "code": 1})).refused(400, "invalid_value");
}
