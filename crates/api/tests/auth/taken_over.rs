//! Somebody signs up with a stranger's address and leaves ways back in; then the owner of the mailbox comes. SEC-30.

use crate::{
    passkeys::{ORIGIN, login as by_passkey, register},
    second_factors::enroll,
    support::{ADA, Site, last, script, text, token_of},
};
use http::Method;
use portcullis_testkit::{Answer, Engine, SoftPasskey, TestApp, TestDatabase};
use serde_json::{Value, json};

const NEW: &str = "the owner's own words";
const VICTIM: &str = "victim@example.com";

/// What the maker of the account has left.
struct Left {
    session: Value,
    key: String,
    passkey: SoftPasskey,
}

fn leave(site: &Site, session: Value) -> Left {
    let token = text(&session, "token");
    let key = site.app.bearer(&token, Method::POST, "/auth/api-keys", &json!({"name": "back door"})).ok(201);
    let mut passkey = SoftPasskey::new(ORIGIN);
    register(site, &token, &mut passkey, "back door");
    let again = site.app.bearer(&token, Method::GET, "/auth/me", &Value::Null);
    assert_eq!(again.status, 200);
    Left { session, key: text(&key, "key"), passkey }
}

fn sign_up(site: &Site) -> Left {
    let session = site.post("/auth/signup", json!({"email": VICTIM, "password": ADA})).ok(201);
    leave(site, session)
}

fn key_opens(site: &Site, key: &str) -> bool {
    site.app.send(site.app.request(Method::GET, "/auth/me", &[("x-api-key", key)], &Value::Null)).status == 200
}

fn nothing_left(site: &Site, mut left: Left) {
    assert!(!key_opens(site, &left.key));
    assert_ne!(by_passkey(site, &mut left.passkey, None).status, 200);
    site.me(&text(&left.session, "token")).refused(401, "unauthenticated");
    assert_eq!(site.refresh(&text(&left.session, "refresh_token")).status, 401);
    site.login(VICTIM, ADA).refused(401, "invalid_credentials");
    let rows =
        site.app.store.db().read(|tx| {
            tx.fetch_all("SELECT 1 FROM audit WHERE event = 'account_taken_over'", &[]).map(|rows| rows.len())
        });
    assert_eq!(site.app.run(rows).unwrap(), 1);
}

fn asked(site: &Site, path: &str) -> String {
    site.post(path, json!({"email": VICTIM})).ok(200);
    token_of(&last(site, VICTIM))
}

fn reset(site: &Site) -> Answer {
    let token = asked(site, "/auth/forgot-password");
    site.post("/auth/reset-password", json!({"token": token, "new_password": NEW}))
}

#[test]
fn sec_30_a_reset_leaves_nothing_of_whoever_signed_up_with_the_owners_address() {
    for keep in [false, true] {
        let site = Site::with(|settings| settings.auth.keep_refresh_on_password_change = keep);
        let left = sign_up(&site);
        reset(&site).ok(200);
        nothing_left(&site, left);
        assert_eq!(site.login(VICTIM, NEW).ok(200)["user"]["email_verified"], true);
    }
}

#[test]
fn sec_30_a_link_and_a_code_leave_nothing_either() {
    let site = Site::start();
    let left = sign_up(&site);
    let token = asked(&site, "/auth/magic-link");
    let owner = site.post("/auth/magic-link/verify", json!({ "token": token })).ok(200);
    nothing_left(&site, left);
    site.me(&text(&owner, "token")).ok(200);
    // What the owner adds is the owner's: the address is verified now.
    let mine =
        site.app.bearer(&text(&owner, "token"), Method::POST, "/auth/api-keys", &json!({"name": "mine"})).ok(201);
    let token = asked(&site, "/auth/magic-link");
    site.post("/auth/magic-link/verify", json!({ "token": token })).ok(200);
    assert!(key_opens(&site, &text(&mine, "key")));

    let site = Site::start();
    let left = sign_up(&site);
    let code = asked(&site, "/auth/otp");
    site.post("/auth/otp/verify", json!({"email": VICTIM, "code": code})).ok(200);
    nothing_left(&site, left);
}

#[test]
fn sec_30_a_verification_drops_what_was_added_before_and_keeps_password_and_session() {
    let site = Site::with(|settings| settings.auth.verify_email = true);
    let session = site.post("/auth/signup", json!({"email": VICTIM, "password": ADA})).ok(201);
    let verify = token_of(&last(&site, VICTIM));
    let mut left = leave(&site, session);
    site.post("/auth/verify", json!({ "token": verify })).ok(200);
    assert!(!key_opens(&site, &left.key));
    assert_ne!(by_passkey(&site, &mut left.passkey, None).status, 200);
    site.me(&text(&left.session, "token")).ok(200);
    site.login(VICTIM, ADA).ok(200);
}

#[test]
fn sec_30_the_tables_word_that_an_address_is_not_verified_counts_too() {
    let script = format!("{} ALTER TABLE users ADD COLUMN verified INTEGER NOT NULL DEFAULT 0;", script());
    let database = TestDatabase::create(Engine::Sqlite, &script);
    let app = TestApp::with(&database, |settings| {
        crate::support::map(settings);
        settings.mapping.user.email_verified = Some("verified".to_owned());
    });
    let site = Site { app, database };
    site.database.run(&format!("UPDATE users SET email = '{VICTIM}' WHERE id = 7"));
    let left = leave(&site, site.login(VICTIM, ADA).ok(200));
    reset(&site).ok(200);
    nothing_left(&site, left);
    assert_eq!(site.database.texts("SELECT verified FROM users WHERE id = 7"), [Some("1".to_owned())]);
}

#[test]
fn users_of_years_keep_their_keys_and_factors_through_a_reset() {
    let site = Site::start();
    let token = text(&site.ada(), "token");
    let key = site.app.bearer(&token, Method::POST, "/auth/api-keys", &json!({"name": "mine"})).ok(201);
    enroll(&site, &token);
    site.post("/auth/forgot-password", json!({"email": "ada@example.com"})).ok(200);
    let token = token_of(&last(&site, "Ada@Example.com"));
    site.post("/auth/reset-password", json!({"token": token, "new_password": NEW})).ok(200);
    assert!(key_opens(&site, &text(&key, "key")));
    site.login("ada@example.com", NEW).refused(403, "mfa_required");
}
