//! `/auth/account`.

use crate::{PASSWORD, Site};
use http::Method;
use portcullis_identity::IdentityError;
use portcullis_query::access::EndUser;
use serde_json::{Value, json};

fn emails(answer: &Value) -> Vec<&str> {
    answer["data"].as_array().unwrap().iter().map(|user| user["email"].as_str().unwrap()).collect()
}

#[test]
fn a_user_of_the_old_application_has_an_account_and_puts_others_into_it() {
    let site = Site::start();
    let ada = site.token("ada@example.com");
    let own = site.call(&ada, Method::GET, "/auth/account", Value::Null).ok(200);
    assert_eq!(own["level"], 50);
    assert!(own["id"].as_str().unwrap().starts_with("acc_"));
    site.app.clock.advance_s(1);
    let bob = site.add(&ada, "Bob@Example.com").ok(201);
    assert_eq!((&bob["email"], &bob["level"]), (&json!("Bob@Example.com"), &json!(0)));
    assert_eq!(site.rows(), 4);
    let token = site.token("bob@example.com");
    assert_eq!(site.call(&token, Method::GET, "/auth/account", Value::Null).ok(200)["id"], own["id"]);
    // In the order in which they came.
    let users = site.call(&token, Method::GET, "/auth/account/users", Value::Null).ok(200);
    assert_eq!(emails(&users), ["ada@example.com", "Bob@Example.com"]);
    let other = site.token("eve@example.com");
    let users = site.call(&other, Method::GET, "/auth/account/users", Value::Null).ok(200);
    assert_eq!(emails(&users), ["eve@example.com"]);
}

#[test]
fn what_cannot_be_added_is_refused_and_leaves_nothing() {
    let site = Site::start();
    let ada = site.token("ada@example.com");
    site.add(&ada, "EVE@example.com").refused(409, "email_taken");
    site.add(&ada, "no address").refused(400, "invalid_email");
    let short = json!({"email": "bob@example.com", "password": "short"});
    site.call(&ada, Method::POST, "/auth/account/users", short).refused(400, "password_too_short");
    let more = json!({"email": "bob@example.com", "password": PASSWORD, "level": 100});
    site.call(&ada, Method::POST, "/auth/account/users", more).refused(400, "unknown_field");
    let body = json!({"email": "bob@example.com", "password": PASSWORD});
    site.app.stranger(Method::POST, "/auth/account/users", &body).refused(401, "unauthenticated");
    site.app.post("/auth/account/users", &body).refused(403, "forbidden");
    site.call(&ada, Method::PUT, "/auth/account/users", body).refused(405, "method_not_allowed");
    assert_eq!(site.rows(), 3);

    let closed = Site::with(|settings| settings.auth.self_signup = false);
    let ada = closed.token("ada@example.com");
    closed.add(&ada, "bob@example.com").refused(403, "switched_off");
}

#[test]
fn sec_18_a_user_who_is_taken_out_holds_nothing_and_does_not_come_back() {
    let site = Site::start();
    let ada = site.token("ada@example.com");
    let bob = site.add(&ada, "bob@example.com").ok(201)["id"].as_str().unwrap().to_owned();
    let token = site.token("bob@example.com");
    let path = format!("/auth/account/users/{bob}");
    // Of another account: as if there were none.
    let eve = site.token("eve@example.com");
    site.call(&eve, Method::DELETE, &path, Value::Null).refused(404, "not_found");
    // Whoever was put in does not take out whoever put in.
    site.call(&token, Method::DELETE, "/auth/account/users/1", Value::Null).refused(403, "forbidden");
    assert_eq!(site.call(&ada, Method::DELETE, &path, Value::Null).status, 204);
    site.call(&token, Method::GET, "/auth/account", Value::Null).refused(401, "unauthenticated");
    site.login("bob@example.com").refused(401, "invalid_credentials");
    site.call(&ada, Method::DELETE, &path, Value::Null).refused(404, "not_found");
    let users = site.call(&ada, Method::GET, "/auth/account/users", Value::Null).ok(200);
    assert_eq!(emails(&users), ["ada@example.com"]);
    // The row is the customer's.
    assert_eq!(site.rows(), 4);
    // Whom an operator lets in again is in the account again.
    let (identity, project) = (&site.app.state.identity, site.app.project());
    let client = portcullis_identity::Client::default();
    let enabled = identity.set_disabled(project, &bob, false, &client, site.app.state.clock.now());
    site.app.run(enabled).unwrap();
    let token = site.token("bob@example.com");
    let users = site.call(&token, Method::GET, "/auth/account/users", Value::Null).ok(200);
    assert_eq!(emails(&users), ["ada@example.com", "bob@example.com"]);
}

#[test]
fn sec_36_whoever_is_put_in_is_of_the_same_tenant() {
    let site = Site::with(|settings| {
        settings.tenancy.enabled = true;
        settings.tenancy.tenant_table = Some("shops".to_owned());
        settings.tenancy.tenant_column = Some("shop_id".to_owned());
    });
    let ada = site.token("ada@example.com");
    site.add(&ada, "bob@example.com").ok(201);
    let shops = site.database.texts("SELECT shop_id FROM users WHERE email = 'bob@example.com'");
    assert_eq!(shops, [Some("7".to_owned())]);
}

#[test]
fn sec_36_an_administrator_gives_levels_within_the_tenant() {
    let site = Site::with(|settings| {
        settings.tenancy.enabled = true;
        settings.tenancy.tenant_table = Some("shops".to_owned());
        settings.tenancy.tenant_column = Some("shop_id".to_owned());
    });
    let (identity, project) = (&site.app.state.identity, site.app.project());
    let (client, now) = (portcullis_identity::Client::default(), site.app.state.clock.now());
    let by = |administrator| EndUser {
        id: "1".to_owned(),
        tenant: Some("7".to_owned()),
        administrator,
        ..EndUser::default()
    };
    let give =
        |by: Option<&EndUser>, email| site.app.run(identity.set_level(project, by, (email, 10, None), &client, now));
    give(Some(&by(true)), "eve@example.com").unwrap();
    let eve = site.token("eve@example.com");
    assert_eq!(site.call(&eve, Method::GET, "/auth/account", Value::Null).ok(200)["level"], 10);
    assert!(matches!(give(Some(&by(true)), "far@example.com"), Err(IdentityError::NotFound)));
    assert!(matches!(give(Some(&by(false)), "eve@example.com"), Err(IdentityError::Forbidden)));
    give(None, "far@example.com").unwrap();
}
